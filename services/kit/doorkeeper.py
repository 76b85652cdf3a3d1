"""What the front door asks about a visitor from elsewhere, and what it may be answered."""

from dataclasses import dataclass
from typing import Protocol

from services.kit.doorrights import Rights


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the door."""

    username: str | None
    password: bytes | None
    address: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a name may do now. A connection ends when the `stamp` is no longer the one it came in with."""

    rights: Rights
    stamp: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in: `why` is the counter, `reason` the code of MQTT 5."""

    why: str
    reason: int


class Gatekeeper(Protocol):
    """Knows who may come in. Called in threads of the door's, never in its loop; may block, must not raise."""

    def admit(self, visitor: Visitor) -> Standing | Refused:
        """Check credentials."""

    def standing(self, username: str) -> Standing | None:
        """Return what a name that came in may do now; None when it may no longer stay."""
