"""What residents mean by now, tonight or a day: local words into instants, in the zone of the site. Pure."""

from datetime import date, timedelta

from services.api import freetime
from services.api.problems import RefusalError
from services.bookings import grid
from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import HOUR, MINUTE, Millis

_PATIENCE: Millis = 2 * HOUR
"""Whoever wants a room now still wants it in two hours."""
_DAY = ("08:00", "22:00")
"""When somebody comes who only says the day."""


def starts_at(day: date | None, clock: str | None, now: Millis, zone: str, days: int) -> Millis:
    """Return when a booking begins: at once without a clock, else at that local time. Raises RefusalError."""
    if clock is None:
        return grid.floor(now)
    at = from_wall(_day(day, now, zone, days), clock, zone)
    if at % grid.GRID:
        raise RefusalError("invalid", "off_grid", field="at", minutes=grid.GRID // MINUTE)
    if at < grid.floor(now):
        raise RefusalError("invalid", "already_begun")
    return at


def wanted(
    when: str,
    day: date | None,
    earliest: str | None,
    latest: str | None,
    minutes: int,
    now: Millis,
    zone: str,
    days: int,
) -> tuple[Millis, Millis]:
    """Return between which instants a wish of so many minutes is to be met. Raises RefusalError."""
    if when == "now":
        return grid.floor(now), grid.ceil(now) + minutes * MINUTE + _PATIENCE
    if when == "tonight":
        start, end = freetime.evening(now, zone)
        start = max(start, grid.floor(now))
        if start + minutes * MINUTE > end:
            raise RefusalError("invalid", "evening_over", minutes=minutes, until=freetime.EVENING[1])
        return start, end
    that = _day(day, now, zone, days)
    start, end = from_wall(that, earliest or _DAY[0], zone), from_wall(that, latest or _DAY[1], zone)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start=earliest or _DAY[0], end=latest or _DAY[1])
    start = max(start, grid.floor(now))
    if start + minutes * MINUTE > end:
        raise RefusalError("invalid", "too_little_time_left", minutes=minutes)
    return start, end


def _day(day: date | None, now: Millis, zone: str, days: int) -> date:
    today = to_datetime(now, zone).date()
    if day is None:
        return today
    if not today <= day <= today + timedelta(days=days):
        raise RefusalError("invalid", "too_far_ahead", days=days)
    return day
