"""A resident's own bookings: booking what is free, checking in, keeping, ending, giving back, having it back."""

from typing import Annotated

from pydantic import AfterValidator, Field

from services.api import localtimes, present, residentlimits
from services.api.acting import in_plain_words, new_booking, telling_when
from services.api.auditing import note_place
from services.api.bodies import Body, printable, space_of
from services.api.deps import Deps, Wired
from services.api.identity import Me, resident_actor
from services.api.language import DEFAULT, Lang
from services.api.problems import RefusalError
from services.api.residenttelling import said
from services.bookings import grid
from services.bookings.permits import opens_at
from services.bookings.records import HOLDING, Booking, BookingState
from services.bookings.undoing import can_reclaim
from services.catalogue.view import CatalogueView
from services.contracts.entries import LocalDay, LocalTime
from services.contracts.errors import NotFoundError
from services.contracts.names import DAY, HOUR, MINUTE, Millis, Name
from services.contracts.texts import text
from services.contracts.vocabulary import function_name

_LOOK_BACK: Millis = 12 * HOUR
"""What was given away this morning can be told this evening."""
_EXPECTED = frozenset({BookingState.ASKED, BookingState.BOOKED, BookingState.WARNED})

Minutes = Annotated[
    int, Field(ge=residentlimits.LEAST_MINUTES, le=residentlimits.MINUTES, multiple_of=grid.GRID // MINUTE)
]
FewPeople = Annotated[int, Field(ge=1, le=1_000)]
Function = Annotated[
    str, Field(max_length=64, description="what for; default: the first the space is for"), AfterValidator(printable)
]


class MyNewBooking(Body):
    """The body of POST /me/bookings. There is no room for words: what a resident types never reaches a screen."""

    site: Name
    space: Name
    minutes: Minutes = 60
    people: FewPeople = 1
    function: Function = ""
    day: Annotated[LocalDay | None, Field(description="in the site's zone; default: today")] = None
    at: Annotated[LocalTime | None, Field(description="when it begins, in the site's zone; default: now")] = None
    here: Annotated[bool, Field(description="they stand at the door: it begins now and they are checked in")] = False


def mine(deps: Wired, me: Me, lang: Lang) -> present.Json:
    """The bookings of the resident that are not over, and those of the last hours."""
    handle, now = me.resident.handle, deps.clock.now()
    near = deps.bookings.bookings(start=now - _LOOK_BACK, end=now + 366 * DAY, group=handle, limit=50)
    shown = [one for one in near if one.end > now or one.state is not BookingState.ENDED]
    return present.page([show(deps, one, lang) for one in shown], None)


def book(deps: Wired, me: Me, lang: Lang, body: MyNewBooking) -> present.Json:
    """Book what is free; where its lender wants to be asked, ask."""
    view, now, handle = deps.catalogue.view(), deps.clock.now(), me.resident.handle
    space = space_of(view, body.site, body.space)
    zone = view.zone(body.site)
    if body.here and body.at is not None:
        raise RefusalError("invalid", "here_is_now")
    start = localtimes.starts_at(body.day, body.at, now, zone, residentlimits.DAYS)
    if not space.functions:
        raise RefusalError("invalid", "drop_in", space=space.name)
    function = body.function or space.functions[0]
    record = new_booking(
        view,
        site=body.site,
        space=body.space,
        group=handle,
        title=title_of(function),
        people=body.people,
        start=start,
        end=start + body.minutes * MINUTE,
        function=function,
        now=now,
    )
    act(deps, handle)
    with residentlimits.one_at_a_time(handle):
        residentlimits.expect_room_for_booking(deps, handle)
        with in_plain_words("book"):
            deps.bookings.book(record, actor(me), now)
    deps.live.agenda.changed()
    if body.here and record.answer_by is None:
        with in_plain_words("check_in"):
            deps.operations.check_in(record.id, actor(me), now)
    return show(deps, deps.bookings.booking(record.id), lang)


def check_in(deps: Wired, me: Me, lang: Lang, id: str) -> present.Json:
    """They are there; a released booking is theirs again, as long as nobody took its time."""
    record = _own(deps, me, id)
    with telling_when(deps, record.id), in_plain_words("check_in"):
        deps.operations.check_in(record.id, actor(me), deps.clock.now())
    return _after(deps, record, lang)


def keep(deps: Wired, me: Me, lang: Lang, id: str) -> present.Json:
    """They still come; a released booking is given back to them, as long as nobody took its time."""
    record = _own(deps, me, id)
    with telling_when(deps, record.id), in_plain_words("keep"):
        deps.operations.keep(record.id, actor(me), deps.clock.now())
    return _after(deps, record, lang)


def end(deps: Wired, me: Me, lang: Lang, id: str) -> present.Json:
    """They have finished: the rest is free."""
    record = _own(deps, me, id)
    with in_plain_words("end"):
        deps.operations.end(record.id, actor(me), deps.clock.now())
    return _after(deps, record, lang)


def cancel(deps: Wired, me: Me, lang: Lang, id: str) -> present.Json:
    """They give it back: it does not take place."""
    record = _own(deps, me, id)
    with in_plain_words("cancel"):
        deps.operations.cancel(record.id, actor(me), deps.clock.now())
    return _after(deps, record, lang)


def show(deps: Deps, record: Booking, language: str) -> present.Json:
    """Return a resident's booking as its owner sees it, with what can be done with it now."""
    view, now = deps.catalogue.view(), deps.clock.now()
    zone, policy = present.shown_zone(view, record.site), view.community.policy
    release_at = None
    if record.state is BookingState.WARNED and record.warned_at is not None:
        release_at = record.warned_at + int(policy.warn_min * MINUTE)
    return {
        "id": record.id,
        **place(view, record.site, record.space),
        "function": record.function,
        "title": record.title,
        "people": record.people,
        "start": present.instant(record.start, zone),
        "end": present.instant(record.end, zone),
        "state": record.state.value,
        "code": record.code,
        "answer_by": present.instant(record.answer_by, zone),
        "release_at": present.instant(release_at, zone),
        "opens_at": present.instant(opens_at(record, policy), zone),
        "can": _can(deps, record, now),
        "why": _why(deps, record, language),
    }


def place(view: CatalogueView, site: str, space: str | None) -> present.Json:
    """Return a space by its names; what has left the catalogue goes by its id."""
    try:
        name = "" if space is None else view.space(site, space).name
    except NotFoundError:
        name = space or ""
    site_name = next((one.name for one in view.community.sites if one.id == site), site)
    return {"site": site, "space": space, "name": name, "site_name": site_name}


def title_of(function: str) -> str:
    """Return what the door's screen says of a resident's booking: what the room is used for, never who by."""
    return function_name(function, DEFAULT) if function else text("resident.untitled", DEFAULT)


def act(deps: Deps, handle: str) -> None:
    """Count something a resident does that others see. Raises RefusalError when it is too often."""
    deps.turnstile.take({"acts_handle": handle}, deps.machine_clock.now())


def actor(me: Me) -> str:
    """Return how decisions name a resident who acts."""
    return resident_actor(me.resident.handle)


def _own(deps: Deps, me: Me, id: str) -> Booking:
    """Return a booking of the caller's own; those of others are as if they did not exist. Raises NotFoundError."""
    handle = me.resident.handle
    record = deps.bookings.booking(id) if id.isprintable() else None
    if record is None or record.group != handle:
        raise NotFoundError(key="no_booking", id=id if id.isprintable() else "?")
    note_place(record.site, record.space)
    act(deps, handle)
    return record


def _after(deps: Deps, record: Booking, language: str) -> present.Json:
    deps.live.agenda.changed()
    return show(deps, deps.bookings.booking(record.id), language)


def _can(deps: Deps, record: Booking, now: Millis) -> list[str]:
    if record.state is BookingState.RELEASED:
        return ["reclaim"] if can_reclaim(deps.bookings, record, now) else []
    if record.state not in HOLDING:
        return []
    found = deps.live.agenda.plan().can(record, now)
    if record.state in _EXPECTED and now < record.end:
        found = [one for one in found if one != "keep" or record.kept_at is None]
        found.append("cancel")
    return found


def _why(deps: Deps, record: Booking, language: str) -> str | None:
    """Return the last thing that happened to a booking which is not as its owner left it."""
    if record.state in (BookingState.BOOKED, BookingState.IN_USE, BookingState.ENDED) and not record.asked_at:
        return None
    made = deps.bookings.last_decision(booking=record.id)
    return None if made is None else said(made, deps.catalogue.view(), language)
