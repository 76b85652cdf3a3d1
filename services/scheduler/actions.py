"""What a decision makes devices do: screens show, doors open for a group, power, light and air follow use. Pure.

No door is locked by a guess: somebody may be inside, and nothing would open it for the next group on time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.bookings.records import Decision
from services.contracts.commands import Action
from services.contracts.community import Device
from services.contracts.events import DecisionKind
from services.contracts.names import MINUTE, Millis
from services.scheduler.view import Room

_SHOWN: frozenset[DecisionKind] = frozenset(
    {"warn", "hold", "keep", "release", "reclaim", "offer", "overrun", "extend", "propose"}
)
_COMING: frozenset[DecisionKind] = frozenset({"check_in", "reclaim", "offer_taken"})
_LEAVING: frozenset[DecisionKind] = frozenset({"release", "end_early", "end"})
_TTL_S = 120.0
"""A door that opens or a screen that speaks two minutes late does more harm than good."""

_SOON: Millis = 15 * MINUTE
"""A group that takes an offer for tonight is not let in now."""
_HINT_TTL_S = 600.0
"""Light and air may follow later: a hint to save power is as good ten minutes on."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command to one device."""

    device: str
    do: Action
    args: dict[str, Any] = field(default_factory=dict)
    ttl_s: float = _TTL_S


def orders(
    decision: Decision, summary: dict[str, str], devices: Iterable[Device], room: Room | None, *, free: bool
) -> list[Order]:
    """Return what the devices of the decision's space should do; `free`: nobody else has the space now or soon.

    Nothing for a shadow decision. Power is cut only when the room is empty beyond doubt and no port is in use.
    """
    if decision.shadow:
        return []
    coming = decision.kind in _COMING and decision.params.get("start_at", 0) - decision.at <= _SOON
    empty = free and room is not None and room.vacant and room.vacant_since is not None
    made: list[Order] = []
    for device in devices:
        if device.kind == "screen" and decision.kind in _SHOWN:
            made.append(Order(device.id, "show", {"notice": decision.kind, "text": summary, "until": _until(decision)}))
        elif device.kind == "door" and coming:
            made.append(Order(device.id, "unlock"))
        elif device.kind == "charging" and coming:
            made.append(Order(device.id, "charging_on"))
        elif device.kind == "charging" and decision.kind in _LEAVING and empty and not _charging(room):
            made.append(Order(device.id, "charging_off"))
        elif device.kind == "climate" and coming:
            made.append(Order(device.id, "eco_off", ttl_s=_HINT_TTL_S))
        elif device.kind == "climate" and decision.kind in _LEAVING and empty:
            made.append(Order(device.id, "eco_on", ttl_s=_HINT_TTL_S))
    return made


def _charging(room: Room | None) -> bool:
    return room is None or room.state.charging.in_use > 0


def _until(decision: Decision) -> int | None:
    for name in ("release_at", "expires_at", "next_at", "end_at"):
        if decision.params.get(name) is not None:
            return int(decision.params[name])
    return None
