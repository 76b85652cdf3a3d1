"""The topics each device and each part may use, from the catalogue alone. Pure."""

from collections.abc import Callable, Iterable

from services.access.credentials import username_of
from services.contracts.community import Device
from services.contracts.errors import InvalidError
from services.contracts.topics import (
    ACK_FILTER,
    EVENTS_FILTER,
    GATEWAY_STATUS_TOPIC,
    PREFIX,
    SCHEDULER_STATUS_TOPIC,
    SCREEN_FILTER,
    STATE_FILTER,
    CmdTopic,
    ScreenTopic,
    StateTopic,
    StatusTopic,
)
from services.kit.doorrights import Rights, covers

GATEWAY, SCHEDULER, API = "foldspace-gateway", "foldspace-scheduler", "foldspace-api"
ADMIN = "foldspace-admin"
"""Manages the plugin itself; its role is made with the plugin's file, and never touched."""

_OURS = ("fs/#", "foldspace/#", "homeassistant/#", "$SYS/#")
"""No vendor's device lives here: a base topic in this house would be a right to somebody else's messages."""
_DOCTOR = "foldspace/doctor/+"
_CMD_FILTER = str(CmdTopic("+", "+"))


Vendor = Callable[[Device], Iterable[str]]
"""The filters by which the gateway hears a device that speaks through a codec; the codecs know them."""


def no_vendor(_device: Device) -> Iterable[str]:
    """Return nothing: every device speaks our contract."""
    return ()


def device_rights(device: Device, vendor: Vendor) -> Rights:
    """Return what a device may do: speak for itself, hear its commands; a screen also hears what it shows.

    One that speaks through a codec also has everything below its own name in its vendor's topics. Raises InvalidError
    for a base topic that would reach further than one device.
    """
    own = f"{PREFIX}/{device.site}/dev/{device.id}"
    cmd = str(CmdTopic(device.site, device.id))
    below = vendor_subtrees(device, vendor)
    shown = (str(ScreenTopic(device.site, "+")), str(StateTopic(device.site, "+"))) if device.kind == "screen" else ()
    return Rights(publish=(f"{own}/#", *below), subscribe=(cmd, *shown, *below), never=(f"{cmd}/#",))


def vendor_subtrees(device: Device, vendor: Vendor) -> tuple[str, ...]:
    """Return the filters of everything below a device's name in its vendor's topics: `tele/plug_3/#`.

    Raises InvalidError for a base topic that would reach further than one device.
    """
    name = (device.topic or "").partition("#")[0].rstrip("/").split("/")[-1]
    found: dict[str, None] = {}
    for one in vendor(device):
        levels = one.split("/")
        depth = len(levels) - levels[::-1].index(name) if name and name in levels else 0
        subtree = "/".join([*levels[:depth], "#"])
        if depth == 0 or "+" in subtree or any(covers(ours, subtree) for ours in _OURS):
            raise InvalidError(key="device_topic", site=device.site, id=device.id, topic=repr(device.topic))
        found[subtree] = None
    return tuple(found)


def onboarding_rights(site: str, claimed: Iterable[Device]) -> Rights:
    """Return what the newcomers of a site may do: say that they are there, in no claimed device's name."""
    return Rights(
        publish=(str(StatusTopic(site, "+")),),
        never=tuple(str(StatusTopic(site, device.id)) for device in claimed if device.site == site),
    )


def part_rights(devices: Iterable[Device], vendor: Vendor) -> dict[str, Rights]:
    """Return what each part of foldspace may do, by its user name."""
    vendors = tuple(sorted({one for device in devices for one in vendor(device)}))
    return {
        GATEWAY: Rights(
            publish=(STATE_FILTER, EVENTS_FILTER, _CMD_FILTER, "homeassistant/#", GATEWAY_STATUS_TOPIC, _DOCTOR),
            subscribe=("fs/#", *vendors, "homeassistant/#", _DOCTOR),
        ),
        SCHEDULER: Rights(
            publish=(SCREEN_FILTER, EVENTS_FILTER, _CMD_FILTER, SCHEDULER_STATUS_TOPIC, _DOCTOR),
            subscribe=(STATE_FILTER, EVENTS_FILTER, ACK_FILTER, _DOCTOR),
        ),
        API: Rights(
            publish=(_CMD_FILTER, _DOCTOR),
            subscribe=(
                STATE_FILTER,
                SCREEN_FILTER,
                EVENTS_FILTER,
                ACK_FILTER,
                GATEWAY_STATUS_TOPIC,
                SCHEDULER_STATUS_TOPIC,
                _DOCTOR,
            ),
        ),
    }


def device_role(device: Device) -> str:
    """Return the name of the role that one device has."""
    return f"device-{username_of(device.site, device.id)}"


def onboarding_role(site: str) -> str:
    """Return the name of the role of a site's newcomers."""
    return f"onboarding-{site}"
