"""An HTTP server that answers as a test tells it, for what real servers do not show on demand."""

import socket
import struct
import threading
import urllib.parse
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """One request as it came; `query` with the last value of each name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What to answer. `cut`: only the head and the first bytes of the body come, then nothing until `release`."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


class HttpFake:
    """An HTTP server on loopback that answers as told, for what a real server does not show on demand.

    `answer` gets each request and returns an Answer, or None to break the connection off. `asked` keeps the requests.
    """

    def __init__(self, answer: Callable[[Asked], Answer | None]) -> None:
        fake = self
        self.asked: list[Asked] = []
        self._release = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet, or each answer waits for the other side's late acknowledgement

            def handle_one_request(self) -> None:
                with suppress(ConnectionError):  # whoever asked has gone
                    super().handle_one_request()

            def _serve(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = Asked(self.command, url.path, dict(urllib.parse.parse_qsl(url.query)), dict(self.headers), body)
                fake.asked.append(asked)
                answer_ = answer(asked)
                if answer_ is None:
                    self.close_connection = True
                    # A reset instead of an orderly end.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                self.send_response_only(answer_.status)
                for name, value in answer_.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer_.body)))
                self.end_headers()
                self.wfile.write(answer_.body[:1] if answer_.cut else answer_.body)
                self.wfile.flush()
                if answer_.cut:
                    fake._release.wait(30)

            do_GET = do_POST = do_PATCH = _serve  # noqa: N815  # the names http.server looks for

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "HttpFake":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._release.set()
        self._server.shutdown()
        self._server.server_close()
