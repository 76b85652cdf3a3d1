"""What breaks on a day, by plan and by chance, as changes in the order in which they happen to a device."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from firmware_sim.chance import stream
from firmware_sim.mishaps import FaultKind, Wear, misfit
from firmware_sim.scenario import Scenario
from services.contracts.community import Device
from services.contracts.names import DAY, HOUR, MINUTE, Millis

_BY_CHANCE: dict[FaultKind, tuple[float, ...]] = {
    "chatters": (3, 6, 12),
    "clock_drift_ppm": (-400, 300, 2_000),
    "clock_offset_s": (-28_800, -90, 45, 300, 28_800),
    "duplicates": (0.1, 0.5),
    "duplicates_late": (0.05, 0.3),
    "delays": (3, 10, 30),
    "loses": (0.05, 0.2, 0.5),
    "floods": (1, 5),
    "battery_leak": (5, 15),
}
"""How bad a fault is that nobody planned, in its unit: one of these."""
_LEAST_MS: Millis = HOUR
_MOST_MS: Millis = 4 * DAY


@dataclass(frozen=True, slots=True)
class FaultChange:
    """From `at` on a device has this trouble, or with `recovers` none."""

    at: Millis
    what: FaultKind
    value: float
    victim: str | None = None


def faults_of(scenario: Scenario, day: date, number: int = 1) -> dict[str, list[FaultChange]]:
    """Return what begins on `day`, the simulation's day of this `number`, with its end, by device and in order."""
    changes: dict[str, list[FaultChange]] = defaultdict(list)
    for fault in scenario.tables.faults:
        if not fault.holds_on(day, number):
            continue
        at = scenario.instant(day, fault.at)
        value = 1.0 if fault.value is None else fault.value
        changes[fault.device].append(FaultChange(at, fault.what, value, fault.victim))
        if fault.for_min is not None:
            changes[fault.device].append(FaultChange(at + round(fault.for_min * MINUTE), "recovers", 0.0))
    if scenario.tables.wear is not None:
        for device, change in _worn(scenario, scenario.tables.wear, day):
            changes[device].append(change)
    return {device: sorted(of_device, key=lambda change: change.at) for device, of_device in changes.items()}


def _worn(scenario: Scenario, wear: Wear, day: date) -> Iterator[tuple[str, FaultChange]]:
    midnight = scenario.instant(day, "00:00")
    of_space: dict[str, list[Device]] = defaultdict(list)
    for entry in scenario.community.devices:
        if entry.site == scenario.site:
            of_space[entry.space].append(entry)
    for space, devices in sorted(of_space.items()):
        luck = stream(scenario.seed, day, "wear", space)
        if luck.random() >= wear.per_space_week / 7:
            continue
        device = luck.choice(devices)
        kinds = [what for what in wear.mix if misfit(what, device.kind) is None]
        if not kinds:
            continue
        what = luck.choices(kinds, [wear.mix[kind] for kind in kinds])[0]
        at = midnight + luck.randrange(DAY)
        lasts = min(_MOST_MS, max(_LEAST_MS, round(luck.expovariate(1 / (wear.mean_h * HOUR)))))
        yield device.id, FaultChange(at, what, luck.choice(_BY_CHANCE.get(what, (1.0,))))
        yield device.id, FaultChange(at + lasts, "recovers", 0.0)
