"""Floor plans: what the board shows spaces on, and how staff put them there."""

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from services.api import present
from services.api.answers.shape import Page
from services.api.auditing import note_place
from services.api.bodies import zone_of
from services.api.deps import Deps, Wired
from services.api.editing import Seen, tag
from services.api.entrybodies import NewArea, NewFloorPlan, PlanChange
from services.api.identity import Caller, actor
from services.api.problems import RefusalError
from services.catalogue.floorplans.store import Area, FloorPlan
from services.catalogue.floorplans.svg import DrawingError, harmless
from services.catalogue.view import CatalogueView
from services.contracts.errors import StaleError
from services.kit.logs import logger

MOST_BYTES = 2 * 1024 * 1024
"""A drawing of 512 KiB with every character escaped, and its rectangles."""

log = logger("api")


class FloorPlanAnswer(BaseModel):
    """A plan: elements of `svg` with data-space are spaces, `areas` are rectangles for spaces over or instead of it."""

    site: str
    id: str
    name: str
    view_box: Annotated[list[float], Field(min_length=4, max_length=4, description="x, y, width, height")]
    svg: str | None
    areas: list[NewArea]
    version: int


class FloorPlans(Page[FloorPlanAnswer]):
    """The floor plans of a site, or of all."""


def list_floor_plans(deps: Wired, site: str | None = None) -> present.Json:
    """The floor plans of a site, or of all."""
    view = deps.catalogue.view()
    return present.page([_shown(plan, view) for plan in deps.floor_plans.plans(site)], None)


def add_floor_plan(deps: Wired, caller: Caller, response: Response, body: NewFloorPlan) -> present.Json:
    """Add a plan. Of an uploaded drawing only what can do no harm is kept."""
    note_place(body.site, None)
    zone_of(deps.catalogue.view(), body.site)
    plan = _meant(deps, body.site, body.id, body)
    deps.floor_plans.add(plan)
    tag(response, plan.version)
    log.info("floor_plan_added_by", site=plan.site, plan=plan.id, by=actor(caller))
    return _shown(plan, deps.catalogue.view())


def put_floor_plan(
    deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, id: str, body: PlanChange
) -> present.Json:
    """Put a drawing and rectangles in the place of those a plan has."""
    try:
        plan = deps.floor_plans.replace(_meant(deps, site, id, body), seen)
    except StaleError:
        raise RefusalError("stale", "stale") from None
    tag(response, plan.version)
    log.info("floor_plan_changed_by", site=site, plan=id, by=actor(caller))
    return _shown(plan, deps.catalogue.view())


def remove_floor_plan(deps: Wired, caller: Caller, site: str, id: str) -> None:
    """Remove a plan; the spaces on it stay."""
    deps.floor_plans.remove(site, id)
    log.info("floor_plan_removed_by", site=site, plan=id, by=actor(caller))


def _meant(deps: Deps, site: str, id: str, body: PlanChange) -> FloorPlan:
    """Return the plan that a body says. Raises RefusalError."""
    known = {space.id: space.name for space in deps.catalogue.view().community.spaces if space.site == site}
    svg, view_box = None, body.view_box
    if body.svg is not None:
        try:
            drawing = harmless(body.svg, known)
        except DrawingError as error:
            raise RefusalError("invalid", error.key, **error.params) from None
        svg, view_box = drawing.svg, drawing.view_box
    assert view_box is not None  # the body has one or the other
    if svg is None and not body.areas:
        raise RefusalError("invalid", "nothing_to_draw")
    placed: set[str] = set()
    for area in body.areas:
        if area.space not in known:
            raise RefusalError("invalid", "unknown_space", site=site, space=area.space)
        if area.space in placed:
            raise RefusalError("invalid", "area_twice", space=known[area.space])
        placed.add(area.space)
        if not _inside(area, view_box):
            raise RefusalError("invalid", "area_outside", space=known[area.space])
    areas = tuple(Area(one.space, one.x, one.y, one.width, one.height) for one in body.areas)
    return FloorPlan(site, id, body.name, view_box, svg, areas)


def _inside(area: NewArea, view_box: tuple[float, float, float, float]) -> bool:
    x, y, width, height = view_box
    slack = max(width, height) * 1e-6  # a rectangle drawn to the edge is not outside for the last bit of a number
    return (
        area.x >= x - slack
        and area.y >= y - slack
        and area.x + area.width <= x + width + slack
        and area.y + area.height <= y + height + slack
    )


def _shown(plan: FloorPlan, view: CatalogueView) -> present.Json:
    """Return a plan; rectangles of spaces that are gone are left out."""
    known = {space.id for space in view.community.spaces if space.site == plan.site}
    return {
        "site": plan.site,
        "id": plan.id,
        "name": plan.name,
        "view_box": list(plan.view_box),
        "svg": plan.svg,
        "areas": [
            {"space": one.space, "x": one.x, "y": one.y, "width": one.width, "height": one.height}
            for one in plan.areas
            if one.space in known
        ],
        "version": plan.version,
    }
