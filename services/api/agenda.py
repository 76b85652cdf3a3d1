"""What is planned for every space around now, read once however often it is asked.

The stream renders hundreds of room states a second and each wants its bookings; a decision makes the plan old.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from services.bookings.permits import allowed
from services.bookings.records import HOLDING, Booking, BookingState, Offer, OfferState
from services.bookings.store import BookingStore
from services.catalogue.cached import CachedCatalogue
from services.catalogue.view import CatalogueView
from services.contracts.community import Community
from services.contracts.errors import FoldspaceError
from services.contracts.names import DAY, HOUR, SECOND, Millis
from services.kit.clock import Clock

_LOOK_BACK = 12 * HOUR
"""A booking that runs over its end still holds the room; none does so for half a day."""
_AT_MOST = 10_000
_OLD: Millis = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Slots:
    """What a space is promised to."""

    now: Booking | None = None
    next: Booking | None = None
    offer: Offer | None = None


class _Placed(Protocol):
    @property
    def site(self) -> str: ...
    @property
    def space(self) -> str: ...


_P = TypeVar("_P", bound=_Placed)


@dataclass(frozen=True, slots=True)
class Plan:
    """Catalogue, bookings and held offers of one moment."""

    view: CatalogueView
    bookings: dict[tuple[str, str], tuple[Booking, ...]]
    offers: dict[tuple[str, str], tuple[Offer, ...]]

    def slots(self, site: str, space: str, now: Millis) -> Slots:
        """Return what holds the space now, what comes next and an offer held on it.

        A booking of a hall is also one of its rooms, and the other way round; a space's own comes first.
        """
        mine = self.bookings.get((site, space), ())
        running = [one for one in mine if one.start <= now and (now < one.end or one.state is BookingState.IN_USE)]
        coming = [one for one in mine if one.start > now]
        held = [one for one in self.offers.get((site, space), ()) if one.expires > now]
        return Slots(
            min(running, key=lambda one: (one.space != space, -one.start), default=None),
            min(coming, key=lambda one: (one.start, one.space != space), default=None),
            min(held, key=lambda one: (one.space != space, one.expires), default=None),
        )

    def can(self, booking: Booking, now: Millis) -> list[str]:
        """Return which of check_in, keep and end people may do with a booking now."""
        near = self.bookings.get((booking.site, booking.space), ())
        return allowed(booking, near, self.view.claims, self.view.community.policy, now)


class Agenda:
    """Keeps the present plan. Safe to use from several threads."""

    def __init__(self, catalogue: CachedCatalogue, bookings: BookingStore, clock: Clock, machine_clock: Clock) -> None:
        self._catalogue = catalogue
        self._bookings = bookings
        self._clock = clock
        self._machine = machine_clock
        self._lock = threading.Lock()
        self._plan: Plan | None = None
        self._read_at: Millis = 0
        self._changed = False

    def changed(self) -> None:
        """Say that the records changed: the next asking reads them again at once."""
        self._changed = True

    def plan(self) -> Plan:
        """Return the plan, read again when something changed, and every five seconds."""
        with self._lock:
            age = self._machine.now() - self._read_at
            if self._plan is None or self._changed or age >= _OLD:
                self._changed = False
                self._plan = self._read()
                self._read_at = self._machine.now()
            return self._plan

    def known_view(self) -> CatalogueView:
        """Return the newest catalogue that could be read, also while the database is away."""
        try:
            return self.plan().view
        except FoldspaceError:
            return CatalogueView(0, Community()) if self._plan is None else self._plan.view

    def _read(self) -> Plan:
        now = self._clock.now()
        view = self._catalogue.view()
        bookings = self._bookings.bookings(start=now - _LOOK_BACK, end=now + DAY, states=HOLDING, limit=_AT_MOST)
        offers = self._bookings.offers(states=(OfferState.HELD,), limit=_AT_MOST)
        return Plan(view, _by_claim(view, bookings), _by_claim(view, offers))


def _by_claim(view: CatalogueView, records: Iterable[_P]) -> dict[tuple[str, str], tuple[_P, ...]]:
    """Return the records of every space: its own and those that claim any room of it."""
    spaces = [(space.site, space.id, view.claims(space.site, space.id)) for space in view.community.spaces]
    known = {(site, space): claims for site, space, claims in spaces}
    placed: dict[tuple[str, str], list[_P]] = defaultdict(list)
    for record in records:
        claimed = known.get((record.site, record.space), frozenset({record.space}))
        for site, space, claims in spaces:
            if site == record.site and not claims.isdisjoint(claimed):
                placed[site, space].append(record)
    return {key: tuple(found) for key, found in placed.items()}
