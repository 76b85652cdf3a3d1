"""The records: frozen, versioned, never deleted."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.contracts.events import DecisionKind
from services.contracts.names import Millis


class BookingState(StrEnum):
    """Where a booking stands; see `machine` for the arrows."""

    ASKED = "asked"
    """Its host has yet to say yes."""
    BOOKED = "booked"
    WARNED = "warned"
    IN_USE = "in_use"
    RELEASED = "released"
    ENDED = "ended"
    CANCELLED = "cancelled"


class RequestState(StrEnum):
    """Where a wish for space stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    SERVED = "served"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    AGREED = "agreed"
    DECLINED = "declined"
    LAPSED = "lapsed"


class OfferState(StrEnum):
    """Where an offer stands."""

    HELD = "held"
    TAKEN = "taken"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


BLOCK = "x-"
"""How the ids of bookings begin that keep a lost space from being used: they are nobody's."""

HOLDING = frozenset({BookingState.ASKED, BookingState.BOOKED, BookingState.WARNED, BookingState.IN_USE})
"""In these states a booking has its time to itself."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A promise of `space` to `group` from `start` to `end`."""

    id: str
    site: str
    space: str
    group: str
    title: str
    people: int
    start: Millis
    end: Millis
    state: BookingState = BookingState.BOOKED
    function: str = ""
    protected: bool = False
    """Never released: safety, elections, exams."""
    code: str = ""
    """What the group types at the button to check in or keep."""
    checked_in_at: Millis | None = None
    warned_at: Millis | None = None
    kept_at: Millis | None = None
    released_at: Millis | None = None
    """When the scheduler gave the rest of the time back: after a no-show, or after people left early."""
    reclaimed_at: Millis | None = None
    ended_at: Millis | None = None
    overrun_at: Millis | None = None
    """When people still there were told that the next booking is near."""
    asked_at: Millis | None = None
    """When the group was asked ahead whether it comes, because it often does not."""
    planned_end: Millis | None = None
    """Its end before it was extended."""
    excused_at: Millis | None = None
    """When the no-show was struck from the record: a sensor that had a say in it was doubted afterwards."""
    from_offer: str | None = None
    answer_by: Millis | None = None
    """Until when the host may answer; after that what was asked for lapses."""
    series: str | None = None
    """Id of the series it is an occurrence of."""
    occurrence: str | None = None
    """The local day (ISO) on which its series has it, wherever it was moved since."""
    version: int = 0

    @property
    def had_until(self) -> Millis:
        """Until when the booking has its space, or had it before it gave the rest of its time up."""
        if self.state in HOLDING:
            return self.end
        if self.state is BookingState.CANCELLED and self.checked_in_at is None:
            return self.start
        return max(self.start, min(self.end, self.ended_at or self.released_at or self.end))


@dataclass(frozen=True, slots=True)
class Alternative:
    """What would do as well, if less: another space, another time, or both; None: as in the wish itself."""

    space: str | None = None
    earliest: Millis | None = None
    latest_end: Millis | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for space: `duration_min` within `earliest` … `latest_end`, in `space` or in any that fits."""

    id: str
    site: str
    group: str
    title: str
    people: int
    duration_min: int
    earliest: Millis
    latest_end: Millis
    created_at: Millis
    space: str | None = None
    features: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    priority: int = 0
    state: RequestState = RequestState.WAITING
    booking: str | None = None
    alternatives: tuple[Alternative, ...] = ()
    """The one liked best first."""
    min_duration_min: int = 0
    """The least that is acceptable; 0: nothing shorter than `duration_min`."""
    walk_in: bool = False
    """Somebody who stands at the door."""
    season: str | None = None
    """Shared by the wishes that one recurring wish was made of."""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A held, expiring promise of released time to one request."""

    id: str
    code: str
    request: str
    site: str
    space: str
    group: str
    start: Millis
    end: Millis
    made_at: Millis
    expires: Millis
    state: OfferState = OfferState.HELD
    released_booking: str | None = None
    booking: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """A booking that would go elsewhere, as long as before; `space` None: it has no room any more and is cancelled."""

    booking: str
    group: str
    from_space: str
    from_start: Millis
    space: str | None
    start: Millis


@dataclass(frozen=True, slots=True)
class Proposal:
    """Moves that somebody has to agree to: all of them are made at once, or none."""

    id: str
    site: str
    space: str
    """Where the trouble is."""
    rule: str
    """Name and version of the rule, such as `overrun.move_next/1`; its sentences are named by it."""
    made_at: Millis
    expires: Millis
    moves: tuple[Move, ...]
    group: str = ""
    """Who is asked; nobody in particular: staff."""
    request: str | None = None
    """The request that would be served."""
    adds: tuple[Booking, ...] = ()
    """Bookings that it makes besides, in the room that the moves leave free."""
    serves: tuple[tuple[str, str], ...] = ()
    """Requests that are served by it, each with the booking that serves it."""
    params: dict[str, Any] = field(default_factory=dict)
    """Fill its sentence of the text catalogue."""
    state: ProposalState = ProposalState.OPEN
    version: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether anybody came to a booking that is over."""

    site: str
    group: str
    start: Millis
    no_show: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done, or in shadow would have been, and everything needed to argue about it."""

    id: str
    at: Millis
    site: str
    space: str
    kind: DecisionKind
    rule: str
    """Name and version of the rule, such as `no_show.release/1`."""
    booking: str | None = None
    request: str | None = None
    offer: str | None = None
    shadow: bool = False
    actor: str = "scheduler"
    """`scheduler`, `user:NAME`, `device:NAME`, `resident:HANDLE`, or `group`: somebody who knows its code."""
    params: dict[str, Any] = field(default_factory=dict)
    """Fill the sentence of the text catalogue; see `sentences`."""
    inputs: dict[str, Any] = field(default_factory=dict)
    considered: tuple[dict[str, Any], ...] = ()
    would_change: tuple[dict[str, Any], ...] = ()
    """What would have changed it: text keys with parameters."""
    undo_until: Millis | None = None
    undone_by: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One transition: the records as they are after it (each `version` one up), and the decision that says why.

    A shadow change has `twins` instead of bookings: what the bookings would be, had it been done.
    """

    decision: Decision
    bookings: tuple[Booking, ...] = ()
    requests: tuple[Request, ...] = ()
    offers: tuple[Offer, ...] = ()
    twins: tuple[Booking, ...] = ()
    undoes: str | None = None
    """Id of the decision this one undoes."""
    proposals: tuple[Proposal, ...] = ()
    also: tuple[Decision, ...] = ()
    """Decisions that stand and fall with it, each of which can be undone by itself: the moves of a proposal."""
    keeps_distance: bool = False
    """Its new time must leave its neighbours their changeover, and its group within its quota: checked as it is
    written."""


@dataclass(frozen=True, slots=True)
class Near:
    """The records that matter around an instant: what the scheduler looks at."""

    bookings: tuple[Booking, ...]
    requests: tuple[Request, ...]
    """Waiting with their time near, or with an offer held."""
    offers: tuple[Offer, ...]
    """Held, or closed with their time not over."""
    served: dict[str, int]
    """Group → how many of its requests were served."""
    twins: tuple[Booking, ...] = ()
    """Shadow twins of bookings that did not change since."""
    proposals: tuple[Proposal, ...] = ()
    """Open, or made within the last half day."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What became of the time of one space, in minutes."""

    site: str
    space: str
    booked_min: float
    released_min: float
    """Given back before the end: no-shows and early ends."""
    reused_min: float
    """Of bookings that came from an offer."""
