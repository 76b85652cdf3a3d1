"""Topics are built and parsed here and nowhere else."""

from dataclasses import dataclass

from services.contracts.errors import TopicError
from services.contracts.names import is_name

PREFIX = "fs/v1"

ACK_FILTER = f"{PREFIX}/+/dev/+/ack"
STATE_FILTER = f"{PREFIX}/+/space/+/state"
SCREEN_FILTER = f"{PREFIX}/+/space/+/screen"
EVENTS_FILTER = f"{PREFIX}/+/events/+"

GATEWAY_STATUS_TOPIC = "foldspace/gateway/status"
"""Retained: ONLINE while a gateway keeps the states up to date; OFFLINE by its goodbye or its last will."""
SCHEDULER_STATUS_TOPIC = "foldspace/scheduler/status"
"""The same of the scheduler, which says ONLINE again several times a minute, as long as it decides."""
ONLINE = b"online"
OFFLINE = b"offline"


@dataclass(frozen=True, slots=True)
class UpTopic:
    """A reading of `device` of the given kind."""

    site: str
    device: str
    kind: str

    def __str__(self) -> str:
        return f"{PREFIX}/{self.site}/dev/{self.device}/up/{self.kind}"


@dataclass(frozen=True, slots=True)
class StatusTopic:
    """Birth and last will of a device; retained."""

    site: str
    device: str

    def __str__(self) -> str:
        return f"{PREFIX}/{self.site}/dev/{self.device}/status"


@dataclass(frozen=True, slots=True)
class CmdTopic:
    """Commands to a device."""

    site: str
    device: str

    def __str__(self) -> str:
        return f"{PREFIX}/{self.site}/dev/{self.device}/cmd"


@dataclass(frozen=True, slots=True)
class AckTopic:
    """A device's answers to commands."""

    site: str
    device: str

    def __str__(self) -> str:
        return f"{PREFIX}/{self.site}/dev/{self.device}/ack"


@dataclass(frozen=True, slots=True)
class StateTopic:
    """Room state; retained."""

    site: str
    space: str

    def __str__(self) -> str:
        return f"{PREFIX}/{self.site}/space/{self.space}/state"


@dataclass(frozen=True, slots=True)
class ScreenTopic:
    """What the door or preview screen of a space shows; retained."""

    site: str
    space: str

    def __str__(self) -> str:
        return f"{PREFIX}/{self.site}/space/{self.space}/screen"


@dataclass(frozen=True, slots=True)
class EventTopic:
    """Decisions and alerts, by type."""

    site: str
    type: str

    def __str__(self) -> str:
        return f"{PREFIX}/{self.site}/events/{self.type}"


Topic = UpTopic | StatusTopic | CmdTopic | AckTopic | StateTopic | ScreenTopic | EventTopic

_DEVICE_LEAVES: dict[str, type[StatusTopic] | type[CmdTopic] | type[AckTopic]] = {
    "status": StatusTopic,
    "cmd": CmdTopic,
    "ack": AckTopic,
}


def parse(topic: str) -> Topic:
    """Return what `topic` names.

    Raises TopicError, naming the topic and what was expected, for anything outside the contract.
    """
    parts = topic.split("/")
    if parts[:2] != ["fs", "v1"] or len(parts) < 5:
        raise TopicError(f"topic {topic!r}: expected {PREFIX}/SITE/dev|space|events/…")
    site, branch = parts[2], parts[3]
    for name in (site, parts[4]):
        if not is_name(name):
            raise TopicError(f"topic {topic!r}: {name!r} is not a name ([a-z0-9][a-z0-9_-]{{0,63}})")
    match parts[3:]:
        case ["dev", device, "up", kind]:
            return UpTopic(site, device, kind)
        case ["dev", device, leaf] if leaf in _DEVICE_LEAVES:
            return _DEVICE_LEAVES[leaf](site, device)
        case ["space", space, "state"]:
            return StateTopic(site, space)
        case ["space", space, "screen"]:
            return ScreenTopic(site, space)
        case ["events", type_]:
            return EventTopic(site, type_)
    raise TopicError(f"topic {topic!r}: nothing of the contract has this form under {branch!r}")


def matches(filter_: str, topic: str) -> bool:
    """Tell whether an MQTT filter matches a topic (MQTT 5.0, 4.7)."""
    wanted, given = filter_.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)
