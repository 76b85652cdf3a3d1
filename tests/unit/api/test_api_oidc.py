"""Signing in at a real OpenID provider on loopback, and everything that must not work."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from prometheus_client import CollectorRegistry

from services.api.app import create_app
from services.api.deps import ApiSettings
from services.api.oidc import Oidc, oidc_of, parse_roles
from services.contracts.errors import SettingsError
from services.contracts.names import SECOND
from services.kit.clock import ManualClock, WallClock
from services.kit.settings import Settings
from tests.oidcprovider import CLIENT, SECRET, Provider
from tests.unit.api.conftest import House

V1 = "/api/v1"
RULES = "groups:space-admins=admin,groups:stewards=steward"


@pytest.fixture(scope="module")
def one_provider() -> Iterator[Provider]:
    with Provider() as made:
        yield made


@pytest.fixture
def provider(one_provider: Provider) -> Provider:
    one_provider.claims = {"preferred_username": "li", "groups": ["stewards"]}
    one_provider.userinfo, one_provider.down, one_provider.issuer_said = None, False, None
    one_provider.signed = one_provider.sign
    return one_provider


@pytest.fixture
def inn(build: Callable[[ApiSettings], House], provider: Provider) -> House:
    """A house whose machine's clock is the provider's, for tokens carry real instants."""
    house = build(ApiSettings())
    machine = ManualClock(WallClock().now())
    provider.now = lambda: machine.now() // SECOND
    oidc = Oidc(provider.issuer, CLIENT, SECRET, parse_roles(RULES), machine, CollectorRegistry())
    deps = replace(house.deps, machine_clock=machine, oidc=oidc)
    return House(deps, TestClient(create_app(deps), follow_redirects=False), house.clock, machine)


def _begin(inn: House) -> str:
    answer = inn.client.get(f"{V1}/session/oidc")
    assert answer.status_code == 303
    return answer.headers["location"]


def _come_back(inn: House, url: str) -> str:
    """Return what the sign-in page is told."""
    parts = urlsplit(url)
    answer = inn.client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    assert where.path == "/signin"
    return dict(parse_qsl(where.query))["oidc"]


def _sign_in(inn: House, provider: Provider) -> str:
    return _come_back(inn, provider.consent(_begin(inn)))


def test_whoever_the_provider_vouches_for_is_a_user_with_the_role_of_the_claim(inn: House, provider: Provider) -> None:
    assert _sign_in(inn, provider) == "done"
    who = inn.client.get(f"{V1}/session").json()
    assert (who["name"], who["role"], who["language"]) == ("li", "steward", "zh")
    assert inn.client.get(f"{V1}/session/ways").json()["oidc"] is True
    [account] = inn.deps.people.accounts()
    assert (account.issuer, account.signed_in_at) == (provider.issuer, inn.machine.now())
    assert inn.deps.people.authenticate("li", "") is None, "no password opens an account of elsewhere"


def test_the_role_follows_the_claim_and_the_person_stays_the_same(inn: House, provider: Provider) -> None:
    _sign_in(inn, provider)
    provider.claims = {"preferred_username": "li-renamed", "groups": ["x", "space-admins", "stewards"]}
    assert _sign_in(inn, provider) == "done"
    assert [(one.name, one.role) for one in inn.deps.people.accounts()] == [("li", "admin")]
    provider.claims["groups"] = ["x"]
    assert _sign_in(inn, provider) == "no_role"


def test_nobody_becomes_somebody_who_is_here_already(inn: House, provider: Provider) -> None:
    inn.deps.people.add_user("li", "a good password", "admin")
    assert _sign_in(inn, provider) == "done"
    assert inn.client.get(f"{V1}/session").json()["name"] == "li-2"
    provider.claims = {"sub": "u-2", "preferred_username": "li", "groups": "stewards", "locale": "en-GB"}
    assert _sign_in(inn, provider) == "done"
    who = inn.client.get(f"{V1}/session").json()
    assert (who["name"], who["language"]) == ("li-3", "en")


def test_groups_may_come_from_the_userinfo_of_the_same_person_alone(inn: House, provider: Provider) -> None:
    provider.claims = {"name": "王/姐"}
    provider.userinfo = {"sub": "somebody else", "groups": ["space-admins"]}
    assert _sign_in(inn, provider) == "no_role"
    provider.userinfo = {"sub": "u-1", "groups": ["space-admins"]}
    assert _sign_in(inn, provider) == "done"
    assert inn.client.get(f"{V1}/session").json()["name"] == "王-姐"


WRONG = {
    "nonce": {"nonce": "of another sign-in"},
    "issuer": {"iss": "https://elsewhere.example"},
    "audience": {"aud": "another-client"},
    "other party": {"aud": [CLIENT, "other"], "azp": "other"},
    "no subject": {"sub": ""},
    "from the future": {"iat": int(time.time()) + 86_400},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(inn: House, provider: Provider, claims) -> None:
    provider.claims |= claims
    assert _sign_in(inn, provider) == "wrong"
    _nobody_is_in(inn)


def test_an_expired_token_opens_nothing(inn: House, provider: Provider) -> None:
    provider.claims |= {"exp": provider.now() - 61}
    assert _sign_in(inn, provider) == "expired"
    _nobody_is_in(inn)


def test_a_token_that_the_provider_did_not_sign_opens_nothing(inn: House, provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": provider.key.kid}, private=True)
    by_secret = OctKey.import_key(SECRET.ljust(32, "x"))
    for signed in (
        provider.unsigned,
        lambda claims: jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, other),
        lambda claims: jwt.encode({"alg": "HS256"}, claims, by_secret),
        lambda _claims: "not.a.token",
    ):
        provider.signed = signed
        assert _sign_in(inn, provider) == "wrong"
        _nobody_is_in(inn)


def test_a_key_that_the_provider_changed_is_fetched(inn: House, provider: Provider) -> None:
    assert _sign_in(inn, provider) == "done"
    before, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "two"}, private=True)
    try:
        assert _sign_in(inn, provider) == "done"
    finally:
        provider.key = before


def test_a_state_counts_once_in_its_own_browser_and_for_ten_minutes(inn: House, provider: Provider) -> None:
    back = provider.consent(_begin(inn))
    state = dict(inn.client.cookies)["foldspace_oidc"]
    assert _come_back(inn, back) == "done"
    inn.client.cookies.delete("foldspace_session")
    inn.client.cookies.set("foldspace_oidc", state)
    assert _come_back(inn, back) == "stale", "a second time"
    back = provider.consent(_begin(inn))
    inn.client.cookies.clear()
    assert _come_back(inn, back) == "stale", "in another browser"
    back = provider.consent(_begin(inn))
    inn.machine.advance(601)
    assert _come_back(inn, back) == "stale", "too late"
    assert _come_back(inn, f"http://x{V1}/session/oidc/callback") == "stale"
    _nobody_is_in(inn)


def test_a_provider_that_says_no_or_nothing_is_told_in_a_sentence(inn: House, provider: Provider) -> None:
    state = dict(parse_qsl(urlsplit(_begin(inn)).query))["state"]
    assert _come_back(inn, f"http://x{V1}/session/oidc/callback?error=access_denied&state={state}") == "denied"
    back = provider.consent(_begin(inn))
    provider.down = True
    assert _come_back(inn, back) == "down"


def test_a_provider_that_is_away_or_calls_itself_another_sends_nobody_anywhere(inn: House, provider: Provider) -> None:
    provider.down = True
    assert _begin(inn) == "/signin?oidc=down"
    provider.down, provider.issuer_said = False, "https://elsewhere.example"
    assert _begin(inn) == "/signin?oidc=wrong"


def test_beginning_again_and_again_is_slowed_down(inn: House) -> None:
    for _ in range(100):
        assert "state=" in _begin(inn)
    assert _begin(inn) == "/signin?oidc=throttled"


def test_without_a_provider_there_is_no_such_way_in(house: House) -> None:
    assert house.client.get(f"{V1}/session/oidc").status_code == 404
    assert house.client.get(f"{V1}/session/oidc/callback?state=x&code=y").status_code == 404
    assert house.client.get(f"{V1}/session/ways").json() == {"password": True, "oidc": False, "residents": True}


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"oidc_issuer": "https://id.example"}, "expected all of them"),
        ({"oidc_issuer": "http://id.example", "oidc_client_id": "x", "oidc_roles": "a:b=admin"}, "expected https"),
        ({"oidc_issuer": "https://id.example", "oidc_client_id": "x", "oidc_roles": "a:b=king"}, "a:b=king"),
        ({"oidc_issuer": "https://id.example", "oidc_client_id": "x", "oidc_roles": "admin"}, "CLAIM:VALUE=ROLE"),
    ],
)
def test_half_a_provider_is_refused_at_the_start(settings: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        oidc_of(Settings(**settings), WallClock(), CollectorRegistry())
    assert oidc_of(Settings(), WallClock(), CollectorRegistry()) is None


def _nobody_is_in(inn: House) -> None:
    assert inn.client.get(f"{V1}/session").status_code == 401
    assert not [one for one in inn.deps.people.accounts() if one.issuer and one.name != "li"]
