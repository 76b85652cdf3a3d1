"""Accounts and tokens as admins manage them, and that no secret leaks while they do."""

import io
import json
import logging
from dataclasses import replace

import pytest
import structlog
from fastapi.testclient import TestClient

from services.api.app import create_app
from services.contracts.names import DAY
from services.kit import logs

V1 = "/api/v1"
CSRF = {"X-CSRF": "1"}


def _call(house, method: str, path: str, **body: object):
    return house.client.request(method, V1 + path, headers=house.as_("admin"), json=body or None)


def test_a_person_is_added_changed_and_removed(house) -> None:
    made = _call(
        house, "POST", "/people", name="李阿姨", role="steward", spaces=["lane/room-a"], email="li@example.org"
    )
    assert made.status_code == 201
    password = made.json()["password"]
    assert house.deps.people.authenticate("李阿姨", password) is not None
    session = house.deps.people.open_session(house.deps.people.users()[0], house.machine.now(), 60)
    [shown] = _call(house, "GET", "/people").json()["items"]
    assert (shown["spaces"], shown["email"], shown["elsewhere"]) == (["lane/room-a"], "li@example.org", False)
    assert "password" not in shown
    changed = _call(house, "PATCH", "/people/李阿姨", role="scheduler", spaces=[], language="en")
    assert (changed.json()["role"], changed.json()["spaces"], changed.json()["password"]) == ("scheduler", [], None)
    assert house.deps.people.session(session, house.machine.now()).role == "scheduler"
    reset = _call(house, "PATCH", "/people/李阿姨", reset_password=True).json()["password"]
    assert reset not in (None, password)
    assert house.deps.people.session(session, house.machine.now()) is None
    assert house.deps.people.authenticate("李阿姨", reset) is not None
    assert _call(house, "PATCH", "/people/李阿姨", password="chosen by an admin").json()["password"] is None
    assert _call(house, "DELETE", "/people/李阿姨").status_code == 204
    assert _call(house, "DELETE", "/people/李阿姨").status_code == 404


def test_the_last_admin_stays_one(house) -> None:
    house.deps.people.add_user("staff", "a good password", "admin")
    for method, body in (("DELETE", {}), ("PATCH", {"role": "viewer"})):
        refused = _call(house, method, "/people/staff", **body)
        assert refused.status_code == 409
        assert "staff" in refused.json()["detail"]
    house.deps.people.add_user("li", "a good password", "admin")
    assert _call(house, "PATCH", "/people/staff", role="viewer").status_code == 200
    assert _call(house, "DELETE", "/people/li").status_code == 409


REFUSED = [
    ({"role": "king"}, "role"),
    ({"name": "a/b"}, "name"),
    ({"name": "a\0b"}, "is not valid JSON"),
    ({"name": "a\ud800"}, "is not valid JSON"),
    ({"spaces": ["lane/nowhere"]}, "lane/nowhere"),
    ({"spaces": ["no-site"]}, "no-site"),
    ({"spaces": ["Lane/Room"]}, "spaces"),
    ({"spaces": ["lane"], "role": "admin"}, "admin"),
    ({"email": "nobody"}, "email"),
    ({"email": "a\0@b"}, "is not valid JSON"),
    ({"language": "fr"}, "language"),
    ({"password": "short"}, "password"),
    ({"surname": "x"}, "surname"),
]


@pytest.mark.parametrize(("part", "told"), REFUSED, ids=lambda value: json.dumps(value))
def test_what_cannot_be_meant_is_refused(house, part: dict[str, object], told: str) -> None:
    content = json.dumps({"name": "li", "role": "steward", **part})
    headers = {**house.as_("admin"), "Content-Type": "application/json", "Accept-Language": "en"}
    refused = house.client.post(f"{V1}/people", content=content, headers=headers)
    assert refused.status_code == 422
    assert told in refused.json()["detail"]
    assert not house.deps.people.users()


def test_names_that_nobody_can_have_are_not_found(house) -> None:
    for name in ("%00", "a%00b", "%ED%A0%80", "x" * 300):
        for path in (f"/people/{name}", f"/tokens/{name}"):
            assert _call(house, "DELETE", path).status_code in (404, 422), path
    assert _call(house, "GET", "/audit?who=%00&site=%00").status_code == 422


def test_a_token_is_for_what_it_says_until_it_ends(house) -> None:
    house.book()
    ends = "2026-03-04T09:00:00+08:00"
    made = _call(house, "POST", "/tokens", name="door", role="steward", scopes=["bookings:write"], expires=ends)
    assert made.status_code == 201
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert house.client.post(f"{V1}/bookings/b1/check-in", headers=bearer).status_code == 200
    assert house.client.get(f"{V1}/bookings", headers=bearer).status_code == 403
    shown = next(one for one in _call(house, "GET", "/tokens").json()["items"] if one["name"] == "door")
    assert (shown["scopes"], shown["created_by"]) == (["bookings:write"], "token-admin")
    assert shown["used_at"] == "2026-03-03T09:00:00.000+08:00"
    assert "token" not in shown
    house.machine.advance(DAY // 1000)
    assert house.client.post(f"{V1}/bookings/b1/end", headers=bearer).status_code == 401
    shown = next(one for one in _call(house, "GET", "/tokens").json()["items"] if one["name"] == "door")
    assert shown["expired"] is True
    assert _call(house, "DELETE", "/tokens/door").status_code == 204
    assert _call(house, "DELETE", "/tokens/door").status_code == 404


def test_an_unknown_scope_is_refused_with_what_is_expected(house) -> None:
    refused = _call(house, "POST", "/tokens", name="t", role="viewer", scopes=["booking:write"])
    assert refused.status_code == 422
    assert "bookings:write" in refused.json()["detail"]


def test_a_token_makes_none_that_may_do_more(house) -> None:
    own = house.deps.people.issue_token("maker", "admin", scopes=["tokens:write", "spaces:read"])
    bearer = {"Authorization": f"Bearer {own}"}
    for scopes, status in (([], 403), (["*"], 403), (["people:write"], 403), (["spaces:read"], 201)):
        body = {"name": "t", "role": "admin", "scopes": scopes}
        assert house.client.post(f"{V1}/tokens", headers=bearer, json=body).status_code == status, scopes


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Everything that is logged, by us and by libraries, at the most talkative level, as JSON with its traces."""
    kept = structlog.get_config()
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    logs.configure("DEBUG", as_json=True)
    structlog.configure(cache_logger_on_first_use=False, logger_factory=structlog.WriteLoggerFactory(file=out))
    handler, root = logging.StreamHandler(out), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.configure(**kept)


def test_no_secret_is_written_to_log_or_audit(house, written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ["first-pass-word", "second-pass-word", "typed-in-the-wrong-field", "a-wrong-password"]
    _call(house, "POST", "/people", name="li", role="admin", password=secrets[0])
    sign_in = {"name": "li", "password": secrets[0]}
    house.client.post(f"{V1}/session", json={"name": secrets[2], "password": secrets[3]})
    house.client.post(f"{V1}/session", json=sign_in)
    secrets.append(house.client.cookies["foldspace_session"])
    house.client.post(f"{V1}/session/password", json={"old": secrets[0], "new": secrets[1]}, headers=CSRF)
    secrets.append(_call(house, "POST", "/tokens", name="t", role="viewer").json()["token"])
    secrets.append(_call(house, "PATCH", "/people/li", reset_password=True).json()["password"])
    secrets.append(_call(house, "POST", "/people", name="wang", role="viewer").json()["password"])
    secrets += house.tokens.values()

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the database has gone mad")

    for name in ("authenticate", "set_password", "add_user", "issue_token"):
        monkeypatch.setattr(house.deps.people, name, broken)
    app = TestClient(create_app(house.deps), raise_server_exceptions=False)
    assert app.post(f"{V1}/session", json=sign_in).status_code == 500
    admin = house.as_("admin")
    assert (
        app.post(
            f"{V1}/people", json={"name": "x", "role": "viewer", "password": secrets[0]}, headers=admin
        ).status_code
        == 500
    )
    assert app.patch(f"{V1}/people/li", json={"password": secrets[0]}, headers=admin).status_code == 500
    said = written.getvalue() + repr(house.deps.audit.entries(replace_asked(), None, 500))
    assert "request_failed" in said, "the failures are logged"
    assert "Traceback" in said or '"frames"' in said, "with where they came from"
    assert "sign_in_failed" in said
    assert [secret for secret in secrets if secret in said] == []


def replace_asked():
    from services.audit.records import Asked

    return replace(Asked())
