"""The planner's instance of a site: what is open, wished and promised in a stretch of days, for the planner."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query

from services.api import present
from services.api.bodies import zone_of
from services.api.deps import Deps, Wired
from services.api.moments import Moment
from services.api.problems import RefusalError
from services.bookings.records import HOLDING, Booking, Offer, OfferState, Request, RequestState
from services.bookings.seasons import instance_of
from services.contracts.instants import to_millis
from services.contracts.names import DAY, Millis

_LONGEST: Millis = 200 * DAY
"""Half a year: a season with its holidays."""
_AT_MOST = 100_000


def planner_instance(
    deps: Wired,
    site: Annotated[str | None, Query(description="default: the only one")] = None,
    from_: Annotated[Moment | None, Query(alias="from", description="default: now")] = None,
    to: Annotated[Moment | None, Query(description="default: a week after `from`")] = None,
    grid_min: Annotated[Literal["5", "10", "15", "30", "60"], Query(description="starts lie on this grid")] = "15",
) -> present.Json:
    """Waiting wishes, open spaces and bookings (as `fixed`) between two instants, as the planner takes them."""
    view = deps.catalogue.view()
    if site is None and len(view.community.sites) == 1:
        site = view.community.sites[0].id
    start, end = span(deps, from_, to)
    return season(deps, site or "", start, end, int(grid_min)).instance


@dataclass(frozen=True, slots=True)
class Season:
    """A stretch of days of a site as the planner takes it, and the records it was made of."""

    instance: present.Json
    requests: list[Request]
    bookings: list[Booking]


def span(deps: Deps, from_: Moment | None, to: Moment | None) -> tuple[Millis, Millis]:
    """Return from when to when is planned: a week from now unless said otherwise. Raises RefusalError."""
    start = deps.clock.now() if from_ is None else to_millis(from_)
    end = start + 7 * DAY if to is None else to_millis(to)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="from", end="to")
    if end - start > _LONGEST:
        raise RefusalError("invalid", "season_too_long", days=_LONGEST // DAY)
    return start, end


def season(deps: Deps, site: str, start: Millis, end: Millis, grid_min: int) -> Season:
    """Return what is open, wished and promised at a site between two instants. Raises RefusalError."""
    view = deps.catalogue.view()
    zone_of(view, site)
    requests = deps.bookings.requests(site, (RequestState.WAITING,), limit=_AT_MOST)
    bookings = deps.bookings.bookings(site, None, start, end, HOLDING, limit=_AT_MOST)
    held = deps.bookings.offers(site, None, (OfferState.HELD,), limit=_AT_MOST)
    bookings += [_promised(offer) for offer in held if offer.start < end and offer.end > start]
    spaces = view.community.spaces
    instance = instance_of(site, spaces, view.availability, requests, bookings, start, end, grid_min)
    return Season(instance, requests, bookings)


def _promised(offer: Offer) -> Booking:
    """Return a held offer as the booking that it may become: its time is not there for others."""
    return Booking(offer.id, offer.site, offer.space, offer.group, offer.group, 1, offer.start, offer.end)
