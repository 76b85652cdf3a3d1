"""Floor plans in the database. Safe to use from several threads and processes."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError

from services.catalogue.tables import floor_plans
from services.contracts.errors import ConflictError, InvalidError, NotFoundError, StaleError
from services.contracts.texts import Word
from services.kit.database import reading
from services.kit.logs import logger

_C = floor_plans.c

log = logger("catalogue")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle for a space, in units of the plan's view box."""

    space: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """A picture of (a part of) a site. `svg` is harmless already; None: the areas are all there is."""

    site: str
    id: str
    name: str
    view_box: tuple[float, float, float, float]
    svg: str | None = None
    areas: tuple[Area, ...] = ()
    version: int = 1


class FloorPlanStore:
    """Reads and changes floor plans; each counts its own versions."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def plans(self, site: str | None = None) -> list[FloorPlan]:
        """Return the plans of a site, or of all, in the order in which they came."""
        query = sa.select(floor_plans).order_by(_C.number)
        if site is not None:
            query = query.where(_C.site == site)
        with reading(self._engine) as connection:
            return [_plan(row) for row in connection.execute(query)]

    def add(self, plan: FloorPlan) -> None:
        """Add a plan. Raises ConflictError if its name is taken, InvalidError if its site is unknown."""
        try:
            with self._engine.begin() as connection:
                taken = sa.select(_C.id).where(_C.site == plan.site, _C.id == plan.id)
                if connection.execute(taken).first():
                    raise ConflictError(
                        key="name_taken", what=Word("problems.a_floor_plan"), site=plan.site, id=plan.id
                    )
                connection.execute(floor_plans.insert().values(_row(plan)))
        except (DataError, IntegrityError) as error:
            raise InvalidError(key="floor_plan_not_kept", site=plan.site, id=plan.id, fault=error.orig) from None
        log.info("floor_plan_added", site=plan.site, plan=plan.id, areas=len(plan.areas))

    def replace(self, plan: FloorPlan, seen: int | None = None) -> FloorPlan:
        """Put a plan in the place of the one with its name; return it with its new version.

        Raises NotFoundError, StaleError unless it still is at version `seen`, InvalidError.
        """
        named = (_C.site == plan.site, _C.id == plan.id)
        try:
            with self._engine.begin() as connection:
                change = floor_plans.update().where(*named, *([] if seen is None else [_C.version == seen]))
                done = connection.execute(change.values({**_row(plan), "version": _C.version + 1}))
                kept = connection.execute(sa.select(floor_plans).where(*named)).first()
                if kept is None:
                    raise NotFoundError(key="no_floor_plan", site=plan.site, id=plan.id)
                if not done.rowcount:
                    raise StaleError(key="stale")
        except DataError as error:
            raise InvalidError(key="floor_plan_not_kept", site=plan.site, id=plan.id, fault=error.orig) from None
        log.info("floor_plan_replaced", site=plan.site, plan=plan.id, areas=len(plan.areas))
        return _plan(kept)

    def remove(self, site: str, id: str) -> None:
        """Remove a plan. Raises NotFoundError."""
        with self._engine.begin() as connection:
            if not connection.execute(floor_plans.delete().where(_C.site == site, _C.id == id)).rowcount:
                raise NotFoundError(key="no_floor_plan", site=site, id=id)
        log.info("floor_plan_removed", site=site, plan=id)


def _row(plan: FloorPlan) -> dict[str, Any]:
    areas = [
        {"space": one.space, "x": one.x, "y": one.y, "width": one.width, "height": one.height} for one in plan.areas
    ]
    return {
        "site": plan.site, "id": plan.id, "name": plan.name, "svg": plan.svg, "view_box": list(plan.view_box),
        "areas": areas, "version": plan.version,
    }  # fmt: skip


def _plan(row: sa.Row[Any]) -> FloorPlan:
    x, y, width, height = row.view_box
    areas = tuple(Area(**area) for area in row.areas)
    return FloorPlan(row.site, row.id, row.name, (x, y, width, height), row.svg, areas, row.version)
