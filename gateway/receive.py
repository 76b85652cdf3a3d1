"""Takes messages off the wire: into the journal first, and only then acknowledged."""

from typing import Protocol

from services.contracts import topics
from services.contracts.errors import TopicError
from services.journal.journal import Journal
from services.journal.records import Arrival
from services.kit.clock import Clock
from services.kit.mqtt import Delivery, Message

BATCH = 1000
"""Messages in one commit: a sync to disk takes about as long as handling some tens of them."""

RECEIVE_MAXIMUM = 2000
"""Two batches: the broker sends the second while the first is worked on."""

_TOPICS_REMEMBERED = 50_000


class Link(Protocol):
    """What the gateway needs of an MQTT session driven in its own thread."""

    connected: bool
    listening: bool

    def step(self, timeout_s: float) -> bool:
        """Read what is there, wait up to `timeout_s` for more; tell whether anything was read."""

    def read(self) -> None:
        """Read one packet, or a few, without blocking."""

    def ack(self, message: Message) -> None:
        """Acknowledge a message."""

    def publish(self, topic: str, payload: bytes | str, *, retain: bool = False) -> Delivery:
        """Publish with QoS 1."""

    def follow(self, filters: tuple[str, ...]) -> None:
        """Listen to these filters from now on, and to no others."""

    def fileno(self) -> int | None:
        """Return the socket to wait on, or None while there is none."""

    def stop(self) -> None:
        """Say goodbye properly."""


class Receiver:
    """Holds what was read and not yet journalled, and none of it acknowledged."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.received = 0
        """Messages journalled since this process started."""
        self.own = 0
        """Messages of foldspace itself: acknowledged, not journalled."""
        self.unacknowledged = 0
        """Messages that could not be acknowledged, their connection was lost; the broker may deliver them again."""
        self._journal = journal
        self._clock = clock
        self._read: list[tuple[Message, Arrival | None]] = []
        """In the order of arrival, which acknowledgements must keep (MQTT 5.0, 4.6): rumqttd cuts who does not."""
        self._unanswerable = 0
        """How many of them, the oldest, came by a connection that is no more."""
        self._is_own: dict[str, bool] = {}

    @property
    def holding(self) -> bool:
        """Whether messages wait here to be journalled."""
        return bool(self._read)

    def arrived(self, message: Message) -> None:
        """Take a message from the session. What foldspace published itself only comes by."""
        own = self._is_own.get(message.topic)
        if own is None:
            own = self._by_foldspace(message.topic)
        arrival = None if own else Arrival(self._clock.now(), message.topic, message.payload, not message.retained)
        self._read.append((message, arrival))

    def connection_lost(self, _why: str) -> None:
        """Keep what was read: a broker that was killed may have acknowledged it to its sender and know no more of it.

        A broker that lives delivers it again, and boot and seq tell. Only while the journal fails, and one connection
        after the other is lost, there is a bound to it.
        """
        del self._read[: max(0, len(self._read) - RECEIVE_MAXIMUM)]
        self.unacknowledged += len(self._read) - self._unanswerable
        self._unanswerable = len(self._read)

    def fetch(self, link: Link, wait_s: float) -> None:
        """Read until the socket is dry or a batch is full; wait up to `wait_s` for the first message.

        A journal that fails leaves more than a batch here. The socket is read on all the same, or the broker would
        take us for dead; it sends no more than it may have unacknowledged.
        """
        link.step(wait_s)
        while 0 < len(self._read) < BATCH:
            before = len(self._read)
            link.read()
            if len(self._read) <= before:
                return

    def commit(self, link: Link) -> int | None:
        """Journal what was read and acknowledge it; return the id of the last entry, if there were any.

        Raises JournalError: nothing was acknowledged, and all of it is tried again the next time.
        """
        read = self._read
        if not read:
            return None
        arrivals = [arrival for _, arrival in read if arrival is not None]
        last = self._journal.append(arrivals) if arrivals else None
        answerable, self._unanswerable = read[self._unanswerable :], 0
        self._read = []
        for message, _ in answerable:
            if not link.connected:
                break  # redelivered after the next connect; boot and seq tell it from a new one
            link.ack(message)
        self.received += len(arrivals)
        self.own += len(read) - len(arrivals)
        return last

    def _by_foldspace(self, topic: str) -> bool:
        try:
            parsed = topics.parse(topic)
            own = isinstance(parsed, topics.StateTopic | topics.ScreenTopic | topics.EventTopic)
        except TopicError:
            own = False
        if len(self._is_own) >= _TOPICS_REMEMBERED:
            self._is_own.clear()
        self._is_own[topic] = own
        return own
