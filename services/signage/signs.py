"""What a screen shows, as records: of one space, and of a site. Nothing here changes merely because time passes."""

from dataclasses import dataclass
from typing import Literal

from services.contracts.names import Millis

Status = Literal["in_use", "booked", "held", "free", "unknown", "closed"]
"""in_use: somebody is there, or has checked in. booked: it is somebody's time, and nobody is seen yet.
held: kept for who has an offer. free: go in. unknown: nobody can tell, and nothing is planned. closed: not open now."""
STATUSES: tuple[Status, ...] = ("in_use", "booked", "held", "free", "unknown", "closed")


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity, by the title that stands on the door."""

    title: str
    start: Millis
    end: Millis


@dataclass(frozen=True, slots=True)
class Notice:
    """The one thing to do or to know now, with its countdown."""

    kind: str
    """warn, held, overrun or released, as in the text catalogue."""
    until: Millis
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Said:
    """What staff say, until its end."""

    text: str
    until: Millis


@dataclass(frozen=True, slots=True)
class Ports:
    """Charging ports of a space."""

    ports: int
    in_use: int
    fault: int


@dataclass(frozen=True, slots=True)
class SpaceSign:
    """What is shown of one space."""

    space: str
    name: str
    group: str
    status: Status
    now: Activity | None = None
    next: Activity | None = None
    later: tuple[Activity, ...] = ()
    """What follows the next one today."""
    free_until: Millis | None = None
    """Until when nothing is planned, while it is free or unknown; None: for the rest of the day."""
    opens_at: Millis | None = None
    """When it opens, while it is closed; None: not within a day."""
    notice: Notice | None = None
    message: Said | None = None
    charging: Ports | None = None
    stale: bool = False
    """Its sensors were heard once, and are silent now."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A picture's or page's whole contents: one space for a door, all spaces of a site for a shared corner."""

    site: str
    site_name: str
    zone: str
    link: str
    """Where its QR code leads."""
    spaces: tuple[SpaceSign, ...]
    door: bool
