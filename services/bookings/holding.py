"""Which rooms and slots a record has to itself: the one rule both stores enforce by a unique key."""

from collections.abc import Callable, Iterator

from services.bookings import grid
from services.bookings.records import HOLDING, Booking, Change, Offer, OfferState
from services.contracts.names import Millis

Claims = Callable[[str, str], frozenset[str]]
"""(site, space) → the space and all its parts: two records clash if and only if these and their times meet."""

Key = tuple[str, str, int]
"""Site, room, slot."""


def holds(record: Booking | Offer) -> bool:
    """Tell whether the record has its time to itself."""
    return record.state in HOLDING if isinstance(record, Booking) else record.state is OfferState.HELD


def keys(record: Booking | Offer, now: Millis, claims: Claims) -> Iterator[Key]:
    """Yield what the record holds from `now` on. What was held before stays as it was: the past is history."""
    if not holds(record):
        return
    for room in sorted(claims(record.site, record.space)):
        for slot in grid.slots(max(record.start, grid.floor(now)), record.end):
            yield record.site, room, slot


def holders(change: Change) -> tuple[Booking | Offer, ...]:
    """Return the records of a change that may hold time. Those that let go come first."""
    return tuple(sorted((*change.bookings, *change.offers), key=holds))
