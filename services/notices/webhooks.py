"""Sends webhooks: one POST to an address that was checked, no redirects, nothing read but the answer's status."""

import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from services.contracts.names import SECOND, Millis
from services.notices import signing
from services.notices.addresses import Target, allowed, refusal, target_of
from services.notices.records import Delivery, Subscription
from services.notices.sending import DeliveryError

_STEP_S = 10.0
"""For connecting, and for each step of the answer."""
_WHOLE_S = 20.0
"""For all of it: an answer that trickles must not hold a courier for hours."""
_GONE = 410

Lookup = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class WebhookSender:
    """Sends to webhooks. Safe to share between threads."""

    most = 1
    """Notices in one POST."""

    def __init__(self, *, private: bool, version: str, lookup: Lookup = resolve) -> None:
        """`private` lets webhooks go into private networks; `lookup` stands for the resolver in tests."""
        self._private = private
        self._agent = f"foldspace/{version}"
        self._lookup = lookup
        self._tls = ssl.create_default_context()

    def send(self, subscription: Subscription, deliveries: Sequence[Delivery], now: Millis) -> None:
        """Send one notice. Raises DeliveryError."""
        [delivery] = deliveries
        body = json.dumps(delivery.body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": self._agent,
            **signing.headers(delivery.id, now // SECOND, body, subscription.secrets(now)),
        }
        target = target_of(subscription.target)
        status = self._post(target, self._address(target), body, headers)
        if status == _GONE:
            raise DeliveryError(f"HTTP {status}: the target says that it is gone", "gone", permanent=True, gone=True)
        if not 200 <= status < 300:
            why = "redirects are not followed" if 300 <= status < 400 else "the target did not take it"
            raise DeliveryError(f"HTTP {status}: {why}", f"http_{status}")

    def _address(self, target: Target) -> str:
        """Return the address to connect to. Raises DeliveryError when none of a name's addresses may be."""
        try:
            found = self._lookup(target.host, target.port)
        except OSError as error:
            raise DeliveryError(f"{target.host}: cannot be looked up: {error.strerror or error}", "lookup") from None
        for one in found:
            if allowed(ipaddress.ip_address(one.partition("%")[0]), private=self._private):
                return one
        raise DeliveryError(refusal(target.host), "forbidden_address")

    def _post(self, target: Target, address: str, body: bytes, headers: dict[str, str]) -> int:
        connection = self._connection(target, address)
        bell = threading.Timer(_WHOLE_S, _cut, [connection])
        bell.daemon = True
        bell.start()
        try:
            connection.connect()
            connection.request(
                "POST", target.path, body, {"Host": target.host_header, **headers}, preload_content=False
            )
            return connection.getresponse().status
        except (HTTPError, OSError, ValueError) as error:
            cause = error.args[-1] if error.args else error
            raise DeliveryError(f"{target.host}: no answer: {cause}", _code(error)) from None
        finally:
            bell.cancel()
            connection.close()

    def _connection(self, target: Target, address: str) -> HTTPConnection:
        options: dict[str, Any] = {"timeout": _STEP_S}
        if target.scheme == "http":
            return HTTPConnection(address, target.port, **options)
        return HTTPSConnection(
            address,
            target.port,
            ssl_context=self._tls,
            server_hostname=target.host,
            assert_hostname=target.host,
            **options,
        )


def _cut(connection: HTTPConnection) -> None:
    """End a connection that takes too long, whatever it waits for."""
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:  # has ended by itself
            return


def _code(error: Exception) -> str:
    return type(error).__name__.removesuffix("Error").lower()
