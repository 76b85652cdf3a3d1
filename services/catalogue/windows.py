"""Supply windows on their days: when partners lend a space, as instants. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.contracts.community import WEEKDAYS, Supply
from services.contracts.instants import to_millis
from services.contracts.names import Millis


@dataclass(frozen=True, slots=True)
class Window:
    """A supply window on its day: open from `start` to `end` for these functions."""

    start: Millis
    end: Millis
    functions: tuple[str, ...]


def windows_on(days: Iterable[date], lent: Iterable[Supply], zone: str) -> tuple[Window, ...]:
    """Return the windows of `lent` that begin on these local days, the first one first."""
    windows = {
        Window(_instant(day, supply.start, zone), _instant(day, supply.end, zone), supply.functions)
        for day in days
        for supply in lent
        if WEEKDAYS[day.weekday()] in supply.days
    }
    return tuple(sorted(windows, key=lambda window: (window.start, window.end, window.functions)))


def cover(windows: Sequence[Window], start: Millis, end: Millis, wanted: Iterable[str]) -> bool:
    """Tell whether windows, one after another, are open from `start` to `end` for one of `wanted`, or for anything."""
    asked = set(wanted)
    fitting = [window for window in windows if not asked or not asked.isdisjoint(window.functions)]
    at = start
    while at < end:
        reached = max((window.end for window in fitting if window.start <= at < window.end), default=at)
        if reached == at:
            return False
        at = reached
    return True


def _instant(day: date, clock: str, zone: str) -> Millis:
    """Return when a clock on the wall shows HH:MM; 24:00 is the next day's midnight."""
    hour, minute = (int(part) for part in clock.split(":"))
    day, hour = (day + timedelta(days=1), 0) if hour == 24 else (day, hour)
    return to_millis(datetime.combine(day, time(hour, minute), ZoneInfo(zone)))
