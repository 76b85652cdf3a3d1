"""What journal and ledger take and give: arrivals, entries, settlements, checkpoints and the account."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.contracts.errors import FoldspaceError
from services.contracts.names import Millis
from services.journal.lives import DeviceLife, from_json
from services.journal.ranges import Ranges, Span
from services.journal.unclaimed import UnclaimedDevice


class JournalError(FoldspaceError):
    """Journal or ledger cannot be written or read now: disk full, read-only, locked, damaged."""

    kind = "journal"


class JournalFullError(JournalError):
    """The journal holds as much undrained as it may; nothing more is taken until the drain has made room."""


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


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A message that was not understood. `id` is its journal id; `kind` names the sort of fault."""

    id: int
    at: Millis
    topic: str
    raw: bytes
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class QuarantineTally:
    """How many messages of one sort of fault are in quarantine, and when the last one came."""

    kind: str
    count: int
    last_at: Millis


class OutboxRow(NamedTuple):
    """An event to publish at least once."""

    id: int
    topic: str
    payload: bytes


class BacklogRow(NamedTuple):
    """What the time series has not taken yet: the points of one message, or one state. `body` is JSON."""

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
    outbox: Sequence[tuple[str, bytes]] = ()
    backlog: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the fold remembers at `cursor`; entries behind it are folded again after a crash, with no other effect."""

    cursor: int
    sequences: Mapping[SequenceKey, BootSequence] = field(default_factory=dict)
    devices: Mapping[tuple[str, str], DeviceLife] = field(default_factory=dict)
    snapshots: Mapping[str, str] = field(default_factory=dict)
    strangers: Sequence[UnclaimedDevice] = ()


@dataclass(frozen=True, slots=True)
class DeviceAccount:
    """The sequence numbers of one boot of a device (`boot` None: it sends none), and how the device is."""

    site: str
    device: str
    boot: str | None
    last_seq: int | None
    gaps: list[Span]
    last_seen: Millis | None
    body: str = field(repr=False)
    """The device's life as JSON: of ten thousand devices few are looked at closely, and reading all takes a second."""

    @property
    def life(self) -> DeviceLife:
        """What is remembered of the device itself."""
        return from_json(self.body)

    @property
    def brief(self) -> dict[str, Any]:
        """The same as a plain mapping, without what is not known: a tenth of the price."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def online(self) -> bool | None:
        """What its last birth, will, word or silence said; None: never heard."""
        online: bool | None = self.brief.get("online")
        return online

    @property
    def fw(self) -> str | None:
        """The firmware it says it runs."""
        return self.life.fw


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
                    **{name: brief.get(name) for name in ("online", "battery_pct", "rssi_dbm", "fw")},
                }
                for item in self.devices
                for brief in (item.brief,)
            ],
        }
