"""A small community, and messages as its devices send them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from gateway.meters import Meters
from gateway.receive import Receiver
from gateway.truth import Outcome, RoomTruth
from gateway.work import Work
from services.contracts.community import Community, parse_community
from services.contracts.errors import FoldspaceError
from services.contracts.names import Millis
from services.contracts.states import RoomState
from services.journal.books import Books
from services.journal.journal import Journal
from services.journal.records import Account
from services.kit.clock import ManualClock
from services.kit.mqtt import Message
from services.timeseries.memory import MemoryTimeseries

T0: Millis = 1_700_000_000_000
SEC, MIN = 1000, 60_000


def community(*devices: tuple[str, str] | tuple[str, str, str], parts: dict[str, list[str]] | None = None) -> Community:
    """Return a community of site `s` from (device, kind[, space]); the space is `hall` unless told."""
    placed = [(name, kind, rest[0] if rest else "hall") for name, kind, *rest in devices]
    names = sorted({space for *_, space in placed} | (parts or {}).keys() | {"hall"})
    return parse_community(
        {
            "sites": [{"id": "s", "name": "站", "timezone": "Asia/Shanghai"}],
            "spaces": [
                {"id": name, "site": "s", "name": name, "capacity": 20, "parts": (parts or {}).get(name, [])}
                for name in names
            ],
            "devices": [
                {"id": name, "site": "s", "space": space, "kind": kind, "heartbeat_s": 60}
                for name, kind, space in placed
            ],
        },
        "test",
    )


class Room:
    """Drives a RoomTruth by seconds since T0."""

    def __init__(self, *devices: tuple[str, str] | tuple[str, str, str], parts: dict[str, list[str]] | None = None):
        self.truth = RoomTruth(community(*devices, parts=parts))
        self.truth.tick(T0)

    def say(self, at_s: float, device: str, kind: str, **fields: Any) -> Outcome:
        """Let a device say something at `at_s`; without `ts` among the fields it has no clock."""
        at = T0 + int(at_s * SEC)
        return self.truth.feed(at, f"fs/v1/s/dev/{device}/up/{kind}", json.dumps(fields).encode())

    def status(self, at_s: float, device: str, **fields: Any) -> Outcome:
        """Let a device's birth or last will arrive."""
        return self.truth.feed(T0 + int(at_s * SEC), f"fs/v1/s/dev/{device}/status", json.dumps(fields).encode())

    def keep_saying(self, from_s: int, to_s: int, device: str, kind: str, **fields: Any) -> None:
        """Let a device repeat itself every minute, both ends included."""
        for at_s in range(from_s, to_s + 1, 60):
            self.say(at_s, device, kind, **fields)

    def at(self, at_s: float, space: str = "hall") -> RoomState:
        """Return what is believed of a space at `at_s`."""
        self.truth.tick(T0 + int(at_s * SEC))
        return self.truth.states()["s", space]


RoomMaker = type[Room]
CommunityMaker = Callable[..., Community]


@pytest.fixture(scope="session")
def room() -> RoomMaker:
    """Return what makes a driven room: `room(("radar", "presence"), …)`."""
    return Room


@pytest.fixture(scope="session")
def community_of() -> CommunityMaker:
    """Return what makes a small community of the same arguments."""
    return community


class FakeDelivery:
    """A publication; done unless the link holds acknowledgements back."""

    def __init__(self, link: "FakeLink") -> None:
        self._link = link

    @property
    def done(self) -> bool:
        return self._link.acknowledges


class FakeLink:
    """A broker with a persistent session, in memory: what is not acknowledged comes again after a reconnect."""

    def __init__(self) -> None:
        self.connected = False
        self.acknowledges = True
        self.published: list[tuple[str, bytes, bool]] = []
        self.unacked: dict[int, Message] = {}
        self._queue: list[Message] = []
        self._mid = 0
        self._receiver: Any = None

    def attach(self, receiver: Any) -> "FakeLink":
        """Serve this receiver; what the last one left unacknowledged is delivered again."""
        self._receiver = receiver
        self._queue = list(self.unacked.values())
        self.connected = True
        receiver.connection_made(True)
        return self

    def drop(self) -> None:
        """Lose the connection and have it back at once."""
        self._receiver.connection_lost("test")
        self.attach(self._receiver)

    def send(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        """Put a message into the session."""
        self._mid += 1
        message = Message(topic, payload, retained, self._mid, 1)
        self.unacked[self._mid] = message
        self._queue.append(message)

    def step(self, _timeout_s: float) -> bool:
        had = bool(self._queue)
        self.read()
        return had

    def read(self) -> None:
        if self._queue:
            self._receiver.arrived(self._queue.pop(0))

    def ack(self, message: Message) -> None:
        del self.unacked[message.mid]

    def publish(self, topic: str, payload: bytes | str, *, retain: bool = False) -> Any:
        self.published.append((topic, payload if isinstance(payload, bytes) else payload.encode(), retain))
        return FakeDelivery(self)

    def stop(self) -> None:
        self.connected = False

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a type published so far."""
        return [json.loads(body) for topic, body, _ in self.published if topic.endswith(f"/events/{kind}")]

    def state(self, space: str = "hall") -> dict[str, Any] | None:
        """Return the state of a space published last."""
        found = [body for topic, body, _ in self.published if topic == f"fs/v1/s/space/{space}/state"]
        return json.loads(found[-1]) if found and found[-1] else None


class House:
    """A gateway's work over a real journal, with fake broker, clock and time series; it can crash at any moment."""

    def __init__(self, path: Path, community: Community) -> None:
        self.path = path
        self.clock = ManualClock(T0)
        self.link = FakeLink()
        self.series = MemoryTimeseries()
        self.meters = Meters(CollectorRegistry())
        self.community = (1, community)
        self.catalogue_fault: FoldspaceError | None = None
        self.open()

    def open(self) -> None:
        """Start, or start again."""
        self.journal = Journal.open(self.path, owner=True)
        self.receiver = Receiver(self.journal, self.clock, self.meters)
        self.work = Work(
            journal=self.journal,
            receiver=self.receiver,
            link=self.link.attach(self.receiver),
            sink=self.series,
            clock=self.clock,
            load_community=self._load_community,
            meters=self.meters,
        )

    def _load_community(self) -> tuple[int, Community]:
        if self.catalogue_fault is not None:
            raise self.catalogue_fault
        return self.community

    def crash(self) -> None:
        """Vanish without a word and start again: only file and broker remember anything."""
        self.journal.close()
        self.open()

    def turn(self, times: int = 3) -> None:
        """Let the loop go round: enough to settle what was sent."""
        for _ in range(times):
            self.work.turn()

    def say(self, device: str, kind: str, **fields: Any) -> None:
        """Let a device publish a reading."""
        self.link.send(f"fs/v1/s/dev/{device}/up/{kind}", json.dumps(fields).encode())

    @property
    def account(self) -> Account:
        """The books as another process reads them."""
        return Books(self.path).account()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Return what makes a House for devices given as for `community_of`."""
    houses: list[House] = []

    def make(*devices: tuple[str, str] | tuple[str, str, str]) -> House:
        houses.append(House(tmp_path / f"{len(houses)}.sqlite", community(*devices)))
        return houses[-1]

    yield make
    for made in houses:
        made.journal.close()


@pytest.fixture(scope="session")
def make_house() -> Callable[[Path], House]:
    """Return what makes a House of the property's devices at a path; the caller closes its journal."""
    devices = (
        ("radar", "presence"),
        ("pir", "motion"),
        ("cam", "count"),
        ("port", "charging"),
        ("air", "climate", "b"),
    )
    return lambda path: House(path, community(*devices))
