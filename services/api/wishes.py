"""Wishes for space and the offers made to them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Response

from services.api import present
from services.api.acting import new_request
from services.api.auditing import note_place
from services.api.bodies import (
    NewOffer,
    NewRequest,
    check_there,
    on_grid,
    space_of,
    zone_of,
)
from services.api.decisions import shown
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, expect_in_charge, may_act
from services.api.language import Lang
from services.api.paging import After, Limit, paged
from services.api.problems import RefusalError
from services.bookings import grid
from services.bookings.promises import offer_span
from services.bookings.records import OfferState, RequestState
from services.bookings.seasons import season_of
from services.catalogue.availability import Use
from services.catalogue.people import Principal


def list_requests(
    deps: Wired,
    site: str | None = None,
    state: Annotated[list[RequestState] | None, Query()] = None,
    after: After = None,
    limit: Limit = 100,
) -> present.Json:
    """Wishes for space, in the order they were made."""
    view = deps.catalogue.view()
    return paged(
        lambda most: deps.bookings.requests(site, state, after, most),
        limit,
        lambda record: record.id,
        lambda record: present.request(record, view.zone(record.site)),
    )


def make_request(deps: Wired, caller: Caller, body: NewRequest, response: Response) -> present.Json:
    """Wish for a space. The same `id` with the same content once more changes nothing and answers 200.

    With an `rrule` it is a season: a wish for each of its days, all kept or none, answered as a list.
    """
    view, now = deps.catalogue.view(), deps.clock.now()
    zone = zone_of(view, body.site)
    for named in [one for one in (body.space, *(other.space for other in body.alternatives)) if one is not None]:
        expect_in_charge(deps, caller, body.site, named)
    note_place(body.site, body.space)
    record = new_request(view, body, now)
    if body.rrule is not None or body.until is not None:
        wishes = season_of(record, body.rrule, body.until, zone)
        if not deps.bookings.add_requests(wishes):
            response.status_code = HTTPStatus.OK
        kept = [present.request(deps.bookings.request(one.id), zone) for one in wishes]
        return {**present.page(kept, None), "season": record.id}
    if not deps.bookings.add_request(record):
        response.status_code = HTTPStatus.OK
    return present.request(deps.bookings.request(record.id), zone)


def list_offers(
    deps: Wired,
    caller: Caller,
    site: str | None = None,
    space: str | None = None,
    state: Annotated[list[OfferState] | None, Query()] = None,
    after: After = None,
    limit: Limit = 100,
) -> present.Json:
    """Offers, in the order they were made."""
    view = deps.catalogue.view()
    return paged(
        lambda most: deps.bookings.offers(site, space, state, after, most),
        limit,
        lambda record: record.id,
        lambda record: present.offer(record, view.zone(record.site), with_code=may_act(caller)),
    )


def make_offer(deps: Wired, caller: Caller, body: NewOffer) -> present.Json:
    """Hold a space for a waiting request by hand."""
    request = deps.bookings.request(body.request)
    view, now = deps.catalogue.view(), deps.clock.now()
    released = None if body.booking is None else deps.bookings.booking(body.booking)
    if released is not None:
        expect_in_charge(deps, caller, released.site, released.space)
    start = None if body.start is None else on_grid("start", body.start)
    where = body.space or (request.space if released is None else released.space)
    if where is not None:  # else the operation says what it expected
        space = space_of(view, request.site, where)
        expect_in_charge(deps, caller, request.site, where)
        begins, ends = offer_span(request, grid.floor(now) if start is None else start)
        use = Use(begins, ends, request.people, request.functions, request.group)
        check_there(view, space, use, now)
        if view.availability.answer_by(request.site, where, use, now) is not None:
            raise RefusalError("invalid", "needs_approval", space=space.name)
    decision = deps.operations.offer(
        body.request,
        actor(caller),
        now,
        space=body.space,
        start=start,
        booking_id=body.booking,
        hold_min=body.hold_min,
    )
    deps.live.agenda.changed()
    assert decision.offer is not None
    return present.offer(deps.bookings.offer(decision.offer), view.zone(request.site), with_code=True)


def one_request(deps: Wired, id: str) -> present.Json:
    """One wish for space, as it stands."""
    record = deps.bookings.request(id)
    return present.request(record, present.shown_zone(deps.catalogue.view(), record.site))


def withdraw_request(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The group no longer wants it; what is held for it is free again."""
    record = deps.bookings.request(id)
    held = [one for one in deps.bookings.near(deps.clock.now()).offers if one.state is OfferState.HELD]
    places = {record.space, *(one.space for one in record.alternatives)}
    for space in sorted({one for one in places if one} | {one.space for one in held if one.request == id}):
        expect_in_charge(deps, caller, record.site, space)
    note_place(record.site, record.space)
    decision = deps.operations.withdraw_request(id, actor(caller), deps.clock.now())
    deps.live.agenda.changed()
    return shown(deps, decision, lang)


def decline_offer(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The group lets this time go: it passes to the next in line at once, and the wish waits on."""
    _expect_in_charge(deps, caller, id)
    decision = deps.operations.decline_offer(id, actor(caller), deps.clock.now())
    deps.live.agenda.changed()
    return shown(deps, decision, lang)


def take_offer(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """Take an offer in the name of its group; answers the decision, which names the new booking."""
    _expect_in_charge(deps, caller, id)
    decision = deps.operations.claim(deps.bookings.offer(id).id, actor(caller), deps.clock.now())
    deps.live.agenda.changed()
    return shown(deps, decision, lang)


def _expect_in_charge(deps: Deps, caller: Principal, id: str) -> None:
    offer = deps.bookings.offer(id)
    expect_in_charge(deps, caller, offer.site, offer.space)
