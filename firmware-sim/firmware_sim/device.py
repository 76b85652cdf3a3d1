"""A virtual device: a sensor, its firmware, its battery and radio, and whatever is wrong with it today."""

from collections import deque
from collections.abc import Iterable, Sequence

from firmware_sim.chance import stream
from firmware_sim.faults import FaultChange
from firmware_sim.firmware import REBOOT_MS, VERSION, Firmware, Outgoing
from firmware_sim.mishaps import MAIN_FIELD, ON_BATTERY
from firmware_sim.sensors.sample import Sample, Sensor
from services.contracts.community import Device
from services.contracts.instants import to_rfc3339
from services.contracts.names import DAY, HOUR, MINUTE, SECOND, Millis
from services.kit.logs import logger

HEARTBEAT_S = {
    "presence": 60, "motion": 300, "count": 60, "door": 900, "charging": 60, "climate": 300,
    "button": 1800, "lending": 1800, "screen": 300,
}  # fmt: skip
"""How often a device speaks if its community file does not say, by kind."""
_HEALTH_EVERY: Millis = HOUR
_DRAIN_PCT_PER_DAY = 0.4
_DRAIN_PCT_PER_MESSAGE = 0.0004

log = logger("firmware")


class VirtualDevice:
    """One device. `begin` powers it on; then `step` once for every step of the world.

    `claim` is the code on the label of a device that is not in the catalogue yet.
    """

    def __init__(self, entry: Device, sensor: Sensor, *, seed: Sequence[object], claim: str | None = None) -> None:
        self.entry = entry
        self.sensor = sensor
        self.firmware = Firmware(
            entry.site,
            entry.id,
            seed=seed,
            heartbeat_s=entry.heartbeat_s or HEARTBEAT_S[entry.kind],
            actuate=sensor.act,
            claim=claim,
        )
        self._luck = stream(*seed, "device", entry.id)
        self.rests_until: Millis = 0
        """Steps before this do nothing and may be left out, unless something stirs in `sensor.rooms`."""
        self._battery_pct = self._luck.uniform(35, 100) if entry.kind in ON_BATTERY else None
        self._leak_pct_per_h = 0.0
        self._rssi_dbm = self._luck.uniform(-78, -48)
        self._changes: deque[FaultChange] = deque()
        self._dead = False
        self._unlinked = False
        self._stuck = False
        self._hangs = False
        self._flips_every_ms = 0.0
        self._flip_at: Millis = 0
        self._flipped = False
        self._began = False
        self._drained_at: Millis = 0
        self._health_at: Millis = 0

    @property
    def wants_link(self) -> bool:
        """Whether the device is on and its radio reaches the network."""
        return self._began and not self._dead and not self._unlinked and self.firmware.reboot_at is None

    def expect(self, changes: Iterable[FaultChange]) -> None:
        """Take up the faults that begin on another day. Those of before may end after they begin."""
        self._changes = deque(sorted([*self._changes, *changes], key=lambda change: change.at))

    def begin(self, now: Millis) -> None:
        """Power on, with the troubles that began before and are not over."""
        while any(change.what == "recovers" and change.at <= now for change in self._changes):
            self._changes.popleft()
        self._began = True
        self._boot(now)
        self._meet_faults(now)

    def step(self, now: Millis) -> list[Outgoing]:
        """Look at the world and return what is to be published."""
        self._meet_faults(now)
        messages = self.firmware.arrivals(now) + self._run(now)
        self.rests_until = self._rests_until(now)
        return messages

    def stir(self) -> None:
        """Something came to it from outside: it must not rest over the next step."""
        self.rests_until = 0

    def _run(self, now: Millis) -> list[Outgoing]:
        firmware = self.firmware
        if self._dead:
            return []
        if firmware.reboot_at is not None:
            if now < firmware.reboot_at:
                return []
            self._boot(now)
        if not firmware.silent:
            for sample in self.sensor.look(now):
                if not self._stuck:
                    firmware.sense(sample, now)
            if self._flips_every_ms:
                self._chatter(now)
            if now >= self._health_at:
                self._report_health(now)
        if self._battery_pct == 0.0:
            self._dead = True
            return []
        messages = firmware.step(now)
        if messages and self._battery_pct is not None:
            self._battery_pct = max(0.0, self._battery_pct - _DRAIN_PCT_PER_MESSAGE * len(messages))
        return messages

    def _rests_until(self, now: Millis) -> Millis:
        if self._flips_every_ms:
            return now
        until = self.firmware.rests_until(now)
        if self._changes:
            until = min(until, self._changes[0].at)
        if not self.firmware.silent and not self._dead:
            until = min(until, self._health_at, self.sensor.rests_until(now))
        return until

    def _boot(self, now: Millis) -> None:
        self.firmware.start(now)
        self.sensor.wake()
        self._drained_at = self._health_at = now

    def _report_health(self, now: Millis) -> None:
        fields: dict[str, object] = {
            "rssi_dbm": round(self._rssi_dbm + self._luck.gauss(0, 2)),
            "uptime_s": round(self.firmware.uptime_s(now)),
            "fw": VERSION,
        }
        self._drain(now)
        if self._battery_pct is not None:
            fields["battery_pct"] = round(self._battery_pct, 2)
        # A button and a screen have no state of their own to repeat: their health is their heartbeat.
        repeats = self.entry.kind in ("button", "screen")
        self.firmware.sense(Sample("health", fields, repeats=repeats), now)
        self._health_at = now + _HEALTH_EVERY

    def _drain(self, now: Millis) -> None:
        if self._battery_pct is not None:
            passed = now - self._drained_at
            used_pct = _DRAIN_PCT_PER_DAY * passed / DAY + self._leak_pct_per_h * passed / HOUR
            self._battery_pct = max(0.0, self._battery_pct - used_pct)
        self._drained_at = now

    def _meet_faults(self, now: Millis) -> None:
        while self._changes and self._changes[0].at <= now:
            change = self._changes.popleft()
            at = to_rfc3339(change.at)
            log.info("device_fault", device=self.entry.id, what=change.what, value=change.value, at=at)
            self._meet(change, now)

    def _meet(self, change: FaultChange, now: Millis) -> None:
        firmware = self.firmware
        match change.what:
            case "dies":
                self._dead = True
            case "recovers":
                self._recover(now)
            case "stuck_true" | "stuck_false":
                field = MAIN_FIELD.get(self.entry.kind)
                if field is not None:
                    self._stuck = True
                    firmware.sense(Sample(self.entry.kind, {field: change.what == "stuck_true"}), now)
            case "frozen":
                self._stuck = self._hangs = True
            case "chatters":
                self._stuck = True
                self._flips_every_ms = change.value * SECOND
                self._flip_at = now
            case "silent":
                firmware.silent = True
            case "clock_drift_ppm":
                firmware.clock.drift(change.value, change.at)
            case "clock_offset_s":
                firmware.clock.shift(round(change.value * SECOND))
            case "clock_reset":
                firmware.reboot_at = now + REBOOT_MS
                firmware.clock.forget(firmware.reboot_at)
            case "duplicates":
                firmware.repeats = change.value
            case "duplicates_late":
                firmware.repeats_late = change.value
            case "delays":
                firmware.delays_ms = round(change.value * MINUTE)
            case "loses":
                firmware.loses = change.value
            case "floods":
                firmware.flood(change.value, now)
            case "impostor":
                firmware.poses_as = change.victim
            case "battery_leak":
                self._drain(now)
                self._leak_pct_per_h = change.value
            case "link_down":
                self._unlinked = True

    def _chatter(self, now: Millis) -> None:
        field = MAIN_FIELD[self.entry.kind]
        while self._flip_at <= now:
            self._flipped = not self._flipped
            self.firmware.sense(Sample(self.entry.kind, {field: self._flipped}), self._flip_at)
            self._flip_at += round(self._luck.uniform(0.3, 1.7) * self._flips_every_ms)

    def _recover(self, now: Millis) -> None:
        """Everything is repaired: the clock set, an empty battery replaced, a dead or hanging device started again."""
        firmware = self.firmware
        firmware.clock.set_right()
        firmware.silent = False
        firmware.poses_as = None
        firmware.repeats = firmware.repeats_late = firmware.loses = firmware.noise_per_s = 0.0
        firmware.delays_ms = 0
        self._flips_every_ms = 0.0
        self._drain(now)
        self._leak_pct_per_h = 0.0
        if self._battery_pct == 0.0:
            self._battery_pct = 100.0
        if self._dead:
            self._boot(now)
        elif self._hangs:
            firmware.reboot_at = now + REBOOT_MS
        else:
            self.sensor.repeat()
        self._dead = self._unlinked = self._stuck = self._hangs = False
