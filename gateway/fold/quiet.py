"""What a quantity of the air is like while nobody is there: learned from the calmest stretches of the room's last week.

An hour of five-minute means runs along; every three hours its calmest level goes into a cell of the week, and the
quiet level of the stretch that begins is set anew. What people may be the cause of moves slowly, bounded.
"""

from dataclasses import dataclass, field
from math import dist, exp, log, sqrt

from services.contracts.names import HOUR, MINUTE, Millis

SLOT: Millis = 5 * MINUTE
"""Readings are averaged over this time, so that a sensor of every second and one of five minutes say the same."""
SLOTS_KEPT = 12
"""An hour: the longest time a still sitter is remembered by the last stir."""
LEARNED_SLOTS = 3
"""The hour that ends every quarter of an hour is looked at for the calmest; more often would tell the same."""
PART: Millis = 3 * HOUR
PARTS_PER_DAY = 8
DAYS_KEPT = 7
"""Every room of a community has quiet hours within a week."""
CELLS = PARTS_PER_DAY * DAYS_KEPT
CELLS_NEEDED = 3
"""Nine hours reach into a night or an evening nearly everywhere."""
DAYS_NEEDED = 3
"""So many days before a time of day has its own quiet level."""
QUIET_SHARE = 0.2
"""A room is quiet at least this share of a week, and at the same time of day on at least one day of five."""
DAYLIGHT_SHARE = 0.3
"""On this share of the days the brightest light at a time of day is taken to be the sky's."""
STIR_DOWN, STIR_UP = 0.2, 0.04
"""A stretch calmer than the quiet stir moves it five times as far as a livelier one: the quiet fifth of the week."""
FORGOTTEN = 0.01
"""Share by which an extreme is forgotten with every stretch: half within nine days."""
PEAK_UP = 0.5
"""One bright or crowded stretch is half believed."""
FRESH_AT_MOST_PPM = 650.0
"""A room that never gets below this was never aired and empty; what it fell to is not its fresh level."""
SPREAD_AT_LEAST_PPM = 15.0
"""Drift of a sensor and of the weather from day to day."""
DAYTIME = {"noise_db": 2.5, "wifi_clients": 1.0}
"""How much higher than the whole week's the quiet level of a time of day may be: airing by day, traffic, neighbours."""

_STEP = {"noise_db": 0.5, "wifi_clients": 0.125, "co2_ppm": 10.0, "lux": 0.05}
"""Steps in which levels are kept: dB, half square roots, ppm, and of light parts of its logarithm."""


@dataclass(slots=True)
class Gauge:
    """One quantity. `week` has a cell for each three hours: the lowest level, of light the highest, in whole steps
    of _STEP (whole numbers below 256 take no memory of their own), -1 where nothing was seen."""

    slot: int = -1
    count: int = 0
    total: float = 0.0
    judged: Millis = 0
    hour: list[float] = field(default_factory=list)
    part: int = -1
    low: float = 0.0
    high: float = 0.0
    stir: float = -1.0
    week: list[int] = field(default_factory=lambda: [-1] * CELLS)
    cells: int = 0
    quiet: float | None = None
    quiet_stir: float | None = None
    spread: float = 0.0
    floor: float | None = None
    peak: float = 0.0
    lit: int = -1
    ratio: float = 0.0


def learn(gauge: Gauge, name: str, part: int) -> None:
    """Take the slot that just ended into the running stretch, and a stretch that ended into the week."""
    if len(gauge.hour) >= SLOTS_KEPT // 2:
        level, stir = sum(gauge.hour[-3:]) / 3, stir_of(gauge.hour)
        if gauge.stir < 0:
            gauge.low, gauge.high, gauge.stir = level, level, stir
        else:
            gauge.low, gauge.high = min(gauge.low, level), max(gauge.high, level)
            gauge.stir = min(gauge.stir, stir)
    if part == gauge.part:
        return
    if gauge.part >= 0:
        for cell in range(max(gauge.part, part - CELLS), part):
            gauge.week[cell % CELLS] = -1
        if gauge.stir >= 0:
            _close(gauge, name)
    gauge.part, gauge.stir = part, -1.0
    _settle(gauge, name, part)


def _close(gauge: Gauge, name: str) -> None:
    """Note the stretch in its cell and move what is learned without cells a step: quickly where it is sure, slowly
    where people may be the cause."""
    kept = log(1.0 + gauge.high) if name == "lux" else gauge.low
    gauge.week[gauge.part % CELLS] = min(max(round(kept / _STEP[name]), 0), 255)
    gauge.quiet_stir = _lean(gauge.quiet_stir, log(gauge.stir + 0.05), STIR_DOWN, STIR_UP)
    gauge.floor = _lean(gauge.floor, gauge.low, 1.0, FORGOTTEN)
    gauge.peak = _lean(gauge.peak, gauge.high, FORGOTTEN, PEAK_UP)


def _lean(old: float | None, new: float, down: float, up: float) -> float:
    return new if old is None else old + (new - old) * (down if new < old else up)


def _settle(gauge: Gauge, name: str, part: int) -> None:
    """Set the quiet level for the stretch that begins."""
    step = _STEP[name]
    known = sorted(cell for cell in gauge.week if cell >= 0)
    gauge.cells = len(known)
    today = sorted(cell for cell in gauge.week[part % PARTS_PER_DAY :: PARTS_PER_DAY] if cell >= 0)
    if len(known) < CELLS_NEEDED:
        gauge.quiet = None
    elif name == "lux":
        gauge.quiet = exp(_share(today, DAYLIGHT_SHARE) * step) - 1.0 if len(today) >= DAYS_NEEDED else None
    elif name == "co2_ppm":
        gauge.quiet = min(_share(known, QUIET_SHARE) * step, FRESH_AT_MOST_PPM)
        gauge.spread = max((_share(known, 0.5) - known[0]) * step / 1.5, SPREAD_AT_LEAST_PPM)
    else:
        gauge.quiet = _share(known, QUIET_SHARE) * step
        if len(today) >= DAYS_NEEDED:
            here = _share(today, QUIET_SHARE) * step
            gauge.quiet = min(max(here, gauge.quiet), gauge.quiet + DAYTIME[name])


def _share(ordered: list[int], share: float) -> int:
    return ordered[int(share * (len(ordered) - 1))]


def stir_of(hour: list[float]) -> float:
    """Return the root mean square of the changes from slot to slot."""
    return dist(hour[1:], hour[:-1]) / sqrt(len(hour) - 1)
