"""The few MQTT packets the front door reads and writes itself, for 3.1.1 and 5. Pure: bytes in, values out."""

from dataclasses import dataclass

from services.contracts.errors import FoldspaceError

CONNECT, PUBLISH, SUBSCRIBE, DISCONNECT, AUTH = 1, 3, 8, 14, 15
V5 = 5
"""The protocol level of MQTT 5; that of 3.1.1 is 4."""

NOT_AUTHORIZED, BAD_CREDENTIALS, TOO_LARGE, QUOTA, ADMINISTRATIVE, BUSY, MALFORMED = (
    0x87,
    0x86,
    0x95,
    0x97,
    0x98,
    0x9F,
    0x81,
)
"""Reason codes of MQTT 5 (2.4)."""
_RETURN_CODES = {BUSY: 0x03}
"""What MQTT 3.1.1 answers in CONNACK (3.2.2.3); everything else is 5, not authorised."""
_NOT_AUTHORIZED_3 = 0x05

_FIXED = {0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2, 0x22: 2, 0x23: 2, 0x27: 4}
_STRINGS = {0x03: 1, 0x08: 1, 0x09: 1, 0x15: 1, 0x16: 1, 0x26: 2}
_VARINT = 0x0B
_TOPIC_ALIAS = 0x23
"""Properties of MQTT 5 that a client may send (2.2.2.2): bytes of fixed ones, number of length-prefixed ones."""


class MalformedError(FoldspaceError):
    """A packet that is not MQTT."""

    kind = "mqtt"


@dataclass(frozen=True, slots=True)
class Connect:
    """What a client says of itself."""

    level: int
    client_id: str
    username: str | None
    password: bytes | None
    will_topic: str | None
    will_bytes: int


@dataclass(frozen=True, slots=True)
class Publish:
    """Where a message goes and how much it weighs. An empty topic stands for that of the alias."""

    topic: str
    alias: int | None
    payload_bytes: int


def frame_size(data: bytes | bytearray, at: int = 0) -> tuple[int, int] | None:
    """Return (bytes of the fixed header, bytes of the whole packet) at `at`; None as long as too little is there.

    Raises MalformedError for a length that no packet has.
    """
    size = 0
    for place in range(4):
        if at + 1 + place >= len(data):
            return None
        byte = data[at + 1 + place]
        size |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return 2 + place, 2 + place + size
    raise MalformedError("MQTT packet: its length takes more than four bytes")


class _Reader:
    """Reads the fields of a packet in order. Raises MalformedError when it ends early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self.at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise MalformedError(f"MQTT packet: ends {count - self.left} bytes early")
        self.at += count
        return self._data[self.at - count : self.at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def binary(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        try:
            return self.binary().decode()
        except UnicodeDecodeError:
            raise MalformedError("MQTT packet: a string is not UTF-8") from None

    def varint(self) -> int:
        value = 0
        for place in range(4):
            byte = self.number(1)
            value |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                return value
        raise MalformedError("MQTT packet: a number takes more than four bytes")

    def properties(self) -> dict[int, int]:
        """Skip the properties of MQTT 5; return the numbers among them."""
        inner = _Reader(self.take(self.varint()))
        numbers: dict[int, int] = {}
        while inner.left:
            kind = inner.varint()
            if kind in _FIXED:
                numbers[kind] = inner.number(_FIXED[kind])
            elif kind in _STRINGS:
                for _ in range(_STRINGS[kind]):
                    inner.binary()
            elif kind == _VARINT:
                inner.varint()
            else:
                raise MalformedError(f"MQTT packet: property {kind:#x} is none a client sends")
        return numbers


def read_connect(packet: bytes) -> Connect:
    """Read a whole CONNECT packet. Raises MalformedError."""
    size = frame_size(packet)
    if size is None or packet[0] != CONNECT << 4:
        raise MalformedError("MQTT packet: expected CONNECT")
    fields = _Reader(packet[size[0] : size[1]])
    fields.binary()
    level, flags = fields.number(1), fields.number(1)
    fields.take(2)  # keep alive
    if level == V5:
        fields.properties()
    client_id = fields.text()
    will_topic, will_bytes = None, 0
    if flags & 0x04:
        if level == V5:
            fields.properties()
        will_topic, will_bytes = fields.text(), len(fields.binary())
    username = fields.text() if flags & 0x80 else None
    password = fields.binary() if flags & 0x40 else None
    return Connect(level, client_id, username, password, will_topic, will_bytes)


def read_publish(first: int, body: bytes, level: int) -> Publish:
    """Read a PUBLISH packet, given its first byte and what follows the fixed header. Raises MalformedError."""
    fields = _Reader(body)
    topic = fields.text()
    if first & 0x06:
        fields.take(2)
    alias = fields.properties().get(_TOPIC_ALIAS) if level == V5 else None
    return Publish(topic, alias, fields.left)


def read_filters(body: bytes, level: int) -> list[str]:
    """Return the topic filters of a SUBSCRIBE packet. Raises MalformedError."""
    fields = _Reader(body)
    fields.take(2)
    if level == V5:
        fields.properties()
    filters: list[str] = []
    while fields.left:
        filters.append(fields.text())
        fields.take(1)
    return filters


def refusal(level: int, reason: int) -> bytes:
    """Return the CONNACK that refuses a connection for a reason code of MQTT 5."""
    if level == V5:
        return bytes([0x20, 3, 0, reason, 0])
    return bytes([0x20, 2, 0, _RETURN_CODES.get(reason, _NOT_AUTHORIZED_3)])


def goodbye(level: int, reason: int) -> bytes:
    """Return the DISCONNECT that says why; MQTT 3.1.1 has none for a server."""
    return bytes([DISCONNECT << 4, 2, reason, 0]) if level == V5 else b""


def protocol_level(first: bytes) -> int | None:
    """Return the protocol level of the CONNECT packet that `first` begins with, or None."""
    if len(first) < 2 or first[0] != CONNECT << 4:
        return None
    at = 1
    while at < min(len(first), 5) and first[at] & 0x80:
        at += 1
    at += 1
    if len(first) < at + 2:
        return None
    name_end = at + 2 + int.from_bytes(first[at : at + 2], "big")
    if len(first) <= name_end or first[at + 2 : name_end] not in (b"MQTT", b"MQIsdp"):
        return None
    return first[name_end]
