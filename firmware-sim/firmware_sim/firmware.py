"""What runs on a device: birth and will, boot and seq, heartbeats, what is handed to the link, what commands do.

Pure: time comes in as `now` (true time), messages go out as return values; the link reports what became of them.
"""

import heapq
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from firmware_sim.chance import stream, token
from firmware_sim.deviceclock import DeviceClock
from firmware_sim.orders import Missing, Orders, RefusedError
from firmware_sim.ring import Ring
from firmware_sim.sensors.sample import Sample
from firmware_sim.twin import Twin
from services.contracts.commands import Command, ResendArgs, Status
from services.contracts.names import MINUTE, SECOND, Millis
from services.contracts.readings import first_fault
from services.contracts.topics import AckTopic, StatusTopic, UpTopic
from services.kit.logs import logger

VERSION = "1.4.2"
RING_SIZE = 2_000
UNDER_WAY = 50
"""Readings that may wait for the broker's acknowledgement at one time."""
REBOOT_MS: Millis = 10_000
LATE_MS: Millis = 15 * MINUTE
"""How much later the second copy of a reading may come."""

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

log = logger("firmware")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish with QoS 1. `ref` is what `Firmware.delivered` wants; None needs no report."""

    topic: str
    payload: bytes
    retain: bool = False
    ref: int | None = None


class Firmware:
    """One device's firmware. `actuate` does what belongs to its kind; it returns what was wrong, or None.

    `claim` is the code on its label, which it tells at birth so that staff can claim it.
    """

    def __init__(
        self,
        site: str,
        device: str,
        *,
        seed: Sequence[object] = (),
        heartbeat_s: float = 300,
        ring_size: int = RING_SIZE,
        actuate: Callable[[Command], str | None] | None = None,
        claim: str | None = None,
    ) -> None:
        self.site = site
        self.device = device
        self.boot = ""
        self.clock = DeviceClock()
        self.twin = Twin(heartbeat_s)
        self.linked = False
        self.silent = False
        """A hung main loop: the connection lives, readings stop."""
        self.repeats = 0.0
        """Share of readings that are sent twice."""
        self.repeats_late = 0.0
        """Share of readings of which a copy comes again, up to LATE_MS later."""
        self.delays_ms: Millis = 0
        """How long readings take at most on the way; each takes its own time, so that they overtake each other."""
        self.loses = 0.0
        """Share of readings that vanish on the way though the device believes them delivered."""
        self.vanished = 0
        """Readings that did."""
        self.noise_per_s = 0.0
        """Messages of no use that are sent on top."""
        self.poses_as: str | None = None
        """Another device, in whose name readings are published as well."""
        self.reboot_at: Millis | None = None
        self._seed = tuple(seed)
        self._luck = stream(*self._seed, "firmware", device)
        self._phase_ms = self._luck.randrange(self._period)
        self._ring = Ring(ring_size)
        self._actuate = actuate
        self._claim = claim
        self._orders = Orders(device, self.clock, self._obey)
        self._state: dict[tuple[str, int], Sample] = {}
        self._seq = 0
        self._booted_at: Millis = 0
        self._beat_at: Millis = 0
        self._stepped_at: Millis = 0
        self._topics: dict[str, str] = {}
        self._on_the_way: list[tuple[Millis, int, Outgoing]] = []
        self._held_up = 0
        self._status = str(StatusTopic(site, device))
        self._acks = str(AckTopic(site, device))

    # -- life

    def start(self, now: Millis) -> None:
        """Boot: a new boot id, seq from 0. Ring buffer and configuration are flash and survive."""
        self.boot = token(*self._seed, "boot", self.device, now)
        self._seq = 0
        self._state.clear()
        self._booted_at = self._stepped_at = now
        self._beat_at = now + self._phase_ms % self._period
        self.reboot_at = None

    def uptime_s(self, now: Millis) -> float:
        """Return how long this boot has lasted."""
        return (now - self._booted_at) / SECOND

    @property
    def lost(self) -> int:
        """Readings that were overwritten before they could be sent."""
        return self._ring.lost

    # -- the link

    def will(self) -> Outgoing:
        """Return what the broker says when the device vanishes."""
        return Outgoing(self._status, Status(online=False).model_dump_json(exclude_none=True).encode(), retain=True)

    def link_up(self) -> list[Outgoing]:
        """The connection stands: return the birth message."""
        self.linked = True
        claim = {} if self._claim is None else {"claim": self._claim}
        birth = Status.model_validate({"online": True, "boot": self.boot, "fw": VERSION, **self.twin.report(), **claim})
        return [Outgoing(self._status, birth.model_dump_json().encode(), retain=True)]

    def link_down(self) -> None:
        """The connection broke: what was not acknowledged will be sent again."""
        self.linked = False
        self._ring.take_back()

    def delivered(self, ref: int) -> None:
        """The broker acknowledged a reading."""
        self._ring.delivered(ref)

    # -- readings

    def sense(self, sample: Sample, now: Millis) -> None:
        """Take a sample: remember it for the heartbeat, and send it if it says so."""
        if sample.repeats:
            self._state[sample.kind, sample.slot] = sample
        if sample.send:
            self._write(sample, now)

    def flood(self, per_s: float, now: Millis) -> None:
        """From now on send so many messages of no use in a second."""
        self.noise_per_s = per_s
        self._stepped_at = now

    def rests_until(self, now: Millis) -> Millis:
        """After a step at `now`: until when another would do nothing, if it is given no sample and no command."""
        if self.noise_per_s or self.reboot_at is not None or (self.linked and not self._ring.idle):
            return now
        return min(self._beat_at, self._on_the_way[0][0]) if self._on_the_way else self._beat_at

    def arrivals(self, now: Millis) -> list[Outgoing]:
        """Return what was held up on the way and arrives now, whatever has become of the device since."""
        arrived: list[Outgoing] = []
        while self._on_the_way and self._on_the_way[0][0] <= now:
            arrived.append(heapq.heappop(self._on_the_way)[2])
        return arrived

    def step(self, now: Millis) -> list[Outgoing]:
        """Return what is to be published now."""
        if now >= self._beat_at:
            self._beat(now)
        since, self._stepped_at = self._stepped_at, now
        if not self.linked or self.silent:
            return []
        messages = [] if self._ring.idle else list(self._readings(now))
        if self.noise_per_s:
            messages += self._noise(since, now)
        return messages

    def _readings(self, now: Millis) -> Iterator[Outgoing]:
        for entry in self._ring.hand_out(UNDER_WAY, now):
            if self.loses and self._luck.random() < self.loses:
                self._ring.delivered(entry.ref)
                self.vanished += 1
                continue
            topic = self._topic(entry.kind)
            if self.repeats_late and self._luck.random() < self.repeats_late:
                self._hold_up(Outgoing(topic, entry.payload), now, LATE_MS)
            if self.delays_ms:
                self._ring.delivered(entry.ref)
                self._hold_up(Outgoing(topic, entry.payload), now, self.delays_ms)
                continue
            yield Outgoing(topic, entry.payload, ref=entry.ref)
            if self.repeats and self._luck.random() < self.repeats:
                yield Outgoing(topic, entry.payload)
            if self.poses_as is not None:
                yield Outgoing(str(UpTopic(self.site, self.poses_as, entry.kind)), entry.payload)

    def _hold_up(self, message: Outgoing, now: Millis, at_most: Millis) -> None:
        arrives = now + self._luck.randrange(at_most)
        self._held_up += 1  # ties arrive in the order in which they were sent
        heapq.heappush(self._on_the_way, (arrives, self._held_up, message))

    def _noise(self, since: Millis, now: Millis) -> Iterator[Outgoing]:
        """Yield what a chattering device says: valid, worthless and without a number, so that none is a duplicate."""
        count = int(now * self.noise_per_s // SECOND) - int(since * self.noise_per_s // SECOND)
        for number in range(1, count + 1):
            at = since + (now - since) * number // count
            payload = b'{"ts":%d,"uptime_s":%d}' % (self.clock.read(at), self.uptime_s(at))
            yield Outgoing(self._topic("health"), payload)

    @property
    def _period(self) -> Millis:
        return max(1, int(self.twin.heartbeat_s * SECOND))

    def _beat(self, now: Millis) -> None:
        period = self._period
        self._beat_at += period * ((now - self._beat_at) // period + 1)
        if not self.silent:
            for sample in list(self._state.values()):
                self._write(sample, now)

    def _write(self, sample: Sample, now: Millis) -> None:
        body = {"ts": self.clock.read(now), "boot": self.boot, "seq": self._seq, **sample.fields}
        payload = _json(body).encode()
        if self._ring.append(self.boot, self._seq, sample.kind, payload) and self._ring.lost % 100 == 1:
            log.warning("readings_overwritten", device=self.device, lost=self._ring.lost)
        self._seq += 1

    def _topic(self, kind: str) -> str:
        topic = self._topics.get(kind)
        if topic is None:
            topic = self._topics[kind] = str(UpTopic(self.site, self.device, kind))
        return topic

    # -- commands

    def on_command(self, payload: bytes, now: Millis) -> list[Outgoing]:
        """Obey a command once, however often it arrives; return its acknowledgement."""
        ack = self._orders.answer(payload, now)
        if ack is None:
            return []
        left_out = {"missing"} if ack.missing is None else None
        return [Outgoing(self._acks, ack.model_dump_json(exclude=left_out).encode())]

    def _obey(self, command: Command, now: Millis) -> Missing:
        match command.do:
            case "identify":
                pass
            case "reboot":
                self.reboot_at = now + REBOOT_MS
            case "configure":
                self._configure(command.args, now)
            case "resend":
                return self._resend(command.args)
            case _:
                fault = f"this device cannot {command.do}" if self._actuate is None else self._actuate(command)
                if fault is not None:
                    raise RefusedError(fault)
        return None

    def _configure(self, args: dict[str, Any], now: Millis) -> None:
        before = self._period
        self.twin.configure(args)
        # The next beat moves with it: a shorter period must not wait for the end of a long one.
        self._beat_at += self._period - before
        self.sense(Sample("health", {"fw": VERSION, **self.twin.report()}, repeats=False), now)

    def _resend(self, args: dict[str, Any]) -> Missing:
        try:
            wanted = ResendArgs.model_validate(args)
        except ValidationError as error:
            raise RefusedError(f"args: expected boot and ranges [[first, last], …]: {first_fault(error)}") from None
        return self._ring.ask_again(wanted.boot, wanted.ranges)
