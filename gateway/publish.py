"""Publishes room states, retained, and events from the outbox until the broker has them."""

from collections.abc import Iterable, Sequence

from gateway.fold.spaces import SpaceKey
from gateway.receive import Link
from services.contracts.names import MINUTE, Millis
from services.contracts.states import RoomState
from services.contracts.topics import StateTopic
from services.journal.journal import Journal
from services.journal.records import OutboxRow
from services.kit.mqtt import Delivery

REFRESH: Millis = MINUTE
"""A state is said again this often, so that its age tells whether the gateway still lives."""

IN_FLIGHT = 500
"""Publications the broker has not acknowledged. Beyond, states wait here, where a newer one replaces an older."""


class Publisher:
    """What has to go out. Without a connection nothing is lost: states wait as the newest, events in the outbox."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: dict[SpaceKey, RoomState | None] = {}
        self._published_at: dict[SpaceKey, Millis] = {}
        self._in_flight: list[Delivery] = []
        self._events: list[OutboxRow] = journal.outbox()
        self._sent: dict[int, Delivery] = {}

    def offer(self, states: Iterable[RoomState]) -> None:
        """Publish these states as soon as possible."""
        self._waiting.update({(state.site, state.space): state for state in states})

    def withdraw(self, keys: Iterable[SpaceKey]) -> None:
        """Take the retained states of spaces that are gone off the broker."""
        for key in keys:
            self._waiting[key] = None
            self._published_at.pop(key, None)

    def add(self, events: Sequence[OutboxRow]) -> None:
        """Publish these events, at least once."""
        self._events.extend(events)

    def stale(self, now: Millis) -> list[SpaceKey]:
        """Return the spaces whose state was published a refresh ago, or before the clock was set back."""
        return [key for key, at in self._published_at.items() if not now - REFRESH < at <= now]

    def flush(self, link: Link, now: Millis) -> bool:
        """Publish what waits, as far as the broker keeps up; tell whether all of it went out. Raises JournalError."""
        self._settle_events()
        if not link.connected:
            return False
        self._in_flight = [delivery for delivery in self._in_flight if not delivery.done]
        while self._waiting and len(self._in_flight) < IN_FLIGHT:
            key = next(iter(self._waiting))
            state = self._waiting.pop(key)
            payload = b"" if state is None else state.model_dump_json().encode()
            self._in_flight.append(link.publish(str(StateTopic(*key)), payload, retain=True))
            if state is not None:
                self._published_at[key] = now
        free = IN_FLIGHT - len(self._sent)
        for event in self._events[:free]:
            self._sent[event.id] = link.publish(event.topic, event.payload)
        self._events = self._events[free:]
        return not self._waiting and not self._events

    def _settle_events(self) -> None:
        done = [id_ for id_, delivery in self._sent.items() if delivery.done]
        if done:
            self._journal.sent(done)
            for id_ in done:
                del self._sent[id_]
