"""What an InfluxDB should look like: how long what is kept, and which fields become five-minute means."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

DAY_S: Final = 86_400
RAW_DAYS: Final = 90
COARSE_DAYS: Final = 3 * 365

MEANS: Final = (
    "people", "power_w", "co2_ppm", "temp_c", "rh_pct", "lux", "noise_db", "pm25", "wifi_clients", "battery_pct",
    "rssi_dbm",
)  # fmt: skip
"""Fields of readings whose mean says something; a port's number or an uptime has none."""

TOTALS: Final = ("in", "out")
"""Running totals, of which the last counts."""

BELIEF: Final = ("occupancy", "people", "confidence", "release_grade")
"""Fields of states: of five minutes the last belief is kept."""

EVERY: Final = "1h"
REACH: Final = "1d"
"""Each run computes the last day anew, so that what arrives after an outage of hours is in the means as well."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about the server. `well` None: it cannot be seen from here."""

    subject: str
    well: bool | None
    text: str
    """What was found, and for what foldspace cannot mend, what a person should do."""
    remedy: str = ""
    """What `mend` does, in a few words."""
    mend: Callable[[], None] | None = field(default=None, repr=False, compare=False)


def retention(subject: str, kept_s: int, planned_days: int, mend: Callable[[], None]) -> Finding:
    """Judge how long something is kept, 0 meaning for ever. Longer than planned is somebody's choice and stays."""
    if kept_s == 0:
        return Finding(subject, True, f"kept for ever (planned: {planned_days} days); watch the disk")
    if kept_s >= planned_days * DAY_S:
        return Finding(subject, True, f"kept for {kept_s / DAY_S:g} days")
    text = f"kept for {kept_s / DAY_S:g} days, planned are {planned_days}"
    return Finding(subject, False, text, f"kept for {planned_days} days from now on", mend)
