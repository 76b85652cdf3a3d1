"""The tables of a scenario file beside those of the community: who comes, who waits, what is new."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from firmware_sim.mishaps import Fault, Glass, Mounting, Wear
from firmware_sim.rows import LONGEST_MIN, Minutes, Numbered, Row, Share, Weekly
from services.contracts.community import DEVICE_KINDS, LocalTime
from services.contracts.names import Name

Moves = Annotated[
    float, Field(gt=0, le=60, description="how often one person moves so that a motion sensor would notice")
]
Attendance = Literal["on_time", "late", "no_show", "leaves_early", "overruns", "unbooked"]


def _known_kind(kind: str) -> str:
    if kind not in DEVICE_KINDS:
        raise ValueError(f"expected one of {', '.join(sorted(DEVICE_KINDS))}")
    return kind


class Settings(Row):
    """`[scenario]`."""

    seed: int
    site: Name
    start: Annotated[LocalTime, Field(description="where the clock stands when a first start begins")]
    first_day: Annotated[date | None, Field(description="of a recording; without, the day it is made")] = None
    run_days: Annotated[int, Field(ge=1, le=366, description="how long a recording is")] = 1
    default_speed: Annotated[float, Field(gt=0, le=3600)] = 30
    ports: Annotated[int, Field(ge=1, le=64, description="sockets of each charging point")] = 6
    slots: Annotated[int, Field(ge=1, le=64, description="slots of each lending rack")] = 8
    miscount: Annotated[Share, Field(description="chance that a people counter misses one passage")] = 0.01
    totals: Annotated[tuple[Name, ...], Field(description="count devices that send in and out, not people")] = ()
    wander_to: Annotated[tuple[Name, ...], Field(description="where people go for a break")] = ()


class Activity(Weekly):
    """`[[activities]]`: something a group does in a space, and how it really turns out."""

    id: Name
    space: Name
    group: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    people: Annotated[int, Field(ge=1)]
    start: LocalTime
    end: LocalTime
    function: str = ""
    protected: bool = False
    code: Annotated[str, Field(description="what the group types at the button; made from the seed if empty")] = ""
    booked: bool = True
    moves_per_min: Moves | None = None
    fails: Annotated[Share, Field(description="share of its days on which nobody comes")] = 0.0
    attendance: Attendance = "on_time"
    late_min: Annotated[Minutes, Field(description="late: nobody is there before this long after the start")] = 0
    leaves_min: Annotated[Minutes, Field(description="leaves_early: all have left this long after the start")] = 0
    overrun_min: Annotated[Minutes, Field(description="overruns: the last one leaves this long after the end")] = 0
    checks_in: Annotated[bool, Field(description="the first one presses check_in")] = False
    keeps: Annotated[bool, Field(description="a neighbour presses keep for them when the screen warns")] = False
    keeps_after_min: Minutes = 1.5

    @model_validator(mode="after")
    def _is_consistent(self) -> "Activity":
        needed = {"late": "late_min", "leaves_early": "leaves_min", "overruns": "overrun_min"}.get(self.attendance)
        if needed is not None and getattr(self, needed) <= 0:
            raise ValueError(f"attendance {self.attendance} needs {needed}")
        if self.start >= self.end:
            raise ValueError(f"end {self.end} is not after start {self.start}")
        if any(int(at[3:]) % 5 for at in (self.start, self.end)):
            raise ValueError("start and end are on the five-minute grid of bookings")
        return self

    @property
    def has_booking(self) -> bool:
        """Whether the scheduler was told of it."""
        return self.booked and self.attendance != "unbooked"


class Waiting(Row):
    """`[[waitlist]]`: a group that wishes for space, and what it does when it is offered some."""

    id: Name
    group: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    people: Annotated[int, Field(ge=1)]
    duration_min: Annotated[int, Field(ge=5, multiple_of=5)]
    earliest: LocalTime
    latest_end: LocalTime
    space: Name | None = None
    features: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    priority: int = 0
    reaction: Literal["claims", "ignores"] = "claims"
    claims_after_min: Minutes = 2
    arrives_after_min: Annotated[Minutes, Field(description="counted from the claim")] = 8


class Stranger(Row):
    """`[[strangers]]`: a device that really stands in a space and that nobody has put into the catalogue.

    `claim` is the code on its label, which it tells at birth.
    """

    id: Name
    space: Name
    kind: Annotated[str, AfterValidator(_known_kind)]
    claim: Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{8}$", description="eight digits of Crockford's base 32")]
    heartbeat_s: Annotated[float | None, Field(gt=0)] = None


class _Habit(Weekly):
    """Either once, `at` and `for_min`, or at a rate between `start` and `end`."""

    space: Name
    at: LocalTime | None = None
    for_min: Annotated[float | None, Field(gt=0, le=1440)] = None
    start: LocalTime = "08:00"
    end: LocalTime = "21:00"
    per_hour: Annotated[float | None, Field(gt=0, le=60)] = None
    mean_min: Annotated[float, Field(gt=0, le=1440)] = 45

    @model_validator(mode="after")
    def _once_or_often(self) -> "_Habit":
        if (self.at is None) == (self.per_hour is None):
            raise ValueError("needs either at (once) or per_hour (a rate)")
        if self.at is not None and self.for_min is None:
            raise ValueError("at needs for_min")
        return self


class Charging(_Habit):
    """`[[charging]]`: somebody plugs a phone in. `stays` says whether they sit beside it."""

    port: Annotated[int | None, Field(ge=0)] = None
    power_w: Annotated[float, Field(gt=0, le=3500)] = 18
    stays: bool = True


class Lending(_Habit):
    """`[[lending]]`: somebody takes an umbrella or a toy and brings it back."""


class WalkIn(_Habit):
    """`[[walk_ins]]`: somebody comes without a booking and sits down, such as at a shared desk."""

    moves_per_min: Moves | None = None


class Happening(Numbered):
    """`[[happenings]]`: what a room does by itself. Without `for_min` to the end of the run."""

    space: Name
    what: Literal["light", "fan", "window", "clients"]
    at: LocalTime = "00:00"
    for_min: Annotated[float | None, Field(gt=0, le=LONGEST_MIN)] = None
    value: Annotated[
        float | None,
        Field(gt=0, le=100, description="fan: dB; window: air changes per hour; clients: how many; light: none"),
    ] = None

    @model_validator(mode="after")
    def _has_its_value(self) -> "Happening":
        if (self.value is None) != (self.what == "light"):
            raise ValueError(f"{self.what} {'takes no value' if self.what == 'light' else 'needs value'}")
        return self


class Cleaning(Numbered):
    """`[[cleaning]]`: staff go through the spaces in order, lights on and doors open, a few minutes in each."""

    spaces: Annotated[tuple[Name, ...], Field(min_length=1)]
    at: LocalTime
    people: Annotated[int, Field(ge=1, le=20)] = 1
    least_min: Minutes = 2
    most_min: Minutes = 10

    @model_validator(mode="after")
    def _is_a_range(self) -> "Cleaning":
        if not 0 < self.least_min <= self.most_min:
            raise ValueError("expected 0 < least_min <= most_min")
        return self


class Tables(Row):
    """All tables of a scenario file that are not of the community."""

    scenario: Settings
    activities: tuple[Activity, ...] = ()
    waitlist: tuple[Waiting, ...] = ()
    faults: tuple[Fault, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    charging: tuple[Charging, ...] = ()
    lending: tuple[Lending, ...] = ()
    walk_ins: tuple[WalkIn, ...] = ()
    cleaning: tuple[Cleaning, ...] = ()
    happenings: tuple[Happening, ...] = ()
    glass: tuple[Glass, ...] = ()
    mountings: tuple[Mounting, ...] = ()
    wear: Wear | None = None
