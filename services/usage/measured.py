"""What was believed of one space on one local day, hour by hour: occupied, vacant, unknown or not observed. Pure.

Of a stretch of unknown time nobody can say that it was empty, so it is kept apart everywhere. A visit is a stretch in
which somebody was there; it counts on the day on which it begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.catalogue.stretches import Stretch
from services.contracts.names import MINUTE, Millis
from services.timeseries.ports import StatePoint
from services.timeseries.spans import spans
from services.usage.hours import Day, hours_of

PAUSE: Millis = 15 * MINUTE
"""A sensor that loses a room for so long does not make two visits out of one."""


@dataclass(slots=True)
class HourUse:
    """One hour of the clock on one day, in milliseconds."""

    occupied: Millis = 0
    vacant: Millis = 0
    unknown: Millis = 0
    unobserved: Millis = 0
    person: int = 0
    """People × milliseconds, where they were counted."""
    counted: Millis = 0
    """The part of `occupied` in which it is known how many were there."""
    most: int = 0
    """Most people at once; 1 where somebody was there and nobody counted."""


@dataclass(slots=True)
class Measured:
    """One space on one local day, or on the part of it that lies in the period."""

    day: Day
    hours: dict[int, HourUse] = field(default_factory=dict)
    present: dict[int, Millis] = field(default_factory=dict)
    """Number of people → for how long so many were there."""
    occupied: list[Stretch] = field(default_factory=list)
    observed: list[Stretch] = field(default_factory=list)
    visits: int = 0
    heads: int = 0
    """Over the visits the most people at once: so many came at least."""

    @property
    def most(self) -> int:
        """Most people at once."""
        return max((one.most for one in self.hours.values()), default=0)


def measure(points: Sequence[StatePoint], day: Day, zone: str) -> Measured:
    """Return what became of a day. `points` reach from PAUSE before it, led by what was believed then, to its end."""
    found = Measured(day)
    hours = hours_of(day.day, zone)
    place = 0
    for since, until, point in spans(points, day.start, day.end):
        at = since
        while at < until:
            while hours[place].end <= at:
                place += 1
            stop = min(until, hours[place].end)
            _add(found.hours.setdefault(hours[place].hour, HourUse()), point, stop - at)
            at = stop
        if point is None or point.occupancy == "unknown":
            continue
        _extend(found.observed, since, until)
        if point.occupancy == "occupied":
            _extend(found.occupied, since, until)
            if point.people:
                found.present[point.people] = found.present.get(point.people, 0) + until - since
    found.visits, found.heads = _visits(points, day)
    return found


def _add(hour: HourUse, point: StatePoint | None, spent: Millis) -> None:
    if point is None:
        hour.unobserved += spent
    elif point.occupancy == "unknown":
        hour.unknown += spent
    elif point.occupancy == "vacant":
        hour.vacant += spent
    else:
        hour.occupied += spent
        hour.most = max(hour.most, point.people or 1)
        if point.people:  # somebody is there: that nobody was counted only says that the counter missed them
            hour.person += point.people * spent
            hour.counted += spent


def _extend(stretches: list[Stretch], since: Millis, until: Millis) -> None:
    if stretches and stretches[-1][1] == since:
        stretches[-1] = (stretches[-1][0], until)
    else:
        stretches.append((since, until))


def _visits(points: Sequence[StatePoint], day: Day) -> tuple[int, int]:
    """Return how many visits begin on the day, and how many people came at least."""
    visits = heads = 0
    began: Millis | None = None
    most = 0
    dark_since: Millis | None = None
    for since, until, point in spans(points, day.start - PAUSE, day.end):
        if point is not None and point.occupancy == "occupied":
            if began is None:
                began, most = since, 0
                visits += began >= day.start
            dark_since = None
            if began >= day.start and (point.people or 1) > most:
                heads += (point.people or 1) - most
                most = point.people or 1
            continue
        lost = point is None or point.occupancy == "unknown"
        dark_since = since if lost and dark_since is None else dark_since
        if not lost or (dark_since is not None and until - dark_since > PAUSE):
            began = dark_since = None
    return visits, heads
