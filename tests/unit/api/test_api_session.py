"""Signing in, the cookie, forged requests and guessing."""

import pytest

from services.api.throttle import SignInThrottle
from services.contracts.names import MINUTE

V1 = "/api/v1"
PASSWORD = "a good password"


@pytest.fixture
def li(house):
    house.deps.people.add_user("li", PASSWORD, "steward")
    return house


def _sign_in(house, password: str = PASSWORD, name: str = "li", **headers: str):
    return house.client.post(f"{V1}/session", json={"name": name, "password": password}, headers=headers)


def test_the_cookie_is_for_the_browser_alone(li) -> None:
    answer = _sign_in(li)
    assert answer.json() == {
        "name": "li", "role": "steward", "language": "zh", "spaces": [], "scopes": [], "home": "/",
    }  # fmt: skip
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert li.client.get(f"{V1}/session").json()["name"] == "li"


def test_the_cookie_is_secure_over_https(li) -> None:
    li.client.base_url = "https://board.example"
    answer = _sign_in(li)
    assert answer.headers["set-cookie"].startswith("__Host-foldspace_session=")
    assert "; secure" in answer.headers["set-cookie"].lower()
    assert "; path=/" in answer.headers["set-cookie"].lower()
    assert li.client.get(f"{V1}/session").json()["name"] == "li"
    assert "strict-transport-security" in answer.headers


def test_signing_out_ends_the_session_itself(li) -> None:
    _sign_in(li)
    kept = li.client.cookies["foldspace_session"]
    assert li.client.delete(f"{V1}/session").status_code == 204
    assert "foldspace_session" not in li.client.cookies
    li.client.cookies.set("foldspace_session", kept)
    assert li.client.get(f"{V1}/session").status_code == 401


def test_a_session_ends_with_the_shift(li) -> None:
    _sign_in(li)
    li.clock.advance(20 * 3600)  # the demo's clock runs fast; people's does not
    assert li.client.get(f"{V1}/session").status_code == 200
    for _ in range(11):  # a page that is open
        li.machine.advance(3600)
        assert li.client.get(f"{V1}/session").status_code == 200
    li.machine.advance(3601)
    assert li.client.get(f"{V1}/session").status_code == 401


def test_a_session_that_nobody_uses_is_over(li) -> None:
    _sign_in(li)
    li.machine.advance(2 * 3600 - 1)
    assert li.client.get(f"{V1}/session").status_code == 200
    li.machine.advance(2 * 3600 + 1)
    assert li.client.get(f"{V1}/session").status_code == 401


def test_signing_in_is_a_new_session_whatever_the_browser_brings(li) -> None:
    li.client.cookies.set("foldspace_session", "set by somebody else", domain="testserver.local")
    _sign_in(li)
    first = li.client.cookies["foldspace_session"]
    assert first != "set by somebody else"
    _sign_in(li)
    second = li.client.cookies["foldspace_session"]
    assert second != first
    assert li.deps.people.session(first, li.machine.now()) is None
    assert li.deps.people.session(second, li.machine.now()) is not None


CSRF = {"X-CSRF": "1"}


def test_a_new_password_ends_the_other_sessions(li) -> None:
    elsewhere = li.deps.people.open_session(li.deps.people.users()[0], li.machine.now(), 3600)
    _sign_in(li)
    body = {"old": PASSWORD, "new": "another password"}
    assert li.client.post(f"{V1}/session/password", json={**body, "old": "wrong"}, headers=CSRF).status_code == 422
    assert li.client.post(f"{V1}/session/password", json={**body, "new": "short"}, headers=CSRF).status_code == 422
    assert li.client.post(f"{V1}/session/password", json=body, headers=CSRF).status_code == 200
    assert li.client.get(f"{V1}/session").status_code == 200, "this session goes on"
    assert li.deps.people.session(elsewhere, li.machine.now()) is None
    assert _sign_in(li).status_code == 401
    assert _sign_in(li, "another password").status_code == 200


def test_guessing_the_old_password_is_slowed_down_too(li) -> None:
    _sign_in(li)
    for _ in range(5):
        body = {"old": "a guess", "new": "another password"}
        assert li.client.post(f"{V1}/session/password", json=body, headers=CSRF).status_code == 422
    body = {"old": PASSWORD, "new": "another password"}
    assert li.client.post(f"{V1}/session/password", json=body, headers=CSRF).status_code == 429


def test_a_token_called_like_a_user_is_not_that_user(li) -> None:
    bearer = {"Authorization": f"Bearer {li.deps.people.issue_token('li', 'admin')}"}
    body = {"old": PASSWORD, "new": "another password"}
    assert li.client.post(f"{V1}/session/password", json=body, headers=bearer).status_code == 403
    assert li.client.get(f"{V1}/sessions", headers=bearer).status_code == 403
    assert li.client.delete(f"{V1}/sessions", headers=bearer).status_code == 403
    assert li.client.patch(f"{V1}/session", json={"language": "en"}, headers=bearer).status_code == 403


def test_people_see_and_end_their_own_sessions_alone(li) -> None:
    li.deps.people.add_user("wang", PASSWORD, "viewer")
    [_, wang] = li.deps.people.users()
    theirs = li.deps.people.open_session(wang, li.machine.now(), 3600)
    mine = li.deps.people.open_session(li.deps.people.users()[0], li.machine.now(), 3600, "10.0.0.7", "Firefox/1")
    _sign_in(li)
    shown = li.client.get(f"{V1}/sessions").json()["items"]
    assert [one["current"] for one in shown].count(True) == 1
    assert {one["address"] for one in shown} == {"10.0.0.7", "testclient"}
    of_wang = li.deps.people.sessions_of("wang", li.machine.now())[0].id
    assert li.client.delete(f"{V1}/sessions/{of_wang}", headers=CSRF).status_code == 404
    other = next(one["id"] for one in shown if not one["current"])
    assert li.client.delete(f"{V1}/sessions/{other}", headers=CSRF).status_code == 204
    assert li.deps.people.session(mine, li.machine.now()) is None
    assert li.deps.people.session(theirs, li.machine.now()) is not None
    li.deps.people.open_session(li.deps.people.users()[0], li.machine.now(), 3600)
    assert li.client.delete(f"{V1}/sessions", headers=CSRF).status_code == 204
    assert [one["current"] for one in li.client.get(f"{V1}/sessions").json()["items"]] == [True]


def test_the_language_of_an_account_is_its_own_to_change(li) -> None:
    _sign_in(li)
    assert li.client.patch(f"{V1}/session", json={"language": "fr"}, headers=CSRF).status_code == 422
    assert li.client.patch(f"{V1}/session", json={"language": "en"}, headers=CSRF).json()["language"] == "en"
    assert li.client.get(f"{V1}/session").json()["language"] == "en"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-CSRF": "1"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "X-CSRF": "1"}, 403),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null", "X-CSRF": "1"}, 403),
    ],
)
def test_a_cookie_alone_changes_nothing(li, headers: dict[str, str], status: int) -> None:
    li.book()
    _sign_in(li)
    assert li.client.post(f"{V1}/bookings/b1/check-in", headers=headers).status_code == status


def test_a_token_needs_no_origin(li) -> None:
    li.book()
    assert li.client.post(f"{V1}/bookings/b1/check-in", headers=li.as_("steward")).status_code == 200


def test_another_site_cannot_sign_anybody_in(li) -> None:
    assert _sign_in(li, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_guessing_is_slowed_down_and_time_heals(li) -> None:
    for _ in range(5):
        assert _sign_in(li, "wrong password").status_code == 401
    refused = _sign_in(li)
    assert refused.status_code == 429
    assert refused.json()["type"] == "urn:foldspace:problem:throttled"
    assert 0 < int(refused.headers["retry-after"]) <= 300
    li.machine.advance(301)
    assert _sign_in(li).status_code == 200


def test_an_unknown_name_is_told_nothing_else(li) -> None:
    assert _sign_in(li, name="nobody").json() == _sign_in(li, "wrong password").json()


def test_the_throttle_counts_by_name_and_by_address() -> None:
    throttle = SignInThrottle(per_name=2, per_address=4, window=5 * MINUTE)
    throttle.failed("li", "10.0.0.1", 0)
    throttle.failed("li", "10.0.0.1", 1000)
    assert throttle.wait_ms("li", "10.0.0.1", 2000) == 5 * MINUTE - 2000
    assert throttle.wait_ms("li", "10.0.0.2", 2000) == 0
    assert throttle.wait_ms("wang", "10.0.0.1", 2000) == 0
    throttle.failed("wang", "10.0.0.1", 2000)
    throttle.failed("zhao", "10.0.0.1", 2000)
    assert throttle.wait_ms("sun", "10.0.0.1", 2000) > 0
    assert throttle.wait_ms("sun", "10.0.0.1", 5 * MINUTE + 2000) == 0


def test_the_throttle_forgets_a_name_that_got_it_right() -> None:
    throttle = SignInThrottle(per_name=1, per_address=2)
    throttle.failed("li", "10.0.0.1", 0)
    throttle.succeeded("li", "10.0.0.1")
    assert throttle.wait_ms("li", "10.0.0.1", 1) == 0
    throttle.failed("wang", "10.0.0.1", 2)
    assert throttle.wait_ms("li", "10.0.0.1", 3) > 0, "the address has failed twice"


def test_invented_names_take_bounded_memory() -> None:
    throttle = SignInThrottle(per_name=1, per_address=100, max_keys=10)
    for number in range(99):
        throttle.failed(f"name-{number}", "10.0.0.1", number)
    waiting = [number for number in range(99) if throttle.wait_ms(f"name-{number}", "10.0.0.1", 100)]
    assert waiting == list(range(89, 99))
    throttle.failed("name-99", "10.0.0.1", 99)
    assert throttle.wait_ms("sun", "10.0.0.1", 100) > 0


def test_pages_lead_to_the_sign_in(li) -> None:
    for page in ("/", "/quarantine"):
        answer = li.client.get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    _sign_in(li)
    assert "board.js" in li.client.get("/").text


def test_files_are_revalidated(li) -> None:
    answer = li.client.get("/static/staff/board.js")
    assert answer.headers["cache-control"] == "no-cache"
    again = li.client.get("/static/staff/board.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
