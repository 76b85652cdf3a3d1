"""Event to decision to screen at 200 spaces with 500 bookings a day, over a real broker, beside a bare subscriber.

Two events: somebody presses keep, and the screen is ordered to show it; people come, and what the screen of the room is
to show changes. Besides, the gateway says each room's state again once a minute.
"""

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho

from services.bookings import grid
from services.bookings.records import Booking
from services.cli.records import Records, open_records
from services.contracts.community import Community, parse_community
from services.contracts.events import ButtonPressed
from services.contracts.names import MINUTE, Millis
from services.contracts.states import Occupancy, RoomState
from services.contracts.topics import EventTopic, StateTopic
from services.kit.broker import EmbeddedBroker
from services.kit.clock import WallClock
from services.kit.settings import Settings
from tests.bench.latency import client
from tests.bench.scale import cpu_s
from tests.servers import Foldspace

SITE = "bench"
SPACES = 200
BOOKINGS_A_DAY = 500
RATE = 5
"""Events in a second: on the hour all 200 rooms change hands within 40 s."""
AIM_MS = 100


class _Arrivals:
    """When each event was sent, and when each end saw what came of it."""

    def __init__(self) -> None:
        self.sent: dict[str, float] = {}
        self.bare: dict[str, float] = {}
        self.screen: dict[str, float] = {}

    def show(self, name: str) -> None:
        """Print p50 and p99 of both ends."""
        bare, screen = (
            statistics.quantiles([(end[key] - at) * 1000 for key, at in self.sent.items() if key in end], n=100)
            for end in (self.bare, self.screen)
        )
        lost = len(self.sent) - len(self.screen.keys() & self.sent.keys())
        over = screen[98] - bare[98]
        print(
            f"{name:<28} bare p50 {bare[49]:6.1f} p99 {bare[98]:6.1f} ms   screen p50 {screen[49]:6.1f} p99 "
            f"{screen[98]:6.1f} ms   over {over:6.1f} ms (aim ≤ {AIM_MS})   not seen {lost}"
        )


def run() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = EmbeddedBroker("127.0.0.1", 0, folder)
        broker.start()
        records = open_records(Settings(data=str(folder / "data")))
        _fill(records)
        env = {"FOLDSPACE_DATA": str(folder / "data"), "FOLDSPACE_MQTT_URL": broker.url}
        publisher = client(int(broker.url.rpartition(":")[2]), "gateway")
        for number in range(SPACES):
            _say(publisher, number, "vacant", WallClock().now())
        scheduler = Foldspace("scheduler", env=env, log=folder / "scheduler.log")
        try:
            scheduler.wait_for("ready scheduler")
            _measure(int(broker.url.rpartition(":")[2]), publisher, records, scheduler.process.pid)
        finally:
            scheduler.stop()
            records.close()
            broker.stop()


def _measure(port: int, publisher: paho.Client, records: Records, pid: int) -> None:
    presses, comings = _Arrivals(), _Arrivals()
    watcher = client(port, "watcher")
    watcher.on_message = lambda _c, _u, message: _note(message, presses, comings)
    watcher.subscribe([(topic, 1) for topic in ("fs/v1/+/events/button", "fs/v1/+/space/#", "fs/v1/+/dev/+/cmd")])
    stop = threading.Event()
    occupied: set[int] = set()
    refresh = threading.Thread(target=_refresh, args=(publisher, occupied, stop))
    refresh.start()
    while records.bookings.unpublished(1):  # the bookings of yesterday end first
        time.sleep(0.5)
    time.sleep(3)
    busy = cpu_s(pid)
    for number in _steadily(SPACES):
        presses.sent[f"room-{number}"] = time.perf_counter()
        press = ButtonPressed(
            ref=f"p{number}", device="button", space=f"room-{number}", action="keep", at=WallClock().now()
        )
        publisher.publish(str(EventTopic(SITE, "button")), press.model_dump_json(), qos=1)
    time.sleep(2)
    for number in _steadily(SPACES):
        occupied.add(number)
        comings.sent[f"room-{number}"] = time.perf_counter()
        _say(publisher, number, "occupied", WallClock().now())
    time.sleep(3)
    stop.set()
    refresh.join()
    busy = 1000 * (cpu_s(pid) - busy) / (2 * SPACES)
    print(f"at {RATE} events/s, {SPACES} spaces, {BOOKINGS_A_DAY} bookings a day; {busy:.0f} ms of processor an event:")
    presses.show("keep → order to the screen")
    comings.show("people come → screen")


def _note(message: paho.MQTTMessage, presses: _Arrivals, comings: _Arrivals) -> None:
    at, level = time.perf_counter(), message.topic.split("/")
    value = json.loads(message.payload)
    if message.topic.endswith("/events/button"):
        presses.bare.setdefault(value["space"], at)
    elif level[-1] == "cmd" and value["do"] == "show":
        presses.screen.setdefault(level[4].removesuffix("-screen"), at)
    elif level[-1] in ("state", "screen") and value["occupancy"] == "occupied":
        (comings.bare if level[-1] == "state" else comings.screen).setdefault(value["space"], at)


def _steadily(count: int) -> Iterator[int]:
    begun = time.perf_counter()
    for index in range(count):
        time.sleep(max(0.0, begun + index / RATE - time.perf_counter()))
        yield index


def _refresh(publisher: paho.Client, occupied: set[int], stop: threading.Event) -> None:
    """Say a room's state again, each once a minute."""
    number = 0
    while not stop.wait(60 / SPACES):
        number = (number + 1) % SPACES
        _say(publisher, number, "occupied" if number in occupied else "vacant", WallClock().now())


def _say(publisher: paho.Client, number: int, occupancy: Occupancy, now: Millis) -> None:
    state = RoomState(
        site=SITE, space=f"room-{number}", occupancy=occupancy, people=None, confidence=0.9, release_grade=False,
        since=now - MINUTE, as_of=now,
    )  # fmt: skip
    publisher.publish(str(StateTopic(SITE, state.space)), state.model_dump_json(), qos=1, retain=True)


def _fill(records: Records) -> None:
    """Put the spaces and three days of bookings into the records; every room has one now."""
    records.catalogue_store.import_community(_community())
    now = grid.floor(WallClock().now())
    for day in (-1, 0, 1):
        for index in range(BOOKINGS_A_DAY):
            number, turn = index % SPACES, index // SPACES
            start = now - 5 * MINUTE + (turn * 120 + day * 24 * 60) * MINUTE
            id = f"b{day}-{index}"
            booking = Booking(id, SITE, f"room-{number}", f"组{index % 60}", "课程", 5, start, start + 60 * MINUTE)
            records.bookings.book(booking, "bench", start)
    records.bookings.mark_published(decision.id for decision in records.bookings.unpublished(10_000))


def _community() -> Community:
    spaces = [{"id": f"room-{n}", "site": SITE, "name": f"room {n}", "capacity": 10} for n in range(SPACES)]
    screens = [{"id": f"room-{n}-screen", "site": SITE, "space": f"room-{n}", "kind": "screen"} for n in range(SPACES)]
    sites = [{"id": SITE, "name": "bench", "timezone": "Asia/Shanghai"}]
    return parse_community({"sites": sites, "spaces": spaces, "devices": screens}, "bench")
