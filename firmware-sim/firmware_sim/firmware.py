"""What runs on a device: birth and will, boot and seq, heartbeats, the ring buffer, the clock, obeying commands.

Pure: time comes in as `now` (true time), messages go out as return values; the link reports what became of them.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from firmware_sim.chance import stream, token
from firmware_sim.ring import Ring
from firmware_sim.sensors.sample import Sample
from services.contracts.commands import Ack, Command, Status
from services.contracts.errors import PayloadError
from services.contracts.names import SECOND, Millis
from services.contracts.readings import first_fault, parse_json_object
from services.contracts.topics import AckTopic, StatusTopic, UpTopic
from services.kit.logs import logger

VERSION = "1.4.2"
RING_SIZE = 2_000
UNDER_WAY = 50
"""Readings that may wait for the broker's acknowledgement at one time."""
REMEMBERED_COMMANDS = 64
REBOOT_MS: Millis = 10_000

log = logger("firmware")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish with QoS 1. `ref` is what `Firmware.delivered` wants; None needs no report."""

    topic: str
    payload: bytes
    retain: bool = False
    ref: int | None = None


class Firmware:
    """One device's firmware. `actuate` does what belongs to its kind; it returns what was wrong, or None."""

    def __init__(
        self,
        site: str,
        device: str,
        *,
        seed: Sequence[object] = (),
        heartbeat_s: float = 300,
        ring_size: int = RING_SIZE,
        actuate: Callable[[Command], str | None] | None = None,
    ) -> None:
        self.site = site
        self.device = device
        self.boot = ""
        self.heartbeat_s = heartbeat_s
        self.linked = False
        self.silent = False
        """A hung main loop: the connection lives, readings stop."""
        self.repeats = 0.0
        """Share of readings that are sent twice."""
        self.reboot_at: Millis | None = None
        self._seed = tuple(seed)
        self._luck = stream(*self._seed, "firmware", device)
        self._phase_ms = self._luck.randrange(int(heartbeat_s * SECOND))
        self._ring = Ring(ring_size)
        self._actuate = actuate
        self._state: dict[tuple[str, int], Sample] = {}
        self._seq = 0
        self._booted_at: Millis = 0
        self._beat_at: Millis = 0
        self._drift_ppm = 0.0
        self._synced_at: Millis = 0
        self._answers: OrderedDict[str, Ack] = OrderedDict()
        self._topics: dict[str, str] = {}
        self._status = str(StatusTopic(site, device))

    # -- life

    def start(self, now: Millis) -> None:
        """Boot: a new boot id, seq from 0. The ring buffer is flash and survives."""
        self.boot = token(*self._seed, "boot", self.device, now)
        self._seq = 0
        self._state.clear()
        self._booted_at = now
        self._beat_at = now + self._phase_ms
        self.reboot_at = None

    def uptime_s(self, now: Millis) -> float:
        """Return how long this boot has lasted."""
        return (now - self._booted_at) / SECOND

    def set_drift(self, ppm: float, now: Millis) -> None:
        """Let the clock run fast by `ppm` from now on; 0 is a clock that was just set."""
        self._drift_ppm, self._synced_at = ppm, now

    def clock(self, now: Millis) -> Millis:
        """Return what the device takes the time for."""
        return now + int((now - self._synced_at) * self._drift_ppm / 1e6)

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
        birth = Status(online=True, boot=self.boot, fw=VERSION)
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

    def step(self, now: Millis) -> list[Outgoing]:
        """Return what is to be published now."""
        if now >= self._beat_at:
            self._beat(now)
        if not self.linked or self.silent or self._ring.idle:
            return []
        messages: list[Outgoing] = []
        for entry in self._ring.hand_out(UNDER_WAY):
            message = Outgoing(self._topic(entry.kind), entry.payload, ref=entry.ref)
            messages.append(message)
            if self.repeats and self._luck.random() < self.repeats:
                messages.append(Outgoing(message.topic, message.payload))
        return messages

    def _beat(self, now: Millis) -> None:
        period = max(1, int(self.heartbeat_s * SECOND))
        self._beat_at += period * ((now - self._beat_at) // period + 1)
        if not self.silent:
            for sample in list(self._state.values()):
                self._write(sample, now)

    def _write(self, sample: Sample, now: Millis) -> None:
        body = {"ts": self.clock(now), "boot": self.boot, "seq": self._seq, **sample.fields}
        payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
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
        try:
            raw = parse_json_object(payload)
        except PayloadError as error:
            log.warning("command_dropped", device=self.device, reason=str(error))
            return []
        command_id = raw.get("id")
        if not isinstance(command_id, str) or not command_id:
            log.warning("command_dropped", device=self.device, reason="id: expected a string")
            return []
        answer = self._answers.get(command_id)
        if answer is None:
            error_text = self._execute(raw, now)
            answer = Ack(id=command_id, ok=error_text is None, error=error_text)
            self._answers[command_id] = answer
            if len(self._answers) > REMEMBERED_COMMANDS:
                self._answers.popitem(last=False)
        return [Outgoing(str(AckTopic(self.site, self.device)), answer.model_dump_json().encode())]

    def _execute(self, raw: dict[str, Any], now: Millis) -> str | None:
        """Do it; return what was wrong, or None."""
        try:
            command = Command.model_validate(raw)
        except ValidationError as error:
            return first_fault(error)
        if self.clock(now) > command.expires:
            return "expired"
        log.debug("command", device=self.device, do=command.do)
        match command.do:
            case "identify":
                return None
            case "reboot":
                self.reboot_at = now + REBOOT_MS
                return None
            case "configure":
                return self._configure(command.args)
            case "resend":
                return self._resend(command.args)
        return self._actuate(command) if self._actuate is not None else f"this device cannot {command.do}"

    def _configure(self, args: dict[str, Any]) -> str | None:
        if args.keys() != {"heartbeat_s"}:
            return "args: expected heartbeat_s alone"
        heartbeat_s = args["heartbeat_s"]
        if isinstance(heartbeat_s, bool) or not isinstance(heartbeat_s, int | float) or not 1 <= heartbeat_s <= 86_400:
            return "args.heartbeat_s: expected 1 to 86400"
        # The next beat moves with it: a shorter period must not wait for the end of a long one.
        self._beat_at += int((heartbeat_s - self.heartbeat_s) * SECOND)
        self.heartbeat_s = float(heartbeat_s)
        return None

    def _resend(self, args: dict[str, Any]) -> str | None:
        boot, ranges = args.get("boot"), args.get("ranges")
        if not isinstance(boot, str) or not isinstance(ranges, list):
            return "args: expected boot and ranges [[first, last], …]"
        pairs: list[tuple[int, int]] = []
        for pair in ranges:
            match pair:
                case [int(low), int(high)]:
                    pairs.append((low, high))
                case _:
                    return "args.ranges: expected [first, last] pairs of seq"
        return None if self._ring.ask_again(boot, pairs) else "nothing of this is in the buffer any more"
