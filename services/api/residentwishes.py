"""A resident's own wishes, what is held for them, and what happened lately."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from services.api import localtimes, present, residentlimits
from services.api.acting import in_plain_words, new_request
from services.api.auditing import note_place
from services.api.bodies import Body, NewRequest, printable, space_of, zone_of
from services.api.deps import Deps, Wired
from services.api.identity import Me
from services.api.language import Lang
from services.api.problems import RefusalError
from services.api.residentbookings import FewPeople, Minutes, act, actor, place, show, title_of
from services.api.residenttelling import told
from services.bookings.records import Offer, OfferState, Request
from services.contracts.entries import LocalDay, LocalTime
from services.contracts.errors import NotFoundError
from services.contracts.instants import to_datetime, to_rfc3339
from services.contracts.names import Name

_LATELY = 20


class MyWish(Body):
    """The body of POST /me/requests: a wish for `space`, or for any that suits."""

    site: Name
    space: Name | None = None
    function: Annotated[
        str, Field(max_length=64, description="what for; default: anything"), AfterValidator(printable)
    ] = ""
    people: FewPeople = 1
    minutes: Minutes = 60
    when: Literal["now", "tonight", "day"] = "now"
    day: Annotated[LocalDay | None, Field(description="in the site's zone; default: today")] = None
    earliest: Annotated[LocalTime | None, Field(description="default: 08:00")] = None
    latest: Annotated[LocalTime | None, Field(description="default: 22:00")] = None


def list_requests(deps: Wired, me: Me) -> present.Json:
    """The wishes that wait, in the order they were made."""
    found = deps.bookings.requests(states=residentlimits.OPEN_WISHES, group=me.resident.handle, limit=50)
    return present.page([_wish(deps, one) for one in found], None)


def ask(deps: Wired, me: Me, body: MyWish) -> present.Json:
    """Wait in line: what becomes free and suits is held for them, and they are told here."""
    view, now, handle = deps.catalogue.view(), deps.clock.now(), me.resident.handle
    zone = zone_of(view, body.site)
    earliest, latest_end = localtimes.wanted(
        body.when, body.day, body.earliest, body.latest, body.minutes, now, zone, residentlimits.DAYS
    )
    if body.space is not None and not space_of(view, body.site, body.space).functions:
        raise RefusalError("invalid", "drop_in", space=view.space(body.site, body.space).name)
    functions = (body.function,) if body.function else ()
    wish = NewRequest(
        site=body.site,
        group=handle,
        title=title_of(body.function),
        people=body.people,
        duration_min=body.minutes,
        earliest=to_datetime(earliest, zone),
        latest_end=to_datetime(latest_end, zone),
        space=body.space,
        functions=functions,
    )
    record = new_request(view, wish, now)
    act(deps, handle)
    with residentlimits.one_at_a_time(handle):
        residentlimits.expect_room_for_wish(deps, handle)
        deps.bookings.add_request(record)
    return _wish(deps, record)


def withdraw(deps: Wired, me: Me, id: str) -> present.Json:
    """They no longer want it; what is held for it is free again."""
    record = _own_wish(deps, me, id)
    with in_plain_words("withdraw"):
        deps.operations.withdraw_request(record.id, actor(me), deps.clock.now())
    deps.live.agenda.changed()
    return _wish(deps, deps.bookings.request(record.id))


def list_offers(deps: Wired, me: Me) -> present.Json:
    """What is held for them now."""
    now = deps.clock.now()
    held = deps.bookings.offers(states=(OfferState.HELD,), group=me.resident.handle, limit=50)
    return present.page([_offer(deps, one) for one in held if one.expires > now], None)


def take(deps: Wired, me: Me, lang: Lang, id: str) -> present.Json:
    """Take what is held: it is booked."""
    offer, handle = _own_offer(deps, me, id), me.resident.handle
    with residentlimits.one_at_a_time(handle):
        if offer.state is OfferState.HELD:
            residentlimits.expect_room_for_booking(deps, handle)
        with in_plain_words("take"):
            decision = deps.operations.claim(offer.id, actor(me), deps.clock.now())
    deps.live.agenda.changed()
    assert decision.booking is not None
    return show(deps, deps.bookings.booking(decision.booking), lang)


def decline(deps: Wired, me: Me, id: str) -> present.Json:
    """Let it go: it passes to the next in line at once, and the wish waits on."""
    offer = _own_offer(deps, me, id)
    with in_plain_words("decline"):
        deps.operations.decline_offer(offer.id, actor(me), deps.clock.now())
    deps.live.agenda.changed()
    return _wish(deps, deps.bookings.request(offer.request))


def news(deps: Wired, me: Me, lang: Lang) -> present.Json:
    """What happened lately to what is theirs, the newest first, each in one sentence."""
    view = deps.catalogue.view()
    lately = deps.bookings.decisions_about(me.resident.handle, _LATELY)
    return present.page(
        [told(one, view, lang) for one in lately],
        None,
    )


def _wish(deps: Deps, one: Request) -> present.Json:
    view = deps.catalogue.view()
    zone = present.shown_zone(view, one.site)
    return {
        "id": one.id,
        **place(view, one.site, one.space),
        "functions": one.functions,
        "people": one.people,
        "duration_min": one.duration_min,
        "earliest": to_rfc3339(one.earliest, zone),
        "latest_end": to_rfc3339(one.latest_end, zone),
        "state": one.state.value,
    }


def _offer(deps: Deps, one: Offer) -> present.Json:
    view = deps.catalogue.view()
    zone = present.shown_zone(view, one.site)
    return {
        "id": one.id,
        **place(view, one.site, one.space),
        "request": one.request,
        "start": to_rfc3339(one.start, zone),
        "end": to_rfc3339(one.end, zone),
        "expires": to_rfc3339(one.expires, zone),
    }


def _own_wish(deps: Deps, me: Me, id: str) -> Request:
    record = deps.bookings.request(id) if id.isprintable() else None
    if record is None or record.group != me.resident.handle:
        raise NotFoundError(key="no_request", id=id if id.isprintable() else "?")
    note_place(record.site, record.space)
    act(deps, me.resident.handle)
    return record


def _own_offer(deps: Deps, me: Me, id: str) -> Offer:
    record = deps.bookings.offer(id) if id.isprintable() else None
    if record is None or record.group != me.resident.handle:
        raise NotFoundError(key="no_offer", id=id if id.isprintable() else "?")
    note_place(record.site, record.space)
    act(deps, me.resident.handle)
    return record
