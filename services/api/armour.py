"""What stands around every request: security headers, and a limit on what a body may weigh."""

from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.problems import from_http

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""No inline script or style, nothing from elsewhere, never in somebody else's frame."""
_HSTS = "max-age=31536000"
_TOO_LARGE = 413


class Armour:
    """ASGI middleware; it never buffers, so that streams stay streams."""

    def __init__(self, app: ASGIApp, max_body_bytes: Callable[[str, str], int]) -> None:
        """`max_body_bytes` tells for a method and a path how much a body may weigh."""
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_armoured(message: Message) -> None:
            if message["type"] == "http.response.start":
                _arm(message, scope)
            await send(message)

        most = self._max_body_bytes(scope["method"], scope["path"])
        declared = Headers(scope=scope).get("content-length", "0")
        if not _is_length(declared) or int(declared) > most:
            refused = from_http(Request(scope), HTTPException(_TOO_LARGE, headers={"Connection": "close"}))
            await refused(scope, receive, send_armoured)
            return
        read = 0

        async def receive_limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(_TOO_LARGE)  # of the framework's family, which passes through its parsing
            return message

        await self._app(scope, receive_limited, send_armoured)


def _is_length(text: str) -> bool:
    return text.isdecimal() and len(text) <= 18  # of thousands of digits no number is made


def _arm(message: MutableMapping[str, Any], scope: Scope) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if scope["scheme"] == "https":
        headers.setdefault("Strict-Transport-Security", _HSTS)
    if scope["path"].startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
