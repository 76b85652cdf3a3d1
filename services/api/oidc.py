"""Signing in at an OpenID provider: authorization code flow with PKCE, and what the provider's token really says."""

import ipaddress
import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args
from urllib.parse import urlsplit

import urllib3
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]  # authlib carries no types
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]  # authlib carries no types
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # the same
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # the same
from authlib.oidc.discovery import get_well_known_url  # type: ignore[import-untyped]  # the same
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet
from prometheus_client import CollectorRegistry, Counter

from services.catalogue.elsewhere import Begun
from services.catalogue.principals import Role
from services.contracts.errors import FoldspaceError, SettingsError
from services.contracts.names import HOUR, SECOND, Millis
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.settings import Settings

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
"""Signatures by the provider's own key alone: `none` proves nothing, and HS256 would make our secret a signing key."""
_TIMEOUT_S = 5.0
_LARGEST = 256 * 1024
_REMEMBERED: Millis = HOUR
_LEEWAY_S = 60
"""How far the provider's clock may be off ours."""
_SCOPE = "openid profile email"

log = logger("api")


class OidcError(FoldspaceError):
    """A sign-in elsewhere that came to nothing. `reason`: down, wrong, expired or no_role; for people and counters."""

    kind = "unauthenticated"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"OpenID sign-in: {reason}: {detail}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Whoever has this value in this claim has this role."""

    claim: str
    value: str
    role: Role


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    name: str
    role: Role
    language: str


def parse_roles(text: str) -> tuple[RoleRule, ...]:
    """Return the rules of `claim:value=role,…`; the first that holds counts. Raises SettingsError."""
    rules = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        claim_value, equals, role = part.rpartition("=")
        claim, colon, value = claim_value.partition(":")
        if not equals or not colon or not claim or not value or role not in get_args(Role):
            raise SettingsError(
                f"FOLDSPACE_OIDC_ROLES: {part!r}: expected CLAIM:VALUE=ROLE with a role of {', '.join(get_args(Role))}"
            )
        rules.append(RoleRule(claim, value, cast(Role, role)))
    return tuple(rules)


def oidc_of(settings: Settings, clock: Clock, registry: CollectorRegistry) -> "Oidc | None":
    """Return the provider of the settings, or None when there is none. Raises SettingsError for half of one."""
    given = (settings.oidc_issuer, settings.oidc_client_id, settings.oidc_roles)
    if not any((*given, settings.oidc_client_secret)):
        return None
    if not all(given):
        raise SettingsError("FOLDSPACE_OIDC_ISSUER, _CLIENT_ID and _ROLES: expected all of them, or none")
    if not _is_safe(settings.oidc_issuer):
        raise SettingsError(f"FOLDSPACE_OIDC_ISSUER {settings.oidc_issuer}: expected https://…")
    rules = parse_roles(settings.oidc_roles)
    return Oidc(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, rules, clock, registry)


class Oidc:
    """One provider. It is first asked when somebody signs in: a provider that is away keeps nothing from starting.

    `clock` is real time. Safe to share between threads.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        rules: Sequence[RoleRule],
        clock: Clock,
        registry: CollectorRegistry,
    ) -> None:
        self.issuer = issuer
        self.refused = Counter(
            "foldspace_oidc_refused",
            "sign-ins at the OpenID provider that came to nothing",
            ["reason"],
            registry=registry,
        )
        self._client_id = client_id
        self._client_secret = client_secret
        self._rules = rules
        self._clock = clock
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(total=_TIMEOUT_S), retries=False, headers={"Accept": "application/json"}
        )
        self._lock = threading.Lock()
        self._told: tuple[Millis, dict[str, Any]] | None = None
        self._keys: KeySet | None = None

    def begin(self, redirect_uri: str) -> tuple[str, Begun]:
        """Return where to send the browser, and what ties its return to this. Raises OidcError."""
        endpoint = self._metadata()["authorization_endpoint"]
        begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        url = prepare_grant_uri(
            endpoint,
            client_id=self._client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=_SCOPE,
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return str(url), begun

    def finish(self, code: str, begun: Begun, redirect_uri: str) -> Identity:
        """Return who came back with this code. Raises OidcError."""
        answer = self._exchange(code, begun.verifier, redirect_uri)
        access_token = answer.get("access_token")
        claims = self._claims(answer.get("id_token"), begun.nonce, access_token)
        subject = claims["sub"]
        role = self._role(claims)
        if role is None and isinstance(access_token, str):
            told = self._userinfo(access_token)
            if told.get("sub") == subject:  # the answer about somebody else would be theirs
                role = self._role(told)
                claims = {**told, **claims}
        if role is None:
            raise OidcError("no_role", "no rule of FOLDSPACE_OIDC_ROLES holds")
        return Identity(self.issuer, subject, _name(claims), role, _language(claims))

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        for rule in self._rules:
            said = claims.get(rule.claim)
            if said == rule.value or (isinstance(said, list) and rule.value in said):
                return rule.role
        return None

    def _exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        told = self._metadata()
        body = prepare_token_request("authorization_code", code=code, redirect_uri=redirect_uri, code_verifier=verifier)
        ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        auth = ClientAuth(self._client_id, self._client_secret, way if self._client_secret else "none")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, headers, body = auth.prepare("POST", told["token_endpoint"], headers, body)
        return self._ask("POST", url, headers, body)

    def _userinfo(self, access_token: str) -> dict[str, Any]:
        endpoint = self._metadata().get("userinfo_endpoint")
        if not isinstance(endpoint, str) or not _is_safe(endpoint):
            return {}
        try:
            return self._ask("GET", endpoint, {"Authorization": f"Bearer {access_token}"})
        except OidcError as error:
            if error.reason == "down":
                raise
            return {}  # it gives nothing to us: what the token says has to do

    def _claims(self, id_token: object, nonce: str, access_token: object) -> dict[str, Any]:
        """Return what the token says, once everything about it holds. Raises OidcError."""
        if not isinstance(id_token, str):
            raise OidcError("wrong", "the answer holds no id_token")
        token = self._verified(id_token)
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
            "sub": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        params = {"nonce": nonce, "client_id": self._client_id, "access_token": access_token}
        claims = CodeIDToken(token.claims, token.header, options, params)
        try:
            claims.validate(now=self._clock.now() // SECOND, leeway=_LEEWAY_S)
        except ExpiredTokenError as error:
            raise OidcError("expired", str(error)) from None
        except JoseError as error:
            raise OidcError("wrong", str(error)) from None
        if len(claims["sub"]) > 255:
            raise OidcError("wrong", "sub: expected at most 255 characters")
        return dict(claims)

    def _verified(self, id_token: str) -> jwt.Token:
        """Return the token if the provider signed it; keys that it changed since are fetched once more."""
        for fresh in (False, True):
            try:
                return jwt.decode(id_token, self._key_set(fresh=fresh), algorithms=_ALGORITHMS)
            except (JoseError, ValueError) as error:
                if fresh:
                    raise OidcError("wrong", f"the id_token is not signed by the provider: {error}") from None
        raise AssertionError

    def _key_set(self, *, fresh: bool) -> KeySet:
        with self._lock:
            kept = self._keys
        if kept is not None and not fresh:
            return kept
        told = self._ask("GET", self._metadata()["jwks_uri"])
        try:
            keys = KeySet.import_key_set(cast(Any, told))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise OidcError("wrong", f"its keys cannot be read: {error}") from None
        with self._lock:
            self._keys = keys
        return keys

    def _metadata(self) -> dict[str, Any]:
        now = self._clock.now()
        with self._lock:
            if self._told is not None and now - self._told[0] < _REMEMBERED:
                return self._told[1]
        told = self._ask("GET", get_well_known_url(self.issuer, external=True))
        if told.get("issuer") != self.issuer:
            raise OidcError("wrong", f"it calls itself {str(told.get('issuer'))[:200]!r}, expected {self.issuer!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(told.get(name), str) or not _is_safe(told[name]):
                raise OidcError("wrong", f"its {name} is no https:// address")
        with self._lock:
            self._told = now, told
        return told

    def _ask(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: str = "") -> dict[str, Any]:
        """Return a JSON object that the provider answers. Nothing of what is sent or answered goes into an error."""
        where = urlsplit(url).netloc
        try:
            answer = self._http.request(
                method, url, headers=dict(headers or {}), body=body or None, redirect=False, preload_content=False
            )
            try:
                status, read = answer.status, answer.read(_LARGEST + 1, decode_content=True)
            finally:
                answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise OidcError("down", f"{where} does not answer: {type(error).__name__}") from None
        if status >= 500:
            raise OidcError("down", f"{where} answers {status}")
        try:
            told = json.loads(read) if status == 200 and len(read) <= _LARGEST else None
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise OidcError("wrong", f"{where} answers {status} and no JSON object to {method} {urlsplit(url).path}")
        return told


def _is_safe(url: str) -> bool:
    """Tell whether what goes there is for nobody else: HTTPS, or this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    host = parts.hostname or ""
    try:
        return parts.scheme == "http" and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return parts.scheme == "http" and host == "localhost"


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("preferred_username", "name", "email", "sub"):
        said = claims.get(claim)
        if isinstance(said, str) and said.strip():
            return said.partition("@")[0] or said
    return "user"


def _language(claims: Mapping[str, Any]) -> str:
    return str(claims.get("locale", "zh")).replace("_", "-").partition("-")[0].lower()
