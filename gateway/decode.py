"""Turns topic and payload into a reading of a known device, or says in one sentence why not."""

import json
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from services.contracts import topics
from services.contracts.commands import Ack, Command, Status
from services.contracts.community import Community, Device
from services.contracts.errors import FoldspaceError, PayloadError, TopicError
from services.contracts.readings import Reading, decode_reading, first_fault
from services.timeseries.ports import Value

MAX_PAYLOAD_BYTES = 64 * 1024
"""No reading of the contract comes near a kilobyte; 64 leave room for fields of one's own."""

_MAX_ROUTES = 20_000
"""Topics remembered; far more than devices times kinds, so that only an attack ever empties the memory."""

_NOT_A_FIELD = frozenset({"ts", "boot", "seq"})
"""What every reading may carry and every point has a place of its own for."""

_LEAVES: dict[type[topics.Topic], tuple[str, type[BaseModel]]] = {
    topics.StatusTopic: ("status", Status),
    topics.AckTopic: ("ack", Ack),
    topics.CmdTopic: ("cmd", Command),
}


class UnknownDeviceError(FoldspaceError):
    """A site or device that is not in the catalogue."""

    kind = "device"


class OversizeError(FoldspaceError):
    """A payload nobody should have to parse."""

    kind = "size"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a topic leads: a device of the catalogue, and what its messages are (`presence` …, `status`, `ack`)."""

    device: Device
    kind: str
    model: type[BaseModel] | None
    """What the payload must be; None: a reading of `kind`."""


class Directory:
    """Finds the device a topic belongs to. One for each version of the community."""

    def __init__(self, community: Community) -> None:
        self._devices = {(device.site, device.id): device for device in community.devices}
        self._sites = {site.id for site in community.sites}
        self._routes: dict[str, Route | FoldspaceError] = {}

    def route(self, topic: str) -> Route:
        """Return where `topic` leads. Raises TopicError, UnknownDeviceError."""
        found = self._routes.get(topic)
        if found is None:
            try:
                found = self._find(topic)
            except FoldspaceError as error:
                found = error
            if len(self._routes) >= _MAX_ROUTES:
                self._routes.clear()
            self._routes[topic] = found
        if isinstance(found, FoldspaceError):
            # A fresh one: raising the same object again and again would pile up its traceback.
            raise type(found)(str(found))
        return found

    def _find(self, topic: str) -> Route:
        parsed = topics.parse(topic)
        if isinstance(parsed, topics.StateTopic | topics.ScreenTopic | topics.EventTopic):
            raise TopicError(f"topic {topic!r}: is foldspace's own, expected a device's")
        if parsed.site not in self._sites:
            raise UnknownDeviceError(f"site {parsed.site!r} is not in the catalogue (topic {topic!r})")
        device = self._devices.get((parsed.site, parsed.device))
        if device is None:
            raise UnknownDeviceError(f"device {parsed.device!r} of site {parsed.site!r} is not in the catalogue")
        if isinstance(parsed, topics.UpTopic):
            return Route(device, parsed.kind, None)
        kind, model = _LEAVES[type(parsed)]
        return Route(device, kind, model)


def decode(route: Route, payload: bytes) -> BaseModel:
    """Return the payload as a Reading, Status, Ack or Command. Raises PayloadError, OversizeError."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise OversizeError(f"{route.kind}: payload of {len(payload)} bytes, expected at most {MAX_PAYLOAD_BYTES}")
    if route.model is None:
        return decode_reading(route.kind, payload)
    try:
        return route.model.model_validate_json(payload)
    except ValidationError as error:
        raise PayloadError(f"{route.kind}: {first_fault(error)}") from None


def fields_of(message: BaseModel) -> dict[str, Value]:
    """Return what a message says as flat fields: unknown extras too, nested ones as JSON text, nothing for null."""
    skipped = _NOT_A_FIELD if isinstance(message, Reading) else ()
    fields: dict[str, Value] = {}
    for name, value in message.__dict__.items():
        if value is not None and name not in skipped:
            fields["in" if name == "in_" else name] = _flat(value)
    for name, value in (message.model_extra or {}).items():
        if value is not None:
            fields.setdefault(name, _flat(value))
    return fields


def _flat(value: object) -> Value:
    if isinstance(value, (bool, int, float, str)):  # a union is three times as slow, for every field
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
