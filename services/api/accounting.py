"""The books: the accounting of readings, and who got what of the time of the spaces."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import Query

from services.api import present
from services.api.deps import Wired
from services.api.moments import Moment
from services.api.problems import RefusalError
from services.catalogue.view import CatalogueView
from services.contracts.instants import to_millis, to_rfc3339
from services.contracts.names import DAY


def account(deps: Wired) -> present.Json:
    """received = stored + duplicate + quarantined + pending, and for every device what never came."""
    books, view = deps.books.account().as_json(), deps.catalogue.view()
    for device in books["devices"]:
        if device["last_seen"] is not None:
            device["last_seen"] = to_rfc3339(device["last_seen"], present.shown_zone(view, device["site"]))
    return books


def allocation(
    deps: Wired,
    site: str | None = None,
    from_: Annotated[Moment | None, Query(alias="from", description="default: 4 weeks before `to`")] = None,
    to: Annotated[Moment | None, Query(description="default: now")] = None,
) -> present.Json:
    """Who got what: wishes, bookings and minutes of every group, what was released and what was given back early."""
    end = deps.clock.now() if to is None else to_millis(to)
    start = end - 28 * DAY if from_ is None else to_millis(from_)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="from", end="to")
    view = deps.catalogue.view()
    items = []
    for one in view.community.sites:
        if site in (None, one.id):
            shares = deps.bookings.allocation(one.id, start, end, _named(view, one.id))
            items += [{"site": one.id, **asdict(share), "kept_min": share.kept_min} for share in shares]
    return present.page(items, None)


def _named(view: CatalogueView, site: str) -> Callable[[str], str]:
    """Return how the site's groups are called, whichever of their names a booking has."""

    def name_of(group: str) -> str:
        known = view.availability.group(site, group)
        return known.name if known else group

    return name_of
