"""What staff and residents do with bookings and wishes alike: the same checks and operations, whoever asks."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from services.api.bodies import (
    NewRequest,
    alternatives_of,
    check_known,
    check_suits,
    check_there,
    check_window,
    space_of,
)
from services.api.deps import Deps
from services.api.problems import RefusalError
from services.bookings.codes import new_code
from services.bookings.neighbours import CrowdedError
from services.bookings.permits import TooEarlyError
from services.bookings.records import Booking, BookingState, Request
from services.catalogue.availability import Use
from services.catalogue.view import CatalogueView
from services.contracts.errors import ConflictError
from services.contracts.instants import local_day_and_clock, to_millis
from services.contracts.names import Millis
from services.kit.logs import logger

log = logger("api")


def new_booking(
    view: CatalogueView,
    *,
    site: str,
    space: str,
    group: str,
    title: str,
    people: int,
    start: Millis,
    end: Millis,
    function: str,
    now: Millis,
    id: str | None = None,
    protected: bool = False,
    code: str = "",
) -> Booking:
    """Return a booking that is possible by opening hours, supply and capacity: booked, or asked of its host.

    Raises RefusalError, in words. Whether somebody else has the time shows when it is kept.
    """
    there = space_of(view, site, space)
    use = Use(start, end, people, (function,) if function else (), group)
    check_there(view, there, use, now)
    answer_by = view.availability.answer_by(site, space, use, now)
    return Booking(
        id=id or f"b-{secrets.token_hex(6)}",
        site=site,
        space=space,
        group=group,
        title=title,
        people=people,
        start=start,
        end=end,
        function=function,
        state=BookingState.BOOKED if answer_by is None else BookingState.ASKED,
        answer_by=answer_by,
        protected=protected,
        code=code or new_code(),
    )


def new_request(view: CatalogueView, body: NewRequest, now: Millis) -> Request:
    """Return a wish that can be meant in this community. Raises RefusalError, in words."""
    if body.space is not None:
        check_suits(view, space_of(view, body.site, body.space), body.people, body.functions)
    else:
        check_known(view, body)
    earliest, latest_end = to_millis(body.earliest), to_millis(body.latest_end)
    check_window(earliest, latest_end, body.duration_min)
    if latest_end <= now:
        raise RefusalError("invalid", "already_over")
    least = body.min_duration_min or 0
    if least > body.duration_min:
        raise RefusalError("invalid", "least_is_more", least=least, duration_min=body.duration_min)
    group = view.availability.group(body.site, body.group)
    return Request(
        id=body.id or f"r-{secrets.token_hex(6)}",
        site=body.site,
        group=body.group,
        title=body.title or body.group,
        people=body.people,
        duration_min=body.duration_min,
        earliest=earliest,
        latest_end=latest_end,
        created_at=now,
        space=body.space,
        features=body.features,
        functions=body.functions,
        priority=body.priority if body.priority is not None else group.priority if group else 0,
        alternatives=alternatives_of(view, body, earliest, latest_end),
        min_duration_min=least if least < body.duration_min else 0,
        walk_in=body.walk_in,
    )


@contextmanager
def telling_when(deps: Deps, id: str) -> Iterator[None]:
    """Refuse what comes too early with the hour from which it can be done, as the clock on the wall shows it."""
    try:
        yield
    except TooEarlyError as error:
        zone = deps.catalogue.view().zone(deps.bookings.booking(id).site)
        opens_on = local_day_and_clock(error.opens_at, zone)
        raise RefusalError("conflict", "too_early", opens_on=opens_on) from None


@contextmanager
def in_plain_words(act: str) -> Iterator[None]:
    """Refuse what cannot be done with a sentence for whoever is no staff: it names nobody else.

    `act` is part of the key: `problems.cannot_check_in`. What says already why in both languages passes.
    """
    try:
        yield
    except (TooEarlyError, CrowdedError):
        raise
    except ConflictError as error:
        log.info("act_refused", act=act, reason=str(error))
        raise RefusalError("conflict", f"cannot_{act}") from None
