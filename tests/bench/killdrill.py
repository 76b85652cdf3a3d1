"""SIGKILL, over and over under load, of gateway, intake, broker and database: is anything lost, or stored twice?

The broker runs with the persistence we ship, the database is InfluxDB behind nginx. The devices repeat what was not
acknowledged to them, as MQTT wants it, and remember what was: that may not be lost.
"""

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from services.journal.books import Books
from services.journal.records import Account, JournalError
from services.timeseries.open import open_timeseries
from tests.servers import InfluxBehindNginx, free_port, program, wait_for_port
from tests.shipped import SHIPPED

DEVICES = 10
DATABASE = "drill"
KILLS, RATE, SECONDS = 40, 1000, 120.0
_RECOVERY_S = 60.0
_PAGE_MS, _PAGE_POINTS = 20_000, 9_000

_GATEWAY = """
import sys, threading
from pathlib import Path
from prometheus_client import CollectorRegistry
from gateway.runner import Gateway
from services.contracts.community import load_community
from services.kit import logs
from services.kit.clock import WallClock
from services.kit.mqtt import Broker
from services.timeseries.open import open_timeseries

url, folder, series = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
logs.configure("INFO")
community = load_community(folder / "community.toml")
Gateway(
    broker=Broker.parse(url),
    clock=WallClock(),
    journal=folder / "journal.sqlite",
    series=open_timeseries(series),
    load_community=lambda: (1, community),
    registry=CollectorRegistry(),
).run(threading.Event())
"""


class Victim(Protocol):
    """What may be killed."""

    def kill(self) -> bool:
        """Kill it with SIGKILL and see that it comes back; tell whether there was anything to kill."""


class GatewayProcess:
    """The gateway as a process of its own, started again when it was killed."""

    def __init__(self, folder: Path, mqtt: str, series: str) -> None:
        self.log = folder / "gateway.log"
        self._command = [sys.executable, "-c", _GATEWAY, mqtt, str(folder), series]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self) -> bool:
        """Kill the drain; the intake notices by itself."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self.start()
        return True

    @property
    def intake(self) -> int | None:
        """The process id of the intake, if there is one at the moment."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        try:
            pids = [int(pid) for pid in children.read_text().split()]
            return next((pid for pid in pids if b"gateway.intake" in Path(f"/proc/{pid}/cmdline").read_bytes()), None)
        except OSError:
            return None

    def stop(self) -> None:
        """End it for good."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)

    def folded_again(self) -> list[int]:
        """Return how many messages each start had to fold again."""
        said = [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if '"folded_again"' in line]
        return [line["messages"] for line in said]


class IntakeProcess:
    """The gateway's child that receives; the gateway starts it again."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self._gateway = gateway

    def kill(self) -> bool:
        """Kill the intake, if it is there."""
        pid = self._gateway.intake
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False  # it ended in this very moment
        return True


class DrillMosquitto:
    """Mosquitto with the persistence and limits we ship, without its plugin, keys and accounts."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._program = program("mosquitto")
        self._process: subprocess.Popen[bytes] | None = None
        kept = ("persistence", "autosave", "max_", "memory_limit", "set_tcp_nodelay", "persistent_client")
        shipped = (SHIPPED / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
        lines = [line for line in shipped if line.startswith(kept) and not line.startswith("persistence_location")]
        lines += [f"listener {self.port} 127.0.0.1", "allow_anonymous true", f"persistence_location {folder}/"]
        lines += ["log_dest none", f"user {'root' if os.geteuid() == 0 else os.environ.get('USER', 'nobody')}", ""]
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(lines))

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._config)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port)

    def kill(self) -> bool:
        """Kill it and start it again: it knows what its last snapshot says."""
        self.stop(signal.SIGKILL)
        self.start()
        return True

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(10)


class Database:
    """InfluxDB, killed and started again; nginx before it lives on and says 502."""

    def __init__(self, influx: InfluxBehindNginx) -> None:
        self._influx = influx

    def kill(self) -> bool:
        """Kill it, and let it be away for a moment."""
        self._influx.influxdb.stop(signal.SIGKILL)
        self._influx.influxdb.start()
        return True


class Fleet(threading.Thread):
    """Devices that repeat what was not acknowledged, and know what was. One connection for all of them."""

    def __init__(self, port: int, rate: int) -> None:
        super().__init__(name="fleet", daemon=True)
        self.acknowledged: set[tuple[int, int]] = set()
        """(device, seq) of what the broker has taken on."""
        self.sent = 0
        self.enough = threading.Event()
        self._port = port
        self._rate = rate
        self._waiting: dict[int, tuple[int, int]] = {}
        self._early: set[int] = set()
        self._lock = threading.Lock()

    def run(self) -> None:
        """Publish until `enough`, then until everything is acknowledged."""
        client = paho.Client(CallbackAPIVersion.VERSION2, "fleet", protocol=paho.MQTTv311)
        client.reconnect_delay_set(1, 1)
        client.max_inflight_messages_set(500)
        client.on_publish = self._published
        client.connect("127.0.0.1", self._port)
        client.loop_start()
        begun = time.monotonic()
        while not self.enough.is_set():
            goal = int((time.monotonic() - begun) * self._rate)
            # A device has a bounded buffer as well: beyond it, it measures on without sending.
            while self.sent < goal and len(self._waiting) < 5 * self._rate:
                self._publish(client, self.sent % DEVICES, self.sent // DEVICES)
                self.sent += 1
            time.sleep(0.01)
        deadline = time.monotonic() + _RECOVERY_S
        while len(self.acknowledged) < self.sent and time.monotonic() < deadline:
            time.sleep(0.05)
        client.disconnect()
        client.loop_stop()

    def _publish(self, client: paho.Client, device: int, seq: int) -> None:
        body = {"ts": _now(), "boot": "b", "seq": seq, "present": seq % 20 < 10}
        mid = client.publish(f"fs/v1/s/dev/radar-{device}/up/presence", json.dumps(body), qos=1).mid
        with self._lock:
            if mid in self._early:
                self._early.remove(mid)
                self.acknowledged.add((device, seq))
            else:
                self._waiting[mid] = device, seq

    def _published(self, _client: Any, _data: Any, mid: int, *_: Any) -> None:
        with self._lock:
            key = self._waiting.pop(mid, None)
            if key is None:
                self._early.add(mid)
            else:
                self.acknowledged.add(key)


@dataclass
class Found:
    """What a drill found."""

    account: Account
    sent: int
    acknowledged: int
    lost: list[tuple[int, int]]
    """(device, seq) acknowledged to the device, and not in the time series."""
    twice: list[tuple[int, int]]
    looks: int
    """How often the account was looked at while everything was going on; it balanced every time."""
    kills: Counter[str] = field(default_factory=Counter)
    recoveries_s: list[float] = field(default_factory=list)
    """From each kill to the next message settled."""
    folded_again: list[int] = field(default_factory=list)


class Drill:
    """A gateway with its servers and devices, and the books watched all the while."""

    def __init__(self, folder: Path, series: str, rate: int) -> None:
        self.broker = DrillMosquitto(folder)
        self.gateway = GatewayProcess(folder, self.broker.url, series)
        self.fleet = Fleet(self.broker.port, rate)
        self._books = Books(folder / "journal.sqlite")
        self._series = series
        self._begun = _now()
        self._looks = 0
        self._recoveries_s: list[float] = []
        self._kills: Counter[str] = Counter()
        self._write_community(folder / "community.toml")

    @contextmanager
    def running(self) -> Iterator["Drill"]:
        """Start broker, gateway and devices; end them."""
        self.broker.start()
        try:
            self.gateway.start()
            # The session, and with it the broker's queue for us, exists from the first connect on.
            self._until(self._settled_probe, lambda: "the gateway did not begin")
            self.fleet.start()
            yield self
        finally:
            self.fleet.enough.set()
            self.gateway.stop()
            self.broker.stop(signal.SIGKILL)

    def kill(self, name: str, victim: Victim) -> None:
        """Kill a part, look at the books, and wait until something is settled again."""
        self.look()
        if name == "broker":
            # Killed while the gateway still fetches what it missed, Mosquitto 2.0 forgets some of it (record 11).
            so_far = len(self.fleet.acknowledged)
            self._until(lambda: self.look().stored >= so_far, lambda: f"{so_far} acknowledged, {self.look()}")
        if not victim.kill():
            return
        begun = time.monotonic()
        self._kills[name] += 1
        before = self.look()
        settled_before = before.received - before.pending
        received_before = before.received

        def goes_on() -> bool:
            now = self.look()
            return now.received - now.pending > settled_before and now.received > received_before

        self._until(goes_on, lambda: f"nothing was settled any more after {name} was killed: {self.gateway.log}")
        self._recoveries_s.append(time.monotonic() - begun)

    def finish(self) -> Found:
        """Let the devices end and everything settle; return what was found."""
        self.fleet.enough.set()
        self.fleet.join(2 * _RECOVERY_S)
        acknowledged = set(self.fleet.acknowledged)
        quiet = 0

        def over() -> bool:
            nonlocal quiet
            account = self.look()
            quiet = quiet + 1 if account.pending == 0 and account.stored >= len(acknowledged) else 0
            return quiet > 40  # what the broker still redelivers has come

        self._until(over, lambda: f"not everything was settled: {len(acknowledged)} acknowledged, {self.look()}")
        self.gateway.stop()  # the end keeps a checkpoint, and with it the numbers of the devices
        stored = self._stored()
        return Found(
            self.look(),
            self.fleet.sent,
            len(acknowledged),
            sorted(acknowledged - set(stored)),
            sorted(key for key, times in stored.items() if times > 1),
            self._looks,
            self._kills,
            self._recoveries_s,
            self.gateway.folded_again(),
        )

    def look(self) -> Account:
        """Return the account; it balances at every look."""
        account = self._books.account()
        self._looks += 1
        settled = account.stored + account.duplicate + account.quarantined
        assert account.received == settled + account.pending, account
        assert account.pending >= 0, account
        return account

    def _settled_probe(self) -> bool:
        """Tell whether a message of a device reaches the books: its session is there."""
        client = paho.Client(CallbackAPIVersion.VERSION2, "probe", protocol=paho.MQTTv311)
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        client.publish("fs/v1/s/dev/radar-0/status", '{"online": true}', qos=1).wait_for_publish(5)
        client.disconnect()
        client.loop_stop()
        time.sleep(0.2)
        account = self.look()
        return account.received > 0 and account.pending == 0

    def _stored(self) -> Counter[tuple[int, int]]:
        history = open_timeseries(self._series)
        stored: Counter[tuple[int, int]] = Counter()
        try:
            # Page by page: no answer is long.
            for start in range(self._begun - _PAGE_MS, _now() + _PAGE_MS, _PAGE_MS):
                for number in range(DEVICES):
                    points = history.readings("s", f"r{number}", start, start + _PAGE_MS - 1, _PAGE_POINTS)
                    assert len(points) < _PAGE_POINTS
                    stored.update((number, point.seq) for point in points if point.seq is not None)
        finally:
            history.close()
        return stored

    @staticmethod
    def _until(condition: Callable[[], bool], otherwise: Callable[[], str], seconds: float = _RECOVERY_S) -> None:
        deadline, trouble = time.monotonic() + seconds, ""
        while True:
            try:
                if condition():
                    return
            except JournalError as error:  # a reader may meet a file that is being created or recovered
                trouble = f" ({error})"
            assert time.monotonic() < deadline, otherwise() + trouble
            time.sleep(0.05)

    @staticmethod
    def _write_community(file: Path) -> None:
        entries = ['[[sites]]\nid = "s"\nname = "s"\ntimezone = "Asia/Shanghai"']
        for n in range(DEVICES):
            entries.append(f'[[spaces]]\nid = "r{n}"\nsite = "s"\nname = "r"\ncapacity = 9')
            entries.append(f'[[devices]]\nid = "radar-{n}"\nsite = "s"\nspace = "r{n}"\nkind = "presence"')
        file.write_text("\n".join(entries))


def _now() -> int:
    return time.time_ns() // 1_000_000


def run() -> None:
    """Print what forty kills within two minutes at a thousand messages a second lose, store twice and confuse."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        influx = InfluxBehindNginx(folder).start()
        try:
            influx.query(f"CREATE DATABASE {DATABASE}")
            drill = Drill(folder, influx.url(DATABASE), RATE)
            victims: dict[str, Victim] = {
                "gateway": drill.gateway,
                "intake": IntakeProcess(drill.gateway),
                "broker": drill.broker,
                "database": Database(influx),
            }
            chance = random.Random(3)
            with drill.running():
                begun = time.monotonic()
                for number in range(KILLS):
                    due = begun + (number + chance.random()) * SECONDS / KILLS
                    while time.monotonic() < due:
                        drill.look()
                        time.sleep(0.1)
                    which = list(victims)[number % len(victims)]
                    drill.kill(which, victims[which])
                took_s = time.monotonic() - begun
                found = drill.finish()
        finally:
            influx.stop()
    account = found.account
    halves = found.recoveries_s[: KILLS // 2], found.recoveries_s[KILLS // 2 :]
    print(f"{dict(found.kills)} within {took_s:.0f} s, {found.sent / took_s:.0f} messages/s")
    print(f"sent {found.sent}, acknowledged {found.acknowledged}")
    print(f"lost {len(found.lost)}, stored twice {len(found.twice)} (aim 0 and 0)")
    print(
        f"received {account.received} = stored {account.stored} + duplicate {account.duplicate}"
        f" + quarantined {account.quarantined} + pending {account.pending}; balanced at {found.looks} looks"
    )
    first, second = (statistics.median(half) for half in halves)
    print(
        f"settling again after, median: first half {first:.2f} s, second half {second:.2f} s,"
        f" longest {max(found.recoveries_s):.2f} s; folded again at most {max(found.folded_again, default=0)}"
    )
    if found.lost:
        print(f"the first lost, as (device, seq): {found.lost[:10]}")
