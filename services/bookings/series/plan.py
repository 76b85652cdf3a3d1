"""What a series means: its occurrences, and what a change of it does to those that are booked already. Pure.

A series is told in segments, each from a local day on: "this and following" begins a new one. Whoever has moved or
cancelled an occurrence meant it: a change of the series leaves that one alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pydantic import ValidationError

from services.bookings.records import HOLDING, Booking, BookingState
from services.contracts.errors import InvalidError
from services.contracts.instants import from_wall
from services.contracts.names import Millis
from services.contracts.recurrence import Recurring
from services.contracts.retelling import fault_word

MOST_OCCURRENCES = 400
"""A daily class for a year, with some room. Whoever needs more asks twice."""

_MOVABLE = frozenset({BookingState.ASKED, BookingState.BOOKED})


@dataclass(frozen=True, slots=True)
class Segment:
    """From `first_day` on the series is in `space` from `start` to `end` (HH:MM) on the days of its rule.

    Days are ISO. An `end` at or before the `start` is on the next day.
    """

    first_day: str
    space: str
    start: str
    end: str
    rrule: str
    dtstart: str
    exdate: tuple[str, ...] = ()
    rdate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """A use of space that repeats until `last_day`, as far as it is booked."""

    id: str
    site: str
    group: str
    title: str
    people: int
    segments: tuple[Segment, ...]
    last_day: str
    """ISO, included; nothing is booked beyond it."""
    function: str = ""
    protected: bool = False
    code: str = ""
    exceptions: tuple[str, ...] = ()
    """Local days (ISO) whose occurrence somebody moved or cancelled: no change of the series touches them."""
    standing: str | None = None
    """Id of the standing activity of the community it comes from."""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series: where and from when to when its plan has it."""

    day: date
    space: str
    start: Millis
    end: Millis


@dataclass(frozen=True, slots=True)
class Difference:
    """What is to be done so that the bookings follow a changed series."""

    book: tuple[Occurrence, ...] = ()
    move: tuple[tuple[Booking, Occurrence], ...] = ()
    cancel: tuple[Booking, ...] = ()
    exceptions: tuple[str, ...] = ()


def first_segment(space: str, start: str, end: str, rule: Recurring) -> Segment:
    """Return the segment a series begins with. Days added by hand may lie before the rule begins."""
    assert rule.rrule is not None
    assert rule.dtstart is not None
    return Segment(
        first_day=min((rule.dtstart, *rule.rdate)).isoformat(),
        space=space,
        start=start,
        end=end,
        rrule=rule.rrule,
        dtstart=rule.dtstart.isoformat(),
        exdate=tuple(day.isoformat() for day in rule.exdate),
        rdate=tuple(day.isoformat() for day in rule.rdate),
    )


def planned(series: Series, first: date, last: date, zone: str) -> list[Occurrence]:
    """Return the occurrences of the plan from `first` to `last`, both included, in order.

    Raises InvalidError for a rule that cannot be meant.
    """
    last = min(last, date.fromisoformat(series.last_day))
    found: list[Occurrence] = []
    for number, segment in enumerate(series.segments):
        begins = max(first, date.fromisoformat(segment.first_day))
        following = series.segments[number + 1 : number + 2]
        ends = min([last, *(date.fromisoformat(one.first_day) - timedelta(days=1) for one in following)])
        days = _rule(series, segment).rule_days(begins, ends, zone, segment.start)
        found += [_on(segment, day, zone) for day in days]
    return found


def _rule(series: Series, segment: Segment) -> Recurring:
    told = {"rrule": segment.rrule, "dtstart": segment.dtstart, "exdate": segment.exdate, "rdate": segment.rdate}
    try:
        return Recurring.model_validate(told)
    except ValidationError as error:
        raise InvalidError(key="series_rule", id=series.id, fault=fault_word(error)) from None


def difference(before: Series | None, after: Series, bookings: Iterable[Booking], now: Millis, zone: str) -> Difference:
    """Return what is to be done after a series has changed. What has begun or is over is left as it is.

    An exception, moved or cancelled by somebody, stays; a day that has a booking gets no second one.
    """
    kept = {booking.occurrence or "": booking for booking in bookings}
    wanted = {one.day.isoformat(): one for one in planned(after, date.min, date.max, zone) if one.start > now}
    meant: dict[str, Occurrence] = {}
    if before is not None:
        meant = {one.day.isoformat(): one for one in planned(before, date.min, date.max, zone)}
    exceptions = {day for day, booking in kept.items() if day in meant and _elsewhere(booking, meant[day])}
    exceptions.update(after.exceptions)
    # What is cancelled and no exception was cancelled by the series itself, which may want the day again.
    free = {day for day, booking in kept.items() if booking.state is BookingState.CANCELLED} - exceptions
    book = [one for day, one in wanted.items() if day in free or (day not in kept and day not in exceptions)]
    move: list[tuple[Booking, Occurrence]] = []
    cancel: list[Booking] = []
    for day, booking in kept.items():
        if booking.state not in _MOVABLE or booking.start <= now or day in exceptions:
            continue
        place = wanted.get(day)
        if place is None:
            cancel.append(booking)
        elif _elsewhere(booking, place):
            move.append((booking, place))
    return Difference(tuple(book), tuple(move), tuple(cancel), tuple(sorted(exceptions)))


def _elsewhere(booking: Booking, meant: Occurrence) -> bool:
    """Tell whether an occurrence is not where and when its series means it, or was given up."""
    there = (meant.space, meant.start, meant.end) == (booking.space, booking.start, booking.end)
    return not there or booking.state not in HOLDING


def booking_of(series: Series, one: Occurrence, answer_by: Millis | None, times: int = 0) -> Booking:
    """Return the booking of an occurrence that was booked so many `times` before.

    Its id follows from them, so that doing it twice books once.
    """
    return Booking(
        id=f"{series.id}.{one.day:%Y%m%d}{f'.{times}' if times else ''}",
        site=series.site,
        space=one.space,
        group=series.group,
        title=series.title,
        people=series.people,
        start=one.start,
        end=one.end,
        state=BookingState.BOOKED if answer_by is None else BookingState.ASKED,
        function=series.function,
        protected=series.protected,
        code=series.code,
        answer_by=answer_by,
        series=series.id,
        occurrence=one.day.isoformat(),
    )


def changed(series: Series, from_day: date, **values: object) -> Series:
    """Return the series with another segment from a day on, which says what `values` say and else what held there.

    Segments that would begin later are replaced by it. With another rule `dtstart` is that day, unless it is given.
    """
    day = from_day.isoformat()
    earlier = [one for one in series.segments if one.first_day < day]
    at = [one for one in series.segments if one.first_day <= day] or [series.segments[0]]
    if "rrule" in values:
        values = {"dtstart": day, "exdate": (), "rdate": (), **values}
    segment = replace(at[-1], **{**values, "first_day": day})  # type: ignore[arg-type]  # checked by every caller's tests
    return replace(series, segments=(*earlier, segment), version=series.version + 1)


def extended(series: Series, until: date, *, beyond_rule: bool = False) -> Series:
    """Return the series booked until another day; `beyond_rule`: also where its last rule says that it ends."""
    segments = series.segments
    if beyond_rule:
        endless = re.sub(r";?(COUNT|UNTIL)=[^;]*", "", segments[-1].rrule, flags=re.IGNORECASE).lstrip(";")
        segments = (*segments[:-1], replace(segments[-1], rrule=endless))
    return replace(series, segments=segments, last_day=until.isoformat(), version=series.version + 1)


def ended(series: Series, from_day: date) -> Series:
    """Return the series with nothing on or after a day."""
    last_day = min(series.last_day, (from_day - timedelta(days=1)).isoformat())
    return replace(series, last_day=last_day, version=series.version + 1)


def _on(segment: Segment, day: date, zone: str) -> Occurrence:
    closes = day if segment.end > segment.start else day + timedelta(days=1)
    return Occurrence(day, segment.space, from_wall(day, segment.start, zone), from_wall(closes, segment.end, zone))
