"""Puts together what a screen shows now."""

from dataclasses import dataclass

from fastapi import Request

from services.api.agenda import Plan
from services.api.deps import Deps
from services.api.problems import RefusalError
from services.api.spaceview import stale_after
from services.contracts.errors import NotFoundError
from services.contracts.names import Millis
from services.signage.signs import Sign, SpaceSign
from services.signage.telling import Facts, around, sign_of


@dataclass(frozen=True, slots=True)
class Seen:
    """A sign of one moment, with when the sensors of each space were last heard."""

    sign: Sign
    seen_at: tuple[Millis | None, ...]
    now: Millis


def door(deps: Deps, request: Request, site: str, space: str) -> Seen:
    """Return what the door screen of a space shows. Raises NotFoundError."""
    plan, now = deps.live.agenda.plan(), deps.clock.now()
    plan.view.space(site, space)
    link = f"{base_url(deps, request)}/r/{site}/{space}"
    return _seen(deps, plan, site, [space], link, now, is_door=True)


def preview(deps: Deps, request: Request, site: str) -> Seen:
    """Return what the preview screen of a site shows. Raises RefusalError for an unknown site."""
    plan, now = deps.live.agenda.plan(), deps.clock.now()
    expect_site(plan, site)
    spaces = [space.id for space in plan.view.community.spaces if space.site == site]
    return _seen(deps, plan, site, spaces, f"{base_url(deps, request)}/r/{site}", now, is_door=False)


def expect_site(plan: Plan, site: str) -> None:
    """Raise RefusalError unless the catalogue has the site."""
    try:
        plan.view.zone(site)
    except NotFoundError:
        raise RefusalError("not-found", "unknown_site", site=site) from None


def base_url(deps: Deps, request: Request) -> str:
    """Return where people reach the pages, without a slash at its end."""
    return deps.settings.url or str(request.base_url).rstrip("/")


def first_shown(deps: Deps, seen: Seen) -> Millis:
    """Return since when a sign shows the same, as far as the scheduler's screens tell."""
    screens = [deps.live.level.screen(seen.sign.site, one.space) for one in seen.sign.spaces]
    return min(seen.now, max((screen.as_of for screen in screens if screen is not None), default=seen.now))


def _seen(deps: Deps, plan: Plan, site: str, spaces: list[str], link: str, now: Millis, *, is_door: bool) -> Seen:
    names = {one.id: one.name for one in plan.view.community.sites}
    states = [deps.live.level.state(site, space) for space in spaces]
    signs = tuple(_space_sign(deps, plan, site, space, now) for space in spaces)
    sign = Sign(site, names.get(site, site), plan.view.zone(site), link, signs, is_door)
    return Seen(sign, tuple(None if state is None else state.as_of for state in states), now)


def _space_sign(deps: Deps, plan: Plan, site: str, space: str, now: Millis) -> SpaceSign:
    slots, availability = plan.slots(site, space, now), plan.view.availability
    windows = None
    if not availability.always_there(site, space):
        windows = [(one.start, one.end) for one in availability.windows(site, space, *around(now))]
    return sign_of(
        Facts(
            space=plan.view.space(site, space),
            zone=plan.view.zone(site),
            now=now,
            bookings=plan.bookings.get((site, space), ()),
            running=slots.now,
            coming=slots.next,
            offer=slots.offer,
            state=deps.live.level.state(site, space),
            stale_after=stale_after(deps.clock),
            screen=deps.live.level.screen(site, space),
            windows=windows,
        )
    )
