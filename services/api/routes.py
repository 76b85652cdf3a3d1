"""Everything that can be asked of the API, and by whom: the whole of it on one page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.routing import compile_path

from services.api import (
    accounting,
    board,
    bookings,
    community,
    decisions,
    devices,
    disturbances,
    fleet,
    floorplans,
    instance,
    knobs,
    learned,
    lending,
    places,
    plans,
    probes,
    proposals,
    quarantine,
    series,
    session,
    spaces,
    streaming,
    tasks,
    terms,
    wishes,
)
from services.api.entrybodies import ShownPolicy
from services.api.identity import ACT, guarded
from services.api.paging import Listed
from services.catalogue.people import ROLES, Role
from services.contracts.community import Changeover, Group, Holiday, Site, Space, Standing, Supply

PREFIX = "/api/v1"

READ: frozenset[Role] = frozenset(ROLES)
LEND: frozenset[Role] = ACT | {"partner"}
ADMIN: frozenset[Role] = frozenset({"admin"})
SET_UP: frozenset[Role] = frozenset({"scheduler", "admin"})
"""Who says when and on what terms space is there; what there is, admins say."""
EVERYBODY = None


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. `roles` None: without sign-in."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    roles: frozenset[Role] | None
    status: int = 200
    answers: Any = None
    """What the OpenAPI document says of the answer: a type of pydantic's, not checked at run time."""
    media: str = "application/json"
    max_body_bytes: int | None = None
    """What a body may weigh; None: as `ApiSettings.max_body_bytes` says."""


ROUTES = (
    Route("GET", "/spaces", spaces.list_spaces, READ),
    Route("GET", "/spaces/{site}/{space}", spaces.one_space, READ),
    Route("GET", "/spaces/{site}/{space}/history", spaces.space_history, READ),
    Route("GET", "/spaces/{site}/{space}/learned", learned.space_learned, ACT),
    Route("GET", "/spaces/{site}/{space}/availability", lending.availability, READ),
    Route("GET", "/stream", streaming.stream, READ),
    Route("GET", "/alerts", board.list_alerts, READ),
    Route("GET", "/clock", board.clock, READ),
    Route("GET", "/texts", board.words, EVERYBODY),
    Route("GET", "/bookings", bookings.list_bookings, READ),
    Route("POST", "/bookings", bookings.make_booking, ACT, 201),
    Route("POST", "/bookings/{id}/check-in", bookings.check_in, ACT),
    Route("POST", "/bookings/{id}/keep", bookings.keep, ACT),
    Route("POST", "/bookings/{id}/end", bookings.end, ACT),
    Route("POST", "/bookings/{id}/cancel", bookings.cancel, ACT),
    Route("POST", "/bookings/{id}/move", bookings.move, ACT),
    Route("POST", "/bookings/{id}/approve", bookings.approve, LEND),
    Route("POST", "/bookings/{id}/refuse", bookings.refuse, LEND),
    Route("GET", "/series", series.list_series, READ),
    Route("POST", "/series", series.make_series, ACT, 201),
    Route("GET", "/series/{id}", series.one_series, READ),
    Route("POST", "/series/{id}/change", series.change_series, ACT),
    Route("POST", "/series/{id}/extend", series.extend_series, ACT),
    Route("POST", "/series/{id}/cancel", series.cancel_series, ACT),
    Route("GET", "/requests", wishes.list_requests, READ),
    Route("POST", "/requests", wishes.make_request, ACT, 201),
    Route("GET", "/planner/instance", instance.planner_instance, READ),
    Route("GET", "/requests/{id}", wishes.one_request, READ),
    Route("POST", "/requests/{id}/withdraw", wishes.withdraw_request, ACT),
    Route("GET", "/offers", wishes.list_offers, READ),
    Route("POST", "/offers", wishes.make_offer, ACT, 201),
    Route("POST", "/offers/{id}/decline", wishes.decline_offer, ACT),
    Route("POST", "/offers/{id}/take", wishes.take_offer, ACT),
    Route("GET", "/supply", lending.list_supply, READ),
    Route("POST", "/supply", lending.lend, LEND, 201),
    Route("DELETE", "/supply/{site}/{id}", lending.take_back, LEND, 204),
    Route("GET", "/holidays", lending.list_holidays, READ),
    Route("POST", "/holidays", lending.add_holiday, ACT, 201),
    Route("DELETE", "/holidays/{site}/{id}", lending.remove_holiday, ACT, 204),
    Route("GET", "/changeover", lending.list_changeover, READ),
    Route("GET", "/groups", lending.list_groups, READ),
    Route("GET", "/devices", fleet.list_devices, ACT),
    Route("POST", "/devices", devices.add_device, ADMIN, 201),
    Route("GET", "/devices/unclaimed", devices.list_unclaimed, ACT),
    Route("POST", "/devices/claim", devices.claim, ACT, 201),
    Route("POST", "/devices/{site}/{device}/rotate", devices.rotate, ADMIN),
    Route("POST", "/devices/{site}/{device}/revoke", devices.revoke, ADMIN),
    Route("GET", "/devices/{site}/{device}/commands", fleet.list_commands, ACT),
    Route("POST", "/devices/{site}/{device}/commands", fleet.order, ACT, 202),
    Route("PUT", "/devices/{site}/{device}/config", fleet.configure, ACT),
    Route("GET", "/community", community.whole, SET_UP, answers=community.WholeCommunity),
    Route("GET", "/community/file", community.file, ADMIN, media="application/toml"),
    Route(
        "POST",
        "/community/import",
        community.load,
        ADMIN,
        answers=community.Imported,
        max_body_bytes=community.MOST_BYTES,
    ),
    Route("GET", "/broker", community.broker, SET_UP, answers=community.DevicesBroker),
    Route("GET", "/sites", places.list_sites, READ, answers=Listed[Site]),
    Route("POST", "/sites", places.add_site, ADMIN, 201, answers=Site),
    Route("PATCH", "/sites/{site}", places.change_site, SET_UP, answers=Site),
    Route("DELETE", "/sites/{site}", places.remove_site, ADMIN, 204),
    Route("POST", "/spaces", places.add_space, ADMIN, 201, answers=Space),
    Route("PATCH", "/spaces/{site}/{space}", places.change_space, SET_UP, answers=Space),
    Route("DELETE", "/spaces/{site}/{space}", places.remove_space, ADMIN, 204),
    Route("PATCH", "/devices/{site}/{device}", places.change_device, ADMIN, answers=places.ChangedDevice),
    Route("DELETE", "/devices/{site}/{device}", places.remove_device, ADMIN, answers=places.Removed),
    Route("POST", "/groups", terms.add_group, SET_UP, 201, answers=Group),
    Route("PATCH", "/groups/{site}/{id}", terms.change_group, SET_UP, answers=Group),
    Route("DELETE", "/groups/{site}/{id}", terms.remove_group, SET_UP, 204),
    Route("PUT", "/changeover", terms.put_changeover, SET_UP, answers=Listed[Changeover]),
    Route("GET", "/standing", terms.list_standing, READ, answers=Listed[Standing]),
    Route("POST", "/standing", terms.add_standing, SET_UP, 201, answers=Standing),
    Route("PATCH", "/standing/{site}/{id}", terms.change_standing, SET_UP, answers=Standing),
    Route("DELETE", "/standing/{site}/{id}", terms.remove_standing, SET_UP, 204),
    Route("PATCH", "/supply/{site}/{id}", terms.change_supply, LEND, answers=Supply),
    Route("PATCH", "/holidays/{site}/{id}", terms.change_holiday, SET_UP, answers=Holiday),
    Route("GET", "/policy", knobs.read_policy, READ, answers=ShownPolicy),
    Route("PUT", "/policy", knobs.put_policy, ADMIN, answers=ShownPolicy),
    Route("POST", "/policy/preview", knobs.preview_policy, ADMIN, answers=knobs.PolicyPreview),
    Route("GET", "/floorplans", floorplans.list_floor_plans, READ, answers=Listed[floorplans.FloorPlanAnswer]),
    Route(
        "POST",
        "/floorplans",
        floorplans.add_floor_plan,
        ADMIN,
        201,
        answers=floorplans.FloorPlanAnswer,
        max_body_bytes=floorplans.MOST_BYTES,
    ),
    Route(
        "PUT",
        "/floorplans/{site}/{id}",
        floorplans.put_floor_plan,
        ADMIN,
        answers=floorplans.FloorPlanAnswer,
        max_body_bytes=floorplans.MOST_BYTES,
    ),
    Route("DELETE", "/floorplans/{site}/{id}", floorplans.remove_floor_plan, ADMIN, 204),
    Route("GET", "/decisions", decisions.list_decisions, READ),
    Route("GET", "/decisions/{id}", decisions.one_decision, READ),
    Route("POST", "/decisions/{id}/undo", decisions.undo, ACT),
    Route("POST", "/disturbances", disturbances.disturb, LEND, 201),
    Route("GET", "/tasks", tasks.list_tasks, READ),
    Route("POST", "/plans", plans.make_plan, ACT, 201),
    Route("GET", "/proposals", proposals.list_proposals, READ),
    Route("GET", "/proposals/{id}", proposals.one_proposal, READ),
    Route("POST", "/proposals/{id}/agree", proposals.agree, ACT),
    Route("POST", "/proposals/{id}/decline", proposals.decline, ACT),
    Route("GET", "/usage", accounting.usage, READ),
    Route("GET", "/allocation", accounting.allocation, READ),
    Route("GET", "/account", accounting.account, ACT),
    Route("GET", "/quarantine", quarantine.list_quarantine, ACT),
    Route("GET", "/quarantine/summary", quarantine.summary, ACT),
    Route("GET", "/quarantine/export", quarantine.export, ACT),
    Route("GET", "/quarantine/{id}", quarantine.one_quarantined, ACT),
    Route("POST", "/quarantine/replay", quarantine.replay, ACT),
    Route("POST", "/session", session.sign_in, EVERYBODY),
    Route("GET", "/session", session.who_am_i, READ),
    Route("DELETE", "/session", session.sign_out, EVERYBODY, 204),
)
PROBES = (
    Route("GET", "/healthz", probes.healthz, EVERYBODY),
    Route("GET", "/readyz", probes.readyz, EVERYBODY),
    Route("GET", "/metrics", probes.metrics, EVERYBODY),
)


def body_limits(usual: int) -> Callable[[str, str], int]:
    """Return what tells how much a body may weigh, by method and path."""
    special = [
        (route.method, compile_path(PREFIX + route.path)[0], route.max_body_bytes)
        for route in ROUTES
        if route.max_body_bytes is not None
    ]

    def most(method: str, path: str) -> int:
        return next((limit for verb, form, limit in special if verb == method and form.match(path)), usual)

    return most


def _answers(route: Route) -> dict[int | str, dict[str, Any]]:
    if route.media != "application/json":
        return {route.status: {"content": {route.media: {}}}}
    return {} if route.answers is None else {route.status: {"model": route.answers}}


def install(app: FastAPI) -> None:
    """Add every line of the table to the application."""
    for prefix, table in ((PREFIX, ROUTES), ("", PROBES)):
        for route in table:
            app.router.add_api_route(
                prefix + route.path,
                route.endpoint,
                methods=[route.method],
                status_code=route.status,
                response_model=None,
                responses=_answers(route),
                tags=[route.path.split("/")[1]],
                include_in_schema=bool(prefix),
                route_class_override=guarded(route.roles),
            )
