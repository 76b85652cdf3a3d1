"""Instants as iCalendar says them: local times of the site with its zone, UTC where a local time is not clear. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from services.contracts.instants import to_datetime
from services.contracts.names import Millis

_NEEDS_NO_ZONE = frozenset({"UTC", "Etc/UTC"})
_STEP = timedelta(days=1)
"""No zone changes its clocks twice within a day."""


def when(at: Millis, zone: str) -> datetime:
    """Return an instant as a feed shows it.

    In the hour that comes twice when clocks are set back a local time names two instants, and readers take the first
    one: the second is said in UTC.
    """
    local = to_datetime(at, zone)
    return local.astimezone(UTC) if local.fold or zone in _NEEDS_NO_ZONE else local


def timezone(zone: str, first: Millis, last: Millis) -> Timezone | None:
    """Return the VTIMEZONE that is right from `first` to `last` at least; None: everything is said in UTC.

    Whole years, so that the same calendar asked for tomorrow says the same. The library's own has summer begin an hour
    late: RFC 5545 wants the onset by the clock as it goes before.
    """
    if zone in _NEEDS_NO_ZONE:
        return None
    begin = datetime(to_datetime(first, zone).year, 1, 1, tzinfo=UTC) - _STEP
    end = datetime(to_datetime(last, zone).year + 2, 1, 1, tzinfo=UTC)
    made = Timezone()
    made.add("tzid", zone)
    local = begin.astimezone(ZoneInfo(zone))
    observances = {_kind(local, local): [local.replace(tzinfo=None)]}
    for before, after in _changes(zone, begin, end):
        onset = (before + timedelta(seconds=1)).replace(tzinfo=None)
        observances.setdefault(_kind(before, after), []).append(onset)
    for (name, is_summer, offset_from, offset_to), onsets in observances.items():
        part: TimezoneDaylight | TimezoneStandard = TimezoneDaylight() if is_summer else TimezoneStandard()
        part.add("dtstart", onsets[0])
        if onsets[1:]:
            part.add("rdate", onsets[1:])
        part.add("tzname", name)
        part.add("tzoffsetfrom", offset_from)
        part.add("tzoffsetto", offset_to)
        made.add_component(part)
    return made


_Kind = tuple[str, bool, timedelta, timedelta]


def _kind(before: datetime, after: datetime) -> _Kind:
    """Return what tells one sort of change from another: name, summer or not, offset before and after."""
    offsets = [one.utcoffset() or timedelta() for one in (before, after)]
    return after.tzname() or "", bool(after.dst()), offsets[0], offsets[1]


def _changes(zone: str, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the last second before each change of the clocks, and the first one after it, as the wall shows them."""
    there = ZoneInfo(zone)
    for before in _changes_utc(zone, begin.date(), end.date()):
        yield before.astimezone(there), (before + timedelta(seconds=1)).astimezone(there)


@lru_cache(maxsize=64)
def _changes_utc(zone: str, begin: date, end: date) -> tuple[datetime, ...]:
    """Return the last second of each stretch without a change, in UTC."""
    there = ZoneInfo(zone)

    def reading(at: datetime) -> tuple[timedelta | None, str | None]:
        local = at.astimezone(there)
        return local.utcoffset(), local.tzname()

    found: list[datetime] = []
    at = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
    until = datetime(end.year, end.month, end.day, tzinfo=UTC)
    while at < until:
        if reading(at) != reading(at + _STEP):
            low, high = at, at + _STEP
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if reading(middle) == reading(low) else (low, middle)
            found.append(low)
        at += _STEP
    return tuple(found)
