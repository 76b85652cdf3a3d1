"""Subscriptions through the API: who sees and changes them, secrets shown once, and the way out without sign-in."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from services.api.deps import ApiSettings
from services.catalogue.people import Role
from services.notices.letters import unsubscribe_link
from services.notices.sending import DeliveryError
from tests.unit.api.conftest import NINE, House

API = "/api/v1"
HOOK = {"kind": "webhook", "name": "楼宇", "target": "https://example.org/hook/secret"}
MAIL = {"kind": "mail", "name": "早报", "target": "liming@example.org", "rhythm": "daily"}


@pytest.fixture
def house(build: Callable[[ApiSettings], House]) -> House:
    return build(ApiSettings(mail=True))


def ask(house: House, method: str, path: str, role: Role = "admin", **options: Any) -> Any:
    headers = {**house.as_(role), "Accept-Language": "en"}
    return house.client.request(method, API + path, headers=headers, **options)


def test_a_webhook_is_made_seen_changed_and_forgotten(house: House) -> None:
    made = ask(house, "POST", "/subscriptions", "scheduler", json={**HOOK, "events": ["release", "alert"]})
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    id = made.json()["id"]
    [seen] = ask(house, "GET", "/subscriptions").json()["items"]
    assert "secret" not in seen
    assert (seen["target"], seen["events"]) == (HOOK["target"], ["release", "alert"])
    [steward] = ask(house, "GET", "/subscriptions", "steward").json()["items"]
    assert steward["target"] == "https://example.org/…"
    changed = ask(house, "PATCH", f"/subscriptions/{id}", json={"name": "门禁", "active": False}).json()
    assert (changed["name"], changed["active"], changed["paused"], changed["secret"]) == ("门禁", False, "staff", None)
    assert ask(house, "POST", f"/subscriptions/{id}/test").status_code == 409
    assert ask(house, "PATCH", f"/subscriptions/{id}", json={"active": True}).json()["active"]
    renewed = ask(house, "PATCH", f"/subscriptions/{id}", json={"rotate": True}).json()
    assert renewed["secret"] not in (None, made.json()["secret"])
    assert renewed["secret_before_until"]
    assert ask(house, "DELETE", f"/subscriptions/{id}").status_code == 204
    assert ask(house, "DELETE", f"/subscriptions/{id}").status_code == 404


def test_a_test_is_queued_tried_and_tried_again(house: House) -> None:
    id = ask(house, "POST", "/subscriptions", json=HOOK).json()["id"]
    queued = ask(house, "POST", f"/subscriptions/{id}/test")
    assert (queued.status_code, queued.json()["state"], queued.json()["type"]) == (202, "due", "test")
    batch = house.deps.outbox.claim(NINE, 1)
    assert batch is not None
    house.deps.outbox.failed(batch, DeliveryError("HTTP 404", "http_404", permanent=True), NINE, 0.5)
    [gone] = ask(house, "GET", f"/subscriptions/{id}/deliveries", "steward").json()["items"]
    assert (gone["state"], gone["tries"], gone["last_error"]) == ("given_up", 1, "HTTP 404")
    assert ask(house, "GET", "/subscriptions").json()["items"][0]["counts"]["given_up"] == 1
    assert ask(house, "POST", f"/deliveries/{gone['id']}/retry").json()["state"] == "due"
    for odd, status in (("nothing", 404), ("%00", 422)):
        assert ask(house, "POST", f"/deliveries/{odd}/retry").status_code == status
        assert ask(house, "GET", f"/subscriptions/{odd}/deliveries").status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**HOOK, "target": "ftp://example.org"}, 422),
        ({**HOOK, "target": "http://127.0.0.1/"}, 422),
        ({**HOOK, "target": "http://169.254.169.254/latest"}, 422),
        ({**HOOK, "rhythm": "daily"}, 422),
        ({**HOOK, "events": ["birthday"]}, 422),
        ({**HOOK, "site": "nowhere"}, 422),
        ({**HOOK, "name": "a\0b"}, 422),
        ({**MAIL, "target": "nobody"}, 422),
        ({**MAIL, "target": "a@b.org\nBcc: c@d.org"}, 422),
        (MAIL, 201),
    ],
)
def test_what_can_never_arrive_is_refused(house: House, body: dict[str, Any], status: int) -> None:
    assert ask(house, "POST", "/subscriptions", json=body).status_code == status


def test_without_a_mail_server_nobody_is_promised_mail(build: Callable[[ApiSettings], House]) -> None:
    house = build(ApiSettings(webhook_private=True))
    assert ask(house, "POST", "/subscriptions", json=MAIL).status_code == 409
    assert ask(house, "GET", "/subscriptions").json()["mail"] is False
    assert ask(house, "POST", "/subscriptions", json={**HOOK, "target": "http://127.0.0.1:9/"}).status_code == 201


def test_a_reader_unsubscribes_without_signing_in(house: House) -> None:
    id = ask(house, "POST", "/subscriptions", json=MAIL).json()["id"]
    path = unsubscribe_link("http://testserver", house.deps.subscriptions.get(id)).removeprefix("http://testserver")
    asked = house.client.get(path, headers={"Accept-Language": "en"})
    assert "No more mail of “早报”?" in asked.text
    assert not re.search(r"style=|<script", asked.text)
    assert house.deps.subscriptions.get(id).active  # programs look at links before people do
    done = house.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert house.deps.subscriptions.get(id).paused == "unsubscribed"
    assert house.client.post(path).status_code == 200
    assert house.client.post(path[:-1] + "x").status_code == 404
    assert house.client.get(f"{API}/subscriptions/nothing/unsubscribe/{'0' * 40}").status_code == 404


def test_names_are_text_on_the_page_that_asks(house: House) -> None:
    id = ask(house, "POST", "/subscriptions", json={**MAIL, "name": "<b onclick='x'>"}).json()["id"]
    path = unsubscribe_link("http://testserver", house.deps.subscriptions.get(id)).removeprefix("http://testserver")
    assert "<b onclick" not in house.client.get(path).text


def test_a_secret_that_signs_links_is_not_renewed(house: House) -> None:
    id = ask(house, "POST", "/subscriptions", json=MAIL).json()["id"]
    assert ask(house, "PATCH", f"/subscriptions/{id}", json={"rotate": True}).status_code == 422
    assert ask(house, "PATCH", f"/subscriptions/{id}", json={}).status_code == 422
