"""Reads a calendar file into its events, as Google, Outlook, Apple and Nextcloud export them. Pure.

A file is a stranger's word: what cannot be understood of one event is said of that event, and the others stand.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from icalendar.timezone import tzp

from services.calendars.feed import printable
from services.contracts.errors import FileError
from services.contracts.instants import to_millis
from services.contracts.names import Millis
from services.contracts.texts import text

MAX_EVENTS = 2000
"""More than a busy hall has in five years; a file of a whole house is imported room by room."""

_REASON = 200

_reading = threading.Lock()
"""The library keeps what files say of time zones; each file starts without what others said, and alone."""

_BROKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)
"""What the library raises at files that are none."""


class CalendarFileError(FileError):
    """A file that is no calendar; `key` is in the section problems."""

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(text(f"problems.{key}", "en", params))
        self.key = key
        self.params = params


@dataclass(frozen=True, slots=True)
class IcsEvent:
    """One VEVENT. `fault` is a key of the section calendar when it cannot be booked, whatever the house says."""

    uid: str
    title: str
    start: datetime | None = None
    """Aware; in the event's own zone, so that a rule keeps its hour."""
    length: timedelta = timedelta()
    recurrence: datetime | None = None
    """Which occurrence of its series this event stands for."""
    cancelled: bool = False
    rules: tuple[str, ...] = ()
    extra: tuple[tuple[datetime, timedelta | None], ...] = ()
    left_out: tuple[datetime, ...] = ()
    fault: str | None = None
    params: dict[str, str] = field(default_factory=dict)


def read(content: bytes, zone: str) -> list[IcsEvent]:
    """Return the events of a calendar file; times without one are in `zone`. Raises CalendarFileError."""
    try:
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CalendarFileError("calendar_not_utf8") from None
    if "BEGIN:VCALENDAR" not in said.upper():
        raise CalendarFileError("calendar_no_calendar")
    with _reading:
        tzp.use_zoneinfo()
        try:
            calendars = Calendar.from_ical(said, multiple=True)
            found = [event for calendar in calendars for event in calendar.walk("VEVENT")]
        except _BROKEN as error:
            reason = printable(str(error))[:_REASON] or type(error).__name__
            raise CalendarFileError("calendar_unreadable", reason=reason) from None
        if len(found) > MAX_EVENTS:
            raise CalendarFileError("calendar_too_long", count=len(found), most=MAX_EVENTS)
        return [_event(event, ZoneInfo(zone)) for event in found if isinstance(event, Event)]


def _event(event: Event, zone: tzinfo) -> IcsEvent:
    uid, title = _text(event, "UID"), _text(event, "SUMMARY")
    try:
        found = _understood(event, uid, title, zone)
        if found.start is not None:
            instant(found.start)  # midnight of the year 1 in Shanghai is no instant that anybody can keep
        return found
    except _BROKEN:
        return IcsEvent(uid, title, fault="import_broken")


def _understood(event: Event, uid: str, title: str, zone: tzinfo) -> IcsEvent:
    cancelled = _text(event, "STATUS").upper() == "CANCELLED"
    if not uid:
        return IcsEvent(uid, title, fault="import_no_uid")
    stranger = _unknown_zone(event)
    if stranger is not None:
        return IcsEvent(uid, title, fault="import_unknown_zone", params={"name": stranger})
    recurrence = _value(event, "RECURRENCE-ID")
    if recurrence is not None and "RANGE" in recurrence.params:
        return IcsEvent(uid, title, fault="import_range")
    first = _value(event, "DTSTART").dt
    if not isinstance(first, datetime):
        at = datetime.combine(first, time(), zone)
        which = None if recurrence is None else _aware(recurrence.dt, zone)
        return IcsEvent(uid, title, at, recurrence=which, cancelled=cancelled, fault="import_all_day")
    start = _aware(first, zone)
    own = start.tzinfo or zone
    free = _text(event, "TRANSP").upper() == "TRANSPARENT"
    return IcsEvent(
        uid,
        title,
        start,
        _length(event, start, own),
        recurrence=None if recurrence is None else _aware(recurrence.dt, own),
        cancelled=cancelled,
        rules=tuple(_rule(rule, own) for rule in event.rrules),
        extra=tuple(_extra(one, own) for one in event.rdates),
        left_out=tuple(_left_out(one, start, own) for one in event.exdates),
        fault="import_free" if free and not cancelled else None,
    )


def _length(event: Event, start: datetime, zone: tzinfo) -> timedelta:
    """Return how long it takes in time that passes, whatever the clocks are set to meanwhile."""
    end = _value(event, "DTEND")
    if end is not None:
        return _aware(end.dt, zone).astimezone(UTC) - start.astimezone(UTC)
    given = _value(event, "DURATION")
    return timedelta() if given is None else timedelta(seconds=given.dt.total_seconds())


def _aware(at: date, zone: tzinfo) -> datetime:
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), zone)
    return at.replace(tzinfo=zone) if at.tzinfo is None else at


def _left_out(at: date, start: datetime, zone: tzinfo) -> datetime:
    """Return which occurrence is left out; some programs name its day alone."""
    if isinstance(at, datetime):
        return _aware(at, zone)
    return datetime.combine(at, start.timetz())


def _extra(given: tuple[Any, Any], zone: tzinfo) -> tuple[datetime, timedelta | None]:
    begin, end = given
    at = _aware(begin, zone)
    if end is None:
        return at, None
    length = end if isinstance(end, timedelta) else _aware(end, zone).astimezone(UTC) - at.astimezone(UTC)
    return at, length


def _rule(rule: Any, zone: tzinfo) -> str:
    """Return a rule as text, its UNTIL as a local time of the event."""
    until: Iterable[Any] = rule.get("UNTIL", ())
    said: str = rule.to_ical().decode()
    for at in until:
        parts = [part for part in said.split(";") if not part.startswith("UNTIL=")]
        shown = f"{at.astimezone(zone):%Y%m%dT%H%M%S}" if isinstance(at, datetime) and at.tzinfo else None
        if shown is None:
            shown = f"{at:%Y%m%dT%H%M%S}" if isinstance(at, datetime) else f"{at:%Y%m%d}"
        said = ";".join([*parts, f"UNTIL={shown}"])
    return said


def _unknown_zone(event: Event) -> str | None:
    """Return the name of a zone that neither the file explains nor we know."""
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        given = _value(event, name)
        at = None if given is None else given.dt
        if isinstance(at, datetime) and at.tzinfo is None and "TZID" in given.params:
            return printable(str(given.params["TZID"]))[:80]
    return None


def _value(event: Event, name: str) -> Any:
    """Return a property, whatever the library made of it; None: it is not there."""
    return event.get(name)


def _text(event: Event, name: str) -> str:
    given = _value(event, name)
    if isinstance(given, list):  # twice, where once is allowed
        given = given[0]
    return "" if given is None else printable(str(given)).strip()


def instant(at: datetime) -> Millis:
    """Return an instant of an event in ms."""
    return to_millis(at.astimezone(UTC))
