"""The front door of the embedded broker: one port for both protocol versions, and who may come in.

It reads the protocol level in the first packet of a connection (MQTT 5.0 specification, 3.1.2.2) and passes all bytes
on, both ways, to the listener that speaks it. For peers on this machine that is all: their bytes are not looked at,
and no limit holds for them. Everybody else has to show credentials to the gatekeeper, and every packet they send is
held against the rights it gave and the limits of one connection.
"""

import asyncio
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from services.contracts.errors import StartError
from services.kit import doorframes as mqtt
from services.kit.doorcounts import DoorCounts
from services.kit.doorguard import Guard, Limits, OffenceError, TokenBucket
from services.kit.doorkeeper import Gatekeeper, Refused, Standing, Visitor
from services.kit.doorpipes import copy, read_until, say_goodbye, until_one_ends
from services.kit.logs import logger

log = logger("broker")

RESERVED_CLIENT_IDS = "foldspace-"
"""Client ids of our own parts, which connect behind the door: a device with one of them would cut a part off."""

_FIRST_BYTES = 16
"""Enough of CONNECT to hold the protocol level: type 1, length 1–4, name 2 + 4 or 6, level 1."""
_CONNECT_S = 10.0
"""How long a peer may take to introduce itself."""
_RECHECK_S = 2.0
"""How soon a revoked device is cut off."""
_CHECKERS = 2
"""Threads that check passwords: each check costs 20 MB and tens of milliseconds on purpose."""
_READ_BYTES = 16 * 1024


class _Checked:
    """One connection that was let in by its credentials."""

    def __init__(self, username: str, client_id: str, level: int, standing: Standing, limits: Limits) -> None:
        self.username = username
        self.client_id = client_id
        self.level = level
        self.stamp = standing.stamp
        self.guard = Guard(level, standing.rights, limits)
        self.cut = asyncio.Event()


class FrontDoor:
    """Accepts connections on one port and passes each to the listener of its protocol version.

    `trust_loopback` false holds for peers on this machine what holds for all others, as it must behind a local proxy.
    """

    def __init__(
        self,
        host: str,
        port: int,
        v4: int,
        v5: int,
        *,
        gatekeeper: Gatekeeper | None = None,
        limits: Limits | None = None,
        trust_loopback: bool = True,
    ) -> None:
        self.counts = DoorCounts()
        self._address = (host, port)
        self._listeners = {4: v4, 5: v5}
        self._gatekeeper = gatekeeper
        self._limits = limits or Limits()
        self._trust_loopback = trust_loopback
        self._sockets: list[socket.socket] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="foldspace-front-door", daemon=True)
        self._checkers = ThreadPoolExecutor(_CHECKERS, thread_name_prefix="foldspace-door-check")
        self._connections: set[asyncio.Task[None]] = set()
        self._checked: set[_Checked] = set()

    @property
    def port(self) -> int:
        """The port it listens on, after `listen`."""
        return int(self._sockets[0].getsockname()[1])

    def listen(self) -> None:
        """Take the port. Raises StartError naming it."""
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        try:
            self._sockets = [
                socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=both and host == "::")
            ]
        except OSError as error:
            why = error.strerror or os.strerror(error.errno or 0)
            raise StartError(f"MQTT port {host}:{port}: {why}; choose another with --mqtt") from None

    def start(self) -> None:
        """Serve, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        self._checkers.shutdown(wait=False, cancel_futures=True)
        for sock in self._sockets:
            sock.close()

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._accept, sock=self._sockets[0], limit=256 * 1024)
        )
        recheck = self._loop.create_task(self._recheck(), name="door-recheck")
        try:
            self._loop.run_forever()
        finally:
            server.close()
            ending = [recheck, *self._connections]
            for task in ending:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*ending, return_exceptions=True))
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
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        async with asyncio.timeout(_CONNECT_S):
            first = await read_until(reader, b"", lambda data: mqtt.protocol_level(data) is not None, _FIRST_BYTES)
        level = mqtt.protocol_level(first)
        target = self._listeners.get(level or -1)
        if target is None or level is None:
            self.counts.add("refused", "version")
            log.warning("mqtt_version_refused", peer=peer, level=level, expected="4 or 5")
            return
        if self._trust_loopback and _is_loopback(peer):
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target, limit=256 * 1024)
            inner_writer.write(first)
            await until_one_ends(inner_writer, copy(reader, inner_writer), copy(inner_reader, writer))
            return
        await self._serve_checked(reader, writer, first, level, peer)

    # -- peers who have to show who they are

    async def _serve_checked(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes, level: int, peer: str
    ) -> None:
        most = self._limits.payload_bytes + 64 * 1024
        async with asyncio.timeout(_CONNECT_S):
            first = await read_until(reader, first, _is_whole, most)
        if not _is_whole(first):
            self._refuse(writer, level, peer, Refused("too_large", mqtt.TOO_LARGE), "")
            return
        size = mqtt.frame_size(first)
        assert size is not None
        try:
            hello = mqtt.read_connect(first[: size[1]])
        except mqtt.MalformedError:
            self._refuse(writer, level, peer, Refused("malformed", mqtt.MALFORMED), "")
            return
        checked = await self._admit(hello, peer)
        if isinstance(checked, Refused):
            self._refuse(writer, level, peer, checked, hello.username or "")
            return
        self._checked.add(checked)
        self.counts.connected = len(self._checked)
        try:
            inner_reader, inner_writer = await asyncio.open_connection(
                "127.0.0.1", self._listeners[level], limit=256 * 1024
            )
            inner_writer.write(first[: size[1]])
            await until_one_ends(
                inner_writer,
                self._watch(checked, first[size[1] :], reader, inner_writer, writer),
                copy(inner_reader, writer),
                self._wait_for_cut(checked, writer),
            )
        finally:
            self._checked.discard(checked)
            self.counts.connected = len(self._checked)

    async def _admit(self, hello: mqtt.Connect, peer: str) -> _Checked | Refused:
        if self._gatekeeper is None or hello.username is None:
            return Refused("anonymous", mqtt.NOT_AUTHORIZED)
        if hello.client_id.startswith(RESERVED_CLIENT_IDS):
            return Refused("client_id", mqtt.NOT_AUTHORIZED)
        visitor = Visitor(hello.username, hello.password, peer)
        found = await self._loop.run_in_executor(self._checkers, self._gatekeeper.admit, visitor)
        if isinstance(found, Refused):
            return found
        if any(one.client_id == hello.client_id and one.username != hello.username for one in self._checked):
            return Refused("client_id", mqtt.NOT_AUTHORIZED)  # it would cut its neighbour off
        checked = _Checked(hello.username, hello.client_id, hello.level, found, self._limits)
        try:
            if hello.will_topic is not None:
                checked.guard.check_will(hello.will_topic, hello.will_bytes)
        except OffenceError as error:
            return Refused(error.what, error.reason)
        return checked

    def _refuse(self, writer: asyncio.StreamWriter, level: int, peer: str, refused: Refused, username: str) -> None:
        self.counts.add("refused", refused.why)
        log.warning("mqtt_refused_at_door", peer=peer, username=username, why=refused.why)
        writer.write(mqtt.refusal(level, refused.reason))

    async def _watch(
        self,
        checked: _Checked,
        first: bytes,
        reader: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
    ) -> None:
        """Pass on what the device may send, as fast as it may; end at the first packet it may not."""
        limits = self._limits
        bucket = TokenBucket(limits.messages_per_s, limits.burst, self._loop.time())
        told = False
        data = first
        try:
            while True:
                for frame in checked.guard.frames(data):
                    wait_s = bucket.take(self._loop.time()) if frame.is_publish else 0.0
                    if wait_s:
                        self.counts.add("held_back", "rate")
                        if not told:
                            told = True
                            log.warning(
                                "device_held_back", username=checked.username, messages_per_s=limits.messages_per_s
                            )
                        await sink.drain()
                        await asyncio.sleep(wait_s)
                    sink.write(frame.data)
                await sink.drain()
                data = await reader.read(_READ_BYTES)
                if not data:
                    return
        except OffenceError as error:
            self.counts.add("cut", error.what)
            log.warning("device_cut", username=checked.username, what=error.what, detail=error.detail)
            await say_goodbye(back, checked.level, error.reason)

    async def _wait_for_cut(self, checked: _Checked, back: asyncio.StreamWriter) -> None:
        await checked.cut.wait()
        self.counts.add("cut", "revoked")
        log.warning("device_cut", username=checked.username, what="revoked", detail="its credentials have changed")
        await say_goodbye(back, checked.level, mqtt.ADMINISTRATIVE)

    async def _recheck(self) -> None:
        """Cut whoever may no longer stay, and give the others the rights they have now."""
        while True:
            await asyncio.sleep(_RECHECK_S)
            if self._gatekeeper is None:
                continue
            connections = list(self._checked)
            standings = await self._loop.run_in_executor(self._checkers, _standings, self._gatekeeper, connections)
            for checked, standing in zip(connections, standings, strict=True):
                if standing is None or standing.stamp != checked.stamp:
                    checked.cut.set()
                else:
                    checked.guard.rights = standing.rights


def _standings(gatekeeper: Gatekeeper, connections: list[_Checked]) -> list[Standing | None]:
    return [gatekeeper.standing(one.username) for one in connections]


def _is_loopback(peer: str) -> bool:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _is_whole(data: bytes) -> bool:
    try:
        size = mqtt.frame_size(data)
    except mqtt.MalformedError:
        return False
    return size is not None and len(data) >= size[1]
