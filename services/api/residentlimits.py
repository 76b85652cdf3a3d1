"""What one resident may have at a time, so that space stays for the others: all of it on one screen."""

import threading

from services.api.deps import Deps
from services.api.problems import RefusalError
from services.bookings.records import HOLDING, RequestState

WISHES = 3
"""Wishes that wait. Each is offered space that is then held from others."""
BOOKINGS = 3
"""Bookings that are not over. Whoever needs more is a group: groups ask staff, and have quotas."""
MINUTES = 180
"""Of one booking or wish: an afternoon."""
LEAST_MINUTES = 15
DAYS = 14
"""How far ahead: what is further off is planned by season, with everybody's wishes at once."""

OPEN_WISHES = (RequestState.WAITING, RequestState.OFFERED)
_LOCKS = tuple(threading.Lock() for _ in range(64))


def one_at_a_time(handle: str) -> threading.Lock:
    """Return a lock to count and add under, so that two taps at once do not both find room."""
    return _LOCKS[hash(handle) % len(_LOCKS)]


def expect_room_for_booking(deps: Deps, handle: str) -> None:
    """Raise RefusalError when the resident has as many bookings as one may."""
    mine = deps.bookings.bookings(start=deps.clock.now(), states=HOLDING, limit=BOOKINGS, group=handle)
    if len(mine) >= BOOKINGS:
        raise RefusalError("conflict", "enough_bookings", most=BOOKINGS)


def expect_room_for_wish(deps: Deps, handle: str) -> None:
    """Raise RefusalError when the resident has as many wishes as one may."""
    mine = deps.bookings.requests(states=OPEN_WISHES, limit=WISHES, group=handle)
    if len(mine) >= WISHES:
        raise RefusalError("conflict", "enough_wishes", most=WISHES)
