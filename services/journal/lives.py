"""What is remembered of a device itself: when it was heard, how its battery, signal and clock do, how it is set up."""

from dataclasses import dataclass, field
from math import isfinite
from statistics import linear_regression
from typing import Any

from pydantic import TypeAdapter

from services.contracts.names import DAY, Millis

_DAYS_KEPT = 14
_DAYS_NEEDED = 3


@dataclass(slots=True)
class Trend:
    """A quantity by the day: the last value of each, oldest first, as (days since the epoch, value)."""

    days: list[tuple[int, float]] = field(default_factory=list)

    def note(self, at: Millis, value: float) -> None:
        """Take the value of an instant."""
        day = at // DAY
        if self.days and self.days[-1][0] == day:
            self.days[-1] = (day, value)
        elif not self.days or self.days[-1][0] < day:
            self.days = [*self.days[1 - _DAYS_KEPT :], (day, value)]

    def per_day(self) -> float | None:
        """Return how much it changes a day, by least squares; None before there are three days.

        None as well for values near the end of what a float holds: no sensor measured them, but any may send them.
        """
        if len(self.days) < _DAYS_NEEDED:
            return None
        try:
            slope = linear_regression(*zip(*self.days, strict=True)).slope
        except (OverflowError, ValueError):  # a sum beyond the largest float, or of two infinities
            return None
        return slope if isfinite(slope) else None


@dataclass(slots=True)
class ClockTrack:
    """What is known of a device's clock in one boot. A lag is arrival less device time, in ms."""

    boot: str | None = None
    offset_ms: int | None = None
    """The device's clock less ours: positive when it is ahead."""
    drift_ppm: float | None = None
    least_lag: int = 0
    least_at: Millis | None = None
    """Since when the least lag has not fallen for good: by more than lags spread below `lag_then`."""
    lag_then: int = 0
    lags: list[tuple[Millis, int]] = field(default_factory=list)
    """The least lag of each stretch, with its begin; the last one is still going on."""


@dataclass(slots=True)
class DeviceLife:
    """The last word about a device itself. `status` is its last status payload, to recognise a repeated one."""

    last_seen: Millis = 0
    online: bool | None = None
    boot: str | None = None
    fw: str | None = None
    battery_pct: float | None = None
    rssi_dbm: float | None = None
    status: str | None = None
    battery: Trend = field(default_factory=Trend)
    signal: Trend = field(default_factory=Trend)
    clock: ClockTrack = field(default_factory=ClockTrack)
    config: dict[str, Any] | None = None
    """The configuration the device says it has, and its version."""
    config_v: int | None = None
    doubt: str | None = None
    """Why its readings are not believed at present: a key of the text catalogue after `states.doubt_`."""


_ADAPTER = TypeAdapter(DeviceLife)


def to_json(life: DeviceLife) -> str:
    """Return the life as JSON."""
    return _ADAPTER.dump_json(life, exclude_none=True).decode()


def from_json(body: str) -> DeviceLife:
    """Return the life as it was. Raises ValueError for anything `to_json` did not write."""
    return _ADAPTER.validate_json(body)
