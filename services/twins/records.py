"""What the twin is made of: desired configurations, repairs of gaps, and what became of the commands for both."""

from dataclasses import dataclass, field
from typing import Any, Literal

from services.contracts.names import Millis

Span = tuple[int, int]
"""First and last `seq`, both in it."""

RepairKey = tuple[str, str, str]
"""Site, device and boot."""

GONE = "twins.gone"
NOT_SENT = "twins.not_sent"
UNANSWERED = "twins.unanswered"
AWAY = "twins.away"
CANNOT_RESEND = "twins.cannot_resend"
CANNOT_CONFIGURE = "twins.cannot_configure"
"""Reasons are keys of the text catalogue, or what the device said in its own words."""


@dataclass(frozen=True, slots=True)
class GapRepair:
    """A range of `seq` of one boot that was asked for again, or never will be had.

    `asked` with a `command`: it is on its way, or its readings are. `asked` without: it is asked again from `due_at`
    on, and `reason` says why the last time failed. `unrepairable`: `reason` says why.
    """

    site: str
    device: str
    boot: str
    first: int
    last: int
    count: int
    """Readings missing in the range; fewer than its length when neighbouring gaps had to be merged."""
    state: Literal["asked", "unrepairable"]
    noted_at: Millis
    """When it came into this state."""
    attempts: int = 0
    """Times the device promised readings and nothing at all came."""
    asked_at: Millis | None = None
    due_at: Millis | None = None
    command: str | None = None
    reason: str | None = None

    @property
    def key(self) -> RepairKey:
        """Site, device and boot."""
        return self.site, self.device, self.boot

    @property
    def merged(self) -> bool:
        """Whether the range also covers readings that did arrive."""
        return self.count < self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command. `missing` and `readings` (how many were promised) belong to an ok `resend`."""

    state: Literal["unfinished", "ok", "refused", "unanswered"]
    at: Millis
    reason: str | None = None
    missing: tuple[Span, ...] = ()
    readings: int = 0


@dataclass(frozen=True, slots=True)
class Desired:
    """How a device should be set up, and how far it was told: by `command`, in its boot `boot`."""

    version: int
    config: dict[str, Any]
    at: Millis
    by: str
    command: str | None = None
    boot: str | None = None
    refusal: str | None = None
    """Why the device does not take this version; a key of the text catalogue, or its own words."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What a device says of itself. `speaks`: our contract, so that it can be commanded at all."""

    online: bool
    speaks: bool
    boot: str | None = None
    version: int | None = None
    config: dict[str, Any] | None = field(default=None)
