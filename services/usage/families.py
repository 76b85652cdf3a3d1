"""The figures of one row, in families that are shown or hidden together. Shares lie between 0 and 1."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Watched:
    """How much of the time anybody could know anything of. Never hidden: it is about sensors."""

    period_h: float
    """Over the spaces of the row: two spaces on one day are 48."""
    open_h: float
    observed_h: float
    unknown_h: float
    """The evidence was not enough to say whether somebody was there."""
    unobserved_h: float
    """Nothing was believed yet."""
    open_observed_h: float
    observed_share: float | None


@dataclass(frozen=True, slots=True)
class Use:
    """How people used the space, whoever they were. All None: hidden, or nothing was observed."""

    suppressed: bool = False
    occupied_h: float | None = None
    vacant_h: float | None = None
    occupied_share: float | None = None
    """Of the observed time."""
    open_used_share: float | None = None
    """Of the observed opening hours."""
    person_h: float | None = None
    """People × hours, of the occupied time in which they were counted; None: never counted."""
    counted_share: float | None = None
    """The part of the occupied time in which it is known how many were there."""
    peak: float | None = None
    """Most people at once; of several spaces together in the busiest hour, on average."""
    typical: float | None = None
    """Median number of people while somebody was there; of several spaces together over the hours."""
    p90: float | None = None
    visits: int | None = None
    """Stretches in which somebody was there."""
    visit_min: float | None = None
    """How long one lasted on average."""
    heads: int | None = None
    """So many came at least: over the visits the most people at once."""
    counted_in: int | None = None
    """People that counters at doors saw come in; None: no counter."""
    booked_used_h: float | None = None
    """Occupied while booked."""
    unbooked_h: float | None = None
    """Occupied without a booking."""


@dataclass(frozen=True, slots=True)
class Bookings:
    """Bookings that begin in the period, each whole."""

    suppressed: bool = False
    bookings: int | None = None
    booked_h: float | None = None
    people: int | None = None
    """As said when booking, over the bookings."""


@dataclass(frozen=True, slots=True)
class Ghosts:
    """Booked, and nobody came."""

    suppressed: bool = False
    ghosts: int | None = None
    ghost_h: float | None = None
    seen: int | None = None
    """Bookings of which it was seen whether anybody came."""
    share: float | None = None
    """Of `seen`."""


@dataclass(frozen=True, slots=True)
class Released:
    """Time given back before its end, and what others made of it."""

    suppressed: bool = False
    released_h: float | None = None
    reused_h: float | None = None
    share: float | None = None
    """Used again of what was given back."""


@dataclass(frozen=True, slots=True)
class WalkIns:
    """Bookings of people who stood at the door."""

    suppressed: bool = False
    walk_ins: int | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """Different groups and residents that booked."""

    suppressed: bool = False
    groups: int | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """All that is told of bookings."""

    bookings: Bookings
    ghosts: Ghosts
    released: Released
    walk_ins: WalkIns
    groups: Groups


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, or the total."""

    key: str
    booked: Booked
    watched: Watched | None = None
    """None for rows that are about bookings alone."""
    use: Use | None = None
