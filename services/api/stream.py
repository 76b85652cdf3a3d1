"""The hub behind the live stream: a numbered, bounded ring of events that any number of readers follow.

Publishing works from any thread. A reader is a place in the ring, not a queue: it costs nothing while it is slow,
and when the ring has moved past it, it is dropped and comes back with its last event id. An id is
`{epoch}-{number}`; the epoch changes with the process and whenever events may have been missed upstream, and a
reader whose id is of another epoch, or older than the ring, gets one `resync` and then what is new.
"""

import asyncio
import json
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.contracts.errors import FoldspaceError
from services.kit.logs import logger

RING = 5_000
"""At 200 events/s this is 25 s of outage that resumes without a new reading of everything."""

log = logger("api")

Render = Callable[[str], dict[str, Any]]
"""Language → payload. Called at most once for each language, later and in another thread: it must be pure."""

Pass = Callable[[], bool]
"""Tells whether a reader may still follow. May ask the database; called in another thread than the reader's."""


@dataclass(slots=True)
class Event:
    """One event of the ring, rendered when first asked for."""

    id: str
    name: str
    render: Render
    _rendered: dict[str, str] = field(default_factory=dict)

    def data(self, language: str) -> str:
        """Return the payload as JSON in the language asked for."""
        if language not in self._rendered:
            self._rendered[language] = json.dumps(self.render(language), ensure_ascii=False, separators=(",", ":"))
        return self._rendered[language]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands: the last event it has, in which epoch, and whether it must read everything again."""

    epoch: str
    number: int
    resync: bool = False


@dataclass(slots=True, eq=False)
class _Reader:
    loop: asyncio.AbstractEventLoop
    news: asyncio.Event
    may: Pass | None = None
    woken: bool = False
    over: bool = False


class Hub:
    """The ring and its readers."""

    def __init__(self, registry: CollectorRegistry | None = None, ring: int = RING) -> None:
        registry = registry or CollectorRegistry()
        self._ring: deque[Event] = deque(maxlen=ring)
        self._epoch = secrets.token_hex(4)
        self._last = 0
        self._readers: set[_Reader] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._published = Counter("foldspace_stream_events", "Events published to the stream.", registry=registry)
        self._dropped = Counter(
            "foldspace_stream_dropped", "Stream readers dropped because they were too slow.", registry=registry
        )
        self._resyncs = Counter("foldspace_stream_resyncs", "Resync events sent.", registry=registry)
        self._over = Counter(
            "foldspace_stream_over", "Streams ended because whoever followed may no longer.", registry=registry
        )
        self._connected = Gauge("foldspace_stream_readers", "Stream readers connected.", registry=registry)

    def publish(self, name: str, render: Render) -> None:
        """Append an event and wake every reader."""
        with self._lock:
            self._last += 1
            self._ring.append(Event(f"{self._epoch}-{self._last}", name, render))
            self._wake()
        self._published.inc()

    def restart(self) -> None:
        """Begin a new epoch, because events may have been missed upstream: every reader gets a `resync`."""
        with self._lock:
            self._epoch = secrets.token_hex(4)
            self._last = 0
            self._ring.clear()
            self._wake()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        with self._lock:
            self._closed = True
            self._wake()

    def drop(self) -> None:
        """Count a reader that took nothing for too long."""
        self._dropped.inc()
        log.warning("stream_reader_dropped")

    def review(self) -> int:
        """End the streams of those who may no longer follow; return how many. Who cannot be looked up now stays."""
        with self._lock:
            readers = list(self._readers)
        gone = [reader for reader in readers if reader.may is not None and not _still(reader.may)]
        if gone:
            with self._lock:
                for reader in gone:
                    reader.over = True
                self._wake()
            self._over.inc(len(gone))
            log.info("streams_over", count=len(gone))
        return len(gone)

    def place(self, last_event_id: str | None = None) -> Place:
        """Return where a reader begins: after `last_event_id`, or at the end without it.

        Taken when the request arrives, not when the answer flows: whatever happens in between is not lost.
        """
        with self._lock:
            if last_event_id is None:
                return Place(self._epoch, self._last)
            number = self._number_of(last_event_id)
            return Place(self._epoch, self._last, resync=True) if number is None else Place(self._epoch, number)

    async def follow(self, place: Place, may: Pass | None = None) -> AsyncIterator[Event]:
        """Yield the events after `place`; ends when the reader is dropped, may no longer follow, or the hub is closed.

        `may` is asked at every `review`; None: whoever follows may do so for ever.
        """
        reader = _Reader(asyncio.get_running_loop(), asyncio.Event(), may)
        with self._lock:
            self._readers.add(reader)
            self._connected.set(len(self._readers))
        try:
            while True:
                if place.resync:
                    self._resyncs.inc()
                    yield Event(f"{place.epoch}-{place.number}", "resync", lambda _language: {})
                    place = replace(place, resync=False)
                with self._lock:
                    reader.woken = False
                    reader.news.clear()
                    if self._closed or reader.over:
                        return
                    if place.epoch != self._epoch:
                        place = Place(self._epoch, self._last, resync=True)
                        continue
                    behind = self._last - place.number
                    lost = behind > len(self._ring)
                    events = [] if lost else list(islice(reversed(self._ring), behind))[::-1]
                if lost:
                    self.drop()
                    return
                for event in events:
                    yield event
                place = replace(place, number=place.number + len(events))
                if not events:
                    await reader.news.wait()
        finally:
            with self._lock:
                self._readers.discard(reader)
                self._connected.set(len(self._readers))

    def _number_of(self, event_id: str) -> int | None:
        """Return the number to go on after, or None when the ring cannot resume there."""
        epoch, _, digits = event_id.partition("-")
        if epoch != self._epoch or not digits.isascii() or not digits.isdecimal() or len(digits) > 18:
            return None
        number = int(digits)
        return number if self._last - len(self._ring) <= number <= self._last else None

    def _wake(self) -> None:
        for reader in self._readers:
            if not reader.woken:
                reader.woken = True
                try:
                    reader.loop.call_soon_threadsafe(reader.news.set)
                except RuntimeError:  # its loop is closed: the reader is gone, and says so in its `finally`
                    log.debug("stream_reader_gone")


def _still(may: Pass) -> bool:
    try:
        return may()
    except FoldspaceError as error:  # a database that is away has taken nobody's rights
        log.warning("stream_reader_unknown", reason=str(error))
        return True
