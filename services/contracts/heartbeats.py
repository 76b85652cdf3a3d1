"""How often each kind of device owes a message, and what its silence means: the same for gateway, API and staff."""

from collections.abc import Mapping
from typing import Literal

from services.contracts.names import DAY, MINUTE, SECOND, Millis

Presence = Literal["online", "late", "offline", "unheard"]

_HEARTBEAT_S = {
    "presence": MINUTE / SECOND,
    "motion": 5 * MINUTE / SECOND,
    "count": MINUTE / SECOND,
    "door": DAY / SECOND,
    "charging": MINUTE / SECOND,
    "climate": 5 * MINUTE / SECOND,
    "button": DAY / SECOND,
    "lending": DAY / SECOND,
    "screen": 5 * MINUTE / SECOND,
}
"""When the catalogue does not say: a mains device speaks by the minute, a battery contact once a day."""

_OTHERWISE_S = 300.0

LATE_FACTOR = 1.5
"""One lost heartbeat is bad luck on radio; staff may want to know."""

SILENT_FACTOR = 2.5
"""Two are still bad luck; silence through the third is a dead sensor."""


def owed_s(kind: str, heartbeat_s: float | None) -> float:
    """Return how often a device owes a message, in seconds. `heartbeat_s` is what the catalogue says, if anything."""
    return heartbeat_s or _HEARTBEAT_S.get(kind, _OTHERWISE_S)


def reported_s(config: Mapping[str, object] | None, version: int | None) -> float | None:
    """Return the heartbeat that a device says it was set to; None: nobody set one, or it is none a device may have.

    `version` 0 is the factory's: then the catalogue decides.
    """
    said = (config or {}).get("heartbeat_s")
    if not version or isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return float(said) if 1 <= said <= DAY / SECOND else None


def silence_limit(kind: str, heartbeat_s: float | None) -> Millis:
    """Return how long a device may be silent before it counts as lost, in ms."""
    return int(owed_s(kind, heartbeat_s) * SILENT_FACTOR * SECOND)


def presence(owed: float, online: bool | None, last_seen: Millis | None, now: Millis) -> Presence:
    """Return how a device is that owes a message every `owed` seconds.

    `online` is what its last birth, will or word said; `last_seen` None: it was never heard.
    """
    if not last_seen:
        return "unheard"
    silent_s = (now - last_seen) / SECOND
    if online is False or silent_s >= owed * SILENT_FACTOR:
        return "offline"
    return "late" if silent_s > owed * LATE_FACTOR else "online"
