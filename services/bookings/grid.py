"""The 5-minute grid on which bookings and offers lie, so that a database key can forbid double booking."""

from services.contracts.errors import InvalidError
from services.contracts.instants import to_rfc3339
from services.contracts.names import DAY, HOUR, MINUTE, Millis

GRID: Millis = 5 * MINUTE
"""Fine enough for every timetable we know; 288 keys a room and day."""

LONGEST: Millis = DAY
"""Whoever needs a space for longer books it day by day: one slip of a date must not take a space for a year."""


def floor(at: Millis) -> Millis:
    """Return the grid line at or before `at`."""
    return at - at % GRID


def ceil(at: Millis) -> Millis:
    """Return the grid line at or after `at`."""
    return -(-at // GRID) * GRID


def slots(start: Millis, end: Millis) -> range:
    """Return the numbers of the slots from `start` to `end`."""
    return range(floor(start) // GRID, ceil(end) // GRID)


def check_span(what: str, start: Millis, end: Millis) -> None:
    """Raise InvalidError unless `start` and `end` lie on the grid, in order and at most LONGEST apart."""
    for name, at in (("start", start), ("end", end)):
        if at % GRID:
            raise InvalidError(key="span_off_grid", what=what, name=name, at=to_rfc3339(at))
    if end <= start:
        raise InvalidError(key="span_backwards", what=what, start=to_rfc3339(start), end=to_rfc3339(end))
    if end - start > LONGEST:
        raise InvalidError(key="span_too_long", what=what, hours=f"{(end - start) / HOUR:g}", most=LONGEST // HOUR)
