"""Devices over HTTP: credentials are shown once, newcomers are claimed by their code, and only by those who may."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.access.desk import ClaimDesk
from services.api.server import Certificate
from services.catalogue.people import Role
from services.contracts.errors import StartError
from services.journal.unclaimed import UnclaimedDevice
from services.kit.certificates import ensure
from tests.unit.api.conftest import NINE, SITE, House

NEW = {"id": "new-radar", "site": SITE, "space": "room-a", "kind": "presence"}
WAITING = UnclaimedDevice(SITE, "esp-77", "0123ABCD", NINE, NINE, 4, frozenset({"status", "presence"}))


@pytest.fixture
def hall(house: House) -> House:
    """A house where a newcomer waits."""
    desk = ClaimDesk(lambda: [WAITING], house.deps.enrolment, house.machine)
    house.deps = replace(house.deps, desk=desk)
    house.client.app.state.deps = house.deps  # type: ignore[attr-defined]  # the client knows it as any ASGI app
    return house


def test_a_new_device_is_given_credentials_that_are_shown_once(house: House) -> None:
    admin = house.as_("admin")
    made = house.client.post("/api/v1/devices", json={**NEW, "signed": True}, headers=admin)
    assert made.status_code == 201
    credentials = made.json()["credentials"]
    assert credentials["username"] == f"{SITE}.new-radar"
    assert len(bytes.fromhex(credentials["password"])) == 16
    assert len(bytes.fromhex(credentials["signing_key"])) == 32
    listed = house.client.get("/api/v1/devices", headers=admin).text
    assert credentials["password"] not in listed
    assert credentials["signing_key"] not in listed
    again = house.client.post("/api/v1/devices", json=NEW, headers=admin)
    assert again.status_code == 409


def test_a_device_may_be_added_without_credentials(house: House) -> None:
    made = house.client.post("/api/v1/devices", json={**NEW, "credentials": False}, headers=house.as_("admin"))
    assert (made.status_code, made.json()["credentials"]) == (201, None)


def test_rotating_and_revoking(house: House) -> None:
    admin, path = house.as_("admin"), f"/api/v1/devices/{SITE}/seen-a"
    first = house.client.post(f"{path}/rotate", headers=admin).json()["credentials"]
    second = house.client.post(f"{path}/rotate", headers=admin).json()["credentials"]
    assert first["username"] == second["username"]
    assert first["password"] != second["password"]
    assert house.client.post(f"{path}/revoke", headers=admin).status_code == 200
    assert house.client.post(f"{path}/revoke", headers=admin).status_code == 409
    assert house.client.post(f"/api/v1/devices/{SITE}/nobody/rotate", headers=admin).status_code == 404
    assert house.client.post(f"/api/v1/devices/{SITE}/nobody/revoke", headers=admin).status_code == 404


def test_newcomers_are_listed_without_their_codes_and_claimed_with_them(hall: House) -> None:
    steward = hall.as_("steward")
    listed = hall.client.get("/api/v1/devices/unclaimed", headers=steward)
    assert WAITING.code not in listed.text
    assert [(one["device"], one["has_code"], one["kinds"]) for one in listed.json()["items"]] == [
        ("esp-77", True, ["presence", "status"])
    ]
    body = {"code": "o123-abcd", "space": "room-a", "kind": "presence", "name": "radar-a"}
    claimed = hall.client.post("/api/v1/devices/claim", json=body, headers=steward)
    assert claimed.status_code == 201
    assert (claimed.json()["id"], claimed.json()["credentials"]["username"]) == ("radar-a", f"{SITE}.radar-a")
    assert hall.deps.catalogue.device(SITE, "radar-a").space == "room-a"


@pytest.mark.parametrize(
    ("change", "status"),
    [({"code": "ZZZZZZZZ"}, 404), ({"code": "short"}, 422), ({"space": "cellar"}, 422), ({"kind": "toaster"}, 422)],
)
def test_a_claim_that_cannot_be_meant_is_refused(hall: House, change: dict[str, str], status: int) -> None:
    body = {"code": "0123ABCD", "space": "room-a", "kind": "presence", **change}
    refused = hall.client.post("/api/v1/devices/claim", json=body, headers=hall.as_("steward"))
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")


def test_guessing_codes_ends_in_429(hall: House) -> None:
    body = {"code": "ZZZZZZZZ", "space": "room-a", "kind": "presence"}
    statuses = [
        hall.client.post("/api/v1/devices/claim", json=body, headers=hall.as_("steward")).status_code for _ in range(12)
    ]
    assert statuses == [404] * 10 + [429] * 2


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (f"/devices/{SITE}/seen-a/rotate", {"admin"}),
        (f"/devices/{SITE}/seen-a/revoke", {"admin"}),
        ("/devices", {"admin"}),
        ("/devices/claim", {"steward", "scheduler", "admin"}),
    ],
)
def test_only_those_who_may_get_further_than_the_door(
    house: House, role: Role | None, path: str, allowed: set[str]
) -> None:
    answer = house.client.post(f"/api/v1{path}", json={}, headers=house.as_(role) if role else {})
    if role is None:
        assert answer.status_code == 401
    else:
        assert (answer.status_code == 403) == (role not in allowed)


def test_a_certificate_is_checked_before_anything_listens(tmp_path: Path) -> None:
    assert Certificate.of("", "") is None
    with pytest.raises(StartError, match="both or neither"):
        Certificate.of("a", "")
    with pytest.raises(StartError, match="No such file"):
        Certificate.of(str(tmp_path / "a"), str(tmp_path / "b"))
    ensure(tmp_path, ["localhost"], NINE)
    with pytest.raises(StartError, match="are not a certificate and its key"):
        Certificate.of(str(tmp_path / "api.crt"), str(tmp_path / "broker.key"))
    assert Certificate.of(str(tmp_path / "api.crt"), str(tmp_path / "api.key")) is not None
