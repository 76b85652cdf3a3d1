"""Takes messages off the wire: into the journal first, and only then acknowledged."""

from typing import Protocol

from gateway.meters import Meters
from services.contracts import topics
from services.contracts.errors import TopicError
from services.journal.journal import Journal
from services.journal.records import Arrival, Entry
from services.kit.clock import Clock
from services.kit.mqtt import Delivery, Message

BATCH = 500
"""Messages in one commit: a sync to disk takes about as long as handling some tens of them."""

RECEIVE_MAXIMUM = 1000
"""Two batches: the broker sends the second while the first is worked on."""

_TOPICS_REMEMBERED = 20_000


class Link(Protocol):
    """What the gateway needs of an MQTT session driven in its own thread."""

    connected: bool

    def step(self, timeout_s: float) -> bool:
        """Read what is there, wait up to `timeout_s` for more; tell whether anything was read."""

    def read(self) -> None:
        """Read one packet, or a few, without blocking."""

    def ack(self, message: Message) -> None:
        """Acknowledge a message."""

    def publish(self, topic: str, payload: bytes | str, *, retain: bool = False) -> Delivery:
        """Publish with QoS 1."""

    def stop(self) -> None:
        """Say goodbye properly."""


class Receiver:
    """Holds what was read and not yet journalled: a batch at most, and none of it acknowledged."""

    def __init__(self, journal: Journal, clock: Clock, meters: Meters) -> None:
        self._journal = journal
        self._clock = clock
        self._meters = meters
        self._read: list[tuple[Message, Arrival | None]] = []
        """In the order of arrival, which acknowledgements must keep (MQTT 5.0, 4.6): rumqttd cuts who does not."""
        self._is_own: dict[str, bool] = {}
        self._connected_anew = False

    def arrived(self, message: Message) -> None:
        """Take a message from the session. What foldspace published itself only comes by."""
        own = self._by_foldspace(message.topic)
        arrival = None if own else Arrival(self._clock.now(), message.topic, message.payload, not message.retained)
        self._read.append((message, arrival))

    def connection_lost(self, _why: str) -> None:
        """Forget what was neither journalled nor acknowledged: the broker will deliver it again."""
        self._meters.unacknowledged.inc(len(self._read))
        self._read.clear()

    def connection_made(self, _session_present: bool) -> None:
        """Note a new connection: whoever listens there may lack our states."""
        self._connected_anew = True

    def take_connected(self) -> bool:
        """Tell, once, whether there was a new connection."""
        anew, self._connected_anew = self._connected_anew, False
        return anew

    def fetch(self, link: Link, wait_s: float) -> None:
        """Read until the socket is dry or a batch is full; wait up to `wait_s` for the first message."""
        if len(self._read) >= BATCH:
            return
        link.step(wait_s)
        while 0 < len(self._read) < BATCH:
            before = len(self._read)
            link.read()
            if len(self._read) <= before:
                return

    def commit(self, link: Link) -> list[Entry]:
        """Journal what was read, acknowledge it, return it. Raises JournalError: nothing was acknowledged."""
        arrivals = [arrival for _, arrival in self._read if arrival is not None]
        entries = self._journal.append(arrivals) if arrivals else []
        read, self._read = self._read, []
        for message, _ in read:
            if not link.connected:
                break  # redelivered after the next connect; boot and seq tell it from a new one
            link.ack(message)
        self._meters.received.inc(len(entries))
        self._meters.own.inc(len(read) - len(entries))
        return entries

    def _by_foldspace(self, topic: str) -> bool:
        own = self._is_own.get(topic)
        if own is None:
            try:
                parsed = topics.parse(topic)
                own = isinstance(parsed, topics.StateTopic | topics.ScreenTopic | topics.EventTopic)
            except TopicError:
                own = False
            if len(self._is_own) >= _TOPICS_REMEMBERED:
                self._is_own.clear()
            self._is_own[topic] = own
        return own
