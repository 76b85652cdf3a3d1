"""A resident's own calendar: a secret link to their bookings in one community, shown once, made anew, revoked."""

from fastapi import Request

from services.api import calendars, present, residentlimits
from services.api.auditing import note_place
from services.api.bodies import Body, zone_of
from services.api.deps import Deps, Wired
from services.api.identity import Me
from services.api.residentbookings import act, place
from services.contracts.instants import to_rfc3339
from services.contracts.names import Name


class MyNewCalendar(Body):
    """The body of POST /me/calendar."""

    site: Name


def make_calendar(deps: Wired, request: Request, me: Me, body: MyNewCalendar) -> present.Json:
    """Make a secret link to their own bookings; the one they had made before is worth nothing from now on."""
    handle = me.resident.handle
    zone_of(deps.catalogue.view(), body.site)
    act(deps, handle)
    with residentlimits.one_at_a_time(handle):
        _, secret = deps.feeds.renew(handle, body.site, me.resident.language, deps.machine_clock.now())
    return calendars.links(deps, request, secret)


def revoke_calendar(deps: Wired, me: Me, site: Name) -> None:
    """Make their link worthless from now on; calendars that subscribed to it are told nothing any more."""
    note_place(site, None)
    deps.feeds.revoke_own(me.resident.handle, site)


def mine(deps: Deps, handle: str) -> list[present.Json]:
    """Return the calendars that a resident has made, without their secrets."""
    view, shown = deps.catalogue.view(), []
    for one in deps.feeds.own(handle):
        zone = present.shown_zone(view, one.site)
        shown.append(
            {
                "site": one.site,
                "name": place(view, one.site, None)["site_name"],
                "since": to_rfc3339(one.at, zone)[:10],
                "last_fetched": present.instant(one.last_fetched, zone),
            }
        )
    return shown
