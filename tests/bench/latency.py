"""Sensor to screen at 200 messages/s, and sensor to retained room state at 500/s, beside a bare subscriber."""

import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench.rig import prepare
from tests.servers import Foldspace, free_port, mosquitto

RATE = 200
SECONDS = 20
SPACES = 20
STATE_RATE = 500
STATE_SPACES = 500
STATE_AIM_MS = 30


class _Path:
    """Arrival times at one end, by (room, number of people), which is unique for every message."""

    def __init__(self) -> None:
        self.arrived: dict[tuple[str, int], float] = {}

    def note(self, room: str, people: int) -> None:
        self.arrived.setdefault((room, people), time.perf_counter())

    def figures(self, sent: dict[tuple[str, int], float]) -> tuple[float, float, int]:
        """Return p50 and p99 in ms and how many never arrived."""
        times = sorted((self.arrived[key] - at) * 1000 for key, at in sent.items() if key in self.arrived)
        cuts = statistics.quantiles(times, n=100)
        return cuts[49], cuts[98], len(sent) - len(times)


def client(port: int, name: str) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def _follow(url: str, token: str, screen: _Path, up: threading.Event, stop: threading.Event) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", f"{url}/api/v1/stream", headers=headers, timeout=30) as response:
        up.set()
        event = ""
        for line in response.iter_lines():
            if stop.is_set():
                return
            if line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:") and event == "space_state":
                space = json.loads(line[5:])
                people = (space.get("state") or {}).get("people")
                if people is not None:
                    screen.note(space["space"], people)


def run() -> None:
    """Print both."""
    _to_state()
    _to_screen()


def _send(publisher: paho.Client, rate: int, seconds: int, spaces: int) -> dict[tuple[str, int], float]:
    """Publish at a steady rate, each message with a number of people of its own; return when each was sent."""
    sent: dict[tuple[str, int], float] = {}
    begun = time.perf_counter()
    for index in range(rate * seconds):
        wait = begun + index / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        number, people = index % spaces, index // spaces + 1
        payload = json.dumps({"boot": "b", "seq": people, "people": people})
        sent[(f"room-{number}", people)] = time.perf_counter()
        publisher.publish(f"fs/v1/bench/dev/sensor-{number}/up/count", payload, qos=1)
    return sent


def _listen(port: int, path: "_Path") -> paho.Client:
    """Return a bare subscriber to the readings."""
    subscriber = client(port, "bare-subscriber")
    subscriber.on_message = lambda _c, _u, message: path.note(
        "room-" + message.topic.split("/")[4].removeprefix("sensor-"), json.loads(message.payload)["people"]
    )
    subscriber.subscribe("fs/v1/+/dev/+/up/+", qos=1)
    return subscriber


def _to_state() -> None:
    """Print how much later than at a bare subscriber a reading is seen as a retained room state, p50 and p99."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with mosquitto(folder) as broker:
            env = prepare(folder, STATE_SPACES, kind="count", mqtt=broker.url)
            gateway = Foldspace("gateway", env=env, log=folder / "gateway.log")
            try:
                gateway.wait_for("ready", 60)
                bare, state = _Path(), _Path()
                _listen(broker.port, bare)
                watcher = client(broker.port, "state-subscriber")
                watcher.on_message = lambda _c, _u, message: state.note(
                    message.topic.split("/")[4], json.loads(message.payload)["people"]
                )
                watcher.subscribe("fs/v1/+/space/+/state", qos=1)
                time.sleep(3)
                sent = _send(client(broker.port, "publisher"), STATE_RATE, SECONDS, STATE_SPACES)
                time.sleep(3)
            finally:
                gateway.stop(timeout_s=60)
    bare_p50, bare_p99, bare_lost = bare.figures(sent)
    p50, p99, lost = state.figures(sent)
    print(f"at {STATE_RATE} messages/s, {STATE_SPACES} rooms:")
    print(f"bare subscriber: p50 {bare_p50:7.2f} ms   p99 {bare_p99:7.2f} ms   not seen {bare_lost}")
    print(f"room state:      p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   not seen {lost}")
    print(f"later:           p50 {p50 - bare_p50:7.2f} ms   p99 {p99 - bare_p99:7.2f} ms (aim ≤ +{STATE_AIM_MS} ms)")


def _to_screen() -> None:
    """Print p50 and p99 of publish → SSE event and of publish → bare subscriber, and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        http, mqtt = free_port(), free_port()
        program = Foldspace(
            "up", "--http", f"127.0.0.1:{http}", "--mqtt", f"127.0.0.1:{mqtt}",
            env=prepare(folder, SPACES, kind="count"), log=folder / "up.log",
        )  # fmt: skip
        program.wait_for("ready http")
        try:
            token = (folder / "data" / "admin.token").read_text().strip()
            bare, screen = _Path(), _Path()
            up, stop = threading.Event(), threading.Event()
            follower = threading.Thread(
                target=_follow, args=(f"http://127.0.0.1:{http}", token, screen, up, stop), daemon=True
            )
            follower.start()
            _listen(mqtt, bare)
            publisher = client(mqtt, "publisher")
            up.wait(10)
            time.sleep(1)
            sent = _send(publisher, RATE, SECONDS, SPACES)
            time.sleep(3)
            stop.set()
            bare_p50, bare_p99, bare_lost = bare.figures(sent)
            p50, p99, lost = screen.figures(sent)
        finally:
            program.stop()
    print(f"at {RATE} messages/s, {SPACES} rooms:")
    print(f"bare subscriber: p50 {bare_p50:7.2f} ms   p99 {bare_p99:7.2f} ms   not seen {bare_lost}")
    print(f"SSE event:       p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   not seen {lost}")
    print(f"ratio:           p50 {p50 / bare_p50:7.2f}      p99 {p99 / bare_p99:7.2f}")
