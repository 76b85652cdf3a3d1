"""Everything that can be asked of the API, and by whom: the whole of it on one page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from services.api import (
    accounting,
    auditview,
    board,
    bookings,
    decisions,
    devices,
    disturbances,
    fleet,
    instance,
    learned,
    lending,
    people,
    plans,
    probes,
    proposals,
    quarantine,
    scopes,
    series,
    session,
    signin,
    spaces,
    streaming,
    tasks,
    wishes,
)
from services.api.identity import ACT, guarded
from services.catalogue.people import ROLES, Role

PREFIX = "/api/v1"

READ: frozenset[Role] = frozenset(ROLES)
LEND: frozenset[Role] = ACT | {"partner"}
ADMIN: frozenset[Role] = frozenset({"admin"})
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
    looked: bool = False
    """It shows other people's data: who looks is noted in the audit."""


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
    Route("GET", "/quarantine", quarantine.list_quarantine, ACT, looked=True),
    Route("GET", "/quarantine/summary", quarantine.summary, ACT),
    Route("GET", "/quarantine/export", quarantine.export, ACT, looked=True),
    Route("GET", "/quarantine/{id}", quarantine.one_quarantined, ACT, looked=True),
    Route("POST", "/quarantine/replay", quarantine.replay, ACT),
    Route("POST", "/session", session.sign_in, EVERYBODY, answers=session.WhoAmI),
    Route("GET", "/session", session.who_am_i, READ, answers=session.WhoAmI),
    Route("PATCH", "/session", session.change_own, READ, answers=session.WhoAmI),
    Route("DELETE", "/session", session.sign_out, EVERYBODY, 204),
    Route("POST", "/session/password", session.change_password, READ, answers=session.WhoAmI),
    Route("GET", "/session/ways", session.ways, EVERYBODY, answers=session.SignInWays),
    Route("GET", "/session/oidc", signin.begin, EVERYBODY, 303, media="text/html"),
    Route("GET", "/session/oidc/callback", signin.end, EVERYBODY, 303, media="text/html"),
    Route("GET", "/sessions", session.own_sessions, READ, answers=session.OwnSessions),
    Route("DELETE", "/sessions", session.end_other_sessions, READ, 204),
    Route("DELETE", "/sessions/{id}", session.end_own_session, READ, 204),
    Route("GET", "/people", people.list_people, ADMIN, answers=people.PersonList, looked=True),
    Route("POST", "/people", people.add_person, ADMIN, 201, answers=people.PersonShown),
    Route("PATCH", "/people/{name}", people.change_person, ADMIN, answers=people.PersonShown),
    Route("DELETE", "/people/{name}", people.remove_person, ADMIN, 204),
    Route("GET", "/tokens", people.list_tokens, ADMIN, answers=people.TokenList, looked=True),
    Route("POST", "/tokens", people.issue_token, ADMIN, 201, answers=people.TokenShown),
    Route("DELETE", "/tokens/{name}", people.revoke_token, ADMIN, 204),
    Route("GET", "/audit", auditview.list_audit, ADMIN, answers=auditview.AuditPage, looked=True),
    Route("GET", "/audit/export", auditview.export_audit, ADMIN, media="text/csv", looked=True),
)
PROBES = (
    Route("GET", "/healthz", probes.healthz, EVERYBODY),
    Route("GET", "/readyz", probes.readyz, EVERYBODY),
    Route("GET", "/metrics", probes.metrics, EVERYBODY),
)

SCOPES = scopes.known((route.method, route.path) for route in ROUTES if route.roles is not None)
"""Everything a token can be for."""


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
                route_class_override=guarded(route.roles, route.path, looked=route.looked),
            )
