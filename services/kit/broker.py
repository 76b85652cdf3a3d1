"""The embedded MQTT broker: rumqttd as a child process, behind one port for both protocol versions.

rumqttd has one listener per protocol version, and a device engineer should not have to know. The front door reads
the protocol level in the first packet of a connection (MQTT 5.0 specification, 3.1.2.2) and passes all bytes on,
both ways, to the listener that speaks it.
"""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iotcore import Broker as Rumqttd

from services.contracts.errors import StartError
from services.kit.logs import logger

log = logger("broker")

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

_FIRST_BYTES = 16
"""Enough of CONNECT to hold the protocol level: type 1, length 1–4, name 2 + 4 or 6, level 1."""


class EmbeddedBroker:
    """Listens on HOST:PORT for MQTT 3.1.1 and 5; `url` and `legacy_url` (3.1.1) are shorter ways for our own parts."""

    def __init__(self, host: str, port: int, folder: Path) -> None:
        self._host = host
        self._port = port
        self._config = folder / "broker.toml"
        self._rumqttd: Any = None
        self._door: FrontDoor | None = None
        self.url = ""
        self.legacy_url = ""

    def start(self) -> None:
        """Start broker and front door. Raises StartError when the port is in use."""
        v4, v5 = _free_ports(2)
        text = _CONFIG.format(
            v4=v4, v5=v5, max_payload=MAX_PAYLOAD_BYTES, segment_bytes=SEGMENT_BYTES, segments=SEGMENTS
        )
        self._config.write_text(text, encoding="utf-8")
        self._door = FrontDoor(self._host, self._port, v4, v5)
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


class FrontDoor:
    """Accepts connections on one port and passes each to the listener of its protocol version."""

    def __init__(self, host: str, port: int, v4: int, v5: int) -> None:
        self.refused = 0
        self._address = (host, port)
        self._listeners = {4: v4, 5: v5}
        self._sockets: list[socket.socket] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="foldspace-front-door", daemon=True)
        self._connections: set[asyncio.Task[None]] = set()

    def listen(self) -> None:
        """Take the port. Raises StartError naming it."""
        host, port = self._address
        try:
            self._sockets = [socket.create_server((host, port), backlog=1024)]
        except OSError as error:
            raise StartError(
                f"MQTT port {host}:{port}: {os.strerror(error.errno or 0)}; choose another with --mqtt"
            ) from None

    def start(self) -> None:
        """Serve, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        for sock in self._sockets:
            sock.close()

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._accept, sock=self._sockets[0], limit=256 * 1024)
        )
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in self._connections:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*self._connections, return_exceptions=True))
            self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # one side went away, or we are stopping; the other side is told by the close below
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(10):
            first = await _read_connect(reader)
        level = protocol_level(first)
        target = self._listeners.get(level or -1)
        if target is None:
            self.refused += 1
            log.warning(
                "mqtt_version_refused", peer=str(writer.get_extra_info("peername")), level=level, expected="4 or 5"
            )
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target, limit=256 * 1024)
        try:
            inner_writer.write(first)
            done, pending = await asyncio.wait(
                {
                    asyncio.create_task(_copy(reader, inner_writer)),
                    asyncio.create_task(_copy(inner_reader, writer)),
                },
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in pending:
                task.cancel()
            await asyncio.gather(*done, *pending, return_exceptions=True)
        finally:
            inner_writer.close()


async def _read_connect(reader: asyncio.StreamReader) -> bytes:
    first = b""
    while len(first) < _FIRST_BYTES and protocol_level(first) is None:
        more = await reader.read(65536)
        if not more:
            break
        first += more
    return first


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()


def protocol_level(first: bytes) -> int | None:
    """Return the protocol level of the CONNECT packet that `first` begins with, or None."""
    if len(first) < 2 or first[0] != 0x10:
        return None
    at = 1
    while at < min(len(first), 5) and first[at] & 0x80:
        at += 1
    at += 1
    if len(first) < at + 2:
        return None
    name_end = at + 2 + int.from_bytes(first[at : at + 2], "big")
    if len(first) <= name_end or first[at + 2 : name_end] not in (b"MQTT", b"MQIsdp"):
        return None
    return first[name_end]
