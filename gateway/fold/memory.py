"""What is remembered of a space and its sensors: small, plain, the same after a trip through JSON."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from gateway.fold.air import AirWord
from services.contracts.names import Millis
from services.contracts.states import Occupancy


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


@dataclass(slots=True)
class MotionWord(Word):
    """`moved_at`: the last instant with motion; `watching_since`: the first word since it came alive."""

    motion: bool
    moved_at: Millis | None
    watching_since: Millis


@dataclass(slots=True)
class CountWord(Word):
    """People inside. From totals, `base` is `in - out` when nobody was inside and `trusted_from` when that is settled.

    A counter that says `people` itself has no base and is trusted at once.
    """

    people: int
    since: Millis
    boot: str | None = None
    base: int | None = None
    trusted_from: Millis = 0


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
class SensorMemory:
    """One device. Words told before `alive_from` are from before an interruption and no longer count."""

    heard: Millis | None = None
    offline: bool = False
    alive_from: Millis = 0
    boot: str | None = None
    alerted: bool = False
    presence: PresenceWord | None = None
    motion: MotionWord | None = None
    count: CountWord | None = None
    door: DoorWord | None = None
    ports: dict[int, PortWord] = field(default_factory=dict)
    press: PressWord | None = None
    air: AirWord | None = None


@dataclass(slots=True)
class SpaceMemory:
    """One space: its sensors by name, and what was believed last, since when."""

    occupancy: Occupancy = "unknown"
    since: Millis = 0
    sensors: dict[str, SensorMemory] = field(default_factory=dict)


_ADAPTER = TypeAdapter(SpaceMemory)


def to_json(memory: SpaceMemory) -> str:
    """Return the memory as JSON."""
    return _ADAPTER.dump_json(memory).decode()


def from_json(body: str) -> SpaceMemory:
    """Return the memory as it was. Raises ValueError for anything `to_json` did not write."""
    return _ADAPTER.validate_json(body)
