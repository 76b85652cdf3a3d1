"""Residents over HTTP: signing up and in, what is theirs alone, what staff may see, and what nobody may."""

import json
from dataclasses import replace
from typing import get_args

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from services.api import residentlimits
from services.api.forgetting import Forgetting
from services.api.identity import RESIDENTS
from services.api.routes import ROUTES
from services.bookings.records import BookingState, Change, OfferState
from services.contracts.events import DecisionKind
from services.contracts.names import DAY, HOUR, MINUTE
from services.contracts.texts import catalogue
from services.residents.store import UNUSED
from tests.unit.api.conftest import NINE, SITE, House
from tests.unit.api.person import API, NAME, PHONE, ROOM, Person


@pytest.fixture
def wang(house: House) -> Person:
    return Person(house).signs_up()


def test_signing_up_opens_a_session_that_only_this_phone_has(house: House, wang: Person) -> None:
    assert wang.account["phone"] == "+8613800138000"
    assert wang.account["code"]
    cookie = next(one for one in wang.client.cookies.jar if one.name == "foldspace_resident")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "strict"
    assert cookie.expires
    shown = wang.get("/me")
    assert shown["handle"] == wang.account["handle"]
    assert [one["this"] for one in shown["sessions"]] == [True]
    assert "code" not in shown
    assert Person(house).client.get(f"{API}/me").status_code == 401
    assert house.client.get(f"{API}/spaces", headers={}).status_code == 401
    assert wang.client.get(f"{API}/spaces").status_code == 401  # a resident is no staff


def test_a_foreign_page_does_nothing_in_a_residents_name(house: House, wang: Person) -> None:
    del wang.client.headers["x-csrf"]
    assert wang.client.post(f"{API}/me/code").status_code == 403
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert wang.client.delete(f"{API}/me", headers=headers).status_code == 403
    assert house.deps.residents.resident(wang.account["handle"]).name == NAME


def test_the_same_number_once_more_is_answered_alike(house: House, wang: Person) -> None:
    other = Person(house).signs_up("李明")
    assert set(other.account) == set(wang.account)
    assert other.account["handle"] != wang.account["handle"]


def test_another_phone_comes_in_with_the_code_and_guessing_is_held_back(house: House, wang: Person) -> None:
    phone = Person(house)
    back = phone.post("/me/session", who=PHONE, code=wang.account["code"].lower())
    assert (back["handle"], back["code"]) == (wang.account["handle"], None)
    assert len(wang.get("/me")["sessions"]) == 2
    other = next(one["id"] for one in wang.get("/me")["sessions"] if not one["this"])
    assert wang.client.delete(f"{API}/me/sessions/{other}").status_code == 204
    assert phone.client.get(f"{API}/me").status_code == 401
    stranger = Person(house)
    known = stranger.post("/me/session", 401, who=PHONE, code="AAAA-AAAA")
    assert known == stranger.post("/me/session", 401, who="13900139000", code="AAAA-AAAA")
    for _ in range(4):
        stranger.post("/me/session", 401, who=PHONE, code="AAAA-AAAA")
    held = stranger.client.post(f"{API}/me/session", json={"who": PHONE, "code": wang.account["code"]})
    assert held.status_code == 429
    assert int(held.headers["retry-after"]) > 0
    house.machine.at += 16 * MINUTE
    stranger.post("/me/session", who=PHONE, code=wang.account["code"])


def test_signing_up_without_end_is_held_back(house: House) -> None:
    for _ in range(5):
        Person(house).signs_up()
    Person(house).post("/me", 429, name=NAME, phone=PHONE)
    assert house.deps.registry.get_sample_value("foldspace_api_held_back_total", {"limit": "sign_up_phone"}) == 1


@pytest.mark.parametrize("body", [{"name": NAME, "phone": "12345"}, {"name": "", "phone": PHONE},
                                  {"name": "a\x00b", "phone": PHONE}, {"name": NAME, "phone": "\x00" * 6}])  # fmt: skip
def test_what_reaches_nobody_is_refused(house: House, body: dict[str, str]) -> None:
    Person(house).post("/me", 422, **body)


def test_a_resident_books_what_is_free_and_the_booking_bears_the_handle_alone(house: House, wang: Person) -> None:
    booked = wang.post("/me/bookings", 201, **ROOM, minutes=60, at="10:00")
    assert (booked["start"], booked["state"]) == ("2026-03-03T10:00:00.000+08:00", "booked")
    assert booked["can"] == ["cancel"]
    kept = house.deps.bookings.booking(booked["id"])
    assert (kept.group, kept.title, kept.function) == (wang.account["handle"], "阅读", "reading")
    made = house.deps.bookings.last_decision(booking=kept.id)
    assert made is not None
    assert made.actor == f"resident:{wang.account['handle']}"
    other = Person(house).signs_up("李明", "13900139000")
    assert other.post("/me/bookings", 409, **ROOM, at="10:30")["detail"] == catalogue()["problems.cannot_book"]["zh"]
    for act in ("check-in", "keep", "end", "cancel"):
        other.post(f"/me/bookings/{kept.id}/{act}", 404)
    assert other.get("/me/bookings")["items"] == []
    assert wang.post(f"/me/bookings/{kept.id}/cancel")["state"] == "cancelled"
    other.post("/me/bookings", 201, **ROOM, at="10:30")


def test_the_whole_way_of_a_booking(house: House, wang: Person) -> None:
    id = wang.post("/me/bookings", 201, **ROOM, minutes=60)["id"]
    assert wang.post("/me/bookings", 409, **ROOM)["type"].endswith("conflict")
    [mine] = wang.get("/me/bookings")["items"]
    assert mine["can"] == ["check_in", "keep", "cancel"]
    assert wang.post(f"/me/bookings/{id}/keep")["can"] == ["check_in", "cancel"]
    assert wang.post(f"/me/bookings/{id}/check-in")["can"] == ["end"]
    house.clock.at += 20 * MINUTE
    assert wang.post(f"/me/bookings/{id}/end")["state"] == "ended"
    said = [one["said"] for one in wang.get("/me/news")["items"]]
    assert said[0] == "您用完了甲室，谢谢。"
    assert len(said) == 4


def test_walking_in_begins_now_and_is_checked_in(house: House, wang: Person) -> None:
    house.clock.at += 2 * MINUTE
    booked = wang.post("/me/bookings", 201, **ROOM, minutes=30, here=True)
    assert (booked["state"], booked["start"]) == ("in_use", "2026-03-03T09:00:00.000+08:00")
    wang.post("/me/bookings", 422, **ROOM, here=True, at="11:00")


def test_too_early_is_said_with_its_hour(wang: Person) -> None:
    id = wang.post("/me/bookings", 201, **ROOM, at="11:00")["id"]
    assert "10:45" in wang.post(f"/me/bookings/{id}/check-in", 409)["detail"]


def test_what_was_given_away_comes_back_with_one_tap_while_nobody_has_it(house: House, wang: Person) -> None:
    id = wang.post("/me/bookings", 201, **ROOM, minutes=60)["id"]
    kept = house.deps.bookings.booking(id)
    released = replace(kept, state=BookingState.RELEASED, released_at=NINE, version=kept.version + 1)
    made = house.deps.bookings.last_decision(booking=id)
    assert made is not None
    decision = replace(made, id="released", kind="release", rule="no_show.release/1", actor="scheduler")
    house.deps.bookings.commit(Change(decision, (released,)))
    [mine] = wang.get("/me/bookings")["items"]
    assert (mine["state"], mine["can"]) == ("released", ["reclaim"])
    assert mine["why"] == "甲室 09:00 的预约一直没人到，已让给别人。"
    other = Person(house).signs_up("李明", "13900139000")
    taken = other.post("/me/bookings", 201, **ROOM, minutes=30)["id"]
    assert wang.get("/me/bookings")["items"][0]["can"] == []
    refused = wang.post(f"/me/bookings/{id}/keep", 409)["detail"]
    assert other.account["handle"] not in refused
    other.post(f"/me/bookings/{taken}/cancel")
    assert wang.post(f"/me/bookings/{id}/keep")["state"] == "booked"


def test_wishes_wait_and_what_is_held_is_taken_or_let_go(house: House, wang: Person) -> None:
    wish = wang.post("/me/requests", 201, **ROOM, when="tonight", minutes=60, people=4)
    assert (wish["earliest"], wish["latest_end"]) == ("2026-03-03T18:00:00.000+08:00", "2026-03-03T22:00:00.000+08:00")
    offer = house.deps.operations.offer(wish["id"], "user:li", NINE, space="room-a", start=NINE + 9 * HOUR).offer
    [held] = wang.get("/me/offers")["items"]
    assert (held["id"], held["name"]) == (offer, "甲室")
    other = Person(house).signs_up("李明", "13900139000")
    other.post(f"/me/offers/{offer}/take", 404)
    other.post(f"/me/requests/{wish['id']}/withdraw", 404)
    assert wang.post(f"/me/offers/{offer}/decline")["state"] == "waiting"
    house.clock.at += MINUTE
    again = house.deps.operations.offer(wish["id"], "user:li", NINE + MINUTE, space="room-b", start=NINE + 9 * HOUR)
    booked = wang.post(f"/me/offers/{again.offer}/take")
    assert (booked["space"], booked["state"]) == ("room-b", "booked")
    assert wang.get("/me/requests")["items"] == []
    assert house.deps.bookings.offers()[-1].state is OfferState.TAKEN


def test_one_person_has_so_much_and_no_more(wang: Person) -> None:
    for hour in range(residentlimits.BOOKINGS):
        wang.post("/me/bookings", 201, **ROOM, at=f"1{hour}:00")
    assert str(residentlimits.BOOKINGS) in wang.post("/me/bookings", 409, **ROOM, at="19:00")["detail"]
    for _ in range(residentlimits.WISHES):
        wang.post("/me/requests", 201, site=SITE)
    assert str(residentlimits.WISHES) in wang.post("/me/requests", 409, site=SITE)["detail"]
    wang.post("/me/bookings", 422, **ROOM, minutes=residentlimits.MINUTES + 5)
    wang.post("/me/bookings", 422, **ROOM, at="10:00", day="2026-04-30")
    wang.post("/me/requests", 422, site="nowhere")


def test_forgetting_takes_everything_at_once_and_leaves_a_bare_handle(house: House, wang: Person) -> None:
    handle = wang.account["handle"]
    now = wang.post("/me/bookings", 201, **ROOM, here=True)["id"]
    later = wang.post("/me/bookings", 201, **ROOM, at="15:00")["id"]
    wish = wang.post("/me/requests", 201, site=SITE, when="tonight")["id"]
    assert wang.client.delete(f"{API}/me").status_code == 204
    assert wang.client.get(f"{API}/me").status_code == 401
    assert house.deps.bookings.booking(now).state is BookingState.ENDED
    assert house.deps.bookings.booking(later).state is BookingState.CANCELLED
    assert house.deps.bookings.request(wish).state == "withdrawn"
    assert house.client.get(f"{API}/residents/{handle}", headers=house.as_("admin")).status_code == 404
    Person(house).post("/me/session", 401, who=PHONE, code=wang.account["code"])


def test_whom_nobody_has_seen_for_long_is_forgotten_with_what_they_wait_for(house: House, wang: Person) -> None:
    wish = wang.post("/me/requests", 201, site=SITE, when="tonight")["id"]
    forgetting = Forgetting(house.deps)
    assert forgetting.look() == 0
    house.machine.at += UNUSED + DAY
    assert forgetting.look() == 1
    assert forgetting.look() == 0
    assert house.deps.bookings.request(wish).state == "withdrawn"


def test_all_there_is_can_be_taken_away(wang: Person) -> None:
    wang.post("/me/bookings", 201, **ROOM, at="15:00")
    wang.post("/me/requests", 201, site=SITE)
    data = wang.get("/me/data")
    assert data["account"]["name"] == NAME
    assert [len(data[part]) for part in ("bookings", "requests", "offers", "decisions")] == [1, 1, 0, 1]


def test_what_is_kept_can_be_put_right(house: House, wang: Person) -> None:
    changed = wang.client.patch(f"{API}/me", json={"name": "王女士", "language": "en"}).json()
    assert (changed["name"], changed["language"], changed["code"]) == ("王女士", "en", None)
    moved = wang.client.patch(f"{API}/me", json={"phone": "13900139000"}).json()
    assert moved["code"]
    Person(house).post("/me/session", who="13900139000", code=moved["code"])
    assert wang.client.patch(f"{API}/me", json={"phone": ""}).json()["phone"] is None
    assert wang.client.patch(f"{API}/me", json={"name": "\x07"}).status_code == 422


def test_the_language_of_the_account_speaks_unless_another_is_asked_for(house: House, wang: Person) -> None:
    wang.post("/me/bookings", 201, **ROOM, at="15:00")
    wang.client.headers["accept-language"] = "en"

    def told(query: str = "") -> tuple[str, str]:
        refused = wang.client.post(f"{API}/me/bookings/nothing/cancel{query}").json()["detail"]
        return wang.get(f"/me/news{query}")["items"][0]["said"], refused

    chinese = ("您约了甲室 15:00–16:00。", "没有 nothing 这个预约。")
    english = ("You booked 甲室 from 15:00 to 16:00.", "booking nothing: does not exist")
    assert told() == chinese
    assert told("?lang=en") == english
    wang.client.patch(f"{API}/me", json={"language": "en"})
    wang.client.headers["accept-language"] = "zh"
    assert told() == told("?lang=xx") == english
    assert told("?lang=zh") == chinese
    stranger = Person(house)
    stranger.client.headers["accept-language"] = "en"
    assert stranger.post("/me/code", 401)["detail"].startswith("Leave a name")
    assert stranger.signs_up("李明", "13900139000").account["language"] == "en"


def test_staff_reach_a_resident_and_help_one_who_lost_their_phone(house: House, wang: Person) -> None:
    handle = wang.account["handle"]
    shown = house.client.get(f"{API}/residents/{handle}", headers=house.as_("steward")).json()
    assert (shown["name"], shown["phone"]) == (NAME, "+8613800138000")
    assert house.client.get(f"{API}/residents/{handle}", headers=house.as_("viewer")).status_code == 403
    assert house.client.get(f"{API}/residents", headers=house.as_("steward")).status_code == 403
    found = house.client.get(f"{API}/residents", params={"q": "王"}, headers=house.as_("admin")).json()
    assert [one["handle"] for one in found["items"]] == [handle]
    code = house.client.post(f"{API}/residents/{handle}/code", headers=house.as_("steward")).json()["code"]
    phone = Person(house)
    assert phone.post("/me/session", who=PHONE, code=code)["code"]
    Person(house).post("/me/session", 401, who=PHONE, code=code)
    assert house.client.delete(f"{API}/residents/{handle}", headers=house.as_("steward")).status_code == 403
    assert house.client.delete(f"{API}/residents/{handle}", headers=house.as_("admin")).status_code == 204
    for odd, status in (("nobody", 404), ("%00", 422), ("R-AAAAAA", 404), ("x" * 200, 404)):
        assert house.client.get(f"{API}/residents/{odd}", headers=house.as_("admin")).status_code == status


def test_passkeys_say_where_they_cannot_be_used_and_nonsense_is_refused(house: House, wang: Person) -> None:
    assert wang.client.post(f"{API}/me/passkeys/options").status_code == 409  # plain http at another machine's name
    local = TestClient(house.client.app, base_url="http://localhost:8080", raise_server_exceptions=False)
    options = local.post(f"{API}/me/passkeys/sign-up-options", json={"name": NAME}).json()["options"]
    assert (options["rp"]["id"], options["user"]["name"]) == ("localhost", NAME)
    assert options["authenticatorSelection"]["residentKey"] == "required"
    for answer in ({}, {"id": "x"}, {"id": "x", "response": {"clientDataJSON": "e30"}}):
        assert local.post(f"{API}/me/passkeys/sign-up", json={"answer": answer}).status_code == 401
        assert local.post(f"{API}/me/passkeys/sign-in", json={"answer": answer}).status_code == 401


def test_nothing_that_names_a_person_is_logged_or_in_any_record_but_their_own(house: House) -> None:
    with capture_logs() as logs:
        wang = Person(house).signs_up()
        code = wang.account["code"]
        wang.post("/me/bookings", 201, **ROOM, here=True)
        wish = wang.post("/me/requests", 201, site=SITE, when="tonight")["id"]
        house.deps.operations.offer(wish, "user:li", NINE, space="room-b", start=NINE + 9 * HOUR)
        Person(house).post("/me/session", 401, who=PHONE, code="AAAA-AAAA")
        Person(house).post("/me/session", who=PHONE, code=code)
        wang.client.patch(f"{API}/me", json={"name": "王女士", "phone": "13900139000"})
        house.client.get(f"{API}/residents/{wang.account['handle']}", headers=house.as_("admin"))
        said = [repr(house.deps.bookings.near(NINE)), repr(house.deps.bookings.decisions(limit=50))]
        wang.client.delete(f"{API}/me")
    assert any(entry.get("handle") == wang.account["handle"] for entry in logs)
    said.append(json.dumps(logs, ensure_ascii=False, default=str))
    for secret in (NAME, "王女士", "13800138000", "13900139000", code, code.replace("-", "")):
        assert not [text for text in said if secret in text], secret


def test_answers_are_what_the_document_says(house: House, wang: Person) -> None:
    wang.post("/me/bookings", 201, **ROOM, minutes=60)
    wish = wang.post("/me/requests", 201, site=SITE, when="tonight")["id"]
    house.deps.operations.offer(wish, "user:li", NINE, space="room-b", start=NINE + 9 * HOUR)
    asked = 0
    for route in ROUTES:
        of_residents = route.roles == RESIDENTS or route.path.startswith("/public/")
        if route.method == "GET" and of_residents and route.answers is not None:
            shown = wang.get(route.path.format(**ROOM) + ("?site=lane" if route.path == "/public/spaces" else ""))
            assert route.answers.model_validate(shown).model_dump(mode="json") == shown, route.path
            asked += 1
    assert asked == 12


def test_every_kind_of_decision_has_a_sentence_for_whom_it_is_about() -> None:
    for kind in get_args(DecisionKind):
        assert f"resident.told_{kind}" in catalogue(), kind
