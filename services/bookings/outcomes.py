"""What became of a booking that is over, as far as anybody has seen. Pure."""

from services.bookings.records import Booking, BookingState, Outcome


def outcome_of(booking: Booking) -> Outcome | None:
    """Return whether its group came; None where nobody saw either: without sensors nobody is a no-show."""
    if booking.checked_in_at is not None:
        return Outcome(booking.site, booking.group, booking.start, False)
    if booking.state is BookingState.RELEASED and booking.excused_at is None:
        return Outcome(booking.site, booking.group, booking.start, True)
    return None
