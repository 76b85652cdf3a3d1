"""Spaces with their live state, one space, and what was believed of it."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse

from services.api import present
from services.api.deps import Wired
from services.api.history import buckets, spells
from services.api.language import Lang
from services.api.moments import Moment
from services.api.problems import RefusalError
from services.contracts.instants import to_millis
from services.contracts.names import DAY, HOUR, Millis

_LONGEST: Millis = 366 * DAY
_MOST_BUCKETS = 5_000
_UNITS: dict[str, Millis] = {"s": 1_000, "m": 60_000, "h": HOUR, "d": DAY}


def list_spaces(deps: Wired, lang: Lang, site: str | None = None) -> JSONResponse:
    """All spaces with their live state, in the order of the community file."""
    plan = deps.live.agenda.plan()
    shown = [
        deps.live.view(plan, space.site, space.id).render(lang)
        for space in plan.view.community.spaces
        if site in (None, space.site)
    ]
    # Written as it is: to look through every value of two hundred spaces first takes longer than all the rest.
    return JSONResponse(present.page(shown, None))


def one_space(deps: Wired, lang: Lang, site: str, space: str) -> dict[str, Any]:
    """One space with its live state and its devices."""
    plan = deps.live.agenda.plan()
    shown = deps.live.view(plan, site, space).render(lang)
    return {**shown, "devices": [present.device(device) for device in plan.view.devices_of(site, space)]}


def space_history(
    deps: Wired,
    site: str,
    space: str,
    from_: Annotated[Moment | None, Query(alias="from", description="default: a day before `to`")] = None,
    to: Annotated[Moment | None, Query(description="default: now")] = None,
    every: Annotated[str | None, Query(pattern=r"^[1-9]\d{0,5}[smhd]$", description="bucket: 90s, 15m, 1h, 1d")] = None,
) -> dict[str, Any]:
    """What was believed of a space: spell by spell, or in buckets of `every`."""
    view = deps.catalogue.view()
    view.space(site, space)
    zone = view.zone(site)
    end = deps.clock.now() if to is None else to_millis(to)
    start = end - DAY if from_ is None else to_millis(from_)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="from", end="to")
    if end - start > _LONGEST:
        raise RefusalError("invalid", "history_too_long", days=_LONGEST // DAY)
    points = deps.history.states(site, space, start, end)
    if every is None:
        return present.page(spells(points, start, end, zone), None)
    width = int(every[:-1]) * _UNITS[every[-1]]
    if (end - start) / width > _MOST_BUCKETS:
        raise RefusalError("invalid", "too_many_buckets", most=_MOST_BUCKETS)
    return present.page(buckets(points, start, end, width, zone), None)
