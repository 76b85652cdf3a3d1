"""Two policies over the same recent days: the scheduler in virtual time, over kept room states and bookings. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from services.bookings.records import BLOCK, Booking, BookingState, Decision, Request, RequestState
from services.bookings.whatif import Comparison, Differs, Fate, Figures, Soon
from services.contracts.community import Community
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.names import DAY, HOUR, MINUTE, Millis
from services.contracts.policy import Policy
from services.contracts.states import RoomState
from services.evaluation.waiting import Waiting
from services.scheduler.virtual import VirtualScheduler

STEP: Millis = MINUTE
SOON: Millis = 30 * MINUTE
"""So far ahead one looks at the rooms as they are now."""
_SHOWN = 100
"""Bookings that are listed one by one."""
_LATE: Millis = 2 * HOUR
"""A day is followed until this long after its midnight, for what began before it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What people did with a booking themselves, whatever the sensors said: check_in or keep."""

    at: Millis
    booking: str
    kind: str


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of one day: room states in order of their time, and what was planned and wished for."""

    start: Millis
    states: Sequence[RoomState]
    bookings: Sequence[Booking]
    requests: Sequence[Request] = ()
    answers: Sequence[Answer] = ()
    reused: Sequence[Booking] = ()
    """Bookings that came from offers: whoever was seen then is theirs."""


@dataclass(slots=True)
class _Ran:
    figures: Figures
    fates: dict[str, tuple[Fate, Millis | None]]
    seen_later: set[str]


class OutOfTimeError(Exception):
    """The time for looking is over."""


def compare_day(
    community: Community, present: Policy, would: Policy, day: Day, go_on: Callable[[], bool]
) -> tuple[Figures, Figures, list[Differs]]:
    """Return what both policies do with a day, and the bookings for which it differs. Raises OutOfTimeError."""
    one, other = (_run(community, policy, day, go_on) for policy in (present, would))
    differs = [
        Differs(
            booking.id, booking.site, booking.space, booking.group, booking.title, booking.start, booking.end,
            *one.fates[booking.id], *other.fates[booking.id], booking.id in other.seen_later,
        )
        for booking in day.bookings
        if one.fates[booking.id] != other.fates[booking.id]
    ]  # fmt: skip
    return one.figures, other.figures, differs


def add(one: Figures, other: Figures) -> Figures:
    """Return the figures of both together."""
    return Figures(
        one.warned + other.warned,
        one.released + other.released,
        one.false_released + other.false_released,
        round(one.recovered_min + other.recovered_min, 1),
        one.offers + other.offers,
        one.served + other.served,
    )


def as_planned(bookings: Iterable[Booking]) -> tuple[list[Booking], list[Booking]]:
    """Return the bookings as they were before their day came, and apart those that came from offers.

    What was cancelled, refused, or only keeps a lost space from being used, is not among them.
    """
    planned: list[Booking] = []
    reused: list[Booking] = []
    for one in bookings:
        if one.id.startswith(BLOCK) or one.state in (BookingState.CANCELLED, BookingState.ASKED):
            continue
        if one.from_offer is not None:
            reused.append(one)
            continue
        end = one.planned_end or one.end
        planned.append(
            Booking(
                one.id, one.site, one.space, one.group, one.title, one.people, one.start, end,
                function=one.function, protected=one.protected, code=one.code,
            )
        )  # fmt: skip
    return planned, reused


def soon(
    community: Community, present: Policy, would: Policy, bookings: Sequence[Booking], rooms: Sequence[RoomState],
    now: Millis,
) -> tuple[Soon, ...]:  # fmt: skip
    """Return what both policies would do within the next minutes if every room stayed as it is."""
    planned, _ = as_planned(one for one in bookings if one.state is BookingState.BOOKED or one.warned_at)
    kept = {one.id for one in bookings if one.kept_at is not None or one.reclaimed_at is not None}
    planned = [one for one in planned if one.id not in kept]
    told: list[dict[tuple[str, str], Decision]] = []
    for policy in (present, would):
        scheduler = _scheduler(community, policy, planned)
        first: dict[tuple[str, str], Decision] = {}
        for state in rooms:
            # Since when it is so is all that is known: nobody looked in between.
            scheduler.on_state(state.model_copy(update={"as_of": state.since}))
        for at in range(now - now % STEP, now + SOON + 1, STEP):
            for decision in scheduler.step(at):
                if decision.kind in ("warn", "release") and decision.booking is not None:
                    first.setdefault((decision.kind, decision.booking), decision)
        told.append(first)
    found: list[Soon] = []
    for booking in planned:
        for kind in ("warn", "release"):
            one, other = (first.get((kind, booking.id)) for first in told)
            if one is None and other is None:
                continue
            found.append(
                Soon(
                    booking.id, booking.site, booking.space, booking.group, booking.title,
                    "warn" if kind == "warn" else "release",
                    one.at if one else None, other.at if other else None,
                )
            )  # fmt: skip
    return tuple(found)


def compared(
    since: Millis, until: Millis, *, whole: bool, bookings: int, present: Figures, would: Figures,
    differs: Sequence[Differs], soon: tuple[Soon, ...],
) -> Comparison:  # fmt: skip
    """Return it as it is told: the newest differences first, and not more than can be read."""
    ordered = sorted(differs, key=lambda one: (-one.start, one.booking))
    return Comparison(
        since, until, whole, bookings, present, would, tuple(ordered[:_SHOWN]), max(0, len(ordered) - _SHOWN), soon
    )


def _scheduler(community: Community, policy: Policy, bookings: Sequence[Booking]) -> VirtualScheduler:
    scheduler = VirtualScheduler(community, policy)
    for booking in sorted(bookings, key=lambda one: (one.start, one.id)):
        try:
            scheduler.ledger.book(booking, "file", booking.start)
        except (ConflictError, InvalidError, NotFoundError):
            continue  # its space is gone or made of other rooms today; it is not counted for either policy
    return scheduler


def _run(community: Community, policy: Policy, day: Day, go_on: Callable[[], bool]) -> _Ran:
    scheduler = _scheduler(community, policy, day.bookings)
    wishes = iter(sorted(day.requests, key=lambda one: (one.created_at, one.id)))
    wish = next(wishes, None)
    waiting = Waiting(scheduler)
    decisions: list[Decision] = []
    states, answers = iter(day.states), iter(sorted(day.answers, key=lambda one: one.at))
    state, answer = next(states, None), next(answers, None)
    until = max((one.end for one in day.bookings), default=day.start)
    until = min(until, day.start + DAY + _LATE)
    for now in range(_begin(day, policy), until + STEP, STEP):
        if not go_on():
            raise OutOfTimeError
        while state is not None and state.as_of <= now:
            scheduler.on_state(state)
            state = next(states, None)
        while answer is not None and answer.at <= now:
            _repeat(scheduler, answer)
            answer = next(answers, None)
        while wish is not None and wish.created_at <= now:
            scheduler.ledger.add_request(replace(wish, state=RequestState.WAITING, booking=None, version=0))
            wish = next(wishes, None)
        waiting.answer(now)
        decisions += scheduler.step(now)
        waiting.hear(now)
    return _told(scheduler, day, decisions, until)


def _begin(day: Day, policy: Policy) -> Millis:
    """Return when there is something to look at: a while before the first booking may be asked about or begun."""
    first = min((one.start for one in day.bookings), default=day.start)
    ahead = int(max(policy.check_in_early_min, policy.ask_ahead_min) * MINUTE)
    begin = max(day.start, first - ahead - HOUR)
    return begin - begin % STEP


def _repeat(scheduler: VirtualScheduler, answer: Answer) -> None:
    """Do again what people did. What this policy has already settled differently stays so."""
    do = scheduler.operations.check_in if answer.kind == "check_in" else scheduler.operations.keep
    try:
        do(answer.booking, "group", answer.at)
    except (ConflictError, NotFoundError):
        return


def _told(scheduler: VirtualScheduler, day: Day, decisions: Sequence[Decision], until: Millis) -> _Ran:
    planned = {one.id: one for one in day.bookings}
    fates: dict[str, tuple[Fate, Millis | None]] = dict.fromkeys(planned, ("kept", None))
    released: dict[str, Millis] = {}
    warned = false = 0
    recovered: Millis = 0
    for made in decisions:
        if made.shadow or made.booking not in planned:
            continue
        warned += made.kind == "warn"
        if made.kind == "release":
            fates[made.booking], released[made.booking] = ("released", made.at), made.at
        elif made.kind == "reclaim":
            fates[made.booking] = ("reclaimed", made.at)
        elif made.kind == "end_early":
            fates[made.booking] = ("ended_early", made.at)
    seen_later = {id for id, at in released.items() if _seen(day, planned[id], at, min(planned[id].end, until))}
    false = len(seen_later)
    for id, (fate, at) in fates.items():
        if fate in ("released", "ended_early") and at is not None:
            recovered += max(0, planned[id].end - at)
    served = sum(request.state is RequestState.SERVED for request in scheduler.ledger.requests)
    figures = Figures(warned, len(released), false, round(recovered / MINUTE, 1), len(scheduler.ledger.offers), served)
    return _Ran(figures, fates, seen_later)


def _seen(day: Day, booking: Booking, since: Millis, until: Millis) -> bool:
    """Tell whether people were seen in the booking's room, before it was really given to somebody else."""
    taken = [
        one.start for one in day.reused
        if (one.site, one.space) == (booking.site, booking.space) and one.start < until and one.end > since
    ]  # fmt: skip
    until = min([until, *taken])
    occupied = False
    for state in day.states:
        if (state.site, state.space) != (booking.site, booking.space):
            continue
        if state.as_of >= until:
            break
        if state.as_of > since and occupied:
            return True
        occupied = state.occupancy == "occupied"
        if occupied and state.as_of >= since:
            return True
    return occupied and since < until
