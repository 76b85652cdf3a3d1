"""What became of bookings: kept, given back, used again, nobody came. Each counts on the day it begins. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.bookings.outcomes import outcome_of
from services.bookings.records import BLOCK, Booking, BookingState, Offer
from services.contracts.instants import to_datetime
from services.contracts.names import Millis, is_handle


@dataclass(frozen=True, slots=True)
class Promise:
    """One booking, whole, as the figures need it; times in milliseconds."""

    space: str
    day: date
    function: str
    group: str
    """Empty: a resident for themselves."""
    people: int
    who: str
    """Tells groups and residents apart, each by one name."""
    start: Millis
    until: Millis
    """Until when it had its space."""
    booked: Millis
    released: Millis = 0
    """Given back before its end: after a no-show, or after people left early. Of bookings that were not made of time
    given back themselves."""
    reused: Millis = 0
    """Kept of time that somebody had given back."""
    came: bool | None = None
    """None: nobody saw either."""
    walk_in: bool = False


def promises_of(
    bookings: Iterable[Booking],
    offers: Iterable[Offer],
    walk_ins: Collection[str],
    names: Mapping[str, str],
    zone: str,
) -> list[Promise]:
    """Return what the figures count of bookings; cancelled ones and blocks are nobody's use.

    `walk_ins` are ids of bookings of people who stood at the door, `names` tells how groups are called that go by
    several names.
    """
    given_back = {one.id for one in offers if one.released_booking is not None}
    found: list[Promise] = []
    for one in bookings:
        if one.state in (BookingState.CANCELLED, BookingState.ASKED) or one.id.startswith(BLOCK):
            continue
        outcome = outcome_of(one)
        resident = is_handle(one.group)
        until = max(one.start, min(one.end, one.had_until))
        found.append(
            Promise(
                space=one.space,
                day=to_datetime(one.start, zone).date(),
                function=one.function,
                group="" if resident else names.get(one.group, one.group),
                people=one.people,
                who=names.get(one.group, one.group),
                start=one.start,
                until=until,
                booked=one.end - one.start,
                released=one.end - until if one.from_offer is None else 0,
                reused=until - one.start if one.from_offer in given_back else 0,
                came=None if outcome is None else not outcome.no_show,
                walk_in=one.id in walk_ins,
            )
        )
    return found
