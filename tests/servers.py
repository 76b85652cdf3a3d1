"""Real servers for tests and benches, on free loopback ports; a missing one is a skip, and with CI=true a failure."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PLACES = {
    "mosquitto": ["/usr/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"],
    "chromium": ["/usr/bin/chromium", "/usr/bin/chromium-browser"],
}


def program(name: str) -> str:
    """Return the path of a server program, or skip the test (fail it with CI=true)."""
    found = shutil.which(name) or next((place for place in _PLACES.get(name, []) if Path(place).exists()), None)
    if found is not None:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed, and with CI=true nothing may be skipped for want of a server")
    pytest.skip(f"{name} is not installed: apt-get install {name}")


def free_port() -> int:
    """Return a loopback port that nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


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
