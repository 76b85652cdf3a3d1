"""Instants between the two forms the contract knows: milliseconds inside and in MQTT, RFC 3339 in HTTP."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.contracts.names import Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_millis(value: datetime) -> Millis:
    """Return an aware datetime as milliseconds since the epoch."""
    return (value - _EPOCH) // timedelta(milliseconds=1)


def to_datetime(at: Millis, zone: str = "UTC") -> datetime:
    """Return an instant as an aware datetime in `zone`."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone))


def to_rfc3339(at: Millis, zone: str = "UTC") -> str:
    """Return an instant with an offset, to the millisecond."""
    return to_datetime(at, zone).isoformat(timespec="milliseconds")


def local_clock(at: Millis, zone: str) -> str:
    """Return HH:MM as a clock on the wall of the site shows it."""
    return to_datetime(at, zone).strftime("%H:%M")


def from_wall(day: date, clock: str, zone: str) -> Millis:
    """Return when the clock on the wall shows HH:MM on a local day; 24:00 is the next day's midnight.

    As RFC 5545 wants it where clocks change: a time that comes twice is the first one, one that is skipped is as long
    after midnight as if the clock had not been changed.
    """
    hour, minute = (int(part) for part in clock.split(":"))
    day, hour = (day + timedelta(days=1), 0) if hour == 24 else (day, hour)
    return to_millis(datetime.combine(day, time(hour, minute), ZoneInfo(zone)))


def local_day_and_clock(at: Millis, zone: str) -> str:
    """Return an instant as people of all languages read it on the wall: `2026-03-02 09:00`."""
    return f"{to_datetime(at, zone):%Y-%m-%d %H:%M}"
