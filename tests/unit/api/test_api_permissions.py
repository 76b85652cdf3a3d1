"""Every route against every role, and nobody: the table is what is enforced."""

import json
from dataclasses import replace

import pytest

from services.api.identity import RESIDENTS
from services.api.routes import PREFIX, PROBES, READ, ROUTES, SCOPES, Route
from services.bookings import proposals
from services.bookings.reasons import Why
from services.bookings.records import Proposal
from services.bookings.series.plan import Segment, Series
from services.catalogue.people import Role
from services.contracts.names import HOUR
from tests.unit.api.conftest import COMMUNITY, NINE
from tests.unit.api.fullhouse import watch_it_empty

_STREAM = "/stream"


def _path(route: Route) -> str:
    names = {"device": "nothing", "id": "nothing", "name": "nothing", "handle": "nobody", "secret": "no", "token": "no"}
    return PREFIX + route.path.format(site="lane", space="room-a", **names)


def test_the_table_is_the_contract() -> None:
    listed = {(route.method, route.path) for route in ROUTES}
    for path in ("/bookings", "/requests", "/offers", "/supply", "/devices"):
        assert {("GET", path), ("POST", path)} <= listed
    for act in ("check-in", "keep", "end", "cancel", "move"):
        assert ("POST", f"/bookings/{{id}}/{act}") in listed
    for path in ("/spaces", "/spaces/{site}/{space}", "/spaces/{site}/{space}/history", "/stream", "/usage"):
        assert ("GET", path) in listed
    for path in ("/decisions", "/decisions/{id}", "/quarantine", "/account"):
        assert ("GET", path) in listed
    assert ("POST", "/decisions/{id}/undo") in listed


def test_who_may_write() -> None:
    """A second, independent word on the rights: looking is for all who signed in, changing never for a viewer."""
    for route in ROUTES:
        area = route.path.split("/")[1]
        if area in {"session", "sessions", "texts"}:  # what everybody does for themselves
            assert route.roles in (None, READ), route
            continue
        if route.path.startswith("/public/"):
            assert route.roles is None, route
            continue
        if area == "me":
            assert route.roles in (None, RESIDENTS), route
            continue
        if "{secret}" in route.path or "{token}" in route.path:  # the link itself is the key
            assert route.roles is None, route
            continue
        assert route.roles is not None, route
        assert "admin" in route.roles, route
        if area == "residents":
            at_the_desk = "{handle}" in route.path and route.method != "DELETE"
            assert route.roles == ({"steward", "scheduler", "admin"} if at_the_desk else {"admin"}), route
            assert route.looked == (route.method == "GET"), route
            continue
        if area in {"people", "tokens", "audit"}:
            assert route.roles == {"admin"}, route
            continue
        closed = {"devices", "account", "quarantine", "community", "broker", "calendars", "subscriptions"}
        of_devices = route.path.split("/")[1] in closed or route.path.endswith("/learned")
        assert ("viewer" in route.roles) == (route.method == "GET" and not of_devices), route
        theirs = {"/supply", "/supply/{site}/{id}", "/disturbances", "/bookings/{id}/approve", "/bookings/{id}/refuse"}
        theirs |= {"/calendars", "/calendars/{id}"}
        assert ("partner" in route.roles) == ("viewer" in route.roles or route.path in theirs), route
        what_there_is = {"/devices", "/sites", "/spaces", "/policy", "/policy/preview", "/community/import"}
        if route.method in {"POST", "PUT"} and route.path in what_there_is:
            assert route.roles == {"admin"}
        if route.method in {"PATCH", "DELETE"} and route.path.split("/")[1] in {"groups", "standing"}:
            assert route.roles == {"admin", "scheduler"}


_OF_RESIDENTS = [route for route in ROUTES if route.path.split("/")[1] == "me"]


@pytest.mark.parametrize(
    "route",
    [r for r in ROUTES if r.path != _STREAM and r not in _OF_RESIDENTS],
    ids=lambda r: f"{r.method} {r.path}",
)
def test_every_route_for_every_role(standing_house, route: Route, role: Role | None) -> None:
    house = standing_house
    before = house.deps.catalogue.view().community
    headers = house.as_(role) if role else {}
    # A body that is not even JSON: whoever may not come in must not learn that.
    content = "{" if route.method in {"POST", "PUT", "PATCH"} else None
    answer = house.client.request(route.method, _path(route), headers=headers, content=content)
    if route.roles is None or (role is not None and role in route.roles):
        own = route.path.split("/")[1] in {"session", "sessions"}  # a token is nobody's account
        assert answer.status_code in {200, 201, 202, 204, 404, 409, 422} or (own and answer.json()["status"] == 403)
    else:
        assert answer.status_code == (403 if role else 401)
        assert set(json.loads(answer.content)) == {"type", "title", "status", "detail"}
        assert answer.headers["content-type"] == "application/problem+json"
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert house.deps.catalogue.view().community == before, "the next case finds the house as this one did"


@pytest.mark.parametrize("route", [r for r in ROUTES if r.path != _STREAM], ids=lambda r: f"{r.method} {r.path}")
def test_a_token_for_something_else_is_let_in_nowhere(standing_house, route: Route) -> None:
    house = standing_house
    if route.roles in (None, RESIDENTS):
        return
    needed = f"{route.path.split('/')[1]}:{'read' if route.method == 'GET' else 'write'}"
    assert needed in SCOPES
    content = "{" if route.method in {"POST", "PUT", "PATCH"} else None
    all_others = sorted(SCOPES - {needed, "*"})
    for name, scopes, let_in in (("other", all_others, False), ("right", [needed], True), ("any", ["*"], True)):
        token = house.deps.people.issue_token(name, "admin", scopes=scopes)
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        answer = house.client.request(route.method, _path(route), headers=headers, content=content)
        house.deps.people.revoke_token(name)
        refused = answer.status_code == 403 and f"not for {needed}" in answer.text
        assert refused != let_in, (name, answer.text)


def test_a_token_opens_what_it_is_for_and_nothing_else(house) -> None:
    of_staff = [route for route in ROUTES if route.roles not in (None, RESIDENTS) and route.path != _STREAM]
    for area in sorted({route.path.split("/")[1] for route in of_staff}):
        for verb in ("read", "write"):
            needed = f"{area}:{verb}"
            asked = [
                route
                for route in of_staff
                if route.path.split("/")[1] == area and (route.method == "GET") == (verb == "read")
            ]
            assert not asked or needed in SCOPES
            others = sorted(SCOPES - {needed, "*"})
            for name, scopes, let_in in (("other", others, False), ("right", [needed], True), ("any", ["*"], True)):
                token = house.deps.people.issue_token(f"{name} {needed}", "admin", scopes=scopes)
                headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
                for route in asked:
                    content = "{" if route.method in {"POST", "PUT", "PATCH"} else None
                    answer = house.client.request(route.method, _path(route), headers=headers, content=content)
                    refused = answer.status_code == 403 and f"not for {needed}" in answer.text
                    assert refused != let_in, (name, route, answer.text)


def test_what_is_a_residents_own_is_nobody_elses(house) -> None:
    """Staff, programs and strangers alike; and they do not learn how a body is refused."""
    house.deps.people.add_user("li", "a good password", "admin")
    house.client.post(PREFIX + "/session", json={"name": "li", "password": "a good password"})
    for route in _OF_RESIDENTS:
        content = "{" if route.method in {"POST", "PATCH"} else None
        for headers in ({}, house.as_("admin"), house.as_("viewer")):
            answer = house.client.request(route.method, _path(route), headers=headers, content=content)
            if route.roles is None:
                assert answer.status_code in {200, 204, 409, 422}, route
            else:
                assert answer.status_code == 401, route
                assert set(answer.json()) == {"type", "title", "status", "detail"}
                assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("credentials", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic bGk6bGk="}])
def test_the_stream_is_closed_to_strangers(standing_house, credentials: dict[str, str]) -> None:
    assert standing_house.client.get(PREFIX + _STREAM, headers=credentials).status_code == 401


@pytest.mark.parametrize("route", [r for r in PROBES if r.path != "/readyz"], ids=lambda r: r.path)
def test_probes_are_open(standing_house, route: Route) -> None:
    assert standing_house.client.get(route.path).status_code == 200


def test_a_wrong_token_is_not_saved_by_a_good_cookie(house) -> None:
    house.deps.people.add_user("li", "a good password", "steward")
    house.client.post(PREFIX + "/session", json={"name": "li", "password": "a good password"})
    assert house.client.get(PREFIX + "/spaces").status_code == 200
    assert house.client.get(PREFIX + "/spaces", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_codes_are_for_staff(house) -> None:
    house.book()
    [seen] = house.client.get(PREFIX + "/bookings", headers=house.as_("viewer")).json()["items"]
    assert "code" not in seen
    [seen] = house.client.get(PREFIX + "/bookings", headers=house.as_("steward")).json()["items"]
    assert seen["code"] == "1234"


def test_a_viewer_sees_no_code_on_any_route(house) -> None:
    booked = house.book(minutes=90)
    wish = house.wish()
    watch_it_empty(house, COMMUNITY)
    [offer] = house.deps.bookings.offers()
    last = house.deps.bookings.last_decision(offer=offer.id)
    block = replace(booked, id="block")
    proposed = Proposal("p-1", "lane", "room-a", "test/1", NINE, NINE + HOUR, (), adds=(block,))
    house.deps.bookings.commit(proposals.propose(proposed, NINE, Why("test/1")))
    segment = Segment("2026-03-04", "tea", "09:00", "10:00", "FREQ=DAILY", "2026-03-04")
    series = Series(last.id, "lane", "书友会", "读书", 6, (segment,), "2026-03-06", code="4321")
    assert house.deps.series_operations.begin(series, "user:li", NINE, whole=True).done
    house.deps.live.hub.close()
    assert wish.id in json.dumps(last.inputs)
    for route in ROUTES:
        own = route.path == "/sessions"  # a token is nobody's account
        if route.method == "GET" and route.roles is not None and "viewer" in route.roles and not own:
            ids = {"proposals": proposed.id, "requests": wish.id}
            id = ids.get(route.path.split("/")[1], last.id)
            path = PREFIX + route.path.format(site="lane", space="room-a", id=id)
            answer = house.client.get(path, headers=house.as_("viewer"))
            assert answer.status_code == 200, path
            assert '"code"' not in answer.text, path
            assert f'"{offer.code}"' not in answer.text, path
            assert '"1234"' not in answer.text, path
