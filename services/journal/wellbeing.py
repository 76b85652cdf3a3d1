"""How a device is, by what it owes and when it was last heard: the same for staff, alerts and figures. Pure."""

from collections.abc import Iterable, Mapping

from services.contracts.community import Device
from services.contracts.heartbeats import Presence, owed_s, presence, reported_s
from services.contracts.names import Millis
from services.journal.lives import DeviceLife
from services.journal.records import DeviceAccount

LOW_PERCENT = 15.0
"""A battery below this should be changed at the next visit."""


def owes_s(device: Device, life: DeviceLife) -> float:
    """Return how often a device owes a message, in seconds: as it says it was set to, else by the catalogue."""
    return owed_s(device.kind, reported_s(life.config, life.config_v) or device.heartbeat_s)


def presence_of(device: Device, life: DeviceLife | None, now: Millis) -> Presence:
    """Return how a device is; `life` None: it was never heard."""
    return "unheard" if life is None else presence(owes_s(device, life), life.online, life.last_seen, now)


def newest_lives(boots: Iterable[DeviceAccount]) -> Mapping[tuple[str, str], DeviceLife]:
    """Return what is remembered of every device ever heard; `boots` are in the order in which they were heard."""
    return {(one.site, one.device): one.life for one in boots}
