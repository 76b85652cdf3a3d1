"""A virtual device: a sensor, its firmware, its battery and radio, and whatever is wrong with it today."""

from collections import deque
from collections.abc import Iterable, Sequence

from firmware_sim.chance import stream
from firmware_sim.faults import FaultChange
from firmware_sim.firmware import REBOOT_MS, VERSION, Firmware, Outgoing
from firmware_sim.sensors.sample import Sample, Sensor
from firmware_sim.tables import ON_BATTERY
from services.contracts.community import Device
from services.contracts.names import DAY, HOUR, SECOND, Millis
from services.kit.logs import logger

HEARTBEAT_S = {
    "presence": 60, "motion": 300, "count": 60, "door": 900, "charging": 60, "climate": 300,
    "button": 1800, "lending": 1800, "screen": 300,
}  # fmt: skip
"""How often a device speaks if its community file does not say, by kind."""
_MAIN_FIELD = {"presence": "present", "motion": "motion", "door": "open"}
"""What sticks when a device of this kind is stuck."""
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
        self._battery_pct = self._luck.uniform(35, 100) if entry.kind in ON_BATTERY else None
        self._leak_pct_per_h = 0.0
        self._rssi_dbm = self._luck.uniform(-78, -48)
        self._changes: deque[FaultChange] = deque()
        self._dead = False
        self._unlinked = False
        self._stuck = False
        self._began = False
        self._drained_at: Millis = 0
        self._health_at: Millis = 0

    @property
    def wants_link(self) -> bool:
        """Whether the device is on and its radio reaches the network."""
        return self._began and not self._dead and not self._unlinked and self.firmware.reboot_at is None

    def expect(self, changes: Iterable[FaultChange]) -> None:
        """Take up the faults of another day."""
        self._changes.extend(changes)

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
            if now >= self._health_at:
                self._report_health(now)
        if self._battery_pct == 0.0:
            self._dead = True
            return []
        messages = firmware.step(now)
        if messages and self._battery_pct is not None:
            self._battery_pct = max(0.0, self._battery_pct - _DRAIN_PCT_PER_MESSAGE * len(messages))
        return messages

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
            log.info("device_fault", device=self.entry.id, what=change.what)
            self._meet(change, now)

    def _meet(self, change: FaultChange, now: Millis) -> None:
        firmware = self.firmware
        match change.what:
            case "dies":
                self._dead = True
            case "recovers":
                self._recover(now)
            case "stuck_true" | "stuck_false":
                field = _MAIN_FIELD.get(self.entry.kind)
                if field is not None:
                    self._stuck = True
                    firmware.sense(Sample(self.entry.kind, {field: change.what == "stuck_true"}), now)
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
            case "loses":
                firmware.loses = change.value
            case "floods":
                firmware.noise_per_s = change.value
            case "impostor":
                firmware.poses_as = change.victim
            case "battery_leak":
                self._drain(now)
                self._leak_pct_per_h = change.value
            case "link_down":
                self._unlinked = True

    def _recover(self, now: Millis) -> None:
        """Everything is repaired: the clock set, an empty battery replaced, a dead device switched on."""
        firmware = self.firmware
        firmware.clock.set_right()
        firmware.silent = False
        firmware.poses_as = None
        firmware.repeats = firmware.loses = firmware.noise_per_s = 0.0
        self._drain(now)
        self._leak_pct_per_h = 0.0
        if self._battery_pct == 0.0:
            self._battery_pct = 100.0
        if self._dead:
            self._boot(now)
        else:
            self.sensor.wake()
        self._dead = self._unlinked = self._stuck = False
