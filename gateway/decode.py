"""Turns topic and payload into what a known device says, or tells in one sentence why not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ValidationError

from gateway.codecs.registry import codec_named
from gateway.codecs.said import Codec, Said
from gateway.limits import Allowance
from services.contracts import topics
from services.contracts.commands import Ack, Command, Status
from services.contracts.community import Community, Device
from services.contracts.errors import FoldspaceError, PayloadError, TopicError
from services.contracts.readings import READING_KINDS, Reading, decode_reading, first_fault
from services.contracts.signatures import verify
from services.timeseries.ports import Value

MAX_PAYLOAD_BYTES = 64 * 1024
"""No reading of the contract comes near a kilobyte; 64 leave room for fields of one's own."""

_MAX_ROUTES = 100_000
"""Topics remembered; far more than devices times kinds, so that only an attack ever empties the memory."""

_NOT_A_FIELD = frozenset({"ts", "boot", "seq", "sig", "config", "config_v"})
"""What has a place of its own: the point's identity and times, the proof of a name, the set-up of a device."""

_LEAVES: dict[type[topics.Topic], tuple[str, type[BaseModel]]] = {
    topics.StatusTopic: ("status", Status),
    topics.AckTopic: ("ack", Ack),
    topics.CmdTopic: ("cmd", Command),
}

OWN_FILTER = "fs/#"
"""Everything of ours, so that topics outside the contract are seen and told about."""


class UnknownDeviceError(FoldspaceError):
    """A site or device that is not in the catalogue. `stranger`: who it is, when only the device is unknown."""

    kind = "device"

    def __init__(self, text: str, stranger: tuple[str, str, str] | None = None) -> None:
        super().__init__(text)
        self.stranger = stranger


class OversizeError(FoldspaceError):
    """A payload nobody should have to parse."""

    kind = "size"


class IdentityError(FoldspaceError):
    """A message that does not come from whom its topic names."""

    kind = "identity"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a topic leads: a device of the catalogue, and what its messages are (`presence` …, `status`, `ack`)."""

    device: Device
    kind: str
    model: type[BaseModel] | None = None
    """What the payload must be; None: a reading of `kind`, or what the codec says."""
    codec: Codec | None = None
    key: bytes | None = None
    """With it, every message must be signed."""
    allowance: Allowance = field(default_factory=Allowance)
    also: tuple["Route", ...] = ()
    """Others that speak by the same topic, as behind a vendor's bridge."""


class Directory:
    """Finds the device a topic belongs to. One for each version of the community."""

    def __init__(
        self,
        community: Community,
        keys: Mapping[tuple[str, str], bytes] | None = None,
        allowances: dict[tuple[str, str], Allowance] | None = None,
    ) -> None:
        self.allowances = {} if allowances is None else allowances
        self.filters: tuple[str, ...] = (OWN_FILTER,)
        """What has to be listened to."""
        self._devices = {(device.site, device.id): device for device in community.devices}
        self._sites = {site.id for site in community.sites}
        self._keys = {} if keys is None else keys
        self._routes: dict[str, Route | FoldspaceError] = {}
        self._foreign: list[tuple[str, Device, Codec]] = []
        for device in community.devices:
            if device.codec is not None and device.topic is not None:
                try:
                    codec = codec_named(device.codec)
                except FoldspaceError:
                    continue  # told where the community is checked; its messages cannot be asked for
                self._foreign += [(filter_, device, codec) for filter_ in codec.filters(device.topic)]
        self.filters += tuple(dict.fromkeys(filter_ for filter_, _, _ in self._foreign))

    def route(self, topic: str) -> Route:
        """Return where `topic` leads. Raises TopicError, UnknownDeviceError, RateError."""
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
            if isinstance(found, UnknownDeviceError):
                raise UnknownDeviceError(str(found), found.stranger)
            # A fresh one: raising the same object again and again would pile up its traceback.
            raise type(found)(str(found))
        return found

    def knows(self, key: tuple[str, str]) -> bool:
        """Tell whether a device, by (site, device), is in the catalogue."""
        return key in self._devices

    def _find(self, topic: str) -> Route:
        foreign = self._find_foreign(topic)
        if foreign is not None:
            return foreign
        parsed = topics.parse(topic)
        if isinstance(parsed, topics.StateTopic | topics.ScreenTopic | topics.EventTopic):
            raise TopicError(f"topic {topic!r}: is foldspace's own, expected a device's")
        if parsed.site not in self._sites:
            raise UnknownDeviceError(f"site {parsed.site!r} is not in the catalogue (topic {topic!r})")
        kind = parsed.kind if isinstance(parsed, topics.UpTopic) else _LEAVES[type(parsed)][0]
        device = self._devices.get((parsed.site, parsed.device))
        if device is None:
            raise UnknownDeviceError(
                f"device {parsed.device!r} of site {parsed.site!r} is not in the catalogue",
                (parsed.site, parsed.device, kind),
            )
        model = None if isinstance(parsed, topics.UpTopic) else _LEAVES[type(parsed)][1]
        if isinstance(parsed, topics.UpTopic) and kind not in READING_KINDS:
            # Before it takes one of the device's topics: inventions must not shut out what the device has to say.
            raise PayloadError(f"kind {kind!r} is unknown; expected one of {', '.join(READING_KINDS)}")
        key = self._keys.get((device.site, device.id)) if kind != "cmd" else None
        return Route(device, kind, model, key=key, allowance=self._allow(device, topic))

    def _find_foreign(self, topic: str) -> Route | None:
        found = [
            Route(device, device.kind, codec=codec, allowance=self._allow(device, topic))
            for filter_, device, codec in self._foreign
            if topics.matches(filter_, topic)
        ]
        return replace(found[0], also=tuple(found[1:])) if found else None

    def _allow(self, device: Device, topic: str) -> Allowance:
        allowance = self.allowances.setdefault((device.site, device.id), Allowance())
        allowance.meet(topic, device.id)
        return allowance


def decode(route: Route, topic: str, payload: bytes) -> BaseModel | Said:
    """Return the payload as a Reading, Status, Ack or Command, or as what a vendor's message says.

    Raises PayloadError, OversizeError, IdentityError.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise OversizeError(f"{route.kind}: payload of {len(payload)} bytes, expected at most {MAX_PAYLOAD_BYTES}")
    if route.key is not None and not verify(route.key, topic, payload):
        raise IdentityError(f"device {route.device.id!r}: expected a payload signed with its key")
    if route.codec is not None:
        return route.codec.decode(topic, payload, route.device)
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
    extra = message.__pydantic_extra__
    if extra:
        for name, value in extra.items():
            if value is not None and name not in _NOT_A_FIELD:
                fields.setdefault(name, _flat(value))
    return fields


def _flat(value: object) -> Value:
    if isinstance(value, (bool, int, float, str)):  # a union is three times as slow, for every field
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
