"""What a booking is called in front of everybody: its title, never the handle of the resident who made it."""

import re

from services.bookings.records import Booking
from services.contracts.texts import text
from services.contracts.vocabulary import function_name

_HANDLE = re.compile(r"R-[A-Z0-9]{4,12}")
"""How residents are named in bookings. It says nothing of them, and yet whoever knows it could follow one about."""


def is_handle(name: str) -> bool:
    """Tell whether this is how a resident is named, and no name of a group."""
    return _HANDLE.fullmatch(name.strip()) is not None


def title_of(booking: Booking) -> str:
    """Return what doors call a booking: its title, else what the space is used as. In the community's own words."""
    function = booking.function.strip()
    for said in (booking.title, function_name(function, "zh") if function else ""):
        if said.strip() and not is_handle(said):
            return said
    return text("screens.untitled", "zh")
