"""What is to be planned: spaces, requests, bookings that stay and bookings that may be moved. Checked elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from services.contracts.names import MINUTE, Millis

DEFAULT_MOVE_COST = 600
"""Person-minutes charged for a booking that loses its place, where an instance does not say."""


@dataclass(frozen=True, slots=True)
class Space:
    """A bookable space. `open` is in order, disjoint and not touching; `rooms` are the rooms below it, or itself."""

    id: str
    capacity: int
    features: frozenset[str]
    open: tuple[tuple[Millis, Millis], ...]
    rooms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for space; `worth` is weight × people × duration_min, times the instance's `scale`, never below it.

    `offset` is how far its wall clock (`zone`) is ahead of UTC.
    """

    id: str
    people: int
    features: frozenset[str]
    duration_min: int
    earliest: Millis
    latest_end: Millis
    weight: float
    group: str
    worth: int
    zone: tzinfo
    offset: Millis

    @property
    def duration(self) -> Millis:
        return self.duration_min * MINUTE


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for a booking: a space (its index) from an instant on."""

    space: int
    start: Millis


@dataclass(frozen=True, slots=True)
class Instance:
    """A planning problem; requests and spaces are referred to by their index.

    `fixed` stays whatever the rules say. `current` is the plan so far: whoever of it is not found in the same place
    afterwards costs `move_cost` (in units of worth, so times `scale`); nobody of it is moved by more than `max_shift`.
    `current` is None where nothing is to be repaired.
    """

    grid: Millis
    scale: int
    spaces: tuple[Space, ...]
    requests: tuple[Request, ...]
    fixed: Mapping[int, Spot]
    current: Mapping[int, Spot] | None = None
    move_cost: int = DEFAULT_MOVE_COST
    max_shift: Millis | None = None
