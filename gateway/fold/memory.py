"""What is remembered of a space and its sensors: small, plain, the same after a trip through JSON."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from gateway.fold.air import AirWord
from gateway.fold.flow import Dwell, flow, settles_at
from gateway.fold.late import Late
from services.contracts.names import DAY, MINUTE, SECOND, Millis
from services.contracts.states import Occupancy

SETTLE_LEAST: Millis = 15 * SECOND
"""How long an absence has to last at least until it means departure."""

HOLD: Millis = 8 * MINUTE
"""On a real room five minutes gave 13 spells of false vacancy, eight one, ten none: people sit still."""
HOLD_MOST: Millis = 20 * MINUTE
HOLD_LONGEST: Millis = 30 * MINUTE
"""After a longer pause they may well have left by a way that has no sensor."""
HOLD_MARGIN = 1.2
DOOR_STUCK: Millis = 2 * DAY
"""A door that has not opened for so long may be a contact that has come off: it proves nothing."""

USUAL = Dwell(vacant_min=120.0, occupied_min=45.0)
"""What is assumed of a space nobody has watched yet."""
VACANT_BOUNDS_MIN, OCCUPIED_BOUNDS_MIN = (60.0, 120.0), (30.0, 90.0)
"""Whatever a space has been seen to do, it may do something else tomorrow: learning may only make it more careful."""
LEARN = 0.1
"""Ten stays tell the usual length."""
PRIOR_LOG_ODDS = settles_at(0.0, USUAL)
"""Of a space nothing is known of, 27 %: it stays there, whenever somebody begins to look."""


@dataclass(slots=True)
class Word:
    """The last thing a sensor said: `at` when it was so, `told` when we heard it (never before `at`)."""

    at: Millis
    told: Millis


@dataclass(slots=True)
class PresenceWord(Word):
    """`since`: from when on it has been saying the same."""

    present: bool
    since: Millis
    settle: Millis = SETTLE_LEAST
    """How long its absence has to last until it means departure; learned from how long it loses still people."""


@dataclass(slots=True)
class MotionWord(Word):
    """`moved_at`: the last instant with motion; `watching_since`: the first word since it came alive.

    `active_since`: when it began to see the motion that it last saw, without a word of quiet since.
    """

    motion: bool
    moved_at: Millis | None
    watching_since: Millis
    active_since: Millis | None = None


@dataclass(slots=True)
class CountWord(Word):
    """People inside: `raw`, what the counter says, less `base`, what it said when nobody was inside.

    Of totals (`in - out`) the base is the first word of a boot; a counter that says `people` itself starts at 0.
    """

    raw: int
    people: int
    since: Millis
    totals: bool
    boot: str | None = None
    base: int = 0
    trusted_from: Millis = 0
    """Since when the base is settled."""
    healed: bool = False
    """Its base was set by others, and it has not come back to nobody by itself since: it confirms no departure."""


@dataclass(slots=True)
class DoorWord(Word):
    """`opened_at` and `closed_at` are the last changes seen."""

    open: bool
    locked: bool | None
    opened_at: Millis | None = None
    closed_at: Millis | None = None


@dataclass(slots=True)
class PortWord(Word):
    """One charging port."""

    state: str


@dataclass(slots=True)
class PressWord(Word):
    """The last check_in or keep pressed; other presses tell nothing about the room."""

    action: str


@dataclass(slots=True)
class Trust:
    """How far a device is believed. `doubt` says why it is not, as a key of the text catalogue; "" if it is."""

    level: float = 1.0
    doubt: str = ""
    told: str = ""
    """The doubt staff were last told of."""
    docked_at: Millis = 0
    """When it last lost trust."""
    flips: float = 0.0
    """A leaky count of how often it changed its mind, as of `flipped_at`."""
    flipped_at: Millis = 0


@dataclass(slots=True)
class SensorMemory:
    """One device. Words told before `alive_from` are from before an interruption and no longer count."""

    heard: Millis | None = None
    offline: bool = False
    alive_from: Millis = 0
    boot: str | None = None
    alerted: bool = False
    lost: bool = True
    """It could not be asked when the space was last weighed."""
    clock_off: bool = False
    """Its clock was wrong when it last spoke."""
    presence: PresenceWord | None = None
    motion: MotionWord | None = None
    count: CountWord | None = None
    door: DoorWord | None = None
    ports: dict[int, PortWord] = field(default_factory=dict)
    press: PressWord | None = None
    air: AirWord | None = None
    claims: dict[str, str] = field(default_factory=dict)
    """What its words claimed when they were last weighed, by kind: a change is news once."""
    signed_at: Millis = 0
    """When it last gave a sign of life: somebody moved, came in, pressed."""
    trust: Trust = field(default_factory=Trust)


@dataclass(slots=True)
class Spell:
    """A time the space has been occupied, and who bore witness to it."""

    start: Millis
    witnesses: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Filter:
    """The log-odds that somebody is there as of `at`, and the rate of evidence since, in nats per minute."""

    at: Millis = 0
    log_odds: float = PRIOR_LOG_ODDS
    rate: float = 0.0
    vacant_min: float = USUAL.vacant_min
    occupied_min: float = USUAL.occupied_min

    @property
    def dwell(self) -> Dwell:
        """How long the space usually stays as it is."""
        return Dwell(self.vacant_min, self.occupied_min)

    def now(self, now: Millis) -> float:
        """Return the log-odds at `now`."""
        return flow(self.log_odds, self.rate, self.dwell, now - self.at)

    def begin_anew(self) -> None:
        """Forget everything but how long stays usually are."""
        self.at, self.log_odds, self.rate = 0, PRIOR_LOG_ODDS, 0.0

    def learn(self, *, vacant: Millis | None = None, occupied: Millis | None = None) -> None:
        """Take into account how long the space has just been vacant or occupied, in ms."""
        if vacant is not None:
            self.vacant_min = _towards(self.vacant_min, vacant / MINUTE, VACANT_BOUNDS_MIN)
        if occupied is not None:
            self.occupied_min = _towards(self.occupied_min, occupied / MINUTE, OCCUPIED_BOUNDS_MIN)


def _towards(usual: float, latest: float, bounds: tuple[float, float]) -> float:
    """Return the usual length moved a little towards the latest; of lengths the ratio counts, not the difference."""
    bounded = max(bounds[0], min(bounds[1], latest))
    return float(usual * (bounded / usual) ** LEARN)


@dataclass(slots=True)
class SpaceMemory:
    """One space: its sensors by name, and what was believed last, since when."""

    occupancy: Occupancy = "unknown"
    since: Millis = 0
    sensors: dict[str, SensorMemory] = field(default_factory=dict)
    filter: Filter = field(default_factory=Filter)
    hold: Millis = HOLD
    """How long motion sensors have to be quiet here until that means departure; learned, within bounds."""
    moved_at: Millis = 0
    """The last motion any sensor saw."""
    spell: Spell | None = None
    empty_since: Millis | None = None
    opened_at: Millis = 0
    """The last door opening that was weighed."""
    busy_since: Millis | None = None
    """Since when air says clearly that somebody is there."""
    blamed_for: Millis = 0
    """The busy air for which better sensors were last blamed, as they saw nobody."""
    switched_at: Millis = 0
    """The last time somebody switched the light on, as far as weighed."""
    late: Late | None = None
    """What came too late for the present and has yet to correct history."""

    def doors_before(self, at: Millis) -> list[DoorWord]:
        """Return the doors that have been watched since before `at` and are known to open now and then."""
        return [
            s.door
            for s in self.sensors.values()
            if s.door is not None
            and not s.lost
            and s.alive_from <= at
            and s.door.opened_at is not None
            and s.door.opened_at > at - DOOR_STUCK
        ]

    @property
    def signed_at(self) -> Millis:
        """When any sensor last gave a sign of life."""
        return max([sensor.signed_at for sensor in self.sensors.values()], default=0)

    def learn_hold(self, moved_at: Millis) -> None:
        """Learn from a motion: if the door stayed shut since the one before, somebody sat still for as long."""
        pause = moved_at - self.moved_at
        doors = self.doors_before(moved_at)
        if not doors or not self.hold * 0.7 < pause < HOLD_LONGEST:
            return
        last = moved_at - pause
        if all(not d.open and max(d.opened_at or 0, d.closed_at or 0) < last for d in doors):
            self.hold = min(HOLD_MOST, max(self.hold, round(pause * HOLD_MARGIN)))


_ADAPTER = TypeAdapter(SpaceMemory)


def to_json(memory: SpaceMemory) -> str:
    """Return the memory as JSON."""
    return _ADAPTER.dump_json(memory).decode()


def from_json(body: str) -> SpaceMemory:
    """Return the memory as it was. Raises ValueError for anything `to_json` did not write."""
    return _ADAPTER.validate_json(body)
