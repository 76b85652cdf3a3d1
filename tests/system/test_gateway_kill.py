"""A gateway killed with SIGKILL mid-stream, again and again, loses nothing and stores nothing twice."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from services.journal.books import Books
from services.journal.records import Account
from services.timeseries.sqlite import SqliteTimeseries
from tests.servers import mosquitto

pytestmark = pytest.mark.mosquitto

MESSAGES = 5_000
DEVICES = 10
KILLS = 4

GATEWAY = """
import sys, threading
from pathlib import Path
from prometheus_client import CollectorRegistry
from gateway.runner import Gateway
from services.contracts.community import load_community
from services.kit import logs
from services.kit.clock import WallClock
from services.kit.mqtt import Broker
from services.timeseries.sqlite import SqliteTimeseries

port, folder = sys.argv[1], Path(sys.argv[2])
logs.configure("WARNING")
community = load_community(folder / "community.toml")
Gateway(
    broker=Broker.parse(f"mqtt://127.0.0.1:{port}"),
    clock=WallClock(),
    journal=folder / "journal.sqlite",
    sink=SqliteTimeseries(folder / "timeseries.sqlite"),
    load_community=lambda: (1, community),
    registry=CollectorRegistry(),
).run(threading.Event())
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with mosquitto(tmp_path) as broker:
        yield broker.port


def until(condition: Callable[[], bool], otherwise: str, seconds: float = 60) -> None:
    """Wait for a condition of another process; a failure says what was missing."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(otherwise)
        time.sleep(0.02)


class Publisher(threading.Thread):
    """A plain paho client that publishes readings of ten devices, QoS 1, in order, at some speed."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.confirmed = 0
        self._port = port

    def run(self) -> None:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="devices", protocol=paho.MQTTv5)
        client.connect("127.0.0.1", self._port)
        client.loop_start()
        for number in range(MESSAGES):
            device, seq = number % DEVICES, number // DEVICES
            payload = {"boot": "b1", "seq": seq, "present": seq % 2 == 0}
            info = client.publish(f"fs/v1/s/dev/radar-{device}/up/presence", json.dumps(payload), qos=1)
            if number % 100 == 99:
                info.wait_for_publish(30)
                self.confirmed = number + 1
                time.sleep(0.02)  # lets the kills fall into the stream, whatever the machine's speed
        client.disconnect()
        client.loop_stop()


def test_killed_again_and_again_it_loses_nothing(port: int, tmp_path: Path) -> None:
    entries = ['[[sites]]\nid = "s"\nname = "s"\ntimezone = "Asia/Shanghai"']
    entries += [f'[[spaces]]\nid = "r{n}"\nsite = "s"\nname = "r"\ncapacity = 9' for n in range(DEVICES)]
    entries += [f'[[devices]]\nid = "radar-{n}"\nsite = "s"\nspace = "r{n}"\nkind = "presence"' for n in range(DEVICES)]
    (tmp_path / "community.toml").write_text("\n".join(entries))
    books = Books(tmp_path / "journal.sqlite")

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", GATEWAY, str(port), str(tmp_path)])

    def account() -> Account:
        now = books.account()
        assert now.received == now.stored + now.duplicate + now.quarantined + now.pending
        assert now.pending >= 0
        return now

    gateway = start()
    publisher = Publisher(port)
    try:
        # The session, and with it the broker's queue for us, exists from the first connect on.
        until(lambda: _retained(port, DEVICES), "the gateway did not publish its states")
        publisher.start()
        for kill in range(1, KILLS + 1):
            goal = kill * MESSAGES // (KILLS + 2)
            until(lambda goal=goal: account().received >= goal, f"the gateway did not get to {goal} messages")
            gateway.send_signal(signal.SIGKILL)
            gateway.wait(10)
            account()
            gateway = start()
        publisher.join(60)
        assert publisher.confirmed == MESSAGES
        until(
            lambda: (now := account()).stored >= MESSAGES and now.pending == 0,
            f"not everything was stored: {account()}",
        )
    finally:
        gateway.kill()
        gateway.wait(10)
    final = account()
    assert final.stored == MESSAGES
    assert final.quarantined == 0
    assert final.received == MESSAGES + final.duplicate
    assert {(item.device, item.last_seq) for item in final.devices} == {
        (f"radar-{n}", MESSAGES // DEVICES - 1) for n in range(DEVICES)
    }
    assert all(item.gaps == [] for item in final.devices)
    series = SqliteTimeseries(tmp_path / "timeseries.sqlite")
    found = [series.readings("s", f"r{n}", 0, 2**60, MESSAGES + 1) for n in range(DEVICES)]
    series.close()
    assert [[point.seq for point in sorted(points, key=lambda p: p.seq or 0)] for points in found] == [
        list(range(MESSAGES // DEVICES))
    ] * DEVICES


def _retained(port: int, count: int) -> bool:
    """Tell whether the broker holds the state of `count` spaces."""
    seen: set[str] = set()
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.on_message = lambda _c, _u, message: seen.add(message.topic)
    client.on_connect = lambda c, *_: c.subscribe("fs/v1/+/space/+/state", 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    time.sleep(0.3)
    client.disconnect()
    client.loop_stop()
    return len(seen) == count
