"""The API over HTTPS, with a certificate of our own CA: trusted by who trusts it, and the cookie stays on it."""

import ssl
import threading
from pathlib import Path

import httpx
import pytest

from services.api.server import Api, Certificate
from services.kit.certificates import ensure
from services.kit.clock import WallClock
from tests.unit.api.conftest import House, build, house  # noqa: F401  # fixtures, found by their names

PASSWORD = "a long enough password"


def test_the_api_speaks_https_alone_and_its_cookie_is_secure(house: House, tmp_path: Path) -> None:  # noqa: F811  # the fixture
    ensure(tmp_path, ["127.0.0.1"], WallClock().now())
    house.deps.people.add_user("li", PASSWORD, "steward")
    certificate = Certificate.of(str(tmp_path / "api.crt"), str(tmp_path / "api.key"))
    api, stop = Api(house.deps, "127.0.0.1", 0, certificate), threading.Event()
    thread = threading.Thread(target=api.run, args=(stop,))
    thread.start()
    try:
        assert api.ready.wait(20)
        assert api.url.startswith("https://127.0.0.1:")
        with httpx.Client(
            verify=ssl.create_default_context(cafile=str(tmp_path / "ca.crt")), base_url=api.url, trust_env=False
        ) as client:
            signed_in = client.post("/api/v1/session", json={"name": "li", "password": PASSWORD})
            assert signed_in.status_code == 200
            assert "secure" in signed_in.headers["set-cookie"].lower()
            assert "max-age" in signed_in.headers["strict-transport-security"]
            assert client.get("/api/v1/spaces").status_code == 200
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{api.url}/healthz", trust_env=False)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{api.url.replace('https', 'http')}/healthz", trust_env=False)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
