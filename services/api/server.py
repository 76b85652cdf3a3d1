"""Runs the API: the broker session, then the web server in a thread of its own, until it is told to stop."""

import socket
import ssl
import threading
from dataclasses import dataclass

import uvicorn

from services.api.app import create_app
from services.api.deps import Deps
from services.api.watch import Watch
from services.contracts.errors import StartError
from services.kit.logs import logger

_GRACE_S = 3
"""How long requests on their way may take after the stop; streams are ended at once."""

log = logger("api")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a certificate (with its chain) and its key, as FOLDSPACE_HTTP_CERT and FOLDSPACE_HTTP_KEY name them."""

    file: str
    key: str

    @classmethod
    def of(cls, file: str, key: str) -> "Certificate | None":
        """Return the certificate, or None for plain HTTP. Raises StartError unless both files can be used."""
        if not file and not key:
            return None
        if not file or not key:
            raise StartError("FOLDSPACE_HTTP_CERT and FOLDSPACE_HTTP_KEY: expected both or neither")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, key)
        except OSError as error:  # ssl.SSLError is one: the files hold something else, or do not belong together
            why = "are not a certificate and its key" if isinstance(error, ssl.SSLError) else error.strerror
            raise StartError(f"FOLDSPACE_HTTP_CERT {file}, FOLDSPACE_HTTP_KEY {key}: {why}") from None
        return cls(file, key)


class Api:
    """The API as a part. `url` is where it listens once `ready` is set; with a certificate it speaks HTTPS alone."""

    def __init__(self, deps: Deps, host: str, port: int, certificate: Certificate | None = None) -> None:
        self.ready = threading.Event()
        self.url = ""
        self._deps = deps
        self._host = host
        self._port = port
        self._certificate = certificate

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set. Raises StartError when the address cannot be listened on."""
        listener = _listen(self._host, self._port)
        certificate = self._certificate
        self.url = _url("http" if certificate is None else "https", self._host, listener.getsockname()[1])
        config = uvicorn.Config(
            create_app(self._deps),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            ws="none",
            lifespan="off",
            ssl_certfile=None if certificate is None else certificate.file,
            ssl_keyfile=None if certificate is None else certificate.key,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="foldspace-http", daemon=True)
        watch = Watch(self._deps)
        self._deps.live.start()
        watch.start()
        try:
            thread.start()
            while not stop.wait(0.02 if not self.ready.is_set() else 0.5):
                if not thread.is_alive():
                    raise StartError(f"web server at {self.url}: has ended by itself; see the log")
                if server.started and not self.ready.is_set():
                    log.info("api_ready", url=self.url)
                    self.ready.set()
        finally:
            watch.stop()
            self._deps.live.stop()
            server.should_exit = True
            thread.join(_GRACE_S + 2)
            listener.close()


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, so that a port in use is one clear error of ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StartError(f"HTTP address {host}:{port}: {error.strerror or error}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise StartError(
            f"HTTP address {host}:{port}: cannot be listened on: {error.strerror or error}; "
            "stop what uses it or choose another with FOLDSPACE_HTTP"
        ) from None
    return listener


def _url(scheme: str, host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # only shown
    return f"{scheme}://{shown}:{port}"
