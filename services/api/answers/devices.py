"""Devices as answered: what deviceview.py, fleet.py and devices.py render."""

from typing import Annotated, Literal

from pydantic import Field

from services.api.answers.shape import EXACT, Answer, Free, Instant, Page
from services.api.answers.spaces import Doubt
from services.commands.machine import CommandState
from services.contracts import community
from services.contracts.commands import Action
from services.contracts.heartbeats import Presence
from services.contracts.names import Name


class Issued(Answer):
    """What lets a device in; never shown again."""

    username: str
    password: str
    signing_key: Annotated[str | None, Field(description="hexadecimal")]


class DeviceKeys(Answer):
    """What lets a device in from now on."""

    site: Name
    device: Name
    credentials: Issued | None
    trouble: Annotated[str | None, Field(description="what is left to do at the broker")]


class AddedDevice(community.Device):
    """A device that is new in the catalogue, with what lets it in."""

    model_config = EXACT

    credentials: Issued | None
    trouble: Annotated[str | None, Field(description="what is left to do at the broker")]


class UnclaimedDevice(Answer):
    """A device that speaks and is not in the catalogue."""

    site: Name
    device: Name
    first_seen: Instant
    last_seen: Instant
    messages: int
    kinds: list[str]
    has_code: bool


class Command(Answer):
    """A command to a device, and where it stands since when."""

    id: str
    do: Action
    state: CommandState
    at: Instant
    error: str | None


class Ordered(Answer):
    """A command that waits to be sent."""

    id: str
    do: Action
    state: Literal["queued"]


class Configured(Answer):
    """How a device should be set from now on."""

    site: Name
    device: Name
    version: int
    config: Free


class BatteryDay(Answer):
    """Charge on a day."""

    day: Annotated[str, Field(description="in UTC")]
    pct: float


class Battery(Answer):
    """Charge, its trend, and for how long it will do."""

    pct: float
    pct_per_day: float | None
    days_left: float | None
    days: list[BatteryDay]


class Signal(Answer):
    """Signal, and its trend."""

    dbm: float
    dbm_per_day: float | None


class ClockTrack(Answer):
    """The device's clock less ours."""

    offset_ms: int
    drift_ppm: float | None


class Gap(Answer):
    """Readings of one boot that did not arrive, from the first to the last."""

    boot: str | None
    first: int
    last: int
    state: Annotated[Literal["waiting", "asked", "unrepairable"], Field(description="waiting: was not asked for yet")]
    reason: str | None


class Desired(Answer):
    """How the device should be set, and why it refuses to be."""

    version: int
    config: Free
    refusal: str | None


class Reported(Answer):
    """How the device says it is set."""

    version: int | None
    config: Free


class DeviceView(Answer):
    """A device of the catalogue, how it is, and what is to be done about it."""

    id: Name
    device: Annotated[Name, Field(description="the same as id")]
    site: Name
    space: Name
    kind: str
    codec: str | None
    topic: str | None
    heartbeat_s: Annotated[float, Field(description="how often it owes a message")]
    presence: Presence
    online: bool | None
    last_seen: Instant | None
    battery: Battery | None
    battery_pct: float | None
    signal: Signal | None
    rssi_dbm: float | None
    clock: ClockTrack | None
    doubt: Doubt | None
    trust: Annotated[float | None, Field(description="how far what it says of its space is believed now, 0 to 1")]
    boot: str | None
    fw: str | None
    last_seq: int | None
    gaps: list[Gap]
    desired: Desired | None
    reported: Reported | None
    commands: list[Command]


class Devices(Page[DeviceView]):
    """Devices by site and name."""


class Commands(Page[Command]):
    """Commands, the newest first."""


class UnclaimedDevices(Page[UnclaimedDevice]):
    """All devices that were heard of and are not in the catalogue."""
