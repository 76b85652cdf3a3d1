"""Takes one kind of evidence, or one device, out of a community and its recording: what is it worth?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.codecs.said import Said, kind_of
from gateway.decode import Directory, Route, decode
from services.contracts.community import Community, Device
from services.contracts.errors import FoldspaceError, InvalidError
from services.contracts.files import RecordedMessage
from services.contracts.readings import READING_KINDS, Reading
from services.contracts.topics import UpTopic


@dataclass(slots=True)
class Ablation:
    """What is left out: readings of `kind` and the devices that mainly are of it, or the one device."""

    name: str
    full: Community
    kind: str | None
    dropped: frozenset[tuple[str, str]]
    """Site and id of the devices that are not there at all, so that nobody misses them."""
    left_out: int = 0
    """Messages that were left out, wholly or in part, by the last run of `messages`."""
    _directory: Directory = field(init=False)
    _kept: dict[str, bool] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._directory = Directory(self.full)

    @classmethod
    def of(cls, name: str, community: Community) -> "Ablation":
        """Return what to leave out by its name: a kind of reading or `site/device`. Raises InvalidError."""
        if "/" in name:
            dropped = frozenset((d.site, d.id) for d in community.devices if f"{d.site}/{d.id}" == name)
            if dropped:
                return cls(name, community, None, dropped)
        elif name in READING_KINDS:
            dropped = frozenset((device.site, device.id) for device in community.devices if device.kind == name)
            return cls(name, community, name, dropped)
        raise InvalidError(
            f"ablate {name!r}: expected a kind ({', '.join(READING_KINDS)}) or SITE/DEVICE of the community file"
        )

    @property
    def community(self) -> Community:
        """The community without the devices that are left out."""
        devices = tuple(device for device in self.full.devices if (device.site, device.id) not in self.dropped)
        return self.full.model_copy(update={"devices": devices})

    def messages(self, whole: Iterable[RecordedMessage]) -> Iterator[RecordedMessage]:
        """Yield what is left of a recording."""
        self.left_out = 0
        for message in whole:
            kept = self._kept.get(message.topic)
            if kept is None:
                yield from self._judge(message)
            elif kept:
                yield message
            else:
                self.left_out += 1

    def _judge(self, message: RecordedMessage) -> Iterator[RecordedMessage]:
        """Yield what is left of one message; its topic decides alone, unless a vendor's payload has to be read."""
        try:
            route = self._directory.route(message.topic)
        except FoldspaceError:  # quarantined with and without
            yield message
            return
        devices = [each.device for each in (route, *route.also)]
        if self._drops(devices):
            self._kept[message.topic] = False
        elif route.codec is None:
            self._kept[message.topic] = route.model is not None or route.kind != self.kind
        elif self.kind is not None:
            yield from self._rest(route, message)
            return
        else:
            self._kept[message.topic] = True
        if self._kept[message.topic]:
            yield message
        else:
            self.left_out += 1

    def _drops(self, devices: Iterable[Device]) -> bool:
        return all((device.site, device.id) in self.dropped for device in devices)

    def _rest(self, route: Route, message: RecordedMessage) -> Iterator[RecordedMessage]:
        """Yield a vendor's message, or in the contract's own form what it says besides the kind that is left out."""
        others: list[tuple[Device, Reading]] = []
        whole = True
        for each in (route, *route.also):
            if self._drops([each.device]):
                continue
            try:
                said = decode(each, message.topic, message.payload)
            except FoldspaceError:  # quarantined with and without
                continue
            assert isinstance(said, Said)  # the route has a codec
            for reading in said.readings:
                if kind_of(reading) == self.kind:
                    whole = False
                else:
                    others.append((each.device, reading))
        if whole:
            yield message
            return
        self.left_out += 1
        named: set[str] = set()
        for device, reading in others:
            # The identity is the message's: with it on every reading, the second would be a duplicate of the first.
            unnamed = {"boot", "seq"} if device.id in named else set[str]()
            named.add(device.id)
            payload = reading.model_dump_json(by_alias=True, exclude_none=True, exclude=unnamed)
            topic = UpTopic(device.site, device.id, kind_of(reading))
            yield RecordedMessage(message.at, str(topic), payload.encode())
