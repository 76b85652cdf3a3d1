"""Sensor to screen: publish → SSE event at 200 messages/s, over publish → bare subscriber in the same run."""

import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers import Foldspace, free_port

RATE = 200
SECONDS = 20
SPACES = 20


def _community() -> str:
    text = '[[sites]]\nid = "bench"\nname = "bench"\ntimezone = "Asia/Shanghai"\n'
    for number in range(SPACES):
        text += f'[[spaces]]\nid = "room-{number}"\nsite = "bench"\nname = "room {number}"\ncapacity = 10\n'
        text += f'[[devices]]\nid = "counter-{number}"\nsite = "bench"\nspace = "room-{number}"\nkind = "count"\n'
    return text


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


def _client(port: int, name: str) -> paho.Client:
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
    """Print p50 and p99 of both paths and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "community.toml").write_text(_community())
        http, mqtt = free_port(), free_port()
        program = Foldspace(
            "up", "--community", str(folder / "community.toml"), "--data", str(folder / "data"),
            "--http", f"127.0.0.1:{http}", "--mqtt", f"127.0.0.1:{mqtt}", log=folder / "up.log",
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
            subscriber = _client(mqtt, "bare-subscriber")
            subscriber.on_message = lambda _c, _u, message: bare.note(
                "room-" + message.topic.split("/")[4].removeprefix("counter-"), json.loads(message.payload)["people"]
            )
            subscriber.subscribe("fs/v1/+/dev/+/up/+", qos=1)
            publisher = _client(mqtt, "publisher")
            up.wait(10)
            time.sleep(1)
            sent: dict[tuple[str, int], float] = {}
            begun = time.perf_counter()
            for index in range(RATE * SECONDS):
                wait = begun + index / RATE - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                number, people = index % SPACES, index // SPACES + 1
                payload = json.dumps({"boot": "b", "seq": people, "people": people})
                sent[(f"room-{number}", people)] = time.perf_counter()
                publisher.publish(f"fs/v1/bench/dev/counter-{number}/up/count", payload, qos=1)
            time.sleep(3)
            stop.set()
            bare_p50, bare_p99, bare_lost = bare.figures(sent)
            p50, p99, lost = screen.figures(sent)
        finally:
            program.stop()
    print(f"bare subscriber: p50 {bare_p50:7.2f} ms   p99 {bare_p99:7.2f} ms   not seen {bare_lost}")
    print(f"SSE event:       p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   not seen {lost}")
    print(f"ratio:           p50 {p50 / bare_p50:7.2f}      p99 {p99 / bare_p99:7.2f}")
