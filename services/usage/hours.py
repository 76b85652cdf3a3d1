"""The local days of a period and their hours by the clock on the wall, right also where the clocks change. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import MINUTE, Millis

HOURS = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """A stretch of a local day in which the clock on the wall shows this hour; one that comes twice is two of them."""

    hour: int
    start: Millis
    end: Millis


@dataclass(frozen=True, slots=True)
class Day:
    """A local day, or the part of it that lies in a period."""

    day: date
    start: Millis
    end: Millis
    whole: bool

    @property
    def weekday(self) -> int:
        """Monday is 0."""
        return self.day.weekday()


def days_of(start: Millis, end: Millis, zone: str) -> list[Day]:
    """Return the local days that touch `start` … `end`, the first and the last cut where the period cuts them."""
    if end <= start:
        return []
    found: list[Day] = []
    day, last = to_datetime(start, zone).date(), to_datetime(end - 1, zone).date()
    while day <= last:
        begins, ends = bounds(day, zone)
        cut = Day(day, max(begins, start), min(ends, end), begins >= start and ends <= end)
        if cut.start < cut.end:  # a day that a zone skipped has no length
            found.append(cut)
        day += timedelta(days=1)
    return found


@lru_cache(maxsize=4096)
def bounds(day: date, zone: str) -> tuple[Millis, Millis]:
    """Return when a local day begins and ends."""
    return from_wall(day, "00:00", zone), from_wall(day, "24:00", zone)


@lru_cache(maxsize=4096)
def hours_of(day: date, zone: str) -> tuple[Hour, ...]:
    """Return the hours of a whole local day in order: 23, 24 or 25 of them, as its clocks are set."""
    at, ends = bounds(day, zone)
    found: list[Hour] = []
    while at < ends:
        local = to_datetime(at, zone)
        until = min(ends, at + (60 - local.minute) * MINUTE)
        found.append(Hour(local.hour, at, until))
        at = until
    return tuple(found)


def whole_days(start: Millis, end: Millis, zone: str) -> tuple[Millis, Millis]:
    """Return the period widened to whole local days."""
    first, last = to_datetime(start, zone).date(), to_datetime(end - 1, zone).date()
    return bounds(first, zone)[0], bounds(last, zone)[1]


def hours_between(start: Millis, end: Millis, zone: str) -> Iterator[tuple[Day, Hour]]:
    """Yield the hours that touch `start` … `end`, each cut to it, with its day."""
    for day in days_of(start, end, zone):
        for hour in hours_of(day.day, zone):
            low, high = max(hour.start, day.start), min(hour.end, day.end)
            if low < high:
                yield day, Hour(hour.hour, low, high)
