"""Stored readings/s of the whole gateway draining a backlog from Mosquitto, over a bare paho drain of the same one."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from services.journal.books import Books
from tests.servers import Foldspace, mosquitto

MESSAGES = 50_000
ROUNDS = 3
DEVICES = 20
AIM = 0.4

_COMMUNITY = """
[[sites]]
id = "bench"
name = "bench"
timezone = "Asia/Shanghai"
"""


def _community() -> str:
    text = _COMMUNITY
    for number in range(DEVICES):
        text += f'[[spaces]]\nid = "room-{number}"\nsite = "bench"\nname = "room {number}"\ncapacity = 10\n'
        text += f'[[devices]]\nid = "sensor-{number}"\nsite = "bench"\nspace = "room-{number}"\nkind = "presence"\n'
    return text


def _fill(port: int, boot: str) -> None:
    """Publish the backlog: every device in turn, as a real fleet's messages arrive interleaved."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "filler", protocol=paho.MQTTv5)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    now = time.time_ns() // 1_000_000
    infos = [
        client.publish(
            f"fs/v1/bench/dev/sensor-{index % DEVICES}/up/presence",
            json.dumps({"ts": now, "boot": boot, "seq": index // DEVICES, "present": index // DEVICES % 9 > 0}),
            qos=1,
        )
        for index in range(MESSAGES)
    ]
    for info in infos:
        info.wait_for_publish(120)
    client.disconnect()
    client.loop_stop()


def _bare(port: int, count: int) -> float:
    result = subprocess.run(
        [sys.executable, "-m", "tests.bench.bare", str(port), str(count)], capture_output=True, text=True, check=True
    )
    return float(result.stdout)


def run() -> None:
    """Print both rates of every round and the median ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        community = folder / "community.toml"
        community.write_text(_community())
        books = Books(folder / "data" / "journal.sqlite")
        with mosquitto(folder) as broker:
            env = {
                "FOLDSPACE_MQTT_URL": broker.url,
                "FOLDSPACE_DATA": str(folder / "data"),
                "FOLDSPACE_COMMUNITY": str(community),
            }
            _bare(broker.port, 0)
            opener = Foldspace("gateway", env=env, log=folder / "gateway.log")
            opener.wait_for("ready")
            opener.stop()
            ratios = []
            for round_ in range(ROUNDS):
                _fill(broker.port, f"boot-{round_}")
                bare_s = _bare(broker.port, MESSAGES)
                before = books.account()
                gateway = Foldspace("gateway", env=env, log=folder / f"gateway-{round_}.log")
                gateway_s = _gateway_seconds(books, before.stored, gateway)
                gateway.stop()
                ratio = bare_s / gateway_s
                ratios.append(ratio)
                print(
                    f"round {round_ + 1}: bare {MESSAGES / bare_s:8.0f}/s   gateway {MESSAGES / gateway_s:8.0f}/s   "
                    f"ratio {ratio:.2f}",
                    flush=True,
                )
        print(f"median ratio {statistics.median(ratios):.2f} (aim ≥ {AIM})")


def _gateway_seconds(books: Books, stored_before: int, gateway: Foldspace) -> float:
    """Return the seconds from the first journalled message to the last stored one."""
    first: float | None = None
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        account = books.account()
        if first is None and account.received > stored_before:
            first = time.perf_counter()
        if first is not None and account.stored >= stored_before + MESSAGES:
            return time.perf_counter() - first
        time.sleep(0.1)
    sys.exit(f"the gateway did not drain the backlog: {books.account()}\n{gateway.output()}")
