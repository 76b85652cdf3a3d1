"""Bookings: listing, making, and what people do with them."""

import secrets
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from services.api import present
from services.api.bodies import Move, NewBooking, check_fits, on_grid, space_of, span_of
from services.api.decisions import shown
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, may_act
from services.api.language import Lang
from services.api.paging import After, Limit, paged
from services.bookings.records import Booking, BookingState, Decision
from services.contracts.instants import to_millis


def list_bookings(
    deps: Wired,
    caller: Caller,
    site: str | None = None,
    space: str | None = None,
    from_: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    to: AwareDatetime | None = None,
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


def make_booking(deps: Wired, caller: Caller, body: NewBooking) -> present.Json:
    """Book a space. The same `id` with the same content once more changes nothing."""
    view, now = deps.catalogue.view(), deps.clock.now()
    space = space_of(view, body.site, body.space)
    start, end = span_of(body.start, body.end, now)
    check_fits(space, body.people, body.function)
    record = Booking(
        id=body.id or f"b-{secrets.token_hex(6)}",
        site=body.site,
        space=body.space,
        group=body.group,
        title=body.title or body.group,
        people=body.people,
        start=start,
        end=end,
        function=body.function,
        protected=body.protected,
        code=body.code or f"{secrets.randbelow(9000) + 1000}",
    )
    deps.bookings.book(record, actor(caller), now)
    deps.live.agenda.changed()
    return present.booking(deps.bookings.booking(record.id), view.zone(body.site), with_code=True)


def check_in(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The group is there."""
    return _done(deps, lang, deps.operations.check_in(id, actor(caller), deps.clock.now()))


def keep(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The group still comes."""
    return _done(deps, lang, deps.operations.keep(id, actor(caller), deps.clock.now()))


def end(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The group has finished."""
    return _done(deps, lang, deps.operations.end(id, actor(caller), deps.clock.now()))


def cancel(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """The booking does not take place."""
    return _done(deps, lang, deps.operations.cancel(id, actor(caller), deps.clock.now()))


def move(deps: Wired, caller: Caller, lang: Lang, id: str, body: Move) -> present.Json:
    """Move to another space or time."""
    record = deps.bookings.booking(id)
    if body.space is not None:
        space = space_of(deps.catalogue.view(), record.site, body.space)
        check_fits(space, record.people, record.function)
    start = None if body.start is None else on_grid("start", body.start)
    return _done(deps, lang, deps.operations.move(id, body.space, start, actor(caller), deps.clock.now()))


def _done(deps: Deps, language: str, decision: Decision) -> present.Json:
    deps.live.agenda.changed()
    return shown(deps, decision, language)
