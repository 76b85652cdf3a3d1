"""Bookings, wishes, offers, decisions, proposals and series as answered: what present.py and series.py render."""

from typing import Annotated

from pydantic import Field

from services.api.answers.shape import Answer, Free, Instant, Page
from services.bookings.records import BookingState, OfferState, ProposalState, RequestState
from services.contracts.entries import LocalDay, LocalTime
from services.contracts.events import DecisionKind
from services.contracts.names import Name

Code = Annotated[str, Field(description="only for those who may act")]


class Booking(Answer):
    """A promise of a space to a group."""

    id: str
    site: Name
    space: Name
    group: str
    title: str
    people: int
    start: Instant
    end: Instant
    state: BookingState
    function: str
    protected: bool
    checked_in_at: Instant | None
    warned_at: Instant | None
    kept_at: Instant | None
    released_at: Instant | None
    reclaimed_at: Instant | None
    ended_at: Instant | None
    asked_at: Annotated[Instant | None, Field(description="when the group was asked ahead whether it comes")]
    planned_end: Annotated[Instant | None, Field(description="its end before it was extended")]
    excused_at: Instant | None
    from_offer: str | None
    answer_by: Annotated[Instant | None, Field(description="until when the host may answer")]
    series: str | None
    occurrence: Annotated[str | None, Field(description="the local day on which its series has it")]
    version: int
    code: Code = ""


class Alternative(Answer):
    """What would do as well, if less; null: as in the wish itself."""

    space: Name | None
    earliest: Instant | None
    latest_end: Instant | None


class Request(Answer):
    """A wish for space."""

    id: str
    site: Name
    group: str
    title: str
    people: int
    duration_min: int
    earliest: Instant
    latest_end: Instant
    created_at: Instant
    space: Name | None
    features: list[str]
    functions: list[str]
    priority: int
    alternatives: list[Alternative]
    min_duration_min: int
    walk_in: bool
    season: str | None
    state: RequestState
    booking: str | None


class Season(Answer):
    """The wishes that a recurring one was made of: all are kept, or none."""

    items: list[Request]
    next: None
    season: str


class Offer(Answer):
    """A held, expiring promise to one wish."""

    id: str
    request: str
    site: Name
    space: Name
    group: str
    start: Instant
    end: Instant
    made_at: Instant
    expires: Instant
    state: OfferState
    released_booking: str | None
    booking: str | None
    code: Code = ""


class Undo(Answer):
    """Whether and until when a decision can be taken back, and which decision did so."""

    possible: bool
    until: Instant | None
    undone_by: str | None


class Decision(Answer):
    """What was done, or in shadow would have been, and everything needed to argue about it."""

    id: str
    at: Instant
    site: Name
    space: Annotated[str, Field(description="empty for what is about no space")]
    kind: DecisionKind
    booking: str | None
    request: str | None
    offer: str | None
    shadow: bool
    actor: Annotated[str, Field(description="scheduler, group, user:NAME or device:NAME")]
    summary: Annotated[str, Field(description="one sentence, in the language asked for")]
    rule: Annotated[str, Field(description="name and version, such as no_show.release/1")]
    inputs: Annotated[Free, Field(description="what the rule saw")]
    considered: Annotated[list[Free], Field(description="what else there was to choose from")]
    would_change: list[str]
    proposal: str | None
    answer_until: Instant | None
    undo: Undo


class Spot(Answer):
    """Where a booking is."""

    space: Name
    start: Instant


class ProposedMove(Answer):
    """A booking that would go elsewhere; `to` null: it has no room any more."""

    booking: str
    group: str
    from_: Annotated[Spot, Field(alias="from")]
    to: Spot | None


class Proposal(Answer):
    """Moves that somebody has to agree to: all of them are made at once, or none."""

    id: str
    site: Name
    space: str
    rule: str
    summary: str
    made_at: Instant
    expires: Instant
    asked: Annotated[str | None, Field(description="the group that is asked; null: staff")]
    request: str | None
    state: ProposalState
    moves: list[ProposedMove]
    serves: Annotated[dict[str, str], Field(description="wish → the booking that serves it")]
    adds: list[Booking]


class Repair(Proposal):
    """The proposal that saves most bookings when a space is lost."""

    proven: Annotated[bool, Field(description="no better one exists")]
    lost: Annotated[list[str], Field(description="bookings that have no room any more")]


class Segment(Answer):
    """From a local day on, a series is in a space from one local time to another on the days of its rule."""

    from_: Annotated[LocalDay, Field(alias="from")]
    space: Name
    start: LocalTime
    end: LocalTime
    rrule: str
    dtstart: LocalDay
    exdate: list[LocalDay]
    rdate: list[LocalDay]


class Series(Answer):
    """A booking that repeats."""

    id: str
    site: Name
    group: str
    title: str
    people: int
    function: str
    protected: bool
    segments: list[Segment]
    until: LocalDay
    exceptions: Annotated[list[str], Field(description="local days whose occurrence somebody moved or cancelled")]
    standing: str | None
    version: int


class Occurrence(Booking):
    """One booking of a series."""

    exception: bool


class SeriesWhole(Series):
    """A series with every occurrence that was ever booked."""

    occurrences: list[Occurrence]


class SeriesProblem(Answer):
    """An occurrence that cannot be had."""

    day: LocalDay
    why: str


class SeriesOutcome(SeriesWhole):
    """A series after what was asked for, and the occurrences that could not be had."""

    problems: list[SeriesProblem]


class Bookings(Page[Booking]):
    """Bookings, by start."""


class Requests(Page[Request]):
    """Wishes, in the order they were made."""


class Offers(Page[Offer]):
    """Offers, in the order they were made."""


class Decisions(Page[Decision]):
    """Decisions, the newest first."""


class Proposals(Page[Proposal]):
    """Proposals, in the order they were made."""


class SeriesList(Page[Series]):
    """Series, without their occurrences."""
