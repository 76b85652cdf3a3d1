"""What another policy would have done with the same bookings, as it is told: figures and the bookings that differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.contracts.names import Millis
from services.contracts.policy import Policy
from services.contracts.states import RoomState

Fate = Literal["kept", "released", "reclaimed", "ended_early"]
"""What became of a booking: nothing, its time was taken, it was taken and given back, it ended when all had left."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a policy did with the days that were looked at."""

    warned: int = 0
    released: int = 0
    false_released: int = 0
    """Of those released, in whose room somebody was seen while they would still have lasted."""
    recovered_min: float = 0.0
    """Minutes given back by releases and early ends."""
    offers: int = 0
    served: int = 0


@dataclass(frozen=True, slots=True)
class Differs:
    """A booking with which the two policies do different things."""

    booking: str
    site: str
    space: str
    group: str
    title: str
    start: Millis
    end: Millis
    was: Fate
    was_at: Millis | None
    would: Fate
    would_at: Millis | None
    seen_later: bool = False
    """Somebody was seen in the room after it would have been released."""


@dataclass(frozen=True, slots=True)
class Soon:
    """A booking that a policy would warn or release within the next minutes, if the room stays as it is."""

    booking: str
    site: str
    space: str
    group: str
    title: str
    kind: Literal["warn", "release"]
    present_at: Millis | None
    """When under the policy in force; None: not at all."""
    would_at: Millis | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The policy in force beside another one. `since` may be later than asked for: the time for looking is bounded."""

    since: Millis
    until: Millis
    whole: bool
    """Whether all the days asked for were looked at."""
    bookings: int
    present: Figures
    would: Figures
    differs: tuple[Differs, ...] = ()
    more: int = 0
    """So many more bookings differ than are listed."""
    soon: tuple[Soon, ...] = field(default=())


Previewer = Callable[[Policy, Sequence[RoomState]], Comparison]
"""Compares a policy with the one in force. It is given the rooms as they are now."""
