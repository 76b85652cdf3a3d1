"""Whether a place suits a wish, and until when it is free. Pure."""

from collections.abc import Collection, Iterable

from services.bookings import grid
from services.bookings.records import Request
from services.contracts.names import DAY, Millis
from services.scheduler.view import Place, View

_FAR: Millis = DAY
"""Nothing is promised for longer than this."""


def unsuited(place: Place, request: Request) -> str:
    """Return why a place can never suit a request, as a key of the text catalogue, or nothing."""
    if request.space is not None and request.space != place.space:
        return "fit_space"
    if request.space is None and not place.functions:  # a corridor, a corner: nobody means it who does not name it
        return "fit_space"
    if request.people > place.capacity:
        return "fit_capacity"
    if not set(request.features) <= set(place.features):
        return "fit_features"
    if request.functions and set(request.functions).isdisjoint(place.functions):
        return "fit_function"
    return ""


def open_until(place: Place, functions: Collection[str], start: Millis) -> Millis:
    """Return until when the place is there for one of `functions`, or for anything; `start` itself when it is not."""
    if place.windows is None:
        return start + _FAR
    wanted = set(functions)
    ends = [
        window.end
        for window in place.windows
        if window.start <= start < window.end and (not wanted or not wanted.isdisjoint(window.functions))
    ]
    return grid.floor(max(ends, default=start))


def free_until(view: View, place: Place, start: Millis, besides: Iterable[str] = ()) -> Millis:
    """Return the start of whatever holds the place next; `start` itself or earlier when something holds it now.

    `besides`: ids of bookings that would be gone.
    """
    gone = set(besides)
    holders = [(b.start, b.end) for b in view.holding(place.site, place.space) if b.id not in gone]
    holders += [(o.start, o.end) for o in view.held_offers(place.site, place.space)]
    return min((begin for begin, end in holders if end > start), default=start + _FAR)
