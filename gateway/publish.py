"""Publishes room states, retained, events from the outbox until the broker has them, and what is found by others."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from gateway.discovery import announcements, withdrawn
from gateway.fold.spaces import SpaceKey
from gateway.receive import Link
from services.contracts.community import Community
from services.contracts.events import Alert
from services.contracts.names import MINUTE, Millis
from services.contracts.states import RoomState
from services.contracts.topics import EventTopic, StateTopic
from services.journal.ledger import Ledger
from services.journal.records import OutboxRow
from services.kit.mqtt import Delivery

REFRESH: Millis = MINUTE
"""A state is said again this often, so that its age tells whether the gateway still lives."""

IN_FLIGHT = 500
"""Publications the broker has not acknowledged. Beyond, states wait here, where a newer one replaces an older."""


class Publisher:
    """What has to go out. Without a connection nothing is lost: states wait as the newest, events in the outbox."""

    def __init__(self, ledger: Ledger, state_of: Callable[[SpaceKey], RoomState | None]) -> None:
        """`state_of` answers with what is believed of a space now; None: there is no such space any more."""
        self._ledger = ledger
        self._state_of = state_of
        self._waiting: dict[SpaceKey, None] = {}
        """Whose state has to go out; which one is asked when it does, so that it is the newest."""
        self._published_at: dict[SpaceKey, Millis] = {}
        """In the order of publication: who was published longest ago comes first."""
        self._in_flight: list[Delivery] = []
        self._events: list[OutboxRow] = ledger.outbox()
        self._sent: dict[int, Delivery] = {}
        self._alerts: dict[str, tuple[str, bytes]] = {}
        self._discovered: dict[str, int] = {}
        """What is announced, by topic, as a hash: of ten thousand spaces the texts would take twenty megabytes."""
        self._announcements: Callable[[], Iterable[tuple[str, bytes]]] = tuple
        self._announcing: Iterator[tuple[str, bytes]] = iter(())
        self._found: set[str] = set()
        """What an earlier run announced, as the broker has it."""

    def offer(self, keys: Iterable[SpaceKey]) -> None:
        """Publish the states of these spaces as soon as possible; of one that is gone, that it has none."""
        self._waiting.update(dict.fromkeys(keys))

    def add(self, events: Sequence[OutboxRow]) -> None:
        """Publish these events, at least once."""
        self._events.extend(events)

    def say(self, alerts: Iterable[tuple[str, Alert]]) -> None:
        """Publish alerts, with their sites, without the outbox: they are said again as long as they stand."""
        for site, alert in alerts:
            self._alerts[f"{site}/{alert.key}"] = (str(EventTopic(site, "alert")), alert.model_dump_json().encode())

    def announce(self, community: Community, prefix: str) -> None:
        """Let the spaces be found by MQTT discovery, and those that are gone no longer. `prefix` empty: none."""
        self._announcements = lambda: announcements(community, prefix=prefix) if prefix else ()
        before, self._discovered = self._discovered, {topic: hash(body) for topic, body in self._announcements()}
        gone = [(topic, b"") for topic in withdrawn({*before, *self._found}, self._discovered)]
        news = ((topic, body) for topic, body in self._announcements() if before.get(topic) != hash(body))
        self._announcing = chain(self._announcing, gone, news)

    def find(self, topics: Iterable[str]) -> None:
        """Take note of announcements on the broker; those of spaces that are gone since are withdrawn."""
        self._found.update(topics)
        gone = [(topic, b"") for topic in withdrawn(self._found, self._discovered)]
        self._announcing = chain(self._announcing, gone)
        self._found.clear()

    def renew(self) -> None:
        """Say everything retained again that is not a state: the broker may have forgotten it."""
        self._announcing = iter(self._announcements())

    def stale(self, now: Millis) -> list[SpaceKey]:
        """Return the spaces whose state was published a refresh ago, or before the clock was set back."""
        found: list[SpaceKey] = []
        for key, at in self._published_at.items():
            if now - REFRESH < at <= now:
                break
            found.append(key)
        return found

    def flush(self, link: Link, now: Millis) -> bool:
        """Publish what waits, as far as the broker keeps up; tell whether all of it went out. Raises JournalError."""
        self._settle_events()
        if not link.connected:
            return False
        if self._in_flight:
            self._in_flight = [delivery for delivery in self._in_flight if not delivery.done]
        while self._waiting and len(self._in_flight) < IN_FLIGHT:
            key = next(iter(self._waiting))
            del self._waiting[key]
            state = self._state_of(key)
            payload = b"" if state is None else state.model_dump_json().encode()
            self._in_flight.append(link.publish(str(StateTopic(*key)), payload, retain=True))
            self._published_at.pop(key, None)
            if state is not None:
                self._published_at[key] = now
        free = IN_FLIGHT - len(self._sent)
        for event in self._events[:free]:
            self._sent[event.id] = link.publish(event.topic, event.payload)
        self._events = self._events[free:]
        for topic, body in self._alerts.values():
            self._in_flight.append(link.publish(topic, body))
        self._alerts.clear()
        while len(self._in_flight) < IN_FLIGHT and (found := next(self._announcing, None)) is not None:
            self._in_flight.append(link.publish(*found, retain=True))
        return not self._waiting and not self._events

    def _settle_events(self) -> None:
        done = [id_ for id_, delivery in self._sent.items() if delivery.done]
        if done:
            self._ledger.sent(done)
            for id_ in done:
                del self._sent[id_]
