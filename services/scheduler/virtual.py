"""The scheduler in virtual time, without broker, database or threads: for evaluation and flow tests."""

from collections.abc import Iterable

from services.bookings.memory import MemoryLedger
from services.bookings.operations import Operations
from services.bookings.records import Booking, Decision, Offer, Request
from services.contracts.community import Community
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.events import ButtonPressed, OfferMade, Screen
from services.contracts.names import Millis
from services.contracts.policy import Policy
from services.contracts.states import RoomState
from services.scheduler.core import Core
from services.scheduler.places import Places
from services.scheduler.rooms import RoomWatch


class VirtualScheduler:
    """Deterministic: the same calls give the same decisions. Raises ConflictError for bookings that overlap.

    Room states hold until the next one: in virtual time nobody can be silent by accident.
    """

    def __init__(
        self,
        community: Community,
        policy: Policy | None = None,
        bookings: Iterable[Booking] = (),
        requests: Iterable[Request] = (),
    ) -> None:
        if policy is not None:
            community = community.model_copy(update={"policy": policy})
        self._places = Places(community)
        self.ledger = MemoryLedger(self._places.claims)
        self._core = Core(self.ledger, RoomWatch(stale_after=None), lambda: self._places)
        self.operations = Operations(self.ledger, self._places.claims, lambda: community.policy)
        for booking in bookings:
            self.ledger.book(booking, "file", booking.start)
        for request in requests:
            self.ledger.add_request(request)

    def on_state(self, state: RoomState) -> None:
        """Hear a room state."""
        self._core.rooms.hear(state)

    def on_button(self, press: ButtonPressed, site: str | None = None) -> Decision | None:
        """Do what a press means, at its time; None when it means nothing now.

        Without `site` it is the first one that has the space.
        """
        try:
            return self._core.press(site or self._places.site_of(press.space), press, press.at)
        except (ConflictError, NotFoundError):
            return None

    def step(self, now: Millis) -> list[Decision]:
        """Do what should be done at `now`; return the decisions made."""
        made, _ = self._core.step(now)
        return made

    @property
    def offers(self) -> list[Offer]:
        """All offers ever made, oldest first."""
        return self.ledger.offers

    def offers_made(self, decisions: Iterable[Decision]) -> list[OfferMade]:
        """Return the offers of these decisions as their groups hear of them."""
        return [offer_made(self.ledger.offer(d.offer)) for d in decisions if d.kind == "offer" and d.offer is not None]

    def screens(self, now: Millis) -> list[Screen]:
        """Return the screen of every space."""
        return self._core.screens(self._core.look(now), now)


def offer_made(offer: Offer) -> OfferMade:
    """Return an offer as its group hears of it."""
    return OfferMade(
        id=offer.id,
        code=offer.code,
        space=offer.space,
        group=offer.group,
        start=offer.start,
        end=offer.end,
        expires=offer.expires,
    )
