"""Writes a calendar: each booking one event with a lasting name, cancelled ones too, so that readers remove them. Pure.

Occurrences of a series are events of their own: each has been moved, kept or released by itself, and a rule with as
many exceptions would say less. No codes and no people: what a feed says may lie on anybody's phone.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from icalendar import Calendar, Event, vDatetime, vDuration

from services.bookings import grid
from services.bookings.records import Booking, BookingState
from services.calendars.zones import timezone, when
from services.contracts.instants import to_datetime
from services.contracts.names import SECOND, Millis
from services.contracts.texts import text
from services.contracts.vocabulary import function_name

PRODID = "-//foldspace//shared community space//ZH"
_ASK_AGAIN = timedelta(minutes=15)
"""How often a reader that listens to us asks: a release is news for a quarter of an hour at most."""

_GONE = frozenset({BookingState.CANCELLED, BookingState.RELEASED})


@dataclass(frozen=True, slots=True)
class Dated:
    """A booking, when it was made and when it changed last."""

    booking: Booking
    made_at: Millis
    changed_at: Millis


@dataclass(frozen=True, slots=True)
class Place:
    """What people call a space and its site, and where its door page is."""

    space: str
    site: str
    url: str


def feed(
    entries: Sequence[Dated],
    name: str,
    zone: str,
    span: tuple[Millis, Millis],
    place_of: Callable[[Booking], Place],
    language: str,
) -> bytes:
    """Return the calendar of these bookings. `span`: what it reaches over, in ms; its zone is right there."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", printable(name))
    calendar.add("x-wr-calname", printable(name))
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", vDuration(_ASK_AGAIN), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_ASK_AGAIN))
    starts = [entry.booking.start for entry in entries]
    described = timezone(zone, min([span[0], *starts]), span[1])
    if described is not None:
        calendar.add_component(described)
    for entry in entries:
        calendar.add_component(_event(entry, zone, place_of(entry.booking), language))
    return bytes(calendar.to_ical())


def uid(booking: Booking) -> str:
    """Return the name of a booking's event for ever, wherever the booking is moved."""
    return f"{booking.id}@{booking.site}.foldspace"


def status(booking: Booking) -> str:
    """Return where a booking stands as calendars know it."""
    if booking.state in _GONE:
        return "CANCELLED"
    return "TENTATIVE" if booking.state is BookingState.ASKED else "CONFIRMED"


def printable(said: str) -> str:
    """Return a text without what a calendar file must not hold: control characters but line breaks, half characters."""
    lines = said.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one == "\n" or unicodedata.category(one) not in ("Cc", "Cs"))


def _event(entry: Dated, zone: str, place: Place, language: str) -> Event:
    booking = entry.booking
    event = Event()
    event.add("uid", uid(booking))
    # Of a published calendar this is when its event changed last: the same feed twice is the same, byte for byte.
    event.add("dtstamp", to_datetime(_second(entry.changed_at)))
    event.add("created", to_datetime(_second(entry.made_at)))
    event.add("last-modified", to_datetime(_second(entry.changed_at)))
    event.add("sequence", booking.version)
    event.add("dtstart", vDatetime(when(booking.start, zone)))
    event.add("dtend", vDatetime(when(_end(booking), zone)))
    event.add("summary", printable(booking.title or booking.group))
    event.add("status", status(booking))
    event.add("transp", "TRANSPARENT" if booking.state in _GONE else "OPAQUE")
    event.add("location", printable(f"{place.space}, {place.site}" if place.site else place.space))
    if booking.function:
        event.add("categories", [printable(function_name(booking.function, language))])
    if place.url:
        event.add("url", place.url)
    event.add("description", text(f"calendar.state_{booking.state.value}", language))
    return event


def _end(booking: Booking) -> Millis:
    """Return until when the space was or will be used: an early end gives the rest back here as well."""
    if booking.state is not BookingState.ENDED:
        return booking.end
    return max(booking.start + grid.GRID, min(booking.end, grid.ceil(booking.had_until)))


def _second(at: Millis) -> Millis:
    return at // SECOND * SECOND
