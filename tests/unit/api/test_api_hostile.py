"""What nobody means and somebody sends: characters that cannot be kept, numbers beyond all bounds, headers that lie."""

from typing import Any

import pytest

from tests.unit.api.conftest import SITE, House

V1 = "/api/v1"
BOOKING = {
    "site": SITE, "space": "room-a", "group": "合唱团", "people": 8, "start": "2026-03-03T10:00:00+08:00",
    "end": "2026-03-03T11:00:00+08:00",
}  # fmt: skip
CONFIG = f"{V1}/devices/{SITE}/seen-a/config"


def refused(answer: Any, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    return said


@pytest.mark.parametrize(
    "body",
    [
        r'{"config": {"a": "\ud800"}}',
        r'{"config": {"\udfff": 1}}',
        r'{"config": {"a": "\u0000"}}',
        r'{"config": {"a": [{"b": "x\u0000y"}]}}',
        '{"config": {"a": NaN}}',
        '{"config": {"a": -Infinity}}',
        '{"config": {"a": 1e999}}',
        r'{"\ud83d": 1, "config": {}}',
    ],
)
def test_json_that_nobody_could_keep_is_no_json(house: House, body: str) -> None:
    headers = {**house.as_("steward"), "Content-Type": "application/json"}
    [fault] = refused(house.client.put(CONFIG, headers=headers, content=body), 422)["errors"]
    assert fault["field"] == "body"
    assert house.deps.twins.desired() == {}


def test_characters_beyond_the_first_plane_are_kept(house: House) -> None:
    headers = {**house.as_("steward"), "Content-Type": "application/json"}
    assert house.client.put(CONFIG, headers=headers, content=r'{"config": {"a": "\ud83d\ude00"}}').status_code == 200
    assert house.deps.twins.desired()[SITE, "seen-a"].config == {"a": "😀"}


def test_deep_and_long_json_is_refused(house: House) -> None:
    headers = {**house.as_("steward"), "Content-Type": "application/json"}
    deep = '{"config": {"a": ' + "[" * 20_000 + "]" * 20_000 + "}}"
    refused(house.client.put(CONFIG, headers=headers, content=deep), 400, 422)
    refused(house.client.put(CONFIG, headers=headers, content='{"config": {"a": ' + "9" * 5_000 + "}}"), 400, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/spaces?site=%00", "/spaces/lane/a%00b", "/bookings?after=%00", "/decisions?space=x%00", "/series/%00",
        "/texts?section=%00", "/clock?anything=%00", "/stream?after=%00", "/texts?%00=1",
    ],
)  # fmt: skip
def test_no_nul_comes_in_by_the_address(house: House, path: str) -> None:
    said = refused(house.client.get(V1 + path, headers=house.as_("admin")), 422)
    assert said["detail"] == "地址里有不能使用的字符。"


def test_a_stranger_is_a_stranger_first(house: House) -> None:
    refused(house.client.get(f"{V1}/spaces?site=%00"), 401)


@pytest.mark.parametrize("number", [2**63, 2**64, 10**30, -1])
def test_no_number_is_too_large_for_a_message_of_the_quarantine(house: House, number: int) -> None:
    steward = house.as_("steward")
    refused(house.client.post(f"{V1}/quarantine/replay", headers=steward, json={"ids": [number]}), 422)
    refused(house.client.get(f"{V1}/quarantine?after={number}", headers=steward), 422)
    refused(house.client.get(f"{V1}/quarantine/{number}", headers=steward), 422)


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "", "//", "http://a:b:c", "\xff"])
def test_an_origin_that_is_none_is_foreign(house: House, origin: str) -> None:
    headers = [("Origin", origin), *house.as_("steward").items()]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    refused(house.client.post(f"{V1}/bookings", headers=raw, json=BOOKING), 403)


@pytest.mark.parametrize("host", ["[", "a b", "\xff", "x" * 5_000, "[::1"])
def test_a_host_that_is_none_changes_nothing(house: House, host: str) -> None:
    raw = [(b"Host", host.encode("latin-1"))]
    refused(house.client.get(f"{V1}/nothing", headers=raw), 404)
    refused(house.client.get(f"{V1}/spaces", headers=raw), 401)
    house.deps.people.add_user("li", "a good password", "steward")
    signed_in = house.client.post(f"{V1}/session", headers=raw, json={"name": "li", "password": "a good password"})
    assert signed_in.status_code == 200
    assert house.client.delete(f"{V1}/session", headers=raw).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer"}, {"Authorization": "Bearer \xe9\xff"}, {"Cookie": "foldspace_session=\xe9"},
        {"Cookie": ";;==;"}, {"Accept-Language": "q=nan,;q=,en;q=inf"}, {"Accept-Language": "\xff;q=1e999"},
        {"Content-Length": "9" * 5_000},
    ],
)  # fmt: skip
def test_headers_that_mean_nothing(house: House, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    refused(house.client.get(f"{V1}/spaces", headers=raw), 401, 413)


@pytest.mark.parametrize(
    "media", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "x", "\xff"]
)
def test_a_body_of_another_kind_is_refused(house: House, media: str) -> None:
    raw = [
        *((k.encode(), v.encode()) for k, v in house.as_("steward").items()),
        (b"Content-Type", media.encode("latin-1")),
    ]
    refused(house.client.post(f"{V1}/bookings", headers=raw, content=b"site=lane&people=8"), 422)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-23:59", "99999999999999", "1e300"])
def test_far_instants_are_refused(house: House, at: str) -> None:
    steward = house.as_("steward")
    refused(house.client.get(f"{V1}/bookings", params={"from": at}, headers=steward), 422)
    refused(house.client.get(f"{V1}/spaces/lane/tea/history", params={"to": at}, headers=steward), 422)
    refused(house.client.post(f"{V1}/bookings", json={**BOOKING, "end": at}, headers=steward), 422)


def test_a_parameter_said_twice_is_said_once(house: House) -> None:
    answer = house.client.get(f"{V1}/bookings?limit=1&limit=2&site=a&site=lane", headers=house.as_("viewer"))
    assert answer.status_code == 200
