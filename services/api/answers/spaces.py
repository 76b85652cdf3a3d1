"""Spaces as answered: what spaceview.py, history.py, learned.py, board.py and present.alert render."""

from typing import Annotated, Literal

from pydantic import Field

from services.api.answers.shape import EXACT, Answer, Instant, Page
from services.bookings.records import BookingState
from services.catalogue.people import Role
from services.contracts import states
from services.contracts.community import Device
from services.contracts.events import AlertLevel
from services.contracts.names import Name
from services.contracts.states import Occupancy

Texts = dict[str, str]
"""Key of the text catalogue → sentence, in the language asked for."""

Share = Annotated[float, Field(ge=0, le=1)]


class DoorState(states.DoorState):
    """The last word of a door."""

    model_config = EXACT


class Charging(states.Charging):
    """Charging ports of the space."""

    model_config = EXACT


class DeviceTally(states.DeviceTally):
    """How many devices of the space are heard of in time."""

    model_config = EXACT


class Mark(Answer):
    """That a device is believed less, or not at all, and why."""

    believed: Literal["less", "no"]
    text: str


class Evidence(states.Evidence):
    """One device's word on the space, with what it counts for."""

    model_config = EXACT

    text: str
    place: Annotated[str | None, Field(description="the part of the space it is in")]
    side: Annotated[Literal["for", "against", "none"], Field(description="that somebody is there")]
    strength: Literal["slight", "clear", "strong"] | None
    strength_text: str | None
    mark: Mark | None


class State(Answer):
    """What is believed of a space, and why."""

    occupancy: Occupancy
    people: Annotated[int | None, Field(ge=0)]
    confidence: Share
    probability: Annotated[float | None, Field(ge=0, le=1, description="that somebody is there")]
    release_grade: Annotated[bool, Field(description="good enough to take a booking away")]
    reason: Annotated[str, Field(description="a key of the text catalogue, or empty")]
    doors: Annotated[dict[str, DoorState], Field(description="by device")]
    charging: Charging
    devices: DeviceTally
    since: Instant
    as_of: Instant
    why: str
    likelihood: str | None
    promise: Annotated[str, Field(description="whether it is good enough to take a booking away, in words")]
    evidence: list[Evidence]


class Slot(Answer):
    """What a space is promised to, now or next."""

    id: str
    space: Annotated[Name, Field(description="a hall's booking is also one of its rooms")]
    title: str
    group: str
    people: int
    start: Instant
    end: Instant
    state: BookingState
    protected: bool
    can: Annotated[
        list[Literal["check_in", "keep", "end"]], Field(description="what people may do with it at this moment")
    ]


class Countdown(Answer):
    """What the scheduler will do, and when."""

    kind: Literal["release"]
    until: Instant


class HeldOffer(Answer):
    """An offer held on the space."""

    id: str
    group: str
    start: Instant
    end: Instant
    until: Instant


class SpaceItem(Answer):
    """A space with its live state."""

    site: Name
    space: Name
    name: str
    group: Annotated[str, Field(description="the heading on the board")]
    capacity: int
    functions: list[str]
    features: list[str]
    parts: list[Name]
    state: Annotated[State | None, Field(description="null: nothing was ever heard")]
    stale: Annotated[bool, Field(description="nobody has said for minutes that it is still so")]
    now: Slot | None
    next: Slot | None
    countdown: Countdown | None
    offer: HeldOffer | None


class Space(SpaceItem):
    """One space with its live state and its devices."""

    devices: list[Device]


class Spell(Answer):
    """A belief, and for how long it held."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    occupancy: Occupancy
    people: int | None
    confidence: Share
    release_grade: bool


class Bucket(Answer):
    """Seconds of each belief in a stretch of time."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    occupied_s: float
    vacant_s: float
    unknown_s: float
    people_max: int | None


class Doubt(Answer):
    """Why a device is not believed."""

    reason: str
    text: str


class Baseline(Answer):
    """A quantity in the space's own quiet hours, in the unit that its name carries."""

    quantity: str
    known_h: Annotated[int, Field(description="hours of a week it was watched")]
    quiet: float | None
    stir: float | None
    spread: float | None
    floor: float | None
    peak: float | None


class LearnedSensor(Answer):
    """What was learned of a sensor that tells of people."""

    device: Name
    kind: str
    trust: Share
    doubt: Doubt | None
    settle_s: float | None
    baseline: list[Baseline]


class Learned(Answer):
    """What was learned of a space from its own days and nights."""

    site: Name
    space: Name
    as_of: Instant | None
    usual_vacant_min: float | None
    usual_occupied_min: float | None
    motion_hold_min: float | None
    sensors: list[LearnedSensor]


class Alert(Answer):
    """Something staff should know."""

    key: Annotated[str, Field(description="the same key at a site is the same trouble")]
    site: str
    level: AlertLevel
    at: Instant
    cleared: bool
    stale: Annotated[bool, Field(description="nobody has said for minutes that it still stands")]
    text: str


class ClockSite(Answer):
    """A site and its zone."""

    id: Name
    name: str
    zone: Annotated[str, Field(description="IANA name")]


class Clock(Answer):
    """The community's time, and how fast it runs."""

    now: Instant
    event: Annotated[str, Field(description="where the stream stands: to follow it from here, `GET /stream?after=`")]
    speed: Annotated[float, Field(ge=0, description="seconds of the community for each real one")]
    zone: Annotated[str, Field(description="IANA name")]
    site: str
    stale_after_s: float
    sites: list[ClockSite]


class Session(Answer):
    """Who is signed in, and as what."""

    name: str
    role: Role
    language: str


class Spaces(Page[SpaceItem]):
    """Spaces, in the order of the community file."""


class Alerts(Page[Alert]):
    """The alerts that stand, the newest first."""


class Spells(Page[Spell]):
    """Spell by spell."""


class Buckets(Page[Bucket]):
    """In buckets of equal width."""


History = Spells | Buckets
