"""Whether a place suits a wish, and from when until when it is free for it. Pure."""

from collections.abc import Collection, Iterable, Iterator

from services.bookings import grid
from services.bookings.ports import AHEAD
from services.bookings.records import Booking, BookingState, Offer, Request
from services.contracts.names import HOUR, Millis
from services.scheduler.view import Place, View

_FAR: Millis = AHEAD - HOUR
"""Nothing is promised for longer than this: what lies further ahead is not looked at."""


def unsuited(place: Place, request: Request) -> str:
    """Return why a place can never suit a request, as a key of the text catalogue, or nothing."""
    if request.space is not None and request.space != place.space:
        return "fit_space"
    if request.space is None and not place.functions:  # a corridor, a corner: nobody means it who does not name it
        return "fit_space"
    if request.people > place.holds(use_of(place, request)):
        return "fit_capacity"
    if not set(request.features) <= set(place.features):
        return "fit_features"
    if request.functions and set(request.functions).isdisjoint(place.functions):
        return "fit_function"
    return ""


def use_of(place: Place, request: Request) -> str:
    """Return what the place would be used as: the first function wished for that it has."""
    return next((function for function in request.functions if function in place.functions), "")


def open_until(place: Place, functions: Collection[str], start: Millis, group: str = "") -> Millis:
    """Return until when the place is there for one of `functions`, or for anything; `start` itself when it is not.

    `group`: id of a group of the community, for windows that are lent to some only.
    """
    if place.windows is None:
        return start + _FAR
    ends = [
        window.end for window in place.windows if window.start <= start < window.end and window.suits(functions, group)
    ]
    return grid.floor(max(ends, default=start))


def ready_from(view: View, place: Place, start: Millis, function: str) -> Millis:
    """Return from when, at `start` or after, the place is ready: whoever was there before must be cleared away."""
    if not place.gaps:
        return start
    ready = start
    for before in _uses(view, place):
        if before.start < start:
            gap = place.gap(_function(before, view), function)
            ended = before.end if isinstance(before, Offer) else before.had_until
            ready = max(ready, ended + gap if gap else start)
    return grid.ceil(ready)


def free_until(view: View, place: Place, start: Millis, function: str = "", besides: Iterable[str] = ()) -> Millis:
    """Return until when nobody else needs the place, or time to make it ready for them.

    `start` itself or earlier when somebody has it now. `besides`: ids of bookings that would be gone.
    """
    gone = set(besides)
    return min(
        (
            grid.floor(holder.start - place.gap(function, _function(holder, view)))
            for holder in _holders(view, place)
            if holder.id not in gone and holder.end > start
        ),
        default=start + _FAR,
    )


def _holders(view: View, place: Place) -> Iterator[Booking | Offer]:
    yield from view.holding(place.site, place.space)
    yield from view.held_offers(place.site, place.space)


def _uses(view: View, place: Place) -> Iterator[Booking | Offer]:
    """Yield who has the place, and who had it: a booking nobody came to leaves nothing behind."""
    yield from _holders(view, place)
    for booking in view.bookings.values():
        used = booking.state is BookingState.ENDED and booking.checked_in_at is not None
        if used and booking.site == place.site and view.clash(place.site, place.space, booking.space):
            yield booking


def _function(record: Booking | Offer, view: View) -> str:
    if isinstance(record, Booking):
        return record.function
    request = view.requests.get(record.request)
    return request.functions[0] if request is not None and request.functions else ""
