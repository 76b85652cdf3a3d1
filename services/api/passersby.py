"""What anybody may know without an account: what is free now and tonight, and checking in with the code at the door."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from services.api import freetime, present
from services.api.acting import in_plain_words, telling_when
from services.api.agenda import Plan
from services.api.bodies import Body, zone_of
from services.api.deps import Deps, Wired
from services.api.freetime import Free
from services.api.language import Lang
from services.api.problems import RefusalError
from services.api.residentcookies import address_of
from services.api.spaceview import stale_after
from services.bookings import grid
from services.bookings.permits import meant_at
from services.bookings.records import BookingState
from services.catalogue.stretches import Stretch
from services.contracts.community import Space
from services.contracts.instants import local_clock, to_rfc3339
from services.contracts.names import MINUTE, SECOND, Millis
from services.contracts.texts import text

_FRESH = {"Cache-Control": "public, max-age=3"}
"""The same for everybody, so that a proxy may answer a crowd; short, as countdowns are minutes."""
_SEES_PEOPLE = frozenset({"presence", "motion", "count"})
_MEANT = (BookingState.WARNED, BookingState.BOOKED, BookingState.RELEASED, BookingState.IN_USE)
"""What a code at the door may check in, the likeliest first; as at the button."""


class DoorCode(Body):
    """The body of POST /public/spaces/{site}/{space}/check-in."""

    code: Annotated[str, Field(pattern=r"^[0-9]{4,8}$", description="of the booking")]


def list_sites(deps: Wired, response: Response) -> present.Json:
    """The communities."""
    response.headers.update(_FRESH)
    sites = deps.catalogue.view().community.sites
    return present.page([{"site": one.id, "name": one.name, "zone": one.timezone} for one in sites], None)


def list_spaces(deps: Wired, response: Response, site: str) -> present.Json:
    """Every space of a site: whether it is free now, until when, when next, and tonight."""
    plan = deps.live.agenda.plan()
    zone = zone_of(plan.view, site)
    response.headers.update(_FRESH)

    def look() -> list[present.Json]:
        return [_shown(deps, plan, space)[0] for space in plan.view.community.spaces if space.site == site]

    shown = deps.glance.of(site, plan, deps.machine_clock.now(), look)
    name = next(one.name for one in plan.view.community.sites if one.id == site)
    return {**present.page(shown, None), "site": site, "name": name, **_clock(deps, zone)}


def one_space(deps: Wired, response: Response, site: str, space: str) -> present.Json:
    """One space for whoever stands at its door: the same, who comes next by time alone, and what is free today."""
    plan, now = deps.live.agenda.plan(), deps.clock.now()
    there = plan.view.space(site, space)
    zone = plan.view.zone(site)
    shown, free = _shown(deps, plan, there)
    uses = freetime.promised(plan, there, now)
    running = next((one for one in uses if one[0] <= now < one[1]), None)
    coming = next((one for one in uses if one[0] > now), None)
    response.headers.update(_FRESH)
    return {
        "space": shown,
        "site_name": next(one.name for one in plan.view.community.sites if one.id == site),
        "busy_now": None if running is None else _stretch(running, zone),
        "busy_next": None if coming is None else _stretch(coming, zone),
        "today": [_free(one, zone) for one in free],
        **_clock(deps, zone),
    }


def check_in(deps: Wired, request: Request, lang: Lang, site: str, space: str, body: DoorCode) -> present.Json:
    """Somebody at the door types the code of their booking: they are there."""
    view, now, machine_now = deps.catalogue.view(), deps.clock.now(), deps.machine_clock.now()
    claims, zone = view.claims(site, space), view.zone(site)
    keys = {"door_code_address": (site, space, address_of(request)), "door_code_door": (site, space)}
    deps.turnstile.expect(keys, machine_now)
    early = int(view.community.policy.check_in_early_min * MINUTE)
    near = deps.bookings.bookings(site, None, now, now + early + MINUTE, _MEANT, limit=500)
    # A booking may be of a space that has left the catalogue since.
    here = {one.id for one in view.community.spaces if one.site == site and claims & view.claims(site, one.id)}
    found = meant_at(
        space,
        near,
        _MEANT,
        lambda _space, other: other in here,
        body.code,
        view.community.policy,
        now,
    )
    if found is None:
        deps.turnstile.count(keys, machine_now)
        raise RefusalError("not-found", "no_such_door_code")
    with telling_when(deps, found.id), in_plain_words("check_in"):
        deps.operations.check_in(found.id, "group", now)
    deps.live.agenda.changed()
    until = local_clock(found.end, zone)
    return {
        "start": to_rfc3339(found.start, zone),
        "end": to_rfc3339(found.end, zone),
        "said": text("resident.checked_in_until", lang, {"until": until}),
    }


def _shown(deps: Deps, plan: Plan, space: Space) -> tuple[present.Json, list[Free]]:
    now, view, zone = deps.clock.now(), plan.view, plan.view.zone(space.site)
    taken = freetime.kept_free(plan, space, now)
    free = freetime.free_stretches(view, space, taken, now, freetime.horizon(now, zone))
    at_once = next((one for one in free if one.start <= now), None)
    later = next((one for one in free if one.start > now), None)
    running = next((one for one in freetime.promised(plan, space, now) if one[0] <= now < one[1]), None)
    occupied, as_of = _occupied(deps, space, now)
    until: Millis | None
    if running is not None:
        state, until = "busy", running[1]
    elif not _open(plan, space, now):
        state, until = "closed", None if later is None else later.start
    else:
        until = None if at_once is None else at_once.end
        state = "busy" if occupied else "unknown" if occupied is None and _sensed(plan, space) else "free"
    tonight = freetime.within(free, *freetime.evening(now, zone))
    return {
        "site": space.site,
        "space": space.id,
        "name": space.name,
        "group": space.group,
        "capacity": space.capacity,
        "functions": space.functions,
        "features": space.features,
        "state": state,
        "occupied": occupied,
        "until": present.instant(until, zone),
        "as_of": present.instant(as_of, zone),
        "free": None if at_once is None else _free(at_once, zone),
        "next_free": None if later is None else _free(later, zone),
        "tonight": [_free(one, zone) for one in tonight],
    }, free


def _occupied(deps: Deps, space: Space, now: Millis) -> tuple[bool | None, Millis | None]:
    """Return whether somebody is there, and as of when that is known; what is old is not known."""
    state = deps.live.level.state(space.site, space.id)
    if state is None:
        return None, None
    if now - state.as_of > stale_after(deps.clock) or state.occupancy == "unknown":
        return None, state.as_of
    return state.occupancy == "occupied", state.as_of


def _sensed(plan: Plan, space: Space) -> bool:
    """Tell whether anything there could tell that nobody is; where nothing can, what is promised is all there is."""
    parts = plan.view.claims(space.site, space.id)
    return any(one.kind in _SEES_PEOPLE for part in parts for one in plan.view.devices_of(space.site, part))


def _open(plan: Plan, space: Space, now: Millis) -> bool:
    begin = grid.floor(now)
    windows = plan.view.availability.windows(space.site, space.id, begin, begin + grid.GRID)
    return any(one.start <= now < one.end and one.suits((), "") for one in windows)


def _free(one: Free, zone: str) -> present.Json:
    return {
        "start": to_rfc3339(one.start, zone),
        "end": to_rfc3339(one.end, zone),
        "functions": one.functions,
        "asks_host": one.asks_host,
    }


def _stretch(one: Stretch, zone: str) -> present.Json:
    return {"start": to_rfc3339(one[0], zone), "end": to_rfc3339(one[1], zone)}


def _clock(deps: Deps, zone: str) -> present.Json:
    real = deps.clock.real_seconds(1)
    return {
        "now": to_rfc3339(deps.clock.now(), zone),
        "speed": 1 / real if real > 0 else 0,
        "zone": zone,
        "stale_after_s": stale_after(deps.clock) / SECOND,
    }
