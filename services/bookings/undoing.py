"""Taking a decision back: what would change, and whether it can be done as things stand."""

from collections.abc import Iterator

from services.bookings import machine
from services.bookings.ports import Ledger
from services.bookings.reasons import by_person
from services.bookings.records import HOLDING, Booking, BookingState, Change, Decision, Offer, Request
from services.contracts.errors import ConflictError, InvalidError
from services.contracts.names import Millis


def undoing(store: Ledger, decision: Decision, actor: str, now: Millis) -> Change:
    """Return what undoes `decision`. Raises ConflictError when it has no way back or others had its time since."""
    booking = None if decision.booking is None else store.booking(decision.booking)
    offers: tuple[tuple[Offer, Request], ...] = ()
    if decision.kind == "offer" and decision.offer is not None:
        offer = store.offer(decision.offer)
        offers = ((offer, store.request(offer.request)),)
    elif booking is not None:
        offers = tuple(offers_in_the_way(store, booking, now))
    change = machine.undo(decision, booking, offers, now, by_person("undo", actor))
    for back in change.bookings:
        _expect_unused(store, back, decision.at)
    return change


def can_undo(store: Ledger, decision: Decision, now: Millis) -> bool:
    """Tell whether undoing `decision` would work now."""
    if decision.undone_by is not None or decision.undo_until is None or now >= decision.undo_until:
        return False
    try:
        change = undoing(store, decision, "", now)
    except (ConflictError, InvalidError):
        return False
    return not store.taken(change)


def can_reclaim(store: Ledger, booking: Booking, now: Millis) -> bool:
    """Tell whether a released booking could be given back to its group now."""
    if booking.state is not BookingState.RELEASED:
        return False
    try:
        change = machine.reclaim(booking, tuple(offers_in_the_way(store, booking, now)), now, by_person("reclaim", ""))
    except ConflictError:
        return False
    return not store.taken(change)


def offers_in_the_way(store: Ledger, booking: Booking, now: Millis) -> Iterator[tuple[Offer, Request]]:
    """Yield offers on what is left of the booking's time: held ones, and taken ones whose bookings still have it."""
    for offer, request in store.offers_on(booking.site, booking.space, max(now, booking.start), booking.end):
        if offer.booking is None or store.booking(offer.booking).state in HOLDING:
            yield offer, request


def _expect_unused(store: Ledger, back: Booking, since: Millis) -> None:
    """Raise ConflictError when others had a part of the time that `back` would have again."""
    if back.state not in HOLDING:
        return
    for other in store.bookings_on(back.site, back.space, max(since, back.start), back.end):
        if other.id != back.id:
            raise ConflictError(key="booking_not_given_back", id=back.id, group=other.group)
