"""The live stream over HTTP: Server-Sent Events from the hub."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Query, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from services.api.deps import Wired
from services.api.identity import still_allowed
from services.api.language import Lang
from services.api.stream import Hub, Pass, Place

_RETRY_MS = 1_000
"""How long a browser waits before it connects again: short, because the level costs one small request."""


class _Stream(EventSourceResponse):
    """A stream whose reader is dropped, and counted, when it takes nothing for too long."""

    def __init__(self, hub: Hub, events: AsyncIterator[ServerSentEvent], heartbeat_s: float, timeout_s: float) -> None:
        super().__init__(
            events,
            ping=heartbeat_s,
            ping_message_factory=lambda: ServerSentEvent(comment="alive"),
            send_timeout=timeout_s,
            sep="\n",
        )
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            self._hub.drop()


async def stream(
    deps: Wired,
    request: Request,
    lang: Lang,
    last_event_id: Annotated[str | None, Header(description="resume after this event")] = None,
    after: Annotated[str | None, Query(description="as Last-Event-ID, for clients that cannot set headers")] = None,
) -> Response:
    """Follow `space_state`, `decision` and `alert`; `resync` says that something was missed.

    It ends within half a minute when what it was opened with, session or token, is worth nothing any more or has
    another role.
    """
    hub = deps.live.hub
    events = _events(hub, hub.place(last_event_id or after), lang, still_allowed(deps, request))
    return _Stream(hub, events, deps.settings.heartbeat_s, deps.settings.send_timeout_s)


async def _events(hub: Hub, place: Place, language: str, may: Pass) -> AsyncIterator[ServerSentEvent]:
    # The first bytes leave at once: a page reads the level when it knows that it is listening.
    yield ServerSentEvent(comment="listening", retry=_RETRY_MS)
    async for event in hub.follow(place, may):
        yield ServerSentEvent(event.data(language), event=event.name, id=event.id)
