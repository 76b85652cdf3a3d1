"""The books as answered: what accounting.py and quarantine.py render."""

from typing import Annotated

from pydantic import Field

from services.api.answers.shape import Answer, Instant, Page
from services.contracts.names import Name


class DeviceAccount(Answer):
    """One boot of a device, and what of it never came."""

    site: str
    device: str
    boot: str | None
    last_seq: int | None
    gaps: Annotated[list[tuple[int, int]], Field(description="first and last number of each, both in it")]
    last_seen: Instant | None
    online: bool | None
    battery_pct: float | None
    rssi_dbm: float | None
    fw: str | None


class Account(Answer):
    """received = stored + duplicate + quarantined + pending."""

    received: int
    stored: int
    duplicate: int
    quarantined: int
    pending: int
    devices: list[DeviceAccount]


class Usage(Answer):
    """What became of the time of one space, in minutes."""

    site: Name
    space: str
    booked_min: float
    released_min: float
    reused_min: float


class Allocation(Answer):
    """What one group asked for and got: wishes and bookings are counted, minutes are of bookings."""

    site: Name
    group: str
    requested: int
    served: int
    booked: int
    booked_min: int
    released: Annotated[int, Field(description="taken back because nobody came")]
    released_min: int
    given_back: Annotated[int, Field(description="cancelled, or ended before their time")]
    given_back_min: int
    refused: int
    kept_min: int


class Quarantined(Answer):
    """A message that was not understood."""

    id: int
    at: Instant
    topic: str
    kind: str
    fault: Annotated[str, Field(description="the kind in words")]
    reason: str
    bytes: int
    raw: Annotated[str, Field(description="in a list the beginning")]
    hex: str


class QuarantineKind(Answer):
    """How many messages of one sort."""

    kind: str
    fault: str
    count: int
    last_at: Instant


class Bound(Answer):
    """How full, and how full it may be."""

    rows: int
    limit: int


class QuarantineSummary(Answer):
    """How many of which sort, and how near the quarantine is to its bound."""

    total: int
    by_kind: list[QuarantineKind]
    dropped: int
    bounded: Bound


class NotReplayed(Answer):
    """A message that could not be given another chance."""

    id: int
    reason: str


class Replayed(Answer):
    """What became of a replay."""

    replayed: int
    failed: list[NotReplayed]
    left: Annotated[bool, Field(description="there are more: ask again")]


class Usages(Page[Usage]):
    """What became of the time of every space."""


class Allocations(Page[Allocation]):
    """Who got what."""


class QuarantineList(Page[Quarantined]):
    """Messages that could not be understood, the newest first."""
