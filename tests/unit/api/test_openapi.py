"""The OpenAPI document says the whole truth: what is answered, by whom it may be asked, and how it is refused."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import product
from typing import Any

import pytest
import schemathesis
from httpx import Response
from jsonschema import Draft202012Validator, FormatChecker

from services.api.deps import ApiSettings
from services.api.document import operation_id
from services.api.identity import RESIDENTS
from services.api.problems import MEDIA_TYPE
from services.api.routes import JSON, PREFIX, ROUTES, Route
from services.catalogue.people import Role
from tests.unit.api.conftest import SITE, House, building
from tests.unit.api.fullhouse import V1, about, as_resident, at, fill, in_session

Json = dict[str, Any]
FORMATS = FormatChecker(["date"])


@FORMATS.checks("date-time", raises=ValueError)
def _is_rfc3339(value: object) -> bool:
    """Hold an instant to its form, with an offset."""
    return not isinstance(value, str) or (value[10] == "T" and datetime.fromisoformat(value).tzinfo is not None)


class Documented:
    """A full house, and its document."""

    def __init__(self, house: House) -> None:
        self.house, self.ids = house, fill(house)
        self.session, self.resident = in_session(house), as_resident(house)
        self.document: Json = house.client.get(f"{V1}/openapi.json").json()

    def operation(self, method: str, path: str) -> Json:
        """Return what the document says of a route."""
        found: Json = self.document["paths"][PREFIX + path][method.lower()]
        return found

    def expect(self, method: str, path: str, answer: Response) -> None:
        """Hold an answer to what the document says of it."""
        said = self.operation(method, path)["responses"][str(answer.status_code)]
        if "$ref" in said:
            said = self.document["components"]["responses"][said["$ref"].rsplit("/", 1)[1]]
        if "content" not in said:
            assert not answer.content
            return
        media = answer.headers["content-type"].partition(";")[0]
        schema = said["content"][media]["schema"]
        if media in {JSON, MEDIA_TYPE}:
            whole = {**schema, "components": self.document["components"]}
            faults = list(Draft202012Validator(whole, format_checker=FORMATS).iter_errors(answer.json()))
            assert not faults, (method, path, [(one.json_path, one.message) for one in faults])

    def named(self, path: str) -> Iterator[dict[str, str]]:
        """Return every way in which the names in a path can be filled in with what there is."""
        names = re.findall(r"{(\w+)}", path)
        of = about("/letters" if "token" in names else path)
        for chosen in product(*(self.ids[of if name == "id" else name] for name in names)):
            yield dict(zip(names, chosen, strict=True))

    def _headers(self, method: str, path: str, role: Role) -> dict[str, str]:
        """Return how somebody with a role says who they are, where it is for them and not for anybody."""
        roles = next(one.roles for one in ROUTES if (one.method, one.path) == (method, path))
        if roles is None:
            return {}
        if roles == RESIDENTS:
            return self.resident
        return self.session if path in IN_PERSON else self.house.as_(role)

    def ask(
        self, method: str, path: str, body: object = None, role: Role = "admin", query: str = "", **ids: str
    ) -> Any:
        """Ask, hold the answer to the document, and return it."""
        where = PREFIX + path.format(**{"site": SITE, **ids}) + query
        answer = self.house.client.request(method, where, json=body, headers=self._headers(method, path, role))
        self.expect(method, path, answer)
        return answer


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Documented]:
    """One for all that only look."""
    for make in building(tmp_path_factory.mktemp("full")):
        yield Documented(make(ApiSettings()))


@pytest.fixture
def own(build: Callable[[ApiSettings], House]) -> Documented:
    """One for each that changes something."""
    return Documented(build(ApiSettings()))


def test_every_route_says_what_it_answers() -> None:
    for route in ROUTES:
        assert (route.answers is not None) == (route.media == JSON and route.status != 204), route


def test_every_operation_has_a_name_of_its_own_and_a_tag_that_is_described(full: Documented) -> None:
    names = [operation_id(route) for route in ROUTES]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    assert {"list_spaces", "keep_booking", "quarantine_export", "undo_decision", "usage"} <= set(names)
    assert all(one["description"] for one in full.document["tags"])
    assert {tag["name"] for tag in full.document["tags"]} == {route.path.split("/")[1] for route in ROUTES}


def test_the_document_is_one_of_openapi_3_1(full: Documented) -> None:
    assert full.document["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(full.document).validate()
    assert "HTTPValidationError" not in str(full.document)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_who_may_ask_and_how_it_is_refused(full: Documented, route: Route) -> None:
    said = full.operation(route.method, route.path)
    schemes = [next(iter(one)) for one in said["security"]]
    assert schemes == {None: [], RESIDENTS: ["resident"]}.get(route.roles, ["token", "session"])
    assert set(schemes) <= set(full.document["components"]["securitySchemes"])
    refused = {int(status) for status in said["responses"] if status >= "400"}
    assert {422, 503} | set(route.refuses) <= refused
    assert (route.roles is None) or {401, 403} <= refused
    assert ("{" not in route.path) or 404 in refused
    assert ("requestBody" not in said) or {400, 404, 409, 413} <= refused
    for status in refused:
        name = said["responses"][str(status)]["$ref"].rsplit("/", 1)[1]
        [media] = full.document["components"]["responses"][name]["content"]
        assert media == "application/problem+json"
    if route.status == 204:
        assert "content" not in said["responses"]["204"]


LOOKED_AT = [route for route in ROUTES if route.method == "GET" and route.path != "/stream"]
IN_PERSON = {"/sessions"}
"""A token has none of it, so that a person asks."""
QUERIES = {"/public/spaces": f"&site={SITE}"}
NOT_HERE = {"/session/oidc": 404, "/session/oidc/callback": 404}
"""This house has no provider: test_api_oidc.py has one, and sees the browser sent there and back."""


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("route", LOOKED_AT, ids=lambda route: route.path)
def test_what_is_seen_of_a_full_house_is_what_the_document_says(full: Documented, route: Route, lang: str) -> None:
    roles: tuple[Role, ...] = ("admin", "viewer") if route.roles is not None and "viewer" in route.roles else ("admin",)
    query, expected, seen = f"?lang={lang}{QUERIES.get(route.path, '')}", NOT_HERE.get(route.path, 200), 0
    for role in roles:
        for names in full.named(route.path):
            answer = full.ask("GET", route.path, role=role, query=query, **names)
            assert answer.status_code == expected, answer.text
            if answer.headers["content-type"] == JSON:
                found = answer.json()
                seen += len(found.get("items", [1]) if isinstance(found, dict) else found)
    assert seen or route.media != JSON, "an empty list tells nothing of what is in it"


def test_history_in_buckets(full: Documented) -> None:
    path = "/spaces/{site}/{space}/history"
    assert full.ask("GET", path, query="?every=1h", space="room-a").json()["items"][0]["unknown_s"] == 3600


def test_what_is_refused_is_a_problem_of_the_document(full: Documented) -> None:
    assert full.ask("GET", "/spaces/{site}/{space}", space="attic").status_code == 404
    assert full.ask("POST", "/bookings", {"site": "lane"}).status_code == 422
    assert full.ask("POST", "/devices", {}, role="viewer").status_code == 403
    assert full.ask("POST", "/bookings/{id}/keep", id="gone").status_code == 409
    nobody = full.house.client.get(f"{V1}/spaces", headers={"Authorization": "Bearer no"})
    assert nobody.status_code == 401
    full.expect("GET", "/spaces", nobody)


WISH = {"site": SITE, "group": "合唱团", "people": 3, "duration_min": 30, "earliest": at(15), "latest_end": at(20)}
ACTS: list[tuple[str, str, dict[str, str], object, int]] = [
    ("POST", "/bookings", {}, {"id": "new", "site": SITE, "space": "hall", "group": "x", "people": 2, "start": at(20),
                               "end": at(21)}, 201),
    ("POST", "/bookings", {}, {"id": "new", "site": SITE, "space": "hall", "group": "x", "people": 2, "start": at(20),
                               "end": at(21)}, 200),
    ("POST", "/bookings/{id}/keep", {"id": "new"}, None, 409),
    ("POST", "/bookings/{id}/move", {"id": "new"}, {"start": at(21)}, 200),
    ("POST", "/bookings/{id}/cancel", {"id": "new"}, None, 200),
    ("POST", "/bookings/{id}/approve", {"id": "asked"}, None, 200),
    ("POST", "/bookings/{id}/end", {"id": "asked"}, None, 200),
    ("POST", "/series", {}, {"id": "daily", "site": SITE, "space": "hall", "group": "x", "people": 2, "start": "07:00",
                             "end": "07:30", "rrule": "FREQ=DAILY", "dtstart": "2026-03-04",
                             "until": "2026-03-08"}, 201),
    ("POST", "/series/{id}/change", {"id": "daily"}, {"from": "2026-03-06", "start": "06:30"}, 200),
    ("POST", "/series/{id}/change", {"id": "daily"}, {"space": "room-b", "start": "19:00"}, 409),
    ("POST", "/series/{id}/extend", {"id": "daily"}, {"until": "2026-03-10"}, 200),
    ("POST", "/series/{id}/cancel", {"id": "daily"}, {}, 200),
    ("POST", "/requests", {}, {**WISH, "id": "one"}, 201),
    ("POST", "/requests", {}, {**WISH, "id": "one"}, 200),
    ("POST", "/requests", {}, {**WISH, "id": "many", "rrule": "FREQ=DAILY;COUNT=2"}, 201),
    ("POST", "/offers", {}, {"request": "one", "space": "hall", "start": at(18)}, 201),
    ("POST", "/requests/{id}/withdraw", {"id": "many.20260303"}, None, 200),
    ("POST", "/supply", {}, {"id": "late", "site": SITE, "space": "hall", "owner": "wang", "functions": ["council"],
                             "start": "08:00", "end": "09:00"}, 201),
    ("DELETE", "/supply/{site}/{id}", {"id": "late"}, None, 204),
    ("POST", "/holidays", {}, {"id": "june", "site": SITE, "name": "端午", "first_day": "2026-06-19"}, 201),
    ("DELETE", "/holidays/{site}/{id}", {"id": "june"}, None, 204),
    ("POST", "/devices", {}, {"id": "radar-9", "site": SITE, "space": "tea", "kind": "presence", "signed": True}, 201),
    ("POST", "/devices/{site}/{device}/rotate", {"device": "radar-9"}, None, 200),
    ("POST", "/devices/{site}/{device}/revoke", {"device": "radar-9"}, None, 200),
    ("POST", "/devices/claim", {}, {"code": "0123ABCD", "space": "tea", "kind": "presence"}, 201),
    ("POST", "/devices/{site}/{device}/commands", {"device": "seen-a"}, {"do": "identify"}, 202),
    ("PUT", "/devices/{site}/{device}/config", {"device": "seen-a"}, {"config": {"heartbeat_s": 45}}, 200),
    ("POST", "/disturbances", {}, {"site": SITE, "space": "hall", "start": at(15), "end": at(18), "cause": "closed",
                                   "why": "检修"}, 201),
    ("POST", "/plans", {}, {"site": SITE, "seconds": 1}, 201),
    ("POST", "/quarantine/replay", {}, {"ids": [1, 99]}, 200),
]  # fmt: skip


def test_what_is_done_is_answered_as_the_document_says(own: Documented) -> None:
    for method, path, ids, body, status in ACTS:
        answer = own.ask(method, path, body, **ids)
        assert answer.status_code == status, (method, path, answer.text)
    [offer] = [one.id for one in own.house.deps.bookings.offers() if one.request == "one"]
    taken = own.ask("POST", "/offers/{id}/take", id=offer).json()
    assert own.ask("POST", "/decisions/{id}/undo", id=taken["id"]).status_code in {200, 409}
    for proposal, act in zip(own.house.deps.bookings.proposals(), ("agree", "decline", "decline"), strict=False):
        assert own.ask("POST", f"/proposals/{{id}}/{act}", id=proposal.id).status_code in {200, 409}
    own.house.deps.people.add_user("li", "a good password", "steward")
    assert own.ask("POST", "/session", {"name": "li", "password": "a good password"}).status_code == 200
    assert own.ask("DELETE", "/session").status_code == 204


def test_a_site_that_is_not_there_is_answered_as_the_document_says(house: House) -> None:
    """Whoever asks the lists for one site may misspell it."""
    paths = house.client.get(f"{PREFIX}/openapi.json").json()["paths"]
    asked, wrong = 0, []
    for path, operations in paths.items():
        wanted = {one["name"] for one in operations.get("get", {}).get("parameters", []) if one["in"] == "query"}
        if "site" in wanted and "{" not in path:
            answer = house.client.get(path, params={"site": "nowhere"}, headers=house.as_("admin"))
            asked += 1
            if str(answer.status_code) not in operations["get"]["responses"]:
                wrong.append((path, answer.status_code))
    assert asked > 20
    assert wrong == []
