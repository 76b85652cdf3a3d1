"""Every error is a problem document, in the caller's language, and leaks nothing."""

import pytest

from services.api.deps import ApiSettings
from services.api.problems import MEDIA_TYPE
from services.contracts.errors import FoldspaceError

V1 = "/api/v1"


def _problem(answer, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:foldspace:problem:")
    assert body["title"]
    assert not body["title"].startswith("problems.")
    assert body["detail"]
    assert "{" not in body["detail"]
    return body


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/static/nothing.js", "/api/v1/spaces/"])
def test_no_such_path(house, path: str) -> None:
    assert path in _problem(house.client.get(path), 404)["detail"]


def test_no_such_method(house) -> None:
    answer = house.client.put(f"{V1}/spaces")
    _problem(answer, 405)
    assert "GET" in answer.headers["allow"]


def test_no_such_record(house) -> None:
    steward = house.as_("steward")
    _problem(house.client.get(f"{V1}/spaces/lane/attic", headers=steward), 404)
    _problem(house.client.get(f"{V1}/decisions/nope", headers=steward), 404)
    _problem(house.client.post(f"{V1}/bookings/nope/keep", headers=steward), 404)
    _problem(house.client.post(f"{V1}/offers/nope/take", headers=steward), 404)


def test_every_faulty_field_is_named(house) -> None:
    answer = house.client.post(f"{V1}/bookings", headers=house.as_("steward"), json={"site": "lane", "people": 0})
    fields = {fault["field"] for fault in _problem(answer, 422)["errors"]}
    assert {"space", "group", "people", "start", "end"} <= fields


def test_a_body_that_is_not_json(house) -> None:
    headers = house.as_("steward")
    [fault] = _problem(house.client.post(f"{V1}/bookings", headers=headers, content=b"{"), 422)["errors"]
    assert fault["field"] == "body"
    headers["Content-Type"] = "application/json"
    _problem(house.client.post(f"{V1}/bookings", headers=headers, content=b"{"), 422)
    _problem(house.client.post(f"{V1}/bookings", headers=headers, content=b"\xff{"), 400)


def test_our_own_fault_is_an_incident_without_details(house, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(type(house.deps.bookings), "decisions", fail)
    answer = house.client.get(f"{V1}/decisions", headers=house.as_("viewer"))
    _problem(answer, 500)
    assert "secret" not in answer.text


def test_an_error_of_an_unknown_kind_is_our_own_fault(house, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise FoldspaceError("an inner sentence")

    monkeypatch.setattr(type(house.deps.bookings), "decisions", fail)
    answer = house.client.get(f"{V1}/decisions", headers=house.as_("viewer"))
    _problem(answer, 500)
    assert "inner" not in answer.text


def test_the_language_is_the_callers(house) -> None:
    get = house.client.get
    assert get(f"{V1}/spaces?lang=en").json()["title"] == "Sign-in needed"
    assert (
        get(f"{V1}/spaces", headers={"Accept-Language": "fr, en;q=0.8, zh;q=0.2"}).json()["title"] == "Sign-in needed"
    )
    assert get(f"{V1}/spaces?lang=zh", headers={"Accept-Language": "en"}).json()["title"] == "请先登录"
    assert get(f"{V1}/spaces", headers={"Accept-Language": "fr"}).json()["title"] == "请先登录"


def test_a_large_body_is_refused_declared_or_not(build) -> None:
    house = build(ApiSettings(max_body_bytes=1024))
    headers = house.as_("steward")
    _problem(house.client.post(f"{V1}/bookings", headers=headers, content=b" " * 1025), 413)

    def drip():
        for _ in range(9):
            yield b" " * 200

    _problem(house.client.post(f"{V1}/bookings", headers=headers, content=drip()), 413)
    _problem(house.client.post(f"{V1}/bookings", headers={**headers, "Content-Length": "nine"}, content=b"{}"), 413)


def test_not_ready_names_the_parts(house) -> None:
    body = _problem(house.client.get("/readyz"), 503)
    assert set(body["failing"]) == {"broker", "states", "scheduler"} == set(body["why"])
    house.hear()
    assert _problem(house.client.get("/readyz"), 503)["failing"] == ["broker", "scheduler"]
    house.clock.advance(3600)
    assert set(_problem(house.client.get("/readyz"), 503)["failing"]) == {"broker", "states", "scheduler"}


def test_metrics_hold_the_account(house) -> None:
    text = house.client.get("/metrics").text
    for line in ("received", "stored", "duplicate", "quarantined", "pending"):
        assert f'foldspace_account_readings{{line="{line}"}} 0.0' in text


def test_every_answer_is_armoured(house) -> None:
    for path in ("/signin", "/healthz", f"{V1}/texts", "/nothing", "/static/shared/base.css"):
        headers = house.client.get(path).headers
        assert "'unsafe" not in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"


def test_openapi_lists_every_route(house) -> None:
    paths = house.client.get(f"{V1}/openapi.json").json()["paths"]
    assert {"get", "post"} <= set(paths[f"{V1}/bookings"])
    assert f"{V1}/decisions/{{id}}/undo" in paths
