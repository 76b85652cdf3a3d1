"""When a space can be had, by opening hours, supply, what is promised and what lies between two uses. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.api.agenda import Plan
from services.bookings import grid
from services.bookings.records import Booking, BookingState
from services.catalogue.stretches import Stretch, joined, without
from services.catalogue.view import CatalogueView
from services.contracts.community import Space
from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import HOUR, MINUTE, Millis

SHORTEST: Millis = 15 * MINUTE
"""Less than that is nobody's use of a room."""
EVENING = ("18:00", "22:00")
"""What people mean by tonight; what is open shorter is free shorter."""
_LATE: Millis = 4 * HOUR
"""Towards midnight people look into the next day."""


@dataclass(frozen=True, slots=True)
class Free:
    """A stretch in which a space can be had by somebody who is no group of the community."""

    start: Millis
    end: Millis
    functions: tuple[str, ...]
    asks_host: bool


def horizon(now: Millis, zone: str) -> Millis:
    """Return until when "today" is looked at: local midnight, or a few hours on when that is near."""
    return max(from_wall(to_datetime(now, zone).date(), "24:00", zone), now + _LATE)


def evening(now: Millis, zone: str) -> Stretch:
    """Return from when until when "tonight" is, on the local day of `now`."""
    day = to_datetime(now, zone).date()
    return from_wall(day, EVENING[0], zone), from_wall(day, EVENING[1], zone)


def promised(plan: Plan, space: Space, now: Millis) -> list[Stretch]:
    """Return when the space, or a part of it, is promised to somebody, joined: bookings and offers that are held."""
    key = (space.site, space.id)
    stays = [(one.start, _end(one, now)) for one in plan.bookings.get(key, ())]
    stays += [(one.start, one.end) for one in plan.offers.get(key, ()) if one.expires > now]
    return joined(stays)


def kept_free(plan: Plan, space: Space, now: Millis) -> list[Stretch]:
    """Return when nobody else can begin: what is promised, and what has to lie before and after it."""
    view, key = plan.view, (space.site, space.id)
    taken = list(promised(plan, space, now))
    if space.functions and view.availability.longest_gap_min(space.site):
        for one in plan.bookings.get(key, ()):
            before, after = _gaps(view, space, one.space, one.function)
            taken.append((one.start - before, _end(one, now) + after))
        for offer in plan.offers.get(key, ()):
            if offer.expires > now:
                before, after = _gaps(view, space, offer.space, "")
                taken.append((offer.start - before, offer.end + after))
    return joined(taken)


def free_stretches(
    view: CatalogueView, space: Space, taken: Iterable[Stretch], now: Millis, until: Millis
) -> list[Free]:
    """Return when the space can be had from `now` to `until`, in order, on the grid, none shorter than SHORTEST.

    What has no function, as a corner where phones are charged, is there for everybody and had by nobody.
    """
    if not space.functions:
        return []
    begin = grid.floor(now)
    shut = list(taken)
    found: list[Free] = []
    for window in view.availability.windows(space.site, space.id, begin, until):
        if not window.suits((), ""):
            continue
        earliest = max(window.start, now + window.notice_min * MINUTE) if window.notice_min else window.start
        whole = Free(0, 0, window.functions, window.approval == "host")
        for start, end in without([(max(earliest, begin), window.end)], shut):
            first, last = grid.ceil(start), grid.floor(end)
            if last - max(first, now) >= SHORTEST:
                found.append(replace(whole, start=first, end=last))
    found.sort(key=lambda one: (one.start, one.asks_host, -one.end))
    return [one for place, one in enumerate(found) if not any(_within(one, other) for other in found[:place])]


def within(stretches: Iterable[Free], start: Millis, end: Millis) -> list[Free]:
    """Return what of the stretches lies between two instants and is long enough."""
    cut = [replace(one, start=max(one.start, start), end=min(one.end, end)) for one in stretches]
    return [one for one in cut if one.end - one.start >= SHORTEST]


def _within(one: Free, other: Free) -> bool:
    return other.start <= one.start and one.end <= other.end and (one.asks_host or not other.asks_host)


def _end(booking: Booking, now: Millis) -> Millis:
    """Return until when a booking has its space: one that runs over has it still."""
    over = booking.state is BookingState.IN_USE and booking.end <= now
    return grid.ceil(now + 1) if over else booking.end


def _gaps(view: CatalogueView, space: Space, other: str, function: str) -> tuple[Millis, Millis]:
    """Return how much time has to lie before and after a use of `other`, whatever the space is used as."""
    ours = [(space.id, one) for one in space.functions]
    before = max(view.availability.gap_min(space.site, mine, (other, function)) for mine in ours)
    after = max(view.availability.gap_min(space.site, (other, function), mine) for mine in ours)
    return before * MINUTE, after * MINUTE
