"""Four ways to share out idle time over the same rooms and people: ours, mail to all, no release, booking software.

A way books, releases and promises; what comes of it is seen by the town it is in.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.bookings import grid
from services.bookings.records import HOLDING, Booking, Decision, Request, RequestState
from services.contracts.errors import ConflictError
from services.contracts.instants import to_datetime
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.contracts.states import RoomState
from services.scheduler.virtual import VirtualScheduler
from tests.bench.booked_out import CLOSED, answers_after, rooms, scenario

Answer = tuple[Millis, str, str]
"""When, to what, by which request."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A room promised to a waiting group."""

    request: Request
    booking: str
    space: str
    start: Millis
    end: Millis
    at: Millis
    asked_at: Millis
    """When the group was first asked, or asked itself."""


class Ours:
    """foldspace: released time is held for the next in line, who may take it or let it pass."""

    name = "foldspace"
    senses = True
    policy = Policy()

    def __init__(self) -> None:
        self.scheduler: VirtualScheduler
        self.promised: list[Promise] = []
        self._history: list[Request] = []
        self._answers: list[Answer] = []
        self._offers = 0

    def begin_day(self, bookings: Iterable[Booking], asked: list[Request], now: Millis) -> None:
        """Open the books of a day, with what was served on the days before."""
        self._close_day()
        self._answers.clear()
        self._offers = 0
        self.scheduler = VirtualScheduler(scenario().community, self.policy, bookings, self._history)
        self._take_in(asked, now)

    def step(self, now: Millis, states: Iterable[RoomState]) -> list[Decision]:
        """Hear the rooms, let people answer, decide; return the decisions made."""
        for state in states:
            self.scheduler.on_state(state)
        self._let_answer(now)
        made = self.scheduler.step(now)
        self._tell(made, now)
        return made

    def waiting(self, now: Millis) -> int:
        """Return how many wait whose time has come."""
        ledger = self.scheduler.ledger
        return sum(
            r.state in (RequestState.WAITING, RequestState.OFFERED) and r.earliest <= now for r in ledger.requests
        )

    def _take_in(self, asked: list[Request], now: Millis) -> None:
        for request in asked:
            self.scheduler.ledger.add_request(request)

    def _close_day(self) -> None:
        if hasattr(self, "scheduler"):
            self._history = [r for r in self.scheduler.ledger.requests if r.state is RequestState.SERVED]

    def _tell(self, made: list[Decision], now: Millis) -> None:
        for offer in self.scheduler.offers[self._offers :]:
            after = answers_after(offer.group, offer.id)
            if after is not None:
                self._answers.append((now + after, offer.id, offer.request))
        self._offers = len(self.scheduler.offers)

    def _let_answer(self, now: Millis) -> None:
        due, self._answers = _split(self._answers, now)
        for _, offer, request in due:
            try:
                self.scheduler.operations.claim(offer, "group", now)
            except ConflictError:  # too late
                continue
            booking = self.scheduler.ledger.booking(f"b-{offer}")
            wish, asked_at = self.scheduler.ledger.request(request), self.scheduler.ledger.offer(offer).made_at
            self.promised.append(Promise(wish, booking.id, booking.space, booking.start, booking.end, now, asked_at))


class NoRelease(Ours):
    """The same with every space kept: only time that nobody booked finds somebody."""

    name = "no release"
    policy = Policy(never_release=rooms())


class BookingSoftware(Ours):
    """First come, first served, the evening before; nobody looks whether a room is used."""

    name = "first-fit"
    senses = False

    def step(self, now: Millis, states: Iterable[RoomState]) -> list[Decision]:
        """Do nothing: what was booked was booked."""
        return []

    def waiting(self, now: Millis) -> int:
        """Return how many were refused and would still come."""
        return sum(r.earliest <= now < r.latest_end - r.duration_min * MINUTE for r in self._refused)

    def _take_in(self, asked: list[Request], now: Millis) -> None:
        self._refused: list[Request] = []
        for request in asked:
            if not any(self._book(request, space, request.earliest, now) for space in rooms()):
                self._refused.append(request)

    def _book(self, request: Request, space: str, earliest: Millis, now: Millis) -> bool:
        """Book the first gap of the space that is long enough."""
        held = [(b.start, b.end) for b in self.scheduler.ledger.bookings if b.space == space and b.state in HOLDING]
        at, length = grid.ceil(max(earliest, now)), request.duration_min * MINUTE
        for start, end in sorted(held):
            if start < at + length and end > at:
                at = end
        return self._book_at(request, space, at, at + length, now)

    def _book_at(self, request: Request, space: str, start: Millis, end: Millis, now: Millis) -> bool:
        booking = Booking(
            f"b-{request.id}", request.site, space, request.group, request.title, request.people, start, end
        )
        if end - start < request.min_duration_min * MINUTE:
            return False
        if end > min(request.latest_end, scenario().instant(to_datetime(start, "Asia/Shanghai").date(), CLOSED)):
            return False
        try:
            self.scheduler.ledger.book(booking, "group", now)
        except ConflictError:
            return False
        self.promised.append(Promise(request, booking.id, space, start, end, now, now))
        return True


class MailEveryone(BookingSoftware):
    """Booking software that releases as we do, and then writes to all who wait: the first to answer has it."""

    name = "mail everyone"
    senses = True

    def __init__(self) -> None:
        super().__init__()
        self.in_vain = 0
        """Answers of groups that found it gone."""

    def step(self, now: Millis, states: Iterable[RoomState]) -> list[Decision]:
        """Release as ours, and take the answers in the order in which they come."""
        for state in states:
            self.scheduler.on_state(state)
        self._let_answer(now)
        made = self.scheduler.step(now)
        for decision in made:
            if decision.kind in ("release", "end_early") and decision.booking is not None:
                self._write_to_all(self.scheduler.ledger.booking(decision.booking), now)
        return made

    def _write_to_all(self, released: Booking, now: Millis) -> None:
        for request in self._refused:
            if not request.earliest <= grid.floor(now) or now + request.min_duration_min * MINUTE > request.latest_end:
                continue
            after = answers_after(request.group, released.id, request.id)
            if after is not None:
                self._answers.append((now + after, released.id, request.id))

    def _let_answer(self, now: Millis) -> None:
        due, self._answers = _split(self._answers, now)
        for _, released, name in due:
            request = next((one for one in self._refused if one.id == name), None)
            if request is None:  # it has found something else meanwhile
                continue
            gap, start = self.scheduler.ledger.booking(released), grid.floor(now)
            if self._book_at(request, gap.space, start, min(start + request.duration_min * MINUTE, gap.end), now):
                self._refused.remove(request)
            else:
                self.in_vain += 1


def _split(
    answers: list[tuple[Millis, str, str]], now: Millis
) -> tuple[list[tuple[Millis, str, str]], list[tuple[Millis, str, str]]]:
    """Return the answers that have come by now, in their order, and the others."""
    return sorted(one for one in answers if one[0] <= now), [one for one in answers if one[0] > now]


WAYS: tuple[type[Ours], ...] = (Ours, MailEveryone, NoRelease, BookingSoftware)
"""In the order in which they are shown."""
