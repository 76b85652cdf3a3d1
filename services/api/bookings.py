"""Bookings: listing, making, and what people do with them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Response

from services.api import present
from services.api.acting import new_booking, telling_when
from services.api.bodies import Move, NewBooking, check_there, on_grid, space_of, span_of, usual_function
from services.api.decisions import shown
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, expect_in_charge, may_act
from services.api.language import Lang
from services.api.moments import Moment
from services.api.paging import After, Limit, paged
from services.api.problems import RefusalError
from services.bookings import grid
from services.bookings.records import Booking, BookingState, Decision
from services.catalogue.availability import Use
from services.catalogue.people import Principal
from services.catalogue.view import CatalogueView
from services.contracts.errors import ConflictError
from services.contracts.instants import to_millis


def list_bookings(
    deps: Wired,
    caller: Caller,
    site: str | None = None,
    space: str | None = None,
    from_: Annotated[Moment | None, Query(alias="from")] = None,
    to: Moment | None = None,
    state: Annotated[list[BookingState] | None, Query()] = None,
    after: After = None,
    limit: Limit = 100,
) -> present.Json:
    """Bookings that touch `from` … `to`, by start."""
    start, end = (None if at is None else to_millis(at) for at in (from_, to))
    view = deps.catalogue.view()
    return paged(
        lambda most: deps.bookings.bookings(site, space, start, end, state, after, most),
        limit,
        lambda record: record.id,
        lambda record: present.booking(record, view.zone(record.site), with_code=may_act(caller)),
    )


def make_booking(deps: Wired, caller: Caller, body: NewBooking, response: Response) -> present.Json:
    """Book a space. The same `id` with the same content once more changes nothing and answers 200."""
    view, now = deps.catalogue.view(), deps.clock.now()
    space = space_of(view, body.site, body.space)
    expect_in_charge(deps, caller, body.site, body.space)
    start, end = span_of(body.start, body.end, now)
    record = new_booking(
        view,
        id=body.id,
        site=body.site,
        space=body.space,
        group=body.group,
        title=body.title or body.group,
        people=body.people,
        start=start,
        end=end,
        function=body.function or usual_function(view, space, body.group),
        protected=body.protected,
        code=body.code,
        now=now,
    )
    _, new = deps.bookings.book(record, actor(caller), now)
    kept = deps.bookings.booking(record.id)
    if not new:
        if body.code and body.code != kept.code:
            raise ConflictError(key="booking_id_taken", id=kept.id)
        response.status_code = HTTPStatus.OK
    deps.live.agenda.changed()
    return present.booking(kept, view.zone(body.site), with_code=True)


def check_in(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The group is there."""
    _expect_in_charge(deps, caller, id)
    with telling_when(deps, id):
        return _done(deps, lang, deps.operations.check_in(id, actor(caller), deps.clock.now()))


def keep(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The group still comes."""
    _expect_in_charge(deps, caller, id)
    with telling_when(deps, id):
        return _done(deps, lang, deps.operations.keep(id, actor(caller), deps.clock.now()))


def end(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The group has finished."""
    _expect_in_charge(deps, caller, id)
    return _done(deps, lang, deps.operations.end(id, actor(caller), deps.clock.now()))


def cancel(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The booking does not take place."""
    _expect_in_charge(deps, caller, id)
    return _done(deps, lang, deps.operations.cancel(id, actor(caller), deps.clock.now()))


def move(deps: Wired, caller: Caller, lang: Lang, id: str, body: Move) -> present.Json:
    """Move to another space or time."""
    record, view, now = deps.bookings.booking(id), deps.catalogue.view(), deps.clock.now()
    space = space_of(view, record.site, body.space or record.space)
    expect_in_charge(deps, caller, record.site, record.space)
    expect_in_charge(deps, caller, space.site, space.id)
    start = record.start if body.start is None else on_grid("start", body.start)
    end = start + record.end - record.start
    # Of a booking under way only the rest is moved.
    begins = min(max(start, grid.floor(now)), end)
    use = Use(begins, end, record.people, (record.function,) if record.function else (), record.group)
    check_there(view, space, use, now)
    answer_by = view.availability.answer_by(space.site, space.id, use, now)
    return _done(deps, lang, deps.operations.move(id, body.space, start, actor(caller), now, answer_by=answer_by))


def approve(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The host agrees to a booking that asks for it. A partner does so for spaces they lend."""
    _expect_host(deps, caller, id)
    return _done(deps, lang, deps.operations.approve(id, actor(caller), deps.clock.now()))


def refuse(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The host does not agree to a booking that asks for it. A partner does so for spaces they lend."""
    _expect_host(deps, caller, id)
    return _done(deps, lang, deps.operations.refuse(id, actor(caller), deps.clock.now()))


def _expect_in_charge(deps: Deps, caller: Principal, id: str) -> None:
    record = deps.bookings.booking(id)
    expect_in_charge(deps, caller, record.site, record.space)


def _expect_host(deps: Deps, caller: Principal, id: str) -> None:
    _expect_in_charge(deps, caller, id)
    if may_act(caller):
        return
    if not is_host(deps.catalogue.view(), caller, deps.bookings.booking(id)):
        raise RefusalError("forbidden", "not_your_space", name=caller.name)


def is_host(view: CatalogueView, caller: Principal, record: Booking) -> bool:
    """Tell whether the caller lends the space of a booking and is the one who has to be asked."""
    use = Use(record.start, record.end, record.people, (record.function,) if record.function else (), record.group)
    windows = view.availability.terms(record.site, record.space, use) or ()
    asked = {window.supply for window in windows if window.approval == "host"}
    return {one.owner for one in view.supply_of(record.site, record.space) if one.id in asked} == {caller.name}


def _done(deps: Deps, language: str, decision: Decision) -> present.Json:
    deps.live.agenda.changed()
    return shown(deps, decision, language)
