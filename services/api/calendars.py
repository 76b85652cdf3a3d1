"""Calendar feeds: secret links that staff and partners make, and the calendars that anybody reads who has one."""

import hashlib
from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import AfterValidator, BaseModel, Field

from services.api import present
from services.api.bodies import Body, printable, space_of, zone_of
from services.api.deps import Deps, Wired
from services.api.identity import Caller, expect_in_charge
from services.api.paging import After, Limit, paged
from services.api.problems import RefusalError
from services.bookings.records import Booking
from services.calendars.feed import Dated, Place, feed
from services.calendars.store import Feed, FeedKind
from services.catalogue.people import Principal
from services.catalogue.view import CatalogueView
from services.contracts.errors import NotFoundError
from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import DAY, SECOND, Millis, Name
from services.contracts.texts import text

BEHIND: Millis = 60 * DAY
AHEAD: Millis = 400 * DAY
"""A feed shows the last two months and more than the next year; whole days, so that it says the same all day."""
MEDIA = "text/calendar"


class NewFeed(Body):
    """The body of POST /calendars: a secret link to the calendar of a site, a space, a group or a person."""

    kind: FeedKind
    site: Name
    ref: Annotated[
        str,
        Field(max_length=200, description="id of the space, name of the group, handle of the person; a site has none"),
        AfterValidator(printable),
    ] = ""
    language: Annotated[Literal["zh", "en"] | None, Field(description="default: the caller's")] = None


class FeedShown(BaseModel):
    """A calendar feed; its secret link was shown when it was made."""

    id: str
    kind: FeedKind
    site: str
    ref: str
    name: str
    language: str
    made_by: str
    at: str
    last_fetched: str | None


class FeedMade(FeedShown):
    """A new calendar feed with its link, which is shown this once."""

    url: str
    webcal: Annotated[str, Field(description="the same, for a calendar program to subscribe to at a click")]


class FeedList(BaseModel):
    """A page of calendar feeds."""

    items: list[FeedShown]
    next: str | None


def list_feeds(deps: Wired, caller: Caller, after: After = None, limit: Limit = 100) -> present.Json:
    """Calendar feeds, without their secrets; partners see those they made."""
    view = deps.catalogue.view()
    mine = caller.name if caller.role == "partner" else None
    return paged(
        lambda most: deps.feeds.feeds(mine, after, most), limit, lambda one: one.id, lambda one: _shown(one, view)
    )


def make_feed(deps: Wired, caller: Caller, request: Request, body: NewFeed) -> present.Json:
    """Make a secret link to a calendar. Whoever has the link reads the calendar; it can be revoked at any time."""
    view = deps.catalogue.view()
    zone_of(view, body.site)
    if (body.kind == "site") == bool(body.ref):
        raise RefusalError("invalid", "feed_needs_ref")
    if body.kind == "space":
        space_of(view, body.site, body.ref)
    _expect_may(deps, view, caller, body.kind, body.site, body.ref)
    made, secret = deps.feeds.make(
        body.kind, body.site, body.ref, body.language or caller.language, caller.name, deps.machine_clock.now()
    )
    return {**_shown(made, view), **links(deps, request, secret)}


def revoke_feed(deps: Wired, caller: Caller, id: str) -> None:
    """Make a calendar's link worthless from now on."""
    known = deps.feeds.feed(id)
    if caller.role == "partner" and known.made_by != caller.name:
        raise RefusalError("forbidden", "feed_not_yours")
    expect_in_charge(deps, caller, known.site, known.ref if known.kind == "space" else None)
    deps.feeds.revoke(id)


def read_feed(deps: Wired, request: Request, secret: str) -> Response:
    """The calendar (RFC 5545) under a secret link. It says what was cancelled, so that readers remove it."""
    address = request.client.host if request.client else ""
    real_now = deps.machine_clock.now()
    _expect_patience(deps.feed_guesses.wait_ms(address, real_now))
    known = deps.feeds.by_secret(secret)
    if known is None:
        deps.feed_guesses.failed(address, real_now)
        raise RefusalError("not-found", "feed_unknown")
    _expect_patience(deps.feed_reads.wait_ms(known.id, real_now))
    deps.feed_reads.failed(known.id, real_now)
    content = calendar_of(deps, known, base_url(deps, request))
    deps.feeds.fetched(known, real_now)
    headers = {
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="foldspace.ics"',
    }
    if headers["ETag"] in request.headers.get("if-none-match", "").replace("W/", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=f"{MEDIA}; charset=utf-8", headers=headers)


def calendar_of(deps: Deps, known: Feed, url: str) -> bytes:
    """Return what a feed says now. Raises RefusalError when its site or space is gone."""
    view = deps.catalogue.view()
    try:
        zone = view.zone(known.site)
        spaces = _meeting(view, known.site, known.ref) if known.kind == "space" else None
    except NotFoundError:
        raise RefusalError("not-found", "feed_unknown") from None
    today = to_datetime(deps.clock.now(), zone).date()
    midnight = from_wall(today, "00:00", zone)
    start, end = midnight - BEHIND, midnight + AHEAD
    groups = _names(view, known) if known.kind in ("group", "person") else None
    entries: list[Dated] = deps.calendars.dated(known.site, start, end, spaces, groups)
    site = _site_name(view, known.site)

    def place_of(booking: Booking) -> Place:
        name = view.availability.name(booking.site, booking.space)
        return Place(name, site, f"{url}/r/{booking.site}/{booking.space}")

    return feed(entries, _name(known, view), zone, (start, end), place_of, known.language)


def links(deps: Deps, request: Request, secret: str) -> dict[str, str]:
    """Return the link to a calendar, also as calendar programs subscribe to it at a click."""
    url = f"{base_url(deps, request)}/api/v1/calendars/{secret}.ics"
    return {"url": url, "webcal": f"webcal://{url.partition('://')[2]}"}


def base_url(deps: Deps, request: Request) -> str:
    """Return where people reach us: by the settings, or as they came."""
    return deps.settings.url or str(request.base_url).rstrip("/")


def _meeting(view: CatalogueView, site: str, space: str) -> set[str]:
    """Return the spaces whose bookings take a space up: itself, what it is made of and what it is part of."""
    mine = view.claims(site, space)
    return {
        one.id for one in view.community.spaces if one.site == site and not mine.isdisjoint(view.claims(site, one.id))
    }


def _names(view: CatalogueView, known: Feed) -> set[str]:
    """Return all that bookings of a group may be called by."""
    group = view.availability.group(known.site, known.ref) if known.kind == "group" else None
    return {known.ref} if group is None else {known.ref, group.id, group.name}


def _expect_may(deps: Deps, view: CatalogueView, caller: Principal, kind: FeedKind, site: str, ref: str) -> None:
    if caller.role == "partner":
        owners = {one.owner for one in view.supply_of(site, ref)} if kind == "space" else set()
        if caller.name not in owners:
            raise RefusalError("forbidden", "feed_not_yours")
        return
    expect_in_charge(deps, caller, site, ref if kind == "space" else None)


def _expect_patience(wait: Millis) -> None:
    if wait:
        seconds = -(-wait // SECOND)
        raise RefusalError("throttled", "feed_throttled", {"Retry-After": str(seconds)}, seconds=seconds)


def _site_name(view: CatalogueView, site: str) -> str:
    return next((one.name for one in view.community.sites if one.id == site), site)


def _name(known: Feed, view: CatalogueView) -> str:
    site = _site_name(view, known.site)
    if known.kind == "site":
        return site
    if known.kind == "space":
        return f"{site} · {view.availability.name(known.site, known.ref)}"
    if known.kind == "person":
        return text("calendar.feed_person", known.language, {"site": site})
    group = view.availability.group(known.site, known.ref)
    return f"{site} · {group.name if group else known.ref}"


def _shown(known: Feed, view: CatalogueView) -> dict[str, Any]:
    zone = present.shown_zone(view, known.site)
    return {
        "id": known.id,
        "kind": known.kind,
        "site": known.site,
        "ref": known.ref,
        "name": _name(known, view),
        "language": known.language,
        "made_by": known.made_by,
        "at": present.instant(known.at, zone),
        "last_fetched": present.instant(known.last_fetched, zone),
    }
