"""Finds the occurrences of events between two instants: rules, extra days, days left out, what stands in. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from services.calendars.reading import IcsEvent, instant
from services.contracts.errors import FieldError
from services.contracts.instants import to_datetime
from services.contracts.names import DAY, Millis
from services.contracts.recurrence import check_rule, occurrences

_OLDEST = date(1990, 1, 1)
"""A rule is followed day by day from its beginning; one from the year 1 would take minutes."""
_MOST_STEPS = 200_000
"""Over all rules of a file: five hundred daily rules of a year each."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event takes place, or would have. `day` names it in its series for ever; empty: no series."""

    uid: str
    day: str
    title: str
    start: Millis
    end: Millis
    cancelled: bool = False
    fault: str | None = None
    """Why it cannot be booked, a key of the section calendar."""
    params: dict[str, str] = field(default_factory=dict)


class _Steps:
    def __init__(self) -> None:
        self.left = _MOST_STEPS


def expand(events: Iterable[IcsEvent], first: Millis, last: Millis) -> list[Occurrence]:
    """Return the occurrences that touch `first` … `last`, by start; what cannot be understood stands there too, once.

    An occurrence is named by its local day in the series, so that it is the same one after the series was moved to
    another hour.
    """
    masters: list[IcsEvent] = []
    standing_in: list[IcsEvent] = []
    found: list[Occurrence] = []
    for event in events:
        if event.start is None:
            found.append(_faulty(event))
        else:
            (masters if event.recurrence is None else standing_in).append(event)
    zones = {event.uid: event.start.tzinfo for event in masters if event.start}
    instead: dict[str, dict[str, IcsEvent]] = {}
    for event in standing_in:
        assert event.recurrence is not None
        # Which day it stands for, the zone of the series says: some programs name it in UTC.
        which = event.recurrence.astimezone(zones.get(event.uid) or event.recurrence.tzinfo)
        instead.setdefault(event.uid, {})[_day(which)] = event
    steps = _Steps()
    for event in masters:
        others = instead.get(event.uid, {}) if event.rules or event.extra else {}
        found.extend(_of_event(event, set(others), first, last, steps))
    for them in instead.values():
        found.extend(_single(event, day) for day, event in them.items())
    near = [one for one in found if one.start == 0 or (one.start < last and one.end >= first)]
    unique = {(one.uid, one.day): one for one in near}  # of two with one name the later in the file counts
    return sorted(unique.values(), key=lambda one: (one.start, one.uid, one.day))


def _of_event(event: IcsEvent, replaced: set[str], first: Millis, last: Millis, steps: _Steps) -> Iterator[Occurrence]:
    assert event.start is not None
    if not (event.rules or event.extra):
        yield _single(event, "")
        return
    try:
        days = _days(event, event.start, last, steps)
    except ValueError as error:
        reason = error.word if isinstance(error, FieldError) else str(error)[:200]
        yield _single(event, "", "import_rule", {"reason": reason})
        return
    zone = event.start.tzinfo
    left_out = {_day(at.astimezone(zone)) for at in event.left_out}
    extra = [(at.astimezone(zone), length) for at, length in event.extra]
    lengths = {_day(at): length for at, length in extra if length is not None}
    starts = {day.isoformat(): _on(event.start, day) for day in days}
    starts.update((_day(at), at) for at, _ in extra)
    for day in sorted(starts.keys() | left_out):
        if day in replaced:
            continue
        at = starts.get(day) or _on(event.start, date.fromisoformat(day))
        begin = instant(at)
        end = begin + _millis(lengths.get(day, event.length))
        if begin < last and end >= first:
            gone = event.cancelled or day in left_out
            yield Occurrence(event.uid, day, event.title, begin, end, gone, None if gone else event.fault)


def _days(event: IcsEvent, start: datetime, last: Millis, steps: _Steps) -> set[date]:
    """Return the local days on which the rules fall, the first one among them. Raises ValueError."""
    found = {start.date()}
    if event.rules and start.date() < _OLDEST:
        raise FieldError("rule_begins_early", year=start.year, oldest=_OLDEST.year)
    end = (to_datetime(last) + timedelta(days=2)).date()
    for rule in event.rules:
        check_rule(rule, start.date())
        for day in occurrences(rule, start.date(), "UTC", f"{start:%H:%M}"):
            steps.left -= 1
            if steps.left < 0:
                raise FieldError("rule_too_much")
            if day > end:
                break
            found.add(day)
    return found


def _on(start: datetime, day: date) -> datetime:
    """Return the same time of day on another local day."""
    return datetime.combine(day, start.replace(fold=0).timetz())


def _single(event: IcsEvent, day: str, fault: str | None = None, params: dict[str, str] | None = None) -> Occurrence:
    assert event.start is not None
    begin = instant(event.start)
    # Nobody can say how long a day is that cannot be booked; it has to be shown near the others all the same.
    end = begin + (DAY if event.fault == "import_all_day" else _millis(event.length))
    why = None if event.cancelled else fault or event.fault
    return Occurrence(event.uid, day, event.title, begin, end, event.cancelled, why, params or event.params)


def _faulty(event: IcsEvent) -> Occurrence:
    return Occurrence(event.uid, "", event.title, 0, 0, False, event.fault or "import_broken", event.params)


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _millis(length: timedelta) -> Millis:
    return length // timedelta(milliseconds=1)
