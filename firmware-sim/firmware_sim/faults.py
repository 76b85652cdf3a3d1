"""What breaks on a day, as changes in the order in which they happen to a device."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from firmware_sim.scenario import Scenario
from firmware_sim.tables import FaultKind
from services.contracts.names import MINUTE, Millis


@dataclass(frozen=True, slots=True)
class FaultChange:
    """From `at` on a device has this trouble, or with `recovers` none."""

    at: Millis
    what: FaultKind
    value: float
    victim: str | None = None


def faults_of(scenario: Scenario, day: date) -> dict[str, list[FaultChange]]:
    """Return the changes of `day` by device, in order."""
    changes: dict[str, list[FaultChange]] = defaultdict(list)
    for fault in scenario.tables.faults:
        at = scenario.instant(day, fault.at)
        value = 1.0 if fault.value is None else fault.value
        changes[fault.device].append(FaultChange(at, fault.what, value, fault.victim))
        if fault.for_min is not None:
            changes[fault.device].append(FaultChange(at + round(fault.for_min * MINUTE), "recovers", 0.0))
    return {device: sorted(of_device, key=lambda change: change.at) for device, of_device in changes.items()}
