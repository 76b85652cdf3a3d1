"""What several benches need: a community of many sensors, a backlog of their readings, and the gateway beside it."""

import json
import time
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from services.journal.books import Books
from tests.servers import Foldspace


def prepare(folder: Path, devices: int, *, kind: str = "presence", mqtt: str = "") -> dict[str, str]:
    """Write a community file; return the environment of a foldspace that keeps everything in `folder`.

    `mqtt` is the URL of the broker; `up` brings its own.
    """
    file = folder / "community.toml"
    file.write_text(_community(devices, kind))
    env = {"FOLDSPACE_DATA": str(folder / "data"), "FOLDSPACE_COMMUNITY": str(file)}
    return {**env, "FOLDSPACE_MQTT_URL": mqtt} if mqtt else env


def _community(devices: int, kind: str) -> str:
    """Return a community file with one space for each device."""
    parts = ['[[sites]]\nid = "bench"\nname = "bench"\ntimezone = "Asia/Shanghai"\n']
    for number in range(devices):
        parts.append(f'[[spaces]]\nid = "room-{number}"\nsite = "bench"\nname = "room {number}"\ncapacity = 10\n')
        parts.append(
            f'[[devices]]\nid = "sensor-{number}"\nsite = "bench"\nspace = "room-{number}"\nkind = "{kind}"\n'
            "heartbeat_s = 3600\n"
        )
    return "".join(parts)


def fill(port: int, boot: str, messages: int, devices: int, *, first_seq: int = 0, steady: bool = False) -> None:
    """Publish a backlog: every device in turn, as a real fleet's messages arrive interleaved.

    Every ninth reading of a device says something new; with `steady` none does.
    """
    client = paho.Client(CallbackAPIVersion.VERSION2, "filler", protocol=paho.MQTTv5)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    now = time.time_ns() // 1_000_000
    for first in range(0, messages, 10_000):
        infos = [
            client.publish(
                f"fs/v1/bench/dev/sensor-{index % devices}/up/presence",
                json.dumps(
                    {
                        "ts": now,
                        "boot": boot,
                        "seq": first_seq + index // devices,
                        "present": steady or index // devices % 9 > 0,
                    }
                ),
                qos=1,
            )
            for index in range(first, min(first + 10_000, messages))
        ]
        for info in infos:
            info.wait_for_publish(120)
    client.disconnect()
    client.loop_stop()


class Drained:
    """A gateway that is started on a backlog and watched until it has stored all of it."""

    def __init__(self, env: dict[str, str], journal: Path, log: Path) -> None:
        self.env = env
        self.books = Books(journal)
        self._log = log

    def open_session(self) -> None:
        """Let the gateway's session come to be, so that a backlog can gather."""
        opener = Foldspace("gateway", env=self.env, log=self._log)
        opener.wait_for("ready", 120)
        opener.stop()

    def seconds(self, messages: int) -> float:
        """Return the seconds from the first journalled message to the last stored one."""
        before = self.books.account().stored
        gateway = Foldspace("gateway", env=self.env, log=self._log)
        try:
            return self._seconds(before, messages)
        except TimeoutError:
            account = replace(self.books.account(), devices=[])
            raise SystemExit(f"the backlog was not drained: {account}\n{gateway.output()}") from None
        finally:
            gateway.stop(timeout_s=60)

    def _seconds(self, before: int, messages: int) -> float:
        first: float | None = None
        deadline = time.monotonic() + 240
        received = self.books.account().received
        while time.monotonic() < deadline:
            account = self.books.account()
            if first is None and account.received > received:
                first = time.perf_counter()
            if first is not None and account.stored >= before + messages:
                return time.perf_counter() - first
            time.sleep(0.2)  # looking costs the drain time: a twentieth of a second between looks took a third of it
        raise TimeoutError
