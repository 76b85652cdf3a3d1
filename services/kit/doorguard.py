"""Watches the packets of one connection: own topics only, and within limits. Pure; the door acts on what it finds."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.contracts.errors import FoldspaceError
from services.kit import doorframes as mqtt
from services.kit.doorrights import Rights


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may do; far above any honest device, far below what would disturb its neighbours."""

    payload_bytes: int = 64 * 1024
    messages_per_s: float = 200.0
    """Above this the door reads on more slowly; nothing is dropped."""
    burst: int = 2000
    """A device that was offline may send what it kept as fast as it likes."""
    topics: int = 64
    """Distinct topics published to in one connection; a device has a reading kind or two, and its status."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A packet that may pass on."""

    data: bytes
    is_publish: bool


class OffenceError(FoldspaceError):
    """The connection did what it must not: it is told `reason` (a code of MQTT 5) and closed. `what` is the counter."""

    kind = "offence"

    def __init__(self, what: str, reason: int, detail: str) -> None:
        super().__init__(f"MQTT connection: {what.replace('_', ' ')}: {detail}")
        self.what = what
        self.reason = reason
        self.detail = detail


class Guard:
    """The state of one connection. `rights` may be replaced while it lasts."""

    _ENVELOPE_BYTES = 2 * 65_537 + 16
    """A packet around its payload: topic and properties, each at most this long in practice."""

    def __init__(self, level: int, rights: Rights, limits: Limits) -> None:
        self.rights = rights
        self._level = level
        self._limits = limits
        self._held = bytearray()
        self._aliases: dict[int, str] = {}
        self._topics: set[str] = set()

    def frames(self, data: bytes) -> Iterator[Frame]:
        """Take what was read and yield the whole packets that may pass. Raises OffenceError at the first that may not.

        The part of a packet that is not complete is held until the next call.
        """
        self._held += data
        at = 0
        try:
            while (size := self._size(at)) is not None and at + size[1] <= len(self._held):
                packet = bytes(self._held[at : at + size[1]])
                at += size[1]
                yield Frame(packet, self._inspect(packet, size[0]))
        finally:
            del self._held[:at]

    def check_will(self, topic: str, payload_bytes: int) -> None:
        """Raise OffenceError unless the last will could be published by the device itself."""
        if not self.rights.may_publish(topic):
            raise OffenceError("foreign_topic", mqtt.NOT_AUTHORIZED, f"last will on {topic!r}")
        self._check_payload(payload_bytes, topic)

    def _size(self, at: int) -> tuple[int, int] | None:
        try:
            size = mqtt.frame_size(self._held, at)
        except mqtt.MalformedError as error:
            raise OffenceError("malformed", mqtt.MALFORMED, str(error)) from None
        if size is not None and size[1] > self._limits.payload_bytes + self._ENVELOPE_BYTES:
            raise OffenceError("payload_too_large", mqtt.TOO_LARGE, f"a packet of {size[1]} bytes")
        return size

    def _inspect(self, packet: bytes, header: int) -> bool:
        kind = packet[0] >> 4
        try:
            if kind == mqtt.PUBLISH:
                self._check_publish(mqtt.read_publish(packet[0], packet[header:], self._level))
            elif kind == mqtt.SUBSCRIBE:
                self._check_filters(mqtt.read_filters(packet[header:], self._level))
            elif kind in (mqtt.CONNECT, mqtt.AUTH):
                raise OffenceError("malformed", mqtt.MALFORMED, "a second CONNECT, or AUTH")
        except mqtt.MalformedError as error:
            raise OffenceError("malformed", mqtt.MALFORMED, str(error)) from None
        return kind == mqtt.PUBLISH

    def _check_publish(self, message: mqtt.Publish) -> None:
        topic = message.topic
        if message.alias is not None:
            topic = topic or self._aliases.get(message.alias, "")
            if len(self._aliases) < self._limits.topics or message.alias in self._aliases:
                self._aliases[message.alias] = topic
        if not self.rights.may_publish(topic):
            raise OffenceError("foreign_topic", mqtt.NOT_AUTHORIZED, f"publish to {topic!r}")
        self._check_payload(message.payload_bytes, topic)
        if topic not in self._topics:
            if len(self._topics) >= self._limits.topics:
                raise OffenceError("too_many_topics", mqtt.QUOTA, f"more than {self._limits.topics} topics")
            self._topics.add(topic)

    def _check_payload(self, size: int, topic: str) -> None:
        if size > self._limits.payload_bytes:
            raise OffenceError("payload_too_large", mqtt.TOO_LARGE, f"{size} bytes to {topic!r}")

    def _check_filters(self, filters: list[str]) -> None:
        for one in filters:
            if not self.rights.may_subscribe(one):
                raise OffenceError("foreign_filter", mqtt.NOT_AUTHORIZED, f"subscribe to {one!r}")


class TokenBucket:
    """Says how long to wait before the next message; time is given in seconds of any steady clock."""

    def __init__(self, rate_per_s: float, burst: int, now_s: float) -> None:
        self._rate = rate_per_s
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now_s

    def take(self, now_s: float) -> float:
        """Take one token, on credit if need be; return the seconds until it is there."""
        self._tokens = min(self._burst, self._tokens + (now_s - self._at) * self._rate) - 1
        self._at = now_s
        return max(0.0, -self._tokens / self._rate)
