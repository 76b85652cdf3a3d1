"""What air, sound and Wi-Fi say of a room that has nothing better: measured against the room's own quiet hours.

How much sound and Wi-Fi vary over an hour tells more than their level, and carbon dioxide tells by its excess
over what the room falls back to. No number of the room has to be configured; until half a day was seen,
nothing is said. Never good enough to take a booking away.
"""

from dataclasses import dataclass, field
from typing import Literal

from services.contracts.names import HOUR, MINUTE, Millis
from services.contracts.readings import ClimateReading

Verdict = Literal["busy", "quiet", "unsure"]

SLOT: Millis = 5 * MINUTE
SLOTS_PER_HOUR = HOUR // SLOT
CALM: Millis = 3 * HOUR
CALMS_KEPT = 56
"""Seven days: every room of a community has quiet hours within a week."""
CALMS_NEEDED = 4
QUIET_SHARE = 0.2
"""A room is quiet at least this share of a week; the quantile of the calmest values of its three-hour stretches."""

DARK_LUX = 100.0

_MARGINS: dict[str, tuple[float, float]] = {
    "co2_ppm": (50.0, 120.0),
    "noise_db": (3.0, 6.0),
    "wifi_clients": (1.0, 2.0),
}
"""Over the quiet value: up to the first number the gauge says quiet, from the second on busy."""

_SWINGING = frozenset({"noise_db", "wifi_clients"})
"""Gauges judged by their swing over an hour; Wi-Fi by its level as well."""


@dataclass(slots=True)
class Slot:
    """Lowest and highest value of five minutes; `number` is the instant over SLOT."""

    number: int
    low: float
    high: float


@dataclass(slots=True)
class Calm:
    """Lowest level and smallest hourly swing of three hours; `number` is the instant over CALM."""

    number: int
    level: float
    swing: float


@dataclass(slots=True)
class Gauge:
    """One quantity: its last hour in slots, its last week in stretches."""

    value: float = 0.0
    hour: list[Slot] = field(default_factory=list)
    week: list[Calm] = field(default_factory=list)


@dataclass(slots=True)
class AirWord:
    """The last word of a climate sensor and what led up to it."""

    at: Millis
    told: Millis
    lux: float | None = None
    verdict: Verdict = "unsure"
    gauges: dict[str, Gauge] = field(default_factory=dict)


def observe(word: AirWord, reading: ClimateReading, at: Millis) -> None:
    """Take a reading into `word` and judge anew."""
    if reading.lux is not None:
        word.lux = reading.lux
    for name in _MARGINS:
        value = getattr(reading, name)
        if value is not None:
            _measure(word.gauges.setdefault(name, Gauge()), float(value), at)
    word.verdict = _judge(word.gauges)


def is_dark(word: AirWord) -> bool | None:
    """Tell whether the light is off; None when the sensor has no light meter."""
    return None if word.lux is None else word.lux < DARK_LUX


def _measure(gauge: Gauge, value: float, at: Millis) -> None:
    gauge.value = value
    number = at // SLOT
    if gauge.hour and gauge.hour[-1].number == number:
        slot = gauge.hour[-1]
        slot.low, slot.high = min(slot.low, value), max(slot.high, value)
    else:
        gauge.hour = [slot for slot in gauge.hour if number - SLOTS_PER_HOUR < slot.number < number]
        gauge.hour.append(Slot(number, value, value))
    if len(gauge.hour) < SLOTS_PER_HOUR // 2:
        return  # the swing of a few minutes is no swing of an hour
    low, swing = min(slot.low for slot in gauge.hour), _swing(gauge)
    number = at // CALM
    if gauge.week and gauge.week[-1].number == number:
        calm = gauge.week[-1]
        calm.level, calm.swing = min(calm.level, low), min(calm.swing, swing)
    else:
        gauge.week = [calm for calm in gauge.week if calm.number > number - CALMS_KEPT]
        gauge.week.append(Calm(number, low, swing))


def _swing(gauge: Gauge) -> float:
    return max(slot.high for slot in gauge.hour) - min(slot.low for slot in gauge.hour)


def _quantile(values: list[float]) -> float:
    return sorted(values)[int(QUIET_SHARE * (len(values) - 1))]


def _judge(gauges: dict[str, Gauge]) -> Verdict:
    votes: list[Verdict] = []
    for name, gauge in gauges.items():
        if len(gauge.week) < CALMS_NEEDED or len(gauge.hour) < SLOTS_PER_HOUR // 2:
            continue
        excess: list[float] = []
        if name in _SWINGING:
            excess.append(_swing(gauge) - _quantile([calm.swing for calm in gauge.week]))
        if name != "noise_db":
            excess.append(gauge.value - _quantile([calm.level for calm in gauge.week]))
        quiet, busy = _MARGINS[name]
        votes.append("busy" if max(excess) >= busy else "quiet" if max(excess) <= quiet else "unsure")
    if "busy" in votes:
        return "busy"
    return "quiet" if votes and "unsure" not in votes else "unsure"
