"""A small community, and messages as its devices send them."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from gateway.correcting import Corrected, attempt
from gateway.hindsight import Task
from gateway.intake import Intake
from gateway.line import Report
from gateway.meters import Meters
from gateway.receive import Receiver
from gateway.storing import Stored
from gateway.troubles import Troubles
from gateway.truth import Outcome, RoomTruth
from gateway.work import Work
from services.contracts.community import Community, parse_community
from services.contracts.errors import FoldspaceError
from services.contracts.names import Millis
from services.contracts.states import RoomState
from services.journal.books import Books
from services.journal.journal import Journal, JournalReader
from services.journal.ledger import Ledger
from services.journal.records import (
    Account,
    BacklogRow,
    Checkpoint,
    JournalError,
    OutboxRow,
    QuarantineRow,
    Settlement,
)
from services.kit.clock import ManualClock
from services.kit.mqtt import Message
from services.timeseries.memory import MemoryTimeseries
from services.timeseries.ports import ReadingPoint, Refused, SinkUnavailableError, StatePoint

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
        self.listening = True
        self.connections = 0
        self.acknowledges = True
        self.filters: tuple[str, ...] = ()
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
        self.connections += 1
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

    def follow(self, filters: tuple[str, ...]) -> None:
        self.filters = filters

    def fileno(self) -> int | None:
        return None

    def stop(self) -> None:
        self.connected = False

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a type published so far; an alert that is only said again counts once."""
        found = [json.loads(body) for topic, body, _ in self.published if topic.endswith(f"/events/{kind}")]
        told: dict[str, bool] = {}
        news = []
        for event in found:
            if kind == "alert" and told.get(event["key"], True) == event["cleared"]:
                continue
            told[event.get("key", "")] = event.get("cleared", False)
            news.append(event)
        return news

    def state(self, space: str = "hall") -> dict[str, Any] | None:
        """Return the state of a space published last."""
        found = [body for topic, body, _ in self.published if topic == f"fs/v1/s/space/{space}/state"]
        return json.loads(found[-1]) if found and found[-1] else None


class OutLink(FakeLink):
    """The drain's own connection: it publishes to the same broker and receives nothing."""

    def __init__(self, broker: FakeLink) -> None:
        super().__init__()
        self.published = broker.published
        self._broker = broker

    @property
    def connected(self) -> bool:  # type: ignore[override]  # it is up while the broker is
        return self._broker.connected

    @connected.setter
    def connected(self, _value: bool) -> None:
        pass

    @property
    def acknowledges(self) -> bool:  # type: ignore[override]  # the broker's to decide
        return self._broker.acknowledges

    @acknowledges.setter
    def acknowledges(self, _value: bool) -> None:
        pass


class FakeSeries(MemoryTimeseries):
    """A time series in memory that refuses for good the readings `refuses` says."""

    refuses: Callable[[ReadingPoint], bool] = staticmethod(lambda _point: False)

    def write(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        super().write([point for point in readings if not self.refuses(point)], states)
        return [Refused(point, "field type conflict") for point in readings if self.refuses(point)]


class FragileLedger(Ledger):
    """A ledger whose disk may be full."""

    writable = True

    def settle(self, done: Settlement) -> list[OutboxRow]:
        self._require()
        return super().settle(done)

    def checkpoint(self, what: Checkpoint) -> None:
        self._require()
        super().checkpoint(what)

    def caught_up(self, rows: Sequence[BacklogRow], quarantined: Sequence[QuarantineRow] = ()) -> None:
        self._require()
        super().caught_up(rows, quarantined)

    def sent(self, ids: Sequence[int]) -> None:
        self._require()
        super().sent(ids)

    def _require(self) -> None:
        if not self.writable:
            raise JournalError("books: cannot be written: disk full")


class InlineStore:
    """A Storer without a thread: a hand-over is done at once, or, when `slow`, not until asked again later."""

    def __init__(self, series: MemoryTimeseries) -> None:
        self.busy = False
        self.slow = False
        self.retry_after_s: float | None = None
        self._series = series
        self._result: Stored | None = None

    def hand_over(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> None:
        self.busy = True
        try:
            self._result = Stored(self._series.write(readings, states))
        except SinkUnavailableError as error:
            self._result = Stored(error=str(error), retry_after_s=self.retry_after_s)

    def result(self, timeout_s: float = 0.0) -> Stored | None:
        if self.slow:
            return None
        result, self._result = self._result, None
        self.busy = False
        return result


class InlineCorrector:
    """A Corrector without a thread: a task is done at once."""

    def __init__(self, series: MemoryTimeseries) -> None:
        self.tasks: list[Task] = []
        self._series = series
        self._done: Corrected | None = None

    @property
    def busy(self) -> bool:
        return self._done is not None

    def begin(self, task: Task) -> None:
        self.tasks.append(task)
        self._done = attempt(task, self._series)

    def result(self) -> Corrected | None:
        done, self._done = self._done, None
        return done


class InlineIntake:
    """The line to an intake in the same process, which receives whenever it is asked how it stands."""

    def __init__(self, intake: Intake, link: FakeLink) -> None:
        self.intake = intake
        self.down = ""
        self._link = link

    def report(self) -> Report:
        self.intake.connections = self._link.connections
        self.intake.turn(0)
        return self.intake.report()

    def order(self, filters: tuple[str, ...], drained: int) -> None:
        self._link.follow(filters)
        self.intake.drained = drained
        self.intake.care()

    def fileno(self) -> int | None:
        return None


class House:
    """Intake and drain over a real journal, with fake broker, clock and time series; it can crash at any moment."""

    def __init__(self, path: Path, community: Community) -> None:
        self.path = path
        self.clock = ManualClock(T0)
        self.link = FakeLink()
        self.series = FakeSeries()
        self.registry = CollectorRegistry()
        self.meters = Meters(self.registry)
        self.troubles = Troubles()
        self.community = (1, community)
        self.keys: dict[tuple[str, str], bytes] = {}
        self.catalogue_fault: FoldspaceError | None = None
        self.max_bytes = 2**40
        self.open()

    def open(self) -> None:
        """Start, or start again."""
        self.journal = Journal.open(self.path, owner=True, max_bytes=self.max_bytes)
        self.ledger = FragileLedger.open(self.path)
        self.reader = JournalReader(self.path)
        self.receiver = Receiver(self.journal, self.clock)
        self.link.attach(self.receiver)
        self.intake = Intake(self.journal, self.receiver, self.link)
        self.store = InlineStore(self.series)
        self.corrector = InlineCorrector(self.series)
        self.make_work()

    def make_work(self) -> None:
        """Make everything behind the journal anew, as after a fault of the ledger."""
        self.work = Work(
            journal=self.reader,
            ledger=self.ledger,
            intake=InlineIntake(self.intake, self.link),
            link=OutLink(self.link),
            store=self.store,
            corrector=self.corrector,
            clock=self.clock,
            load_community=self._load_community,
            load_keys=lambda: self.keys,
            meters=self.meters,
            troubles=self.troubles,
            monotonic=lambda: self.clock.at / 1000,
        )

    def _load_community(self) -> tuple[int, Community]:
        if self.catalogue_fault is not None:
            raise self.catalogue_fault
        return self.community

    def close(self) -> None:
        """Let go of the files."""
        self.journal.close()
        self.ledger.close()
        self.reader.close()

    def crash(self) -> None:
        """Vanish without a word and start again: only files and broker remember anything."""
        self.close()
        self.open()

    def receive(self) -> None:
        """Let the intake receive, and the drain sleep."""
        self.intake.turn(0)

    def turn(self, times: int = 4) -> None:
        """Let the loop go round: enough to settle what was sent."""
        for _ in range(times):
            self.work.turn()

    def say(self, device: str, kind: str, **fields: Any) -> None:
        """Let a device publish a reading."""
        self.link.send(f"fs/v1/s/dev/{device}/up/{kind}", json.dumps(fields).encode())

    def troubles_told(self) -> dict[str, str]:
        """Return the level of every alert about the gateway itself that stands, as the broker heard it."""
        standing: dict[str, str] = {}
        for alert in self.link.events("alert"):
            if alert["cleared"]:
                standing.pop(alert["key"], None)
            elif alert["key"].startswith("gateway/"):
                standing[alert["key"]] = alert["level"]
        return standing

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
        made.close()


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
