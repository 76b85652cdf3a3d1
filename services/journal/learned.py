"""What the fold has learned of a space, read out of the memory it keeps there, in the units people use.

The fold writes its memory as JSON; nobody else has to understand all of it. What is read here is named and required,
so that a change of the fold fails its test and never shows as a default.
"""

from dataclasses import dataclass
from math import exp
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from services.contracts.names import MINUTE, SECOND, Millis
from services.contracts.readings import first_fault
from services.journal.records import JournalError

KEPT_AT = "@now"
"""Name of the snapshot that says of which instant the others are; no space is called so."""
CELL_H = 3
"""A gauge knows a week in stretches of so many hours."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A quantity in the space's own quiet hours, in the unit that its name carries; None: not known, or not learned.

    `quiet`: the level while nobody is there, of light the usual daylight, both at this time of day. `stir`: how much
    sound changes then from one five minutes to the next. `spread`: of carbon dioxide from day to day.
    """

    quantity: str
    known_h: int
    """How many hours of a week it has been watched."""
    quiet: float | None
    stir: float | None = None
    spread: float | None = None
    floor: float | None = None
    peak: float | None = None


@dataclass(frozen=True, slots=True)
class LearnedSensor:
    """A sensor that tells of people. `settle_s`: how long the absence that it sees has to last until they have left."""

    device: str
    trust: float
    doubt: str
    """Why it is not believed, as a key of the text catalogue after `states.doubt_`; "" if it is."""
    settle_s: float | None
    moves: bool
    """Whether it is a motion sensor, for which the hold time of the space counts."""
    baselines: tuple[Baseline, ...]


@dataclass(frozen=True, slots=True)
class LearnedSpace:
    """A space as of `at`: how long it usually stays as it is, and how long its motion sensors have to be quiet."""

    at: Millis
    usual_vacant_min: float
    usual_occupied_min: float
    hold_min: float
    sensors: tuple[LearnedSensor, ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Gauge(_Part):
    cells: int
    quiet: float | None
    quiet_stir: float | None
    spread: float
    floor: float | None
    peak: float


class _Air(_Part):
    gauges: dict[str, _Gauge]


class _Presence(_Part):
    settle: Millis


class _Trust(_Part):
    level: float
    doubt: str


class _Sensor(_Part):
    presence: _Presence | None
    motion: dict[str, Any] | None
    count: dict[str, Any] | None
    air: _Air | None
    trust: _Trust


class _Filter(_Part):
    vacant_min: float
    occupied_min: float


class _Memory(_Part):
    sensors: dict[str, _Sensor]
    filter: _Filter
    hold: Millis


def of_snapshot(name: str, body: str, at: Millis) -> LearnedSpace:
    """Return what was learned by `at`. Raises JournalError when the memory is not as this version writes it."""
    try:
        memory = _Memory.model_validate_json(body)
    except ValidationError as error:
        raise JournalError(
            f"snapshot {name}: {first_fault(error)}; the gateway writes it anew when it next hears from the space"
        ) from None
    return LearnedSpace(
        at,
        memory.filter.vacant_min,
        memory.filter.occupied_min,
        memory.hold / MINUTE,
        tuple(_sensor(device, one) for device, one in memory.sensors.items() if _tells_of_people(one)),
    )


def _tells_of_people(sensor: _Sensor) -> bool:
    return any(word is not None for word in (sensor.presence, sensor.motion, sensor.count, sensor.air))


def _sensor(device: str, sensor: _Sensor) -> LearnedSensor:
    return LearnedSensor(
        device,
        sensor.trust.level,
        sensor.trust.doubt,
        None if sensor.presence is None else sensor.presence.settle / SECOND,
        sensor.motion is not None,
        () if sensor.air is None else tuple(_baseline(*one) for one in sensor.air.gauges.items()),
    )


def _baseline(quantity: str, gauge: _Gauge) -> Baseline:
    known_h, quiet = gauge.cells * CELL_H, gauge.quiet
    match quantity:
        case "co2_ppm":
            return Baseline(quantity, known_h, quiet, spread=gauge.spread, peak=gauge.peak)
        case "lux":
            return Baseline(quantity, known_h, quiet, floor=gauge.floor, peak=gauge.peak)
        case "wifi_clients":  # kept as twice the square root, of which counts have an even spread
            return Baseline(quantity, known_h, None if quiet is None else (quiet / 2) ** 2)
        case _:
            return Baseline(quantity, known_h, quiet, None if gauge.quiet_stir is None else exp(gauge.quiet_stir))
