"""Everything that can be asked of the API, and by whom: the whole of it on one page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from services.api import (
    accounting,
    answers,
    board,
    bookings,
    decisions,
    devices,
    disturbances,
    fleet,
    instance,
    learned,
    lending,
    plans,
    probes,
    proposals,
    quarantine,
    series,
    session,
    spaces,
    streaming,
    tasks,
    wishes,
)
from services.api.document import DocumentedApi, operation_id, tag
from services.api.identity import ACT, guarded
from services.catalogue.people import ROLES, Role

PREFIX = "/api/v1"
JSON = "application/json"

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
    media: str = JSON
    again: int | None = None
    """Status of the same answer when the request had been made before and changes nothing."""
    refuses: tuple[int, ...] = ()
    """Statuses of problems that the document does not derive from method, path and body; see `document`."""


ROUTES = (
    Route("GET", "/spaces", spaces.list_spaces, READ, answers=answers.Spaces),
    Route("GET", "/spaces/{site}/{space}", spaces.one_space, READ, answers=answers.Space),
    Route("GET", "/spaces/{site}/{space}/history", spaces.space_history, READ, answers=answers.History),
    Route("GET", "/spaces/{site}/{space}/learned", learned.space_learned, ACT, answers=answers.Learned),
    Route("GET", "/spaces/{site}/{space}/availability", lending.availability, READ, answers=answers.Availability),
    Route("GET", "/stream", streaming.stream, READ, media="text/event-stream"),
    Route("GET", "/alerts", board.list_alerts, READ, answers=answers.Alerts),
    Route("GET", "/clock", board.clock, READ, answers=answers.Clock),
    Route("GET", "/texts", board.words, EVERYBODY, answers=answers.Texts),
    Route("GET", "/bookings", bookings.list_bookings, READ, answers=answers.Bookings),
    Route("POST", "/bookings", bookings.make_booking, ACT, 201, answers.Booking, again=200),
    Route("POST", "/bookings/{id}/check-in", bookings.check_in, ACT, answers=answers.Decision),
    Route("POST", "/bookings/{id}/keep", bookings.keep, ACT, answers=answers.Decision),
    Route("POST", "/bookings/{id}/end", bookings.end, ACT, answers=answers.Decision),
    Route("POST", "/bookings/{id}/cancel", bookings.cancel, ACT, answers=answers.Decision),
    Route("POST", "/bookings/{id}/move", bookings.move, ACT, answers=answers.Decision),
    Route("POST", "/bookings/{id}/approve", bookings.approve, LEND, answers=answers.Decision),
    Route("POST", "/bookings/{id}/refuse", bookings.refuse, LEND, answers=answers.Decision),
    Route("GET", "/series", series.list_series, READ, answers=answers.SeriesList),
    Route("POST", "/series", series.make_series, ACT, 201, answers.SeriesOutcome, again=200),
    Route("GET", "/series/{id}", series.one_series, READ, answers=answers.SeriesWhole),
    Route("POST", "/series/{id}/change", series.change_series, ACT, answers=answers.SeriesOutcome),
    Route("POST", "/series/{id}/extend", series.extend_series, ACT, answers=answers.SeriesOutcome),
    Route("POST", "/series/{id}/cancel", series.cancel_series, ACT, answers=answers.SeriesOutcome),
    Route("GET", "/requests", wishes.list_requests, READ, answers=answers.Requests),
    Route("POST", "/requests", wishes.make_request, ACT, 201, answers.Request | answers.Season, again=200),
    Route("GET", "/planner/instance", instance.planner_instance, READ, answers=answers.Instance),
    Route("GET", "/requests/{id}", wishes.one_request, READ, answers=answers.Request),
    Route("POST", "/requests/{id}/withdraw", wishes.withdraw_request, ACT, answers=answers.Decision),
    Route("GET", "/offers", wishes.list_offers, READ, answers=answers.Offers),
    Route("POST", "/offers", wishes.make_offer, ACT, 201, answers.Offer),
    Route("POST", "/offers/{id}/decline", wishes.decline_offer, ACT, answers=answers.Decision),
    Route("POST", "/offers/{id}/take", wishes.take_offer, ACT, answers=answers.Decision),
    Route("GET", "/supply", lending.list_supply, READ, answers=answers.Supplies),
    Route("POST", "/supply", lending.lend, LEND, 201, answers.Supply),
    Route("DELETE", "/supply/{site}/{id}", lending.take_back, LEND, 204),
    Route("GET", "/holidays", lending.list_holidays, READ, answers=answers.Holidays),
    Route("POST", "/holidays", lending.add_holiday, ACT, 201, answers.Holiday),
    Route("DELETE", "/holidays/{site}/{id}", lending.remove_holiday, ACT, 204),
    Route("GET", "/changeover", lending.list_changeover, READ, answers=answers.Changeovers),
    Route("GET", "/groups", lending.list_groups, READ, answers=answers.Groups),
    Route("GET", "/devices", fleet.list_devices, ACT, answers=answers.Devices),
    Route("POST", "/devices", devices.add_device, ADMIN, 201, answers.AddedDevice),
    Route("GET", "/devices/unclaimed", devices.list_unclaimed, ACT, answers=answers.UnclaimedDevices),
    Route("POST", "/devices/claim", devices.claim, ACT, 201, answers.AddedDevice, refuses=(429,)),
    Route("POST", "/devices/{site}/{device}/rotate", devices.rotate, ADMIN, answers=answers.DeviceKeys),
    Route("POST", "/devices/{site}/{device}/revoke", devices.revoke, ADMIN, answers=answers.DeviceKeys),
    Route("GET", "/devices/{site}/{device}/commands", fleet.list_commands, ACT, answers=answers.Commands),
    Route("POST", "/devices/{site}/{device}/commands", fleet.order, ACT, 202, answers.Ordered),
    Route("PUT", "/devices/{site}/{device}/config", fleet.configure, ACT, answers=answers.Configured),
    Route("GET", "/decisions", decisions.list_decisions, READ, answers=answers.Decisions),
    Route("GET", "/decisions/{id}", decisions.one_decision, READ, answers=answers.Decision),
    Route("POST", "/decisions/{id}/undo", decisions.undo, ACT, answers=answers.Decision),
    Route("POST", "/disturbances", disturbances.disturb, LEND, 201, answers.Repair),
    Route("GET", "/tasks", tasks.list_tasks, READ, answers=answers.Tasks),
    Route("POST", "/plans", plans.make_plan, ACT, 201, answers.Plan),
    Route("GET", "/proposals", proposals.list_proposals, READ, answers=answers.Proposals),
    Route("GET", "/proposals/{id}", proposals.one_proposal, READ, answers=answers.Proposal),
    Route("POST", "/proposals/{id}/agree", proposals.agree, ACT, answers=answers.Decision),
    Route("POST", "/proposals/{id}/decline", proposals.decline, ACT, answers=answers.Decision),
    Route("GET", "/usage", accounting.usage, READ, answers=answers.Usages),
    Route("GET", "/allocation", accounting.allocation, READ, answers=answers.Allocations),
    Route("GET", "/account", accounting.account, ACT, answers=answers.Account),
    Route("GET", "/quarantine", quarantine.list_quarantine, ACT, answers=answers.QuarantineList),
    Route("GET", "/quarantine/summary", quarantine.summary, ACT, answers=answers.QuarantineSummary),
    Route("GET", "/quarantine/export", quarantine.export, ACT, media="application/x-ndjson"),
    Route("GET", "/quarantine/{id}", quarantine.one_quarantined, ACT, answers=answers.Quarantined),
    Route("POST", "/quarantine/replay", quarantine.replay, ACT, answers=answers.Replayed),
    Route("POST", "/session", session.sign_in, EVERYBODY, answers=answers.Session),
    Route("GET", "/session", session.who_am_i, READ, answers=answers.Session),
    Route("DELETE", "/session", session.sign_out, EVERYBODY, 204),
)
PROBES = (
    Route("GET", "/healthz", probes.healthz, EVERYBODY),
    Route("GET", "/readyz", probes.readyz, EVERYBODY),
    Route("GET", "/metrics", probes.metrics, EVERYBODY, media="text/plain"),
)


def _answers(route: Route) -> dict[int | str, dict[str, Any]]:
    if route.answers is None:
        return {}
    return {status: {"model": route.answers} for status in (route.status, route.again) if status is not None}


def _response_class(route: Route) -> type[Response]:
    """Return a class that only tells the document of the media type; endpoints return what they like."""
    return JSONResponse if route.media == JSON else type("Media", (Response,), {"media_type": route.media})


def install(app: DocumentedApi) -> None:
    """Add every line of the table to the application."""
    app.table, app.prefix = ROUTES, PREFIX
    for prefix, table in ((PREFIX, ROUTES), ("", PROBES)):
        for route in table:
            app.router.add_api_route(
                prefix + route.path,
                route.endpoint,
                methods=[route.method],
                status_code=route.status,
                response_model=None,
                response_class=_response_class(route),
                responses=_answers(route),
                tags=[tag(route)],
                operation_id=operation_id(route),
                include_in_schema=bool(prefix),
                route_class_override=guarded(route.roles),
            )
