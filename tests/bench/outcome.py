"""What came of thirty days, in figures: what was falsely taken, what was used again, who was served."""

import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.bookings.records import OfferState
from services.contracts.instants import to_datetime
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.evaluation.sharing import gini
from tests.bench.booked_out import CLOSED, Plan, scenario
from tests.bench.town import Given, Log

TO_THE_END: Millis = 5 * MINUTE
"""Who leaves so shortly before the end has used the time to its end."""
GRACE: Millis = round(Policy().grace_min * MINUTE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one way. Minutes are those of booked time that nobody used, from the end of grace."""

    bookings: int
    """Those of the file, and those of waiting groups."""
    given_up: int
    over_heads: int
    """Given up while its people were in the room."""
    over_heads_back: int
    returned: int
    """Given up with nobody there, and its group came late, or came back from a break."""
    returned_back: int
    turned_round: int
    """Groups that came and found others in their room."""
    recoverable_min: float
    reused_min: float
    """People of another group were there."""
    promised_min: float
    """Booked by another group that came, as `GET /usage` counts."""
    telling_min: float
    """Recoverable minutes in rooms with a radar or a counter; motion sensors alone hardly ever may release."""
    telling_reused_min: float
    telling_promised_min: float
    lost_min: dict[str, float]
    """Where the rest went, by cause."""
    gap_min: float
    """Median from the last person out to the next group in, over the stretches that could be used again."""
    wishes: int
    served: int
    least_pct: float
    """The served share of the group that got least."""
    gini: float
    """Of the served shares of the groups; 0: all the same."""
    waiting: float
    """How many waited, mean over the open hours."""

    @property
    def reused_pct(self) -> float:
        """How much of the recoverable time was used again, in per cent."""
        return 100 * self.reused_min / self.recoverable_min


def outcome(log: Log) -> Outcome:
    """Return the figures of what was written down."""
    over_heads = [one for one in log.given if one.there]
    returned = [one for one in log.given if one.returns]
    reused, telling, lost = _minutes(log)
    stretches = list(_recoverable(log.plans))
    served: Counter[str] = Counter(promise.request.group for promise, visit in log.promises if visit is not None)
    shares = [served[group] / asked for group, asked in sorted(log.asked.items())]
    return Outcome(
        bookings=len(log.plans) + len(log.promises),
        given_up=len(log.given),
        over_heads=len(over_heads),
        over_heads_back=sum(one.back for one in over_heads),
        returned=len(returned),
        returned_back=sum(one.back for one in returned),
        turned_round=log.turned_round,
        recoverable_min=sum(end - start for _, start, end in stretches) / MINUTE,
        reused_min=reused,
        promised_min=_promised(log, stretches) / MINUTE,
        telling_min=sum(end - start for plan, start, end in stretches if _tells(plan)) / MINUTE,
        telling_reused_min=telling,
        telling_promised_min=_promised(log, [one for one in stretches if _tells(one[0])]) / MINUTE,
        lost_min=lost,
        gap_min=statistics.median(_gaps(log)),
        wishes=sum(log.asked.values()),
        served=sum(served.values()),
        least_pct=100 * min(shares),
        gini=gini(shares),
        waiting=statistics.mean(log.waiting),
    )


def _recoverable(plans: Sequence[Plan]) -> Iterator[tuple[Plan, Millis, Millis]]:
    """Yield each stretch of a booking that its group does not want: all of it, or what is left when they go early."""
    for plan in plans:
        start = plan.booking.start + GRACE
        if plan.visit is not None:
            start = max(start, plan.visit.leaves)
        if start < plan.booking.end - (TO_THE_END if plan.visit is not None else 0):
            yield plan, start, plan.booking.end


def _promised(log: Log, stretches: Sequence[tuple[Plan, Millis, Millis]]) -> Millis:
    came = [promise for promise, visit in log.promises if visit is not None]
    return sum(
        max(0, min(promise.end, end) - max(promise.start, start))
        for plan, start, end in stretches
        for promise in came
        if promise.space == plan.booking.space
    )


def _tells(plan: Plan) -> bool:
    return "pir" not in next(space.name for space in scenario().community.spaces if space.id == plan.booking.space)


def _minutes(log: Log) -> tuple[float, float, dict[str, float]]:
    """Return the minutes used again, those in rooms that tell, and where the others went: each minute to one cause."""
    given: dict[str, Given] = {}
    for first in log.given:
        given.setdefault(first.decision.booking or "", first)
    visits: dict[str, list[tuple[Millis, Millis]]] = {}
    awaited: dict[str, list[tuple[Millis, Millis]]] = {}
    passed: dict[str, list[tuple[Millis, Millis]]] = {}
    for promise, visit in log.promises:
        if visit is not None:
            visits.setdefault(promise.space, []).append((visit.arrives, visit.leaves))
            awaited.setdefault(promise.space, []).append((promise.asked_at, visit.arrives))
        else:
            passed.setdefault(promise.space, []).append((promise.asked_at, promise.end))
    for offer in log.offers:
        if offer.state is not OfferState.TAKEN:
            passed.setdefault(offer.space, []).append((offer.made_at, offer.expires))
    lost: Counter[str] = Counter()
    reused = telling = 0
    for plan, start, end in _recoverable(log.plans):
        space, one = plan.booking.space, given.get(plan.booking.id)
        for at in range(start, end, MINUTE):
            if _within(visits.get(space, ()), at):
                reused += 1
                telling += _tells(plan)
            elif one is None:
                lost["never given up"] += 1
            elif at < one.decision.at:
                lost["until given up"] += 1
            elif _within(awaited.get(space, ()), at):
                lost["taken, on their way"] += 1
            elif _within(passed.get(space, ()), at):
                lost["held for who did not come"] += 1
            elif end - at < 30 * MINUTE:
                lost["last half hour, nobody offered"] += 1
            else:
                lost["nobody offered"] += 1
    return float(reused), float(telling), {cause: float(minutes) for cause, minutes in lost.items()}


def _within(spans: Sequence[tuple[Millis, Millis]], at: Millis) -> bool:
    return any(start <= at < end for start, end in spans)


def _gaps(log: Log) -> Iterator[float]:
    """Yield for each stretch how long the room stood empty until somebody came, in minutes; to closing at most."""
    for plan, start, _ in _recoverable(log.plans):
        rows = log.occupied[plan.booking.space]
        begun = plan.booking.start if plan.visit is None else start
        index = max(0, bisect_right(rows, (begun, 10**9)) - 1)
        while index + 1 < len(rows) and rows[index][1]:  # people of the group before
            index += 1
        empty_from = max(begun, rows[index][0])
        day = scenario().instant(_day_of(plan), CLOSED)
        until = next((at for at, people in rows[index + 1 :] if people), day)
        yield (min(until, day) - empty_from) / MINUTE if empty_from < day else 0.0


def _day_of(plan: Plan) -> date:
    return to_datetime(plan.booking.start, "Asia/Shanghai").date()
