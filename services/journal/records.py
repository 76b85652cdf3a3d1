"""What the journal takes and gives: arrivals, entries, settlements, quarantine rows and the account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.contracts.errors import FoldspaceError
from services.contracts.names import Millis
from services.journal.ranges import Ranges, Span


class JournalError(FoldspaceError):
    """The journal cannot be written or read now: disk full, locked, damaged."""

    kind = "journal"


class Arrival(NamedTuple):
    """A message as it came off the wire. `live` is false when the broker had retained it."""

    at: Millis
    topic: str
    payload: bytes
    live: bool = True


class Entry(NamedTuple):
    """A journalled message. `live` is false for retained and replayed ones: they tell nothing of the present."""

    id: int
    at: Millis
    topic: str
    payload: bytes
    live: bool


class SequenceKey(NamedTuple):
    """Sequence numbers count within a boot of a device."""

    site: str
    device: str
    boot: str


@dataclass(slots=True)
class BootSequence:
    """The sequence numbers of one boot."""

    seen: Ranges = field(default_factory=Ranges)
    last_seen: Millis = 0


@dataclass(slots=True)
class DeviceLife:
    """The last word about a device itself. `status` is its last status payload, to recognise a repeated one."""

    last_seen: Millis = 0
    online: bool | None = None
    boot: str | None = None
    fw: str | None = None
    battery_pct: float | None = None
    rssi_dbm: float | None = None
    status: bytes | None = None


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A message that was not understood. `id` is its journal id; `kind` names the sort of fault."""

    id: int
    at: Millis
    topic: str
    raw: bytes
    kind: str
    reason: str


class OutboxRow(NamedTuple):
    """An event to publish at least once."""

    id: int
    topic: str
    payload: bytes


class BacklogRow(NamedTuple):
    """A point the time series has not taken yet: `kind` is `reading` or `state`, `body` is JSON."""

    id: int
    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one step of the drain found out about the entries up to `cursor`; settled as a whole or not at all."""

    cursor: int
    stored: int = 0
    duplicate: int = 0
    quarantined: Sequence[QuarantineRow] = ()
    sequences: Mapping[SequenceKey, BootSequence] = field(default_factory=dict)
    devices: Mapping[tuple[str, str], DeviceLife] = field(default_factory=dict)
    snapshots: Mapping[str, str] = field(default_factory=dict)
    outbox: Sequence[tuple[str, bytes]] = ()
    backlog: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class DeviceAccount:
    """The sequence numbers of one boot of a device (`boot` None: it sends none), and how the device is."""

    site: str
    device: str
    boot: str | None
    last_seq: int | None
    gaps: list[Span]
    last_seen: Millis | None
    online: bool | None
    battery_pct: float | None
    rssi_dbm: float | None
    fw: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """The accounting of readings: received = stored + duplicate + quarantined + pending."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    pending: int = 0
    """Journalled, and not yet known to be one of the other three."""
    devices: list[DeviceAccount] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the form of `foldspace account --json` and `GET /api/v1/account`."""
        return {
            "received": self.received,
            "stored": self.stored,
            "duplicate": self.duplicate,
            "quarantined": self.quarantined,
            "pending": self.pending,
            "devices": [
                {
                    "site": item.site,
                    "device": item.device,
                    "boot": item.boot,
                    "last_seq": item.last_seq,
                    "gaps": [list(gap) for gap in item.gaps],
                    "last_seen": item.last_seen,
                    "online": item.online,
                    "battery_pct": item.battery_pct,
                    "rssi_dbm": item.rssi_dbm,
                    "fw": item.fw,
                }
                for item in self.devices
            ],
        }
