"""Everything that can be asked of the API, and by whom: the whole of it on one page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute, compile_path

from services.api import (
    accounting,
    answers,
    auditview,
    board,
    bookings,
    calendarimport,
    calendars,
    community,
    day,
    decisions,
    devices,
    disturbances,
    fleet,
    floorplans,
    instance,
    knobs,
    learned,
    lending,
    messages,
    passersby,
    people,
    places,
    plans,
    probes,
    proposals,
    quarantine,
    residentaccount,
    residentbookings,
    residentcalendar,
    residentdesk,
    residentpasskeys,
    residentproposals,
    residentwishes,
    roomfinding,
    scopes,
    screens,
    series,
    session,
    shadow,
    signin,
    spaces,
    streaming,
    subscriptions,
    tasks,
    terms,
    unlocking,
    usage,
    usageanswers,
    wishes,
)
from services.api import residentanswers as answer
from services.api.document import DocumentedApi, operation_id, tag
from services.api.entrybodies import ShownPolicy
from services.api.identity import ACT, RESIDENTS, AnyRole, guarded
from services.api.screenanswers import DoorScreen, MessageOnScreen, SiteScreen
from services.catalogue.people import ROLES, Role
from services.contracts.community import Group, Holiday, Site, Space, Standing, Supply

PREFIX = "/api/v1"
JSON = "application/json"

READ: frozenset[Role] = frozenset(ROLES)
LEND: frozenset[Role] = ACT | {"partner"}
ADMIN: frozenset[Role] = frozenset({"admin"})
TELL: frozenset[Role] = subscriptions.EDIT
SET_UP: frozenset[Role] = frozenset({"scheduler", "admin"})
"""Who says when and on what terms space is there; what there is, admins say."""
EVERYBODY = None
_PAGE = "text/html"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. `roles` None: without sign-in."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    roles: frozenset[AnyRole] | None
    status: int = 200
    answers: Any = None
    """What the OpenAPI document says of the answer: a type of pydantic's, not checked at run time."""
    media: str = JSON
    again: int | None = None
    """Status of the same answer when the request had been made before and changes nothing."""
    refuses: tuple[int, ...] = ()
    """Statuses of problems that the document does not derive from method, path and body; see `document`."""
    looked: bool = False
    """It shows other people's data: who looks is noted in the audit."""
    max_body_bytes: int | None = None
    """What a body may weigh; None: as `ApiSettings.max_body_bytes` says."""


ROUTES = (
    Route("GET", "/spaces", spaces.list_spaces, READ, answers=answers.Spaces),
    Route("GET", "/spaces/{site}/{space}", spaces.one_space, READ, answers=answers.Space),
    Route("GET", "/spaces/{site}/{space}/history", spaces.space_history, READ, answers=answers.History),
    Route("GET", "/spaces/{site}/{space}/learned", learned.space_learned, ACT, answers=answers.Learned),
    Route("GET", "/spaces/{site}/{space}/availability", lending.availability, READ, answers=answers.Availability),
    Route("POST", "/spaces/{site}/{space}/unlock", unlocking.unlock, ACT, 202, answers=unlocking.Unlocking),
    Route("GET", "/spaces/{site}/{space}/message", messages.read_message, READ, answers=MessageOnScreen),
    Route("PUT", "/spaces/{site}/{space}/message", messages.say_message, ACT, answers=MessageOnScreen),
    Route("DELETE", "/spaces/{site}/{space}/message", messages.remove_message, ACT, 204),
    # Pictures before pages: what ends in .png is no space.
    Route("GET", "/public/screens/{site}.png", screens.site_picture, EVERYBODY, media="image/png"),
    Route("GET", "/public/screens/{site}", screens.site_screen, EVERYBODY, answers=SiteScreen),
    Route("GET", "/public/screens/{site}/{space}.png", screens.door_picture, EVERYBODY, media="image/png"),
    Route("GET", "/public/screens/{site}/{space}", screens.door_screen, EVERYBODY, answers=DoorScreen),
    Route("GET", "/public/spaces/{site}/{space}/qr.svg", screens.space_code, EVERYBODY, media="image/svg+xml"),
    Route("GET", "/public/sites/{site}/qr.svg", screens.site_code, EVERYBODY, media="image/svg+xml"),
    Route("GET", "/day", day.site_day, READ, answers=day.Day, refuses=(404,)),
    Route("GET", "/day/use", day.site_use, READ, answers=day.DayUse, refuses=(404,)),
    Route("GET", "/places", roomfinding.list_places, READ, answers=roomfinding.Places, refuses=(404,)),
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
    Route("GET", "/sites", places.list_sites, READ, answers=answers.SiteList),
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
    Route("PUT", "/changeover", terms.put_changeover, SET_UP, answers=answers.Changeovers),
    Route("GET", "/standing", terms.list_standing, READ, answers=answers.StandingActivities),
    Route("POST", "/standing", terms.add_standing, SET_UP, 201, answers=Standing),
    Route("PATCH", "/standing/{site}/{id}", terms.change_standing, SET_UP, answers=Standing),
    Route("DELETE", "/standing/{site}/{id}", terms.remove_standing, SET_UP, 204),
    Route("PATCH", "/supply/{site}/{id}", terms.change_supply, LEND, answers=Supply),
    Route("PATCH", "/holidays/{site}/{id}", terms.change_holiday, SET_UP, answers=Holiday),
    Route("GET", "/policy", knobs.read_policy, READ, answers=ShownPolicy),
    Route("PUT", "/policy", knobs.put_policy, ADMIN, answers=ShownPolicy),
    Route("POST", "/policy/preview", knobs.preview_policy, ADMIN, answers=knobs.PolicyPreview),
    Route("GET", "/floorplans", floorplans.list_floor_plans, READ, answers=floorplans.FloorPlans),
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
    Route("GET", "/decisions", decisions.list_decisions, READ, answers=answers.Decisions),
    Route("GET", "/decisions/shadow", shadow.site_rehearsal, READ, answers=shadow.Rehearsal, refuses=(404,)),
    Route("GET", "/decisions/{id}", decisions.one_decision, READ, answers=answers.Decision),
    Route("POST", "/decisions/{id}/undo", decisions.undo, ACT, answers=answers.Decision),
    Route("POST", "/disturbances", disturbances.disturb, LEND, 201, answers.Repair),
    Route("GET", "/tasks", tasks.list_tasks, READ, answers=answers.Tasks),
    Route("POST", "/plans", plans.make_plan, ACT, 201, answers.Plan),
    Route("GET", "/proposals", proposals.list_proposals, READ, answers=answers.Proposals),
    Route("GET", "/proposals/{id}", proposals.one_proposal, READ, answers=answers.Proposal),
    Route("POST", "/proposals/{id}/agree", proposals.agree, ACT, answers=answers.Decision),
    Route("POST", "/proposals/{id}/decline", proposals.decline, ACT, answers=answers.Decision),
    Route("GET", "/usage", usage.usage, READ, answers=usageanswers.SpaceUsages, refuses=(404,)),
    Route("GET", "/usage/figures", usage.figures, READ, answers=usageanswers.Figures, refuses=(404,)),
    Route("GET", "/usage/heatmap", usage.heatmap, READ, answers=usageanswers.Heat, refuses=(404,)),
    Route("GET", "/usage/partners", usage.partners, READ, answers=usageanswers.Contributions, refuses=(404,)),
    Route("GET", "/usage/charging", usage.charging, READ, answers=usageanswers.Charging, refuses=(404,)),
    Route("GET", "/usage/export.csv", usage.export, READ, media="text/csv", refuses=(404,)),
    Route("GET", "/allocation", accounting.allocation, READ, answers=answers.Allocations),
    Route("GET", "/account", accounting.account, ACT, answers=answers.Account),
    Route("GET", "/quarantine", quarantine.list_quarantine, ACT, answers=answers.QuarantineList, looked=True),
    Route("GET", "/quarantine/summary", quarantine.summary, ACT, answers=answers.QuarantineSummary),
    Route("GET", "/quarantine/export", quarantine.export, ACT, media="application/x-ndjson", looked=True),
    Route("GET", "/quarantine/{id}", quarantine.one_quarantined, ACT, answers=answers.Quarantined, looked=True),
    Route("POST", "/quarantine/replay", quarantine.replay, ACT, answers=answers.Replayed),
    Route("GET", "/calendars", calendars.list_feeds, LEND, answers=calendars.FeedList),
    Route("POST", "/calendars", calendars.make_feed, LEND, 201, answers=calendars.FeedMade),
    Route(
        "POST",
        "/calendars/import",
        calendarimport.import_calendar,
        ACT,
        answers=calendarimport.ImportShown,
        max_body_bytes=calendarimport.MAX_BYTES,
    ),
    Route("GET", "/calendars/{secret}.ics", calendars.read_feed, EVERYBODY, media=calendars.MEDIA, refuses=(429,)),
    Route("DELETE", "/calendars/{id}", calendars.revoke_feed, LEND, 204),
    Route("GET", "/subscriptions", subscriptions.list_subscriptions, ACT, answers=subscriptions.SubscriptionList),
    Route("POST", "/subscriptions", subscriptions.make_subscription, TELL, 201, answers=subscriptions.SubscriptionMade),
    Route(
        "PATCH", "/subscriptions/{id}", subscriptions.change_subscription, TELL, answers=subscriptions.SubscriptionMade
    ),
    Route("DELETE", "/subscriptions/{id}", subscriptions.remove_subscription, TELL, 204),
    Route("POST", "/subscriptions/{id}/test", subscriptions.test_subscription, TELL, 202, subscriptions.DeliveryShown),
    Route("GET", "/subscriptions/{id}/deliveries", subscriptions.list_deliveries, ACT, 200, subscriptions.DeliveryList),
    Route("GET", "/subscriptions/{id}/unsubscribe/{token}", subscriptions.ask_unsubscribe, EVERYBODY, media=_PAGE),
    Route("POST", "/subscriptions/{id}/unsubscribe/{token}", subscriptions.unsubscribe, EVERYBODY, media=_PAGE),
    Route("POST", "/deliveries/{id}/retry", subscriptions.retry_delivery, TELL, 202, subscriptions.DeliveryShown),
    Route("POST", "/session", session.sign_in, EVERYBODY, answers=session.WhoAmI),
    Route("GET", "/session", session.who_am_i, READ, answers=session.WhoAmI),
    Route("PATCH", "/session", session.change_own, READ, answers=session.WhoAmI),
    Route("DELETE", "/session", session.sign_out, EVERYBODY, 204),
    Route("POST", "/session/password", session.change_password, READ, answers=session.WhoAmI, refuses=(429,)),
    Route("GET", "/session/ways", session.ways, EVERYBODY, answers=session.SignInWays),
    Route("GET", "/session/oidc", signin.begin, EVERYBODY, 303, media="text/html", refuses=(404,)),
    Route("GET", "/session/oidc/callback", signin.end, EVERYBODY, 303, media="text/html", refuses=(404,)),
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
    Route("GET", "/public/sites", passersby.list_sites, EVERYBODY, answers=answer.Sites),
    Route("GET", "/public/spaces", passersby.list_spaces, EVERYBODY, answers=answer.PublicSpaces),
    Route("GET", "/public/spaces/{site}/{space}", passersby.one_space, EVERYBODY, answers=answer.Door),
    Route("POST", "/public/spaces/{site}/{space}/check-in", passersby.check_in, EVERYBODY, answers=answer.CheckedIn),
    Route("POST", "/me", residentaccount.sign_up, EVERYBODY, 201, answers=answer.NewMe),
    Route("POST", "/me/session", residentaccount.sign_in, EVERYBODY, answers=answer.NewMe),
    Route("DELETE", "/me/session", residentaccount.sign_out, EVERYBODY, 204),
    Route(
        "POST",
        "/me/passkeys/sign-up-options",
        residentpasskeys.sign_up_options,
        EVERYBODY,
        answers=answer.Options,
        refuses=(409,),
    ),
    Route("POST", "/me/passkeys/sign-up", residentpasskeys.sign_up, EVERYBODY, 201, answers=answer.NewMe),
    Route(
        "POST",
        "/me/passkeys/sign-in-options",
        residentpasskeys.sign_in_options,
        EVERYBODY,
        answers=answer.Options,
        refuses=(409,),
    ),
    Route("POST", "/me/passkeys/sign-in", residentpasskeys.sign_in, EVERYBODY, answers=answer.NewMe),
    Route("GET", "/me", residentaccount.show, RESIDENTS, answers=answer.MyAccount),
    Route("PATCH", "/me", residentaccount.change, RESIDENTS, answers=answer.NewMe),
    Route("DELETE", "/me", residentaccount.forget_me, RESIDENTS, 204),
    Route("GET", "/me/data", residentaccount.data, RESIDENTS, answers=answer.MyData),
    Route("POST", "/me/code", residentaccount.renew_code, RESIDENTS, answers=answer.Code),
    Route("DELETE", "/me/sessions/{id}", residentaccount.end_session, RESIDENTS, 204),
    Route(
        "POST", "/me/passkeys/options", residentpasskeys.add_options, RESIDENTS, answers=answer.Options, refuses=(409,)
    ),
    Route("POST", "/me/passkeys", residentpasskeys.add, RESIDENTS, 201, answers=answer.MyAccount),
    Route("DELETE", "/me/passkeys/{id}", residentpasskeys.remove, RESIDENTS, 204),
    Route("POST", "/me/calendar", residentcalendar.make_calendar, RESIDENTS, 201, answers=answer.MyCalendarLink),
    Route("DELETE", "/me/calendar", residentcalendar.revoke_calendar, RESIDENTS, 204, refuses=(404,)),
    Route("GET", "/me/bookings", residentbookings.mine, RESIDENTS, answers=answer.MyBookings),
    Route("POST", "/me/bookings", residentbookings.book, RESIDENTS, 201, answers=answer.MyBooking),
    Route("POST", "/me/bookings/{id}/check-in", residentbookings.check_in, RESIDENTS, answers=answer.MyBooking),
    Route("POST", "/me/bookings/{id}/keep", residentbookings.keep, RESIDENTS, answers=answer.MyBooking),
    Route("POST", "/me/bookings/{id}/end", residentbookings.end, RESIDENTS, answers=answer.MyBooking),
    Route("POST", "/me/bookings/{id}/cancel", residentbookings.cancel, RESIDENTS, answers=answer.MyBooking),
    Route("GET", "/me/requests", residentwishes.list_requests, RESIDENTS, answers=answer.MyRequests),
    Route("POST", "/me/requests", residentwishes.ask, RESIDENTS, 201, answers=answer.MyRequest),
    Route("POST", "/me/requests/{id}/withdraw", residentwishes.withdraw, RESIDENTS, answers=answer.MyRequest),
    Route("GET", "/me/offers", residentwishes.list_offers, RESIDENTS, answers=answer.MyOffers),
    Route("POST", "/me/offers/{id}/take", residentwishes.take, RESIDENTS, answers=answer.MyBooking),
    Route("POST", "/me/offers/{id}/decline", residentwishes.decline, RESIDENTS, answers=answer.MyRequest),
    Route("GET", "/me/proposals", residentproposals.list_proposals, RESIDENTS, answers=answer.MyProposals),
    Route("POST", "/me/proposals/{id}/agree", residentproposals.agree, RESIDENTS, answers=answer.MyBooking),
    Route("POST", "/me/proposals/{id}/decline", residentproposals.decline, RESIDENTS, answers=answer.MyBooking),
    Route("GET", "/me/news", residentwishes.news, RESIDENTS, answers=answer.News),
    Route("GET", "/residents", residentdesk.find, ADMIN, answers=answer.Contacts, looked=True),
    Route("GET", "/residents/{handle}", residentdesk.contact, ACT, answers=answer.Contact, looked=True),
    Route("POST", "/residents/{handle}/code", residentdesk.new_code, ACT, answers=answer.Code),
    Route("DELETE", "/residents/{handle}", residentdesk.forget, ADMIN, 204),
)
PROBES = (
    Route("GET", "/healthz", probes.healthz, EVERYBODY),
    Route("GET", "/readyz", probes.readyz, EVERYBODY),
    Route("GET", "/metrics", probes.metrics, EVERYBODY, media="text/plain"),
)

SCOPES = scopes.known((route.method, route.path) for route in ROUTES if route.roles is not None)
"""Everything a token can be for."""


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
    if route.answers is None:
        return {}
    return {status: {"model": route.answers} for status in (route.status, route.again) if status is not None}


def _response_class(route: Route) -> type[Response]:
    """Return a class that only tells the document of the media type; endpoints return what they like."""
    return JSONResponse if route.media == JSON else type("Media", (Response,), {"media_type": route.media})


def install(app: DocumentedApi) -> None:
    """Add every line of the table to the application."""
    app.table, app.prefix = ROUTES, PREFIX
    app.router.routes.extend(_built())


@cache
def _built() -> list[BaseRoute]:
    """Return the routes themselves. They know nothing of the application they serve, and take a while to be built."""
    router = APIRouter(redirect_slashes=False)
    for prefix, table in ((PREFIX, ROUTES), ("", PROBES)):
        for route in table:
            router.add_api_route(
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
                route_class_override=guarded(route.roles, route.path, looked=route.looked),
            )
    return router.routes
