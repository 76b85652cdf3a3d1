"""What people may do with a booking now: from when a group may check in, and who is in its way. Pure."""

import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from services.bookings.holding import Claims
from services.bookings.records import Booking, BookingState
from services.contracts.errors import ConflictError
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy

_EXPECTED = frozenset({BookingState.BOOKED, BookingState.WARNED})


class TooEarlyError(ConflictError):
    """A group cannot check in or keep its booking yet; `opens_at` is from when it can."""

    def __init__(self, opens_at: Millis, **params: Any) -> None:
        super().__init__(key="booking_too_early", **params)
        self.opens_at = opens_at


def opens_at(booking: Booking, policy: Policy) -> Millis:
    """Return from when the booking's group may check in or say that it comes."""
    return booking.start - int(policy.check_in_early_min * MINUTE)


def in_the_way(booking: Booking, others: Iterable[Booking], claims: Claims, now: Millis) -> Booking | None:
    """Return the booking whose group is still in a room of `booking`; from its start on nobody else holds it."""
    if now >= booking.start:
        return None
    mine = claims(booking.site, booking.space)
    for other in others:
        if other.id == booking.id or other.site != booking.site or other.state is not BookingState.IN_USE:
            continue
        if now < other.end and not mine.isdisjoint(claims(other.site, other.space)):
            return other
    return None


def allowed(booking: Booking, others: Iterable[Booking], claims: Claims, policy: Policy, now: Millis) -> list[str]:
    """Return which of check_in, keep and end people may do with the booking now."""
    if booking.state is BookingState.IN_USE:
        return ["end"]
    if booking.state not in _EXPECTED or now >= booking.end:
        return []
    if now < opens_at(booking, policy):
        return [] if booking.asked_at is None or booking.kept_at is not None else ["keep"]
    return ["keep"] if in_the_way(booking, others, claims, now) else ["check_in", "keep"]


def meant_at(
    space: str,
    bookings: Iterable[Booking],
    wanted: Sequence[BookingState],
    clash: Callable[[str, str], bool],
    code: str | None,
    policy: Policy,
    now: Millis,
) -> Booking | None:
    """Return the booking that somebody at a space means: now or within the check-in time, first by code, then by state.

    `bookings` are of one site; `clash` tells whether two spaces of it share a room.
    """
    near = [
        booking
        for booking in bookings
        if booking.state in wanted
        and opens_at(booking, policy) <= now < booking.end
        and clash(space, booking.space)
        and (code is None or same_code(code, booking.code))
    ]
    return min(near, key=lambda b: (now < b.start, wanted.index(b.state), b.start, b.id), default=None)


def same_code(typed: str, code: str) -> bool:
    """Tell whether this is the booking's code; a booking without one has none that could be typed."""
    return bool(code) and hmac.compare_digest(typed.encode(errors="replace"), code.encode())
