"""A real OpenID provider on loopback, small and obedient: it signs what a test tells it to."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.httpfake import Answer, Asked, HttpFake

CLIENT, SECRET = "foldspace", "the client's secret"
Json = dict[str, Any]


class Provider:
    """Use it as a context. `claims` are put into the next token, `signed` makes it; `down` answers nothing."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.claims: Json = {}
        self.userinfo: Json | None = None
        self.down = False
        self.now: Callable[[], int] = lambda: int(time.time())
        self.issuer_said: str | None = None
        self.signed: Callable[[Json], str] = self.sign
        self.codes: dict[str, Json] = {}
        self.tokens: list[str] = []
        self._http = HttpFake(self._answer)
        self.issuer = f"http://127.0.0.1:{self._http.port}/realms/town"

    def __enter__(self) -> "Provider":
        self._http.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.__exit__(*error)

    def sign(self, claims: Json) -> str:
        """Return claims as a token signed with the key that is published."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: Json) -> str:
        """Return claims as a token that says of itself that nobody signed it."""
        parts = ({"alg": "none", "typ": "JWT"}, claims)
        packed = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts)
        return ".".join([*packed, ""])

    def consent(self, authorize_url: str) -> str:
        """Do what the browser does at the provider: say yes; return the address it is sent back to."""
        asked = dict(parse_qsl(urlsplit(authorize_url).query))
        assert authorize_url.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def _answer(self, asked: Asked) -> Answer | None:
        if self.down:
            return None
        match asked.path.removeprefix("/realms/town"):
            case "/.well-known/openid-configuration":
                return _json(
                    {
                        "issuer": self.issuer_said or self.issuer,
                        "authorization_endpoint": f"{self.issuer}/authorize",
                        "token_endpoint": f"{self.issuer}/token",
                        "jwks_uri": f"{self.issuer}/keys",
                        "userinfo_endpoint": f"{self.issuer}/userinfo",
                    }
                )
            case "/keys":
                return _json(KeySet([self.key]).as_dict(private=False))
            case "/token":
                return self._token(asked)
            case "/userinfo":
                return Answer(404) if self.userinfo is None else _json(self.userinfo)
        return Answer(404)

    def _token(self, asked: Asked) -> Answer:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        begun = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            begun is None
            or asked.headers.get("Authorization") != f"Basic {basic}"
            or begun["code_challenge"] != challenge.decode()
            or begun["redirect_uri"] != form["redirect_uri"]
        ):
            return Answer(400, b'{"error":"invalid_grant"}')
        now = self.now()
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300,
                  "nonce": begun["nonce"], **self.claims}  # fmt: skip
        token, access = self.signed(claims), secrets.token_urlsafe(16)
        self.tokens += [token, access]
        return _json({"access_token": access, "token_type": "Bearer", "id_token": token})


def _json(body: object) -> Answer:
    return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})
