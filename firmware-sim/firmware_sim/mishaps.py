"""The tables of what goes wrong: faults of devices, planned and by chance, and sensors in the wrong place."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from firmware_sim.rows import LONGEST_MIN, Numbered, Row, Share
from services.contracts.community import LocalTime
from services.contracts.names import Name

FaultKind = Literal[
    "dies", "recovers", "stuck_true", "stuck_false", "frozen", "chatters", "silent", "clock_drift_ppm",
    "clock_offset_s", "clock_reset", "duplicates", "duplicates_late", "delays", "loses", "floods", "impostor",
    "battery_leak", "link_down",
]  # fmt: skip
_VALUES: dict[FaultKind, tuple[float, float]] = {
    "clock_drift_ppm": (-100_000, 100_000),
    "clock_offset_s": (-10 * 366 * 86_400, 10 * 366 * 86_400),
    "duplicates": (0, 1),
    "duplicates_late": (0, 1),
    "delays": (0, 1440),
    "loses": (0, 1),
    "floods": (0, 1000),
    "battery_leak": (0, 100),
    "chatters": (1, 600),
}
"""From where to where the value of a fault may be: ppm, seconds, shares, minutes, messages per second, percent per
hour, seconds between two flips."""
_MAY_LACK_VALUE: frozenset[FaultKind] = frozenset({"duplicates"})

ON_BATTERY = frozenset({"motion", "door", "button", "lending"})
"""Kinds of devices that run on a battery; the others have mains."""
MAIN_FIELD = {"presence": "present", "motion": "motion", "door": "open"}
"""What sticks or chatters when a device of this kind does."""
_SAYS_NOTHING_OF_ITSELF = frozenset({"button", "screen"})


def misfit(what: FaultKind, kind: str) -> str | None:
    """Return why a device of `kind` cannot have this fault, or None."""
    if what == "battery_leak" and kind not in ON_BATTERY:
        return "has no battery that could leak"
    if what in ("stuck_true", "stuck_false", "chatters") and kind not in MAIN_FIELD:
        return f"is a {kind} device; {what} is for {', '.join(MAIN_FIELD)}"
    if what == "frozen" and kind in _SAYS_NOTHING_OF_ITSELF:
        return f"is a {kind} device and has no state that could freeze"
    return None


def value_fault(what: FaultKind, value: float | None) -> str | None:
    """Return what is wrong with the value of a fault, or None."""
    if what not in _VALUES:
        return None
    low, high = _VALUES[what]
    if value is None:
        return None if what in _MAY_LACK_VALUE else f"{what} needs value"
    return None if low <= value <= high else f"value of {what}: expected {low:g} to {high:g}, got {value:g}"


class Fault(Numbered):
    """`[[faults]]`: what happens to a device. `for_min` ends it, as `recovers` does; without, it stays.

    An `impostor` publishes its readings in the name of `victim` as well.
    """

    device: Name
    at: LocalTime
    what: FaultKind
    value: Annotated[float | None, Field(allow_inf_nan=False, description="how much, in the unit of `what`")] = None
    victim: Name | None = None
    for_min: Annotated[float | None, Field(ge=0, le=LONGEST_MIN)] = None

    @model_validator(mode="after")
    def _has_its_victim(self) -> "Fault":
        if (self.victim is not None) != (self.what == "impostor"):
            raise ValueError("an impostor, and nothing else, needs victim")
        return self

    @model_validator(mode="after")
    def _has_its_value(self) -> "Fault":
        fault = value_fault(self.what, self.value)
        if fault is not None:
            raise ValueError(fault)
        return self


class Wear(Row):
    """`[wear]`: faults nobody planned, drawn from the seed: so many a week in each space, each for some hours."""

    per_space_week: Annotated[float, Field(ge=0, le=7)]
    mean_h: Annotated[float, Field(gt=0, le=720)] = 20
    mix: Annotated[
        dict[FaultKind, Annotated[float, Field(gt=0, allow_inf_nan=False)]],
        Field(min_length=1, description="kind of fault → how often, against the others"),
    ]

    @model_validator(mode="after")
    def _needs_nobody(self) -> "Wear":
        for what in ("recovers", "impostor"):
            if what in self.mix:
                raise ValueError(f"mix.{what}: comes by plan, not by chance; expected it in faults")
        return self


class Glass(Row):
    """`[[glass]]`: a sensor that also sees what moves behind a glass wall, in another space."""

    device: Name
    sees: Name
    share: Annotated[Share, Field(description="chance that it notices one movement there")] = 0.3


class Mounting(Row):
    """`[[mountings]]`: a people counter in the wrong place, and so with a bias. Shares are of single passages."""

    device: Name
    misses_in: Share = 0.0
    misses_out: Share = 0.0
    doubles_in: Share = 0.0
    doubles_out: Share = 0.0

    @model_validator(mode="after")
    def _is_possible(self) -> "Mounting":
        for way in ("in", "out"):
            if getattr(self, f"misses_{way}") + getattr(self, f"doubles_{way}") > 1:
                raise ValueError(f"misses_{way} and doubles_{way} are more than 1 together")
        return self
