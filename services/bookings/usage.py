"""What became of the booked time of each space. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from services.bookings.records import Booking, Usage
from services.contracts.names import MINUTE, Millis


def usage_of(bookings: Iterable[Booking], start: Millis, end: Millis) -> list[Usage]:
    """Return the minutes booked, given back and re-used between `start` and `end`, by site and space."""
    booked: dict[tuple[str, str], Millis] = defaultdict(int)
    released: dict[tuple[str, str], Millis] = defaultdict(int)
    reused: dict[tuple[str, str], Millis] = defaultdict(int)
    for booking in bookings:
        key = (booking.site, booking.space)
        whole = _overlap(booking.start, booking.end, start, end)
        back = _overlap(booking.had_until, booking.end, start, end)
        if booking.from_offer is None:
            booked[key] += whole
            released[key] += back
        else:
            booked[key] += 0
            reused[key] += whole - back
    return [
        Usage(*key, _minutes(booked[key]), _minutes(released[key]), _minutes(reused[key])) for key in sorted(booked)
    ]


def _minutes(spent: Millis) -> float:
    """Return minutes to a tenth: nobody plans by the second."""
    return round(spent / MINUTE, 1)


def _overlap(start: Millis, end: Millis, low: Millis, high: Millis) -> Millis:
    return max(0, min(end, high) - max(start, low))
