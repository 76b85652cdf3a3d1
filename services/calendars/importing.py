"""Says of each occurrence of somebody's calendar what an import would do with it here, and why not. Pure.

A booking's id follows from the name of its occurrence: the same calendar once more books nothing twice, moves what was
moved there, and leaves alone what somebody moved or cancelled here since.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from services.bookings import grid, machine
from services.bookings.reasons import Why
from services.bookings.records import HOLDING, Booking, BookingState, Change
from services.calendars.expanding import Occurrence
from services.catalogue.availability import Availability, Use
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.names import DAY, HOUR, Millis

IMPORT_RULE = "person.import/1"
"""The rule of decisions that an import made; by it an import knows what the one before said."""
AHEAD: Millis = 400 * DAY
"""How far ahead an import books: a series without an end must end somewhere."""
MAX_BOOKINGS = 500
"""In one import, which is one transaction."""
_MAX_TITLE = 200

Action = Literal["book", "move", "cancel", "keep", "skip", "refuse"]


@dataclass(frozen=True, slots=True)
class Wish:
    """Where and for whom the events of a calendar are booked."""

    site: str
    space: str
    group: str
    people: int
    function: str = ""
    titles: bool = True
    """Take the events' titles; else each booking is called like its group."""


@dataclass(frozen=True, slots=True)
class Said:
    """When the import before wanted a booking to be."""

    start: Millis
    end: Millis


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one occurrence. `why`, in the text catalogue, for what is kept, skipped or refused."""

    occurrence: Occurrence
    action: Action
    booking: str
    start: Millis
    end: Millis
    rounded: bool = False
    """Its times were not on the grid: they reach a little further than the event."""
    why: str | None = None
    params: Mapping[str, Any] | None = None
    change: Change | None = None

    def refused(self, why: str, params: Mapping[str, Any] | None = None) -> "Step":
        """Return the same, refused."""
        return replace(self, action="refuse", why=why, params=params, change=None)


def booking_id(wish: Wish, occurrence: Occurrence) -> str:
    """Return the id of the booking that an occurrence becomes."""
    said = json.dumps([wish.site, wish.space, occurrence.uid, occurrence.day])
    return f"i-{hashlib.sha256(said.encode(errors='replace')).hexdigest()[:20]}"


def plan(
    occurrences: Sequence[Occurrence],
    wish: Wish,
    known: Mapping[str, Booking],
    said: Mapping[str, Said],
    house: Availability,
    now: Millis,
    actor: str,
    code: Callable[[], str],
) -> list[Step]:
    """Return a step for each occurrence. Whether somebody else has the time is found out when it is written.

    `known`: bookings that exist, by id; `said`: what the import before wanted of them.
    """
    steps = [_step(one, wish, known, said, house, now, Why(IMPORT_RULE, actor), code) for one in occurrences]
    changes = [step for step in steps if step.change is not None]
    if len(changes) <= MAX_BOOKINGS:
        return steps
    late = {step.booking for step in changes[MAX_BOOKINGS:]}
    return [
        step.refused("calendar.import_too_many", {"most": MAX_BOOKINGS})
        if step.change is not None and step.booking in late
        else step
        for step in steps
    ]


def _step(
    one: Occurrence,
    wish: Wish,
    known: Mapping[str, Booking],
    said: Mapping[str, Said],
    house: Availability,
    now: Millis,
    why: Why,
    code: Callable[[], str],
) -> Step:
    id = booking_id(wish, one)
    start, end = grid.floor(one.start), grid.ceil(one.end)
    step = Step(one, "book", id, start, end, (start, end) != (one.start, one.end))
    booking = known.get(id)
    if one.cancelled:
        return _cancel(step, booking, now, why)
    if one.fault is not None:
        # Free time and whole days are no wish for a space: nothing is wrong with them.
        left = one.fault in ("import_free", "import_all_day")
        return replace(step, action="skip" if left else "refuse", why=f"calendar.{one.fault}", params=one.params)
    if one.end <= one.start:
        return step.refused("calendar.import_no_length")
    if end <= now:
        return replace(step, action="skip", why="calendar.import_past")
    if end - start > grid.LONGEST:
        return step.refused("problems.booking_too_long", {"hours": grid.LONGEST // HOUR})
    if booking is not None:
        return _again(step, booking, said.get(id), house, now, why)
    return _book(step, wish, house, now, why, code)


def _book(step: Step, wish: Wish, house: Availability, now: Millis, why: Why, code: Callable[[], str]) -> Step:
    use = Use(step.start, step.end, wish.people, (wish.function,) if wish.function else (), wish.group)
    shut = house.why_not(wish.site, wish.space, use, now)
    if shut is not None:
        return step.refused(f"problems.{shut.key}", shut.params)
    answer_by = house.answer_by(wish.site, wish.space, use, now)
    booking = Booking(
        id=step.booking,
        site=wish.site,
        space=wish.space,
        group=wish.group,
        title=_title(step.occurrence.title, wish),
        people=wish.people,
        start=step.start,
        end=step.end,
        function=wish.function,
        state=BookingState.BOOKED if answer_by is None else BookingState.ASKED,
        answer_by=answer_by,
        code=code(),
    )
    return replace(step, change=machine.booked(booking, now, why))


def _again(step: Step, booking: Booking, said: Said | None, house: Availability, now: Millis, why: Why) -> Step:
    if booking.state not in HOLDING:
        return replace(step, action="skip", why="calendar.import_closed")
    asked = (booking.start, booking.end) if said is None else (said.start, said.end)
    if (step.start, step.end) in (asked, (booking.start, booking.end)):
        moved = (booking.start, booking.end) != (step.start, step.end)
        return replace(step, action="keep", why="calendar.import_moved_here" if moved else "calendar.import_same")
    use = Use(step.start, step.end, booking.people, (booking.function,) if booking.function else (), booking.group)
    try:
        shut = house.why_not(booking.site, booking.space, use, now)
    except NotFoundError:
        return step.refused("problems.unknown_space", {"site": booking.site, "space": booking.space})
    if shut is not None:
        return step.refused(f"problems.{shut.key}", shut.params)
    answer_by = house.answer_by(booking.site, booking.space, use, now)
    try:
        change = machine.move(booking, booking.space, step.start, now, why, answer_by=answer_by, end=step.end)
    except ConflictError:
        return step.refused("calendar.import_under_way")
    return replace(step, action="move", change=change)


def _cancel(step: Step, booking: Booking | None, now: Millis, why: Why) -> Step:
    if booking is None or booking.state not in HOLDING or booking.end <= now:
        return replace(step, action="skip", why="calendar.import_cancelled")
    return replace(step, action="cancel", change=machine.cancel(booking, now, why))


def _title(said: str, wish: Wish) -> str:
    line = "".join(one for one in " ".join(said.split()) if one.isprintable())[:_MAX_TITLE].strip()
    return line if wish.titles and line else wish.group
