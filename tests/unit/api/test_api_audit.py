"""Every change, every look at other people's data and every coming and going stands in the audit."""

import csv
import io

import pytest
import sqlalchemy as sa

from services.api.auditing import Looks
from services.api.routes import ROUTES
from services.audit.records import Act, Asked, AuditError
from services.audit.wording import key_of, sentence
from services.contracts.names import MINUTE
from services.contracts.texts import LANGUAGES, catalogue

V1 = "/api/v1"


def _acts(house) -> list[Act]:
    return [one.act for one in house.deps.audit.entries(Asked(), None, 100)]


def _told(house, query: str = "") -> list[dict[str, object]]:
    answer = house.client.get(f"{V1}/audit{query}", headers={**house.as_("admin"), "Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_change_is_noted_with_who_where_and_which_fields(house) -> None:
    body = {"site": "lane", "space": "room-a", "group": "合唱团", "people": 2,
            "start": "2026-03-03T10:00:00+08:00", "end": "2026-03-03T11:00:00+08:00", "code": "7788"}  # fmt: skip
    house.client.post(f"{V1}/bookings", json=body, headers=house.as_("steward"))
    [act] = _acts(house)
    assert (act.kind, act.who, act.role, act.via) == ("change", "token-steward", "steward", "token")
    assert (act.method, act.route, act.status) == ("POST", "/bookings", 201)
    assert (act.site, act.space, act.address) == ("lane", "room-a", "testclient")
    assert act.fields == tuple(body)
    assert "7788" not in repr(act)
    assert "合唱团" not in repr(act)
    assert _told(house)[0]["sentence"] == "token-steward: book 甲室"


def test_what_was_not_allowed_is_noted_as_well(house) -> None:
    house.book()
    house.client.post(f"{V1}/bookings/b1/cancel", headers=house.as_("viewer"))
    token = house.deps.people.issue_token("b", "steward", spaces=["lane/room-b"])
    house.client.post(f"{V1}/bookings/b1/cancel", headers={"Authorization": f"Bearer {token}"})
    house.client.get(f"{V1}/people", headers=house.as_("steward"))
    looked, second, first = _acts(house)
    assert (first.who, first.status, first.params) == ("token-viewer", 403, {"id": "b1"})
    assert (second.who, second.status, second.space) == ("b", 403, "room-a")
    assert (looked.kind, looked.status, looked.route) == ("look", 403, "/people")
    assert _told(house)[1]["sentence"] == "b: not allowed to cancel the booking b1 of 甲室"


def test_what_went_wrong_is_noted_with_its_status(house) -> None:
    house.client.post(f"{V1}/bookings/none/cancel", headers=house.as_("steward"))
    house.client.post(f"{V1}/bookings", content="{", headers=house.as_("steward"))
    second, first = _acts(house)
    assert (first.status, second.status, second.fields) == (404, 422, ())
    assert _told(house)[0]["sentence"] == "token-steward: tried to book (not said where), without success (422)"


def test_strangers_fill_no_books(house) -> None:
    house.client.post(f"{V1}/bookings", json={})
    house.client.get(f"{V1}/people")
    assert _acts(house) == []


def test_a_page_that_asks_again_and_again_is_one_look(house) -> None:
    for _ in range(5):
        house.client.get(f"{V1}/people", headers=house.as_("admin"))
    house.client.get(f"{V1}/tokens", headers=house.as_("admin"))
    assert [act.route for act in _acts(house)] == ["/tokens", "/people"]
    house.machine.advance(10 * 60)
    house.client.get(f"{V1}/people", headers=house.as_("admin"))
    assert [act.route for act in _acts(house)] == ["/people", "/tokens", "/people"]


def test_looks_take_bounded_memory() -> None:
    looks = Looks()
    act = Act("look", "li", route="/x", status=200)
    assert looks.new(act, 0)
    assert not looks.new(act, 9 * MINUTE)
    assert looks.new(Act("look", "wang", route="/x", status=200), 9 * MINUTE)
    assert looks.new(act, 10 * MINUTE)
    looks.forget()
    assert looks.new(act, 10 * MINUTE)


def test_coming_and_going_is_noted(house) -> None:
    house.deps.people.add_user("li", "a good password", "steward")
    for name, password in (("li", "wrong"), ("nobody here", "wrong"), ("li", "a good password")):
        house.client.post(f"{V1}/session", json={"name": name, "password": password})
    house.client.delete(f"{V1}/session")
    assert [(act.event, act.who, act.status) for act in reversed(_acts(house))] == [
        ("sign_in_failed", "li", 401),
        ("sign_in_failed", "", 401),
        ("signed_in", "li", 200),
        ("signed_out", "li", 200),
    ]
    for _ in range(9):
        house.client.post(f"{V1}/session", json={"name": "li", "password": "wrong"})
    assert [act.event for act in _acts(house)].count("sign_in_throttled") == 1, "a flood is told once"


def _fail(house, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def broken(*_arguments: object) -> None:
        raise AuditError("audit: cannot be written")

    monkeypatch.setattr(house.deps.audit, step, broken)


def test_what_cannot_be_noted_is_not_done(house, monkeypatch: pytest.MonkeyPatch) -> None:
    house.deps.people.add_user("li", "a good password", "admin")
    house.book()
    headers = house.as_("admin")
    _fail(house, monkeypatch, "begin")
    refused = house.client.post(f"{V1}/bookings/b1/cancel", headers=headers)
    assert refused.status_code == 503
    assert house.deps.bookings.booking("b1").state == "booked"
    assert house.client.get(f"{V1}/people", headers=headers).status_code == 503
    assert house.client.post(f"{V1}/session", json={"name": "li", "password": "a good password"}).status_code == 503
    assert house.client.get(f"{V1}/spaces", headers=headers).status_code == 200, "looking at spaces goes on"
    assert house.client.get(f"{V1}/people", headers=headers).status_code == 503, "a look that failed was none"


def test_a_change_whose_end_is_not_known_stands_as_begun(house, monkeypatch: pytest.MonkeyPatch) -> None:
    house.book()
    _fail(house, monkeypatch, "settle")
    assert house.client.post(f"{V1}/bookings/b1/cancel", headers=house.as_("steward")).status_code == 200
    assert _acts(house)[0].status is None
    assert "how it ended is not known" in str(_told(house)[0]["sentence"])


def test_a_database_that_does_not_take_it_is_counted(house) -> None:
    with house.deps.audit._engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE audit"))
    assert house.client.post(f"{V1}/bookings/b1/cancel", headers=house.as_("steward")).status_code == 503
    assert house.deps.registry.get_sample_value("foldspace_audit_failures_total", {"step": "begin"}) == 1


def test_the_audit_is_filtered_and_paged_and_exported(house) -> None:
    house.book()
    for role in ("steward", "scheduler", "viewer"):
        house.client.post(f"{V1}/bookings/b1/check-in", headers=house.as_(role))
        house.machine.advance(60)
    assert [one["who"] for one in _told(house, "?kind=change")] == ["token-viewer", "token-scheduler", "token-steward"]
    assert [one["who"] for one in _told(house, "?who=token-viewer")] == ["token-viewer"]
    assert [one["who"] for one in _told(house, "?site=lane&kind=change")] == ["token-scheduler", "token-steward"]
    since, until = "2026-03-03T09:01:00%2B08:00", "2026-03-03T09:02:00%2B08:00"
    assert [one["who"] for one in _told(house, f"?since={since}&until={until}")] == ["token-scheduler"]
    headers = house.as_("admin")
    page = house.client.get(f"{V1}/audit?kind=change&limit=2", headers=headers).json()
    rest = house.client.get(f"{V1}/audit?kind=change&limit=2&after={page['next']}", headers=headers).json()
    assert [one["who"] for one in rest["items"]] == ["token-steward"]
    assert rest["next"] is None
    told = house.client.get(f"{V1}/audit/export?kind=change", headers=headers)
    assert told.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(told.text.removeprefix("\ufeff"))))
    assert [row["who"] for row in rows] == ["token-viewer", "token-scheduler", "token-steward"]


def test_a_cell_of_the_export_is_no_formula(house) -> None:
    token = house.deps.people.issue_token("=1+1", "viewer")
    house.client.post(f"{V1}/bookings/b1/cancel", headers={"Authorization": f"Bearer {token}"})
    told = house.client.get(f"{V1}/audit/export", headers=house.as_("admin")).text
    assert ",'=1+1," in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_noted_route_of_ours_has_its_words(language: str) -> None:
    for route in ROUTES:
        if route.roles is not None and (route.method != "GET" or route.looked):
            kind = "change" if route.method != "GET" else "look"
            act = Act(kind, "li", method=route.method, route=route.path, status=200, params={}, site="lane")
            said = sentence(act, language, lambda site, _space: site)
            assert "li" in said
            assert "audit." not in said
            assert f"audit.{key_of(route.method, route.path)}" in catalogue(), route


def test_what_shows_other_peoples_data_is_a_look() -> None:
    looked = {route.path for route in ROUTES if route.looked}
    assert {"/people", "/tokens", "/audit", "/audit/export", "/quarantine", "/quarantine/{id}"} <= looked
