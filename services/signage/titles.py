"""What a booking is called in front of everybody: its title, never the handle of the resident who made it."""

from services.bookings.records import Booking
from services.contracts.names import is_handle
from services.contracts.texts import text
from services.contracts.vocabulary import function_name


def title_of(booking: Booking) -> str:
    """Return what doors call a booking: its title, else what the space is used as. In the community's own words.

    A handle says nothing of a resident, and yet whoever knows it could follow one about: doors never show it.
    """
    function = booking.function.strip()
    for said in (booking.title, function_name(function, "zh") if function else ""):
        if said.strip() and not is_handle(said.strip()):
            return said
    return text("screens.untitled", "zh")
