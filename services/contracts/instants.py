"""Instants between the two forms the contract knows: milliseconds inside and in MQTT, RFC 3339 in HTTP."""

from datetime import UTC, datetime, timedelta
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
