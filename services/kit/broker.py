"""The embedded MQTT broker: rumqttd as a child process, behind one port for both protocol versions.

rumqttd has one listener per protocol version and lets everybody in, and a device engineer should not have to know:
the front door (`door.py`) stands before it. Our own parts use its listeners, which are on loopback, directly.
"""

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iotcore import Broker as Rumqttd

from services.contracts.errors import StartError
from services.kit.door import FrontDoor
from services.kit.doorcounts import DoorCounts
from services.kit.doorguard import Limits
from services.kit.doorkeeper import Gatekeeper

MAX_PAYLOAD_BYTES = 2 * 1024 * 1024
"""rumqttd closes the connection above this; the gateway quarantines far earlier and says why."""

SEGMENT_BYTES, SEGMENTS = 2 * 1024 * 1024, 10
"""rumqttd keeps the last messages of every filter in memory, read or not: up to 20 MB for each. A listener that is away
for longer than that misses some; beyond this size a broker with a disk is the right one."""

_CONFIG = """\
id = 0
[router]
id = 0
max_connections = 10010
max_outgoing_packet_count = 200
max_segment_size = {segment_bytes}
max_segment_count = {segments}

[v4.devices]
name = "mqtt-3.1.1"
listen = "127.0.0.1:{v4}"
next_connection_delay_ms = 1
    [v4.devices.connections]
    connection_timeout_ms = 10000
    max_payload_size = {max_payload}
    max_inflight_count = 500
    dynamic_filters = true

[v5.parts]
name = "mqtt-5"
listen = "127.0.0.1:{v5}"
next_connection_delay_ms = 1
    [v5.parts.connections]
    connection_timeout_ms = 10000
    max_payload_size = {max_payload}
    max_inflight_count = 500
    dynamic_filters = true
"""


class EmbeddedBroker:
    """Listens on HOST:PORT for MQTT 3.1.1 and 5; `url` and `legacy_url` (3.1.1) are shorter ways for our own parts.

    Without a `gatekeeper` nobody but this machine is let in. `limits` are those of one connection from elsewhere.
    """

    def __init__(
        self,
        host: str,
        port: int,
        folder: Path,
        gatekeeper: Gatekeeper | None = None,
        *,
        limits: Limits | None = None,
        trust_loopback: bool = True,
    ) -> None:
        self._host = host
        self._port = port
        self._config = folder / "broker.toml"
        self._rumqttd: Any = None
        self._door: FrontDoor | None = None
        self._gatekeeper = gatekeeper
        self._limits = limits
        self._trust_loopback = trust_loopback
        self.url = ""
        self.legacy_url = ""

    def start(self) -> None:
        """Start broker and front door. Raises StartError when the port is in use."""
        v4, v5 = _free_ports(2)
        text = _CONFIG.format(
            v4=v4, v5=v5, max_payload=MAX_PAYLOAD_BYTES, segment_bytes=SEGMENT_BYTES, segments=SEGMENTS
        )
        self._config.write_text(text, encoding="utf-8")
        self._door = FrontDoor(
            self._host,
            self._port,
            v4,
            v5,
            gatekeeper=self._gatekeeper,
            limits=self._limits,
            trust_loopback=self._trust_loopback,
        )
        self._door.listen()
        self._rumqttd = Rumqttd(config_path=str(self._config))
        try:
            with _child_ignores_ctrl_c():
                self._rumqttd.start()
        except (OSError, RuntimeError) as error:
            self._door.stop()
            raise StartError(f"embedded broker: did not start: {error}") from None
        self._door.start()
        self.url, self.legacy_url = f"mqtt://127.0.0.1:{v5}", f"mqtt://127.0.0.1:{v4}"

    @property
    def counts(self) -> DoorCounts:
        """What the door counts, once the broker is started; register it to have it in `/metrics`."""
        assert self._door is not None, "started before"
        return self._door.counts

    @property
    def pid(self) -> int | None:
        """Process id of rumqttd, for those who measure or kill it."""
        process = getattr(self._rumqttd, "_process", None)
        return None if process is None else int(process.pid)

    def watch(self, stop: threading.Event) -> None:
        """Return when `stop` is set; raise StartError if the broker ends before."""
        while not stop.wait(0.5):
            if not self._rumqttd.is_running:
                raise StartError("embedded broker: its process ended; see the log above")

    def stop(self) -> None:
        """Stop both and free the port."""
        if self._door is not None:
            self._door.stop()
        if self._rumqttd is not None:
            self._rumqttd.stop()


@contextlib.contextmanager
def _child_ignores_ctrl_c() -> Iterator[None]:
    """Let a child started here ignore the terminal's Ctrl-C: it ends when our end of its pipe closes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [int(sock.getsockname()[1]) for sock in sockets]
