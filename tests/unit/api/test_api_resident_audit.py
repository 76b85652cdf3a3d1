"""What residents change stands in the audit by their handle, and nothing that tells who they are."""

import pytest

from services.api.identity import RESIDENTS
from services.api.routes import ROUTES
from services.api.turnstile import LIMITS
from services.audit.records import Act, Asked, AuditError
from services.audit.wording import key_of
from services.contracts.texts import catalogue
from tests.unit.api.conftest import SITE, House
from tests.unit.api.person import API, NAME, PHONE, ROOM, Person


@pytest.fixture
def wang(house: House) -> Person:
    return Person(house).signs_up()


def acts(house: House) -> list[Act]:
    """Return what stands in the audit, the oldest first."""
    return [one.act for one in reversed(house.deps.audit.entries(Asked(), None, 100))]


def sentences(house: House, query: str = "") -> list[str]:
    answer = house.client.get(f"{API}/audit{query}", headers={**house.as_("admin"), "Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return [one["sentence"] for one in answer.json()["items"]]


def test_signing_up_is_noted_by_the_handle_that_was_given(house: House, wang: Person) -> None:
    [act] = acts(house)
    assert (act.kind, act.who, act.role) == ("change", f"resident:{wang.account['handle']}", "resident")
    assert (act.method, act.route, act.status, act.address) == ("POST", "/me", 201, "")


def test_what_they_change_is_noted_with_where_how_it_ended_and_which_fields(house: House, wang: Person) -> None:
    booked = wang.post("/me/bookings", 201, **ROOM, at="15:00")["id"]
    wang.client.patch(f"{API}/me", json={"name": "王女士", "phone": "13900139000"})
    wang.post(f"/me/bookings/{booked}/check-in", 409)
    wang.post("/me/bookings/nothing/cancel", 404)
    wang.post("/me/calendar", 201, site=SITE)
    wang.client.delete(f"{API}/me")
    who = f"resident:{wang.account['handle']}"
    _, *found = acts(house)
    assert {(one.who, one.role, one.via, one.address) for one in found} == {(who, "resident", "session", "")}
    assert [(one.method, one.route, one.status, one.site, one.space, one.fields) for one in found] == [
        ("POST", "/me/bookings", 201, SITE, "room-a", ("site", "space", "at")),
        ("PATCH", "/me", 200, None, None, ("name", "phone")),
        ("POST", "/me/bookings/{id}/check-in", 409, SITE, "room-a", ()),
        ("POST", "/me/bookings/{id}/cancel", 404, None, None, ()),
        ("POST", "/me/calendar", 201, SITE, None, ("site",)),
        ("DELETE", "/me", 204, None, None, ()),
    ]
    whole = repr(acts(house))
    for personal in (NAME, "王女士", "13800138000", "13900139000", wang.account["code"], "testclient"):
        assert personal not in whole, personal


def test_the_list_says_it_in_plain_words_and_finds_a_resident_by_the_handle(house: House, wang: Person) -> None:
    handle = wang.account["handle"]
    wang.post("/me/bookings", 201, **ROOM, at="15:00")
    house.client.post(f"{API}/bookings/none/cancel", headers=house.as_("steward"))
    wang.client.patch(f"{API}/me", json={"name": "\x07"})
    for asked in (handle, handle.lower(), f"resident:{handle}"):
        assert sentences(house, f"?kind=change&who={asked}") == [
            f"resident {handle}: tried to change what is kept of them, without success (422)",
            f"resident {handle}: book 甲室",
            f"resident {handle}: sign up",
        ]


def test_another_sites_page_is_refused_and_noted(house: House, wang: Person) -> None:
    del wang.client.headers["x-csrf"]
    wang.client.delete(f"{API}/me")
    assert acts(house)[-1].status == 403
    assert sentences(house)[0] == (
        f"resident {wang.account['handle']}: not allowed to have all that is kept of them deleted"
    )


def test_coming_back_and_going_is_noted_and_guesses_of_strangers_fill_no_books(house: House, wang: Person) -> None:
    phone, who = Person(house), f"resident:{wang.account['handle']}"
    phone.post("/me/session", 401, who=PHONE, code="AAAA-AAAA")
    phone.post("/me", 422, name="", phone=PHONE)
    phone.client.post(f"{API}/me/code")
    phone.client.delete(f"{API}/me/session")
    assert len(acts(house)) == 1
    phone.post("/me/session", who=PHONE, code=wang.account["code"])
    phone.client.delete(f"{API}/me/session")
    assert [(one.event, one.who, one.via, one.address) for one in acts(house)[1:]] == [
        ("signed_in", who, "code", ""),
        ("signed_out", who, "", ""),
    ]
    assert sentences(house)[:2] == [
        f"resident {wang.account['handle']}: signed out",
        f"resident {wang.account['handle']}: signed in",
    ]


def test_looking_at_what_is_theirs_is_not_noted(house: House, wang: Person) -> None:
    for path in ("/me", "/me/bookings", "/me/data", "/me/news"):
        wang.get(path)
    assert len(acts(house)) == 1


def _fail(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise AuditError("audit: cannot be written")

    monkeypatch.setattr(house.deps.audit, "begin", broken)


def test_what_cannot_be_noted_is_not_done(house: House, wang: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(house.deps.residents.find("", None, 9))
    _fail(house, monkeypatch)
    wang.post("/me/bookings", 503, **ROOM, at="15:00")
    assert wang.get("/me/bookings")["items"] == []
    stranger = Person(house)
    stranger.post("/me", 503, name="李明", phone="13900139000")
    assert len(house.deps.residents.find("", None, 9)) == before, "nobody is kept who could not be noted"
    stranger.post("/me/session", 503, who=PHONE, code=wang.account["code"])
    assert stranger.client.get(f"{API}/me").status_code == 401
    assert wang.client.delete(f"{API}/me/session").status_code == 204, "leaving is never refused"


def test_nobody_fills_the_books_without_end(house: House, wang: Person) -> None:
    allowed, _ = LIMITS["changes_handle"]
    for _ in range(allowed):
        wang.client.delete(f"{API}/me/sessions/nothing")
    held = wang.client.delete(f"{API}/me/sessions/nothing")
    assert (held.status_code, int(held.headers["retry-after"]) > 0) == (429, True)
    assert wang.get("/me")["handle"] == wang.account["handle"], "looking goes on"
    assert house.deps.registry.get_sample_value("foldspace_api_held_back_total", {"limit": "changes_handle"}) == 1
    assert len(house.deps.audit.entries(Asked(), None, 1_000)) == allowed + 1


def test_every_change_of_residents_has_its_words() -> None:
    own = [route for route in ROUTES if route.roles == RESIDENTS and route.method != "GET"]
    for route in own:
        assert f"audit.{key_of(route.method, route.path)}" in catalogue(), route.path
    assert len(own) > 15
