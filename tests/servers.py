"""Real servers for tests and benches, on free loopback ports; a missing one is a skip, and with CI=true a failure."""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PLACES = {
    "mosquitto": ["/usr/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"],
    "influxd": ["/usr/bin/influxd"],
    "nginx": ["/usr/sbin/nginx", "/opt/homebrew/bin/nginx"],
    "chromium": ["/usr/bin/chromium", "/usr/bin/chromium-browser"],
}

_PACKAGES = {
    "influxd": "influxdb", "nginx": "nginx-light", "mosquitto_ctrl": "mosquitto", "mosquitto_sub": "mosquitto-clients",
}  # fmt: skip


def program(name: str) -> str:
    """Return the path of a server program, or skip the test (fail it with CI=true)."""
    found = shutil.which(name) or next((place for place in _PLACES.get(name, []) if Path(place).exists()), None)
    if found is not None:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed, and with CI=true nothing may be skipped for want of a server")
    pytest.skip(f"{name} is not installed: apt-get install {_PACKAGES.get(name, name)}")


def chromium_path() -> str:
    """Return the path of Chromium, or skip the test: if it is there the one without windows, half as heavy."""
    return shutil.which("chromium-headless-shell") or program("chromium")


def free_port() -> int:
    """Return a loopback port that nobody uses now, and that no connection is given by chance before it is used.

    Test workers have ranges of their own, below those that the system gives out.
    """
    for port in _PORTS:
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable: the ports go round")


def _ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first, count = 10_000 + worker % 5 * 4_000, 4_000
    begin = os.getpid() * 7 % count  # two runs at a time begin at different ones
    return (first + (begin + step) % count for step in itertools.count())


_PORTS = _ports()


def wait_for_port(port: int, timeout_s: float = 10) -> None:
    """Wait until something accepts connections on the port."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class Mosquitto:
    """A Mosquitto of our own, with persistence in `folder`; may be killed and started again."""

    def __init__(self, folder: Path, port: int | None = None, *, saves_every_change: bool = False) -> None:
        """`saves_every_change`: a kill loses nothing, and everything takes fifty times as long."""
        self.port = port or free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._program = program("mosquitto")
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\n"
            "allow_anonymous true\n"
            "persistence true\n"
            f"persistence_location {folder}/\n"
            + ("autosave_interval 1\nautosave_on_changes true\n" if saves_every_change else "")
            + "max_queued_messages 0\nmax_inflight_messages 1000\n"
            "log_dest none\n"
            f"user {'root' if os.geteuid() == 0 else os.environ.get('USER', 'nobody')}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Mosquitto":
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port)
        return self

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop it; SIGKILL as a power cut does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None


@contextmanager
def mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """A Mosquitto for the length of a test."""
    broker = Mosquitto(folder).start()
    try:
        yield broker
    finally:
        broker.stop()


class InfluxDB:
    """An InfluxDB 1.x of our own that keeps its data in `folder`; may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._program = program("influxd")
        self._folder = folder
        self._config = folder / "influxdb.conf"
        self._config.write_text(
            "reporting-enabled = false\n"
            f'bind-address = "127.0.0.1:{free_port()}"\n'
            f'[meta]\ndir = "{folder}/meta"\nlogging-enabled = false\n'
            f'[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\nquery-log-enabled = false\n'
            "[monitor]\nstore-enabled = false\n"
            f'[http]\nbind-address = "127.0.0.1:{self.port}"\nlog-enabled = false\n'
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "InfluxDB":
        """Start it and wait until it listens."""
        with (self._folder / "influxdb.log").open("ab") as log:
            self._process = subprocess.Popen([self._program, "-config", str(self._config)], stdout=log, stderr=log)
        wait_for_port(self.port)
        return self

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop it; SIGKILL as a power cut does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None


class Nginx:
    """An nginx with one of our configurations, its `@NAMES@` filled in."""

    def __init__(self, folder: Path, template: Path, **values: object) -> None:
        self.port = free_port()
        self._program = program("nginx")
        self._folder = folder
        self._config = folder / "nginx.conf"
        text = template.read_text(encoding="utf-8")
        for name, value in {"folder": folder, "port": self.port, **values}.items():
            text = text.replace(f"@{name.upper()}@", str(value))
        self._config.write_text(text, encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Nginx":
        """Start it and wait until it listens."""
        log = self._folder / "error.log"
        command = [self._program, "-p", str(self._folder), "-e", str(log), "-c", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)
        return self

    def stop(self) -> None:
        """Stop it with its workers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)
            self._process = None


class InfluxBehindNginx:
    """An InfluxDB 1.x that understands the write path of version 2, as foldspace speaks it."""

    def __init__(self, folder: Path) -> None:
        self.influxdb = InfluxDB(folder)
        template = Path(__file__).with_name("nginx-influx1.conf.template")
        self._nginx = Nginx(folder, template, influx=self.influxdb.port)

    def start(self) -> "InfluxBehindNginx":
        """Start both."""
        self.influxdb.start()
        self._nginx.start()
        return self

    def url(self, bucket: str) -> str:
        """Return the time series URL of a bucket, which need not exist."""
        return f"influxdb://127.0.0.1:{self._nginx.port}/community/{bucket}"

    def query(self, statement: str, database: str = "") -> object:
        """Run an InfluxQL statement past nginx and foldspace; return the answer."""
        form = urllib.parse.urlencode({"q": statement, "db": database, "epoch": "ns"}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.influxdb.port}/query", form, timeout=10) as answer:
            return json.load(answer)

    def stop(self) -> None:
        """Stop both."""
        self._nginx.stop()
        self.influxdb.stop()


@contextmanager
def influxdb(folder: Path) -> Iterator[InfluxBehindNginx]:
    """An InfluxDB for the length of a test or a module."""
    server = InfluxBehindNginx(folder)
    try:
        yield server.start()
    finally:
        server.stop()


class Foldspace:
    """The `foldspace` command as a newcomer starts it, in a process of its own; its output is kept."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None, log: Path) -> None:
        self.log = log
        command = Path(sys.executable).with_name("foldspace")
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(command), *arguments],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
                start_new_session=True,
            )

    def output(self) -> str:
        """Return what it printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, timeout_s: float = 60) -> str:
        """Wait until a line with `text` was printed and return it; fail with the output when it ends before."""
        deadline = time.monotonic() + timeout_s
        while True:
            for line in self.output().splitlines():
                if text in line:
                    return line
            if self.process.poll() is not None or time.monotonic() > deadline:
                state = "ended" if self.process.poll() is not None else "runs"
                pytest.fail(f"no line with {text!r}; the program {state} and printed:\n{self.output()}")
            time.sleep(0.05)

    def stop(self, how: int = signal.SIGTERM, timeout_s: float = 20) -> int:
        """Send a signal and wait; return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            pytest.fail(f"did not stop within {timeout_s:g} s; printed:\n{self.output()}")
