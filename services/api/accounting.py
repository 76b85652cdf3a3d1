"""The books: the accounting of readings, the quarantine, and what became of the time of the spaces."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from services.api import present
from services.api.deps import Wired
from services.api.language import Lang
from services.api.paging import Limit, paged
from services.api.problems import RefusalError
from services.contracts.errors import NotFoundError, TopicError
from services.contracts.instants import to_millis, to_rfc3339
from services.contracts.names import DAY
from services.contracts.texts import text
from services.contracts.topics import parse
from services.journal.records import QuarantineRow

_RAW_SHOWN = 2_000
"""Bytes of a quarantined message in the list; the command line shows all of it."""


def account(deps: Wired) -> present.Json:
    """received = stored + duplicate + quarantined + pending, and for every device what never came."""
    books = deps.books.account().as_json()
    for device in books["devices"]:
        if device["last_seen"] is not None:
            device["last_seen"] = to_rfc3339(device["last_seen"], _zone(deps, device["site"]))
    return books


def quarantine(
    deps: Wired, lang: Lang, after: Annotated[int | None, Query(ge=0)] = None, limit: Limit = 50
) -> present.Json:
    """Messages that could not be understood, the newest first."""

    def show(row: QuarantineRow) -> present.Json:
        return {
            "id": row.id,
            "at": to_rfc3339(row.at, _zone(deps, _site(row.topic))),
            "topic": row.topic,
            "kind": row.kind,
            "fault": text(f"states.fault_{row.kind}", lang),
            "reason": row.reason,
            "bytes": len(row.raw),
            "raw": row.raw[:_RAW_SHOWN].decode("utf-8", "backslashreplace"),
        }

    return paged(lambda most: deps.books.quarantine(after, most), limit, lambda row: row.id, show)


def usage(
    deps: Wired,
    site: str | None = None,
    from_: Annotated[AwareDatetime | None, Query(alias="from", description="default: a day before `to`")] = None,
    to: Annotated[AwareDatetime | None, Query(description="default: now")] = None,
) -> present.Json:
    """Minutes booked, given back and used again, of every space."""
    end = deps.clock.now() if to is None else to_millis(to)
    start = end - DAY if from_ is None else to_millis(from_)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="from", end="to")
    sites = [one.id for one in deps.catalogue.view().community.sites if site in (None, one.id)]
    return present.page([asdict(row) for one in sites for row in deps.bookings.usage(one, start, end)], None)


def _site(topic: str) -> str:
    try:
        return parse(topic).site
    except TopicError:
        return ""


def _zone(deps: Wired, site: str) -> str:
    """Return the zone of a site; one that is not in the catalogue, as quarantine has them, shows the first one's."""
    view = deps.catalogue.view()
    try:
        return view.zone(site)
    except NotFoundError:
        return view.community.sites[0].timezone if view.community.sites else "UTC"
