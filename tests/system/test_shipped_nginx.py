"""The front door as a deployment runs it: TLS, nothing of the inside, streams at once, and who the visitor is."""

import http.server
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import wait_until
from tests.servers import free_port, program, wait_for_port

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "nginx.conf"


class Api(http.server.BaseHTTPRequestHandler):
    """Stands for the API: says what it was told, and sends half a stream."""

    protocol_version = "HTTP/1.1"
    may_end = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.path == "/api/v1/stream":
            self.wfile.write(b"id: 1\n\n")
            self.wfile.flush()
            self.may_end.wait(20)
        else:
            told = ("Host", "X-Forwarded-For", "X-Forwarded-Proto")
            self.wfile.write("|".join(str(self.headers.get_all(name)) for name in told).encode())
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The shipped configuration; replaced are its ports, the secrets' folder, /tmp and the API's address."""
    folder = tmp_path_factory.mktemp("nginx")
    secrets = folder / "secrets"
    secrets.mkdir()
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
         "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(secrets / "api_key"), "-out", str(secrets / "api_certificate")],
        check=True, capture_output=True,
    )  # fmt: skip
    api = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    port, alive = free_port(), free_port()
    text = CONFIGURATION.read_text(encoding="utf-8")
    for container, here in {
        "/tmp/": f"{folder}/",
        "listen 8443": f"listen 127.0.0.1:{port}",
        "127.0.0.1:8081": f"127.0.0.1:{alive}",
        "/run/secrets": str(secrets),
        "/dev/stdout": f"{folder}/access.log",
        "http://api:8080": f"http://127.0.0.1:{api.server_port}",
    }.items():
        assert container in text, container
        text = text.replace(container, here)
    configuration = folder / "nginx.conf"
    configuration.write_text(text)
    command = [program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(configuration)]
    tested = subprocess.run([*command, "-t"], capture_output=True, check=False, text=True)
    assert tested.returncode == 0, tested.stderr
    with (folder / "error.log").open("wb") as log:
        process = subprocess.Popen([*command, "-g", "daemon off;"], stdout=log, stderr=log)
    wait_for_port(port)
    wait_for_port(alive)
    yield port, folder
    Api.may_end.set()
    process.terminate()
    process.wait(10)
    api.shutdown()
    api.server_close()


def ask(door: tuple[int, Path], path: str, **headers: str) -> urllib.request.addinfourl:
    """GET a path by TLS, trusting the test's certificate alone."""
    port, folder = door
    trust = ssl.create_default_context(cafile=str(folder / "secrets" / "api_certificate"))
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", headers=headers)
    answer: urllib.request.addinfourl = urllib.request.urlopen(request, timeout=10, context=trust)
    return answer


def test_what_a_visitor_claims_about_itself_is_not_passed_on(door: tuple[int, Path]) -> None:
    told = ask(door, "/", **{"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "http"}).read().decode()
    assert told == f"['127.0.0.1:{door[0]}']|['127.0.0.1']|['https']"


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_the_inside_does_not_show(door: tuple[int, Path], path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(door, path)
    assert refused.value.code == 404


def test_a_stream_comes_at_once(door: tuple[int, Path]) -> None:
    """The stand-in has not ended its answer; a buffering door would still hold the event."""
    assert ask(door, "/api/v1/stream").readline() == b"id: 1\n"


def test_the_log_keeps_no_query(door: tuple[int, Path]) -> None:
    ask(door, "/claim?code=K7M2P9QX").read()
    wait_until(lambda: "GET /claim" in (door[1] / "access.log").read_text())  # written after the answer
    log = (door[1] / "access.log").read_text()
    assert '"request":"GET /claim"' in log
    assert "K7M2P9QX" not in log
