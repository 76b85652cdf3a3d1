"""Moves the rooms, their people and one way of sharing them through thirty days, and writes down what came of it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from firmware_sim.chance import stream
from firmware_sim.recorder import VirtualSimulation
from gateway.truth import RoomTruth
from services.bookings.records import HOLDING, Booking, Decision, Offer
from services.bookings.sentences import summary, would_change
from services.bookings.undoing import can_undo
from services.contracts.names import HOUR, MINUTE, Millis
from services.contracts.states import RoomState
from services.scheduler.policy import replay
from tests.bench.booked_out import CLOSED, OPEN, SEED, Plan, Visit, day, plans, scenario, served_visit, wishes
from tests.bench.ways import Ours, Promise

ZONE = "Asia/Shanghai"
FORCED = ("time.", "request.lapse")
"""Nothing but another time of day would have changed these."""
TAKING = ("warn", "release", "end_early", "offer")
"""Decisions that take something from somebody, or keep it for somebody."""
TURNS_ROUND: Millis = 2 * MINUTE
"""How long a group stays that finds others in its room."""


@dataclass(slots=True)
class Coming:
    """A group on its way to a room it was promised."""

    space: str
    visit: Visit
    booking: str | None = None
    """Of the file; None: it was waiting."""


@dataclass(slots=True)
class Given:
    """A booking given up, and what its group was doing then."""

    decision: Decision
    there: bool
    """Its people were in the room."""
    returns: bool
    """They were not, and meant to come, or to come back."""
    back: bool = False
    """The booking was given back to them."""


@dataclass(slots=True)
class Log:
    """What came of it."""

    plans: list[Plan] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    promises: list[tuple[Promise, Visit | None]] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    """Decisions by kind."""
    checked: Counter[str] = field(default_factory=Counter)
    """Decisions of the scheduler that were explained, could be undone and came out the same again, and how many of how
    many should."""
    offers: list[Offer] = field(default_factory=list)
    turned_round: int = 0
    occupied: dict[str, list[tuple[Millis, int]]] = field(default_factory=dict)
    """Space → from when on how many people were in it."""
    waiting: list[int] = field(default_factory=list)
    """How many waited, every hour."""


class Town:
    """The rooms and one way to share them."""

    def __init__(self, way: Ours, days: int, *, checking: bool = False) -> None:
        """`checking`: whether each decision is explained, undoable and reproducible; that takes time."""
        self.way, self.log = way, Log()
        self._checking = checking
        self._days = days
        self._world = VirtualSimulation(scenario(), day(0), scenario().instant(day(0), "00:00"))
        self._truth = RoomTruth(scenario().community)
        self._truth.tick(self._world.now)
        self._truth.listening(self._world.now)
        self._coming: list[Coming] = []
        self._promised = 0
        self._visits: dict[str, Visit] = {}
        self._given: dict[str, Given] = {}
        self._last: dict[str, RoomState] = {}

    def run(self) -> Log:
        """Let the days pass."""
        for number in range(self._days):
            on = day(number)
            opens, closes = scenario().instant(on, OPEN), scenario().instant(on, CLOSED)
            today, asked = plans(on), wishes(on)
            self.log.plans += today
            for request in asked:
                self.log.asked[request.group] = self.log.asked.get(request.group, 0) + 1
            self._visits = {plan.booking.id: plan.visit for plan in today if plan.visit is not None}
            self._coming = [Coming(plan.booking.space, plan.visit, plan.booking.id) for plan in today if plan.visit]
            self._pass(opens - HOUR)
            self.way.begin_day([plan.booking for plan in today], asked, self._world.now)
            self._hear(list(self._last.values()))
            for now in range(opens - HOUR + MINUTE, closes + HOUR, MINUTE):
                self._minute(now)
            self.log.offers += self.way.scheduler.offers
            self._pass(scenario().instant(on + timedelta(days=1), "00:00"))
        self.log.occupied = {space: [] for space in self._world.spaces}
        for row in self._world.truth:
            self.log.occupied[row.space].append((row.at, row.people or 0))
        return self.log

    def _pass(self, until: Millis) -> None:
        """Let time pass in which nobody decides; the rooms are told of by the hour."""
        for now in range(self._world.now - self._world.now % HOUR + HOUR, until + 1, HOUR):
            self._advance(now)
        self._advance(until)

    def _advance(self, now: Millis) -> list[RoomState]:
        messages = self._world.advance(now)
        if not self.way.senses:
            return []
        for message in messages:
            self._truth.feed(message.at, message.topic, message.payload)
        states = self._truth.tick(now)
        self._last.update((state.space, state) for state in states)
        return states

    def _hear(self, states: list[RoomState]) -> None:
        for state in states:
            self.way.scheduler.on_state(state)

    def _minute(self, now: Millis) -> None:
        self._let_come(now)
        states = self._advance(now)
        for decision in self.way.step(now, states):
            self.log.kinds[decision.kind] += 1
            self._note(decision, now)
            if self._checking:
                self._check(decision, now)
        for promise in self.way.promised[self._promised :]:
            visit = served_visit(promise.request, promise.start, promise.end, promise.at)
            self.log.promises.append((promise, visit))
            if visit is not None:
                self._visits[promise.booking] = visit
                self._coming.append(Coming(promise.space, visit))
        self._promised = len(self.way.promised)
        if now % HOUR == 0:
            self.log.waiting.append(self.way.waiting(now))

    def _let_come(self, now: Millis) -> None:
        """Let those in who come within the next minute; who finds the room given to others turns round."""
        for coming in [one for one in self._coming if one.visit.arrives < now + MINUTE]:
            self._coming.remove(coming)
            visit = coming.visit
            if coming.booking is not None and self._taken(self.way.scheduler.ledger.booking(coming.booking), now):
                self.log.turned_round += 1
                visit = Visit(1, visit.arrives, visit.arrives + TURNS_ROUND, visit.moves_per_min)
            luck = stream(SEED, "people", coming.space, visit.arrives)
            self._world.neighbourhood.world.add(visit.agenda(coming.space, luck))

    def _taken(self, booking: Booking, now: Millis) -> bool:
        if booking.state in HOLDING:
            return False
        return any(
            other.space == booking.space and other.id != booking.id and other.state in HOLDING
            and other.start < booking.end and other.end > now and other.start <= now + 10 * MINUTE
            for other in self.way.scheduler.ledger.bookings
        )  # fmt: skip

    def _note(self, decision: Decision, now: Millis) -> None:
        id = decision.booking or ""
        if decision.kind in ("release", "end_early"):
            visit = self._visits.get(id)
            there = visit is not None and visit.present(now)
            returns = visit is not None and not there and visit.leaves > now
            self._given[id] = Given(decision, there, returns)
            self.log.given.append(self._given[id])
        elif decision.kind == "reclaim" and id in self._given:
            self._given[id].back = True

    def _check(self, decision: Decision, now: Millis) -> None:
        """See whether the decision says why, can be taken back if it takes or promises something, and follows again."""
        checked = self.log.checked
        checked["made"] += 1
        said = summary(decision, ZONE, lambda _site, space: space)
        told = would_change(decision, "en", ZONE)
        if all(said.values()) and (told or decision.rule.startswith(FORCED)):
            checked["explained"] += 1
        else:
            checked[f"not explained: {decision.rule}"] += 1
        if replay(decision) == decision:
            checked["reproduced"] += 1
        else:
            checked[f"not reproduced: {decision.rule}"] += 1
        if decision.kind in TAKING:
            checked["taking"] += 1
            checked["undoable"] += can_undo(self.way.scheduler.ledger, decision, now)
