"""A press of a button at a space becomes what its group means: check in, keep, end or claim."""

from services.bookings.operations import Operations
from services.bookings.permits import meant_at
from services.bookings.records import Booking, BookingState, Decision, OfferState
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.events import ButtonPressed
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.scheduler.view import View

TOO_OLD: Millis = 10 * MINUTE
"""A press found this late, after an outage, is no longer what anybody means."""

_S = BookingState
_MEANT = {
    "check_in": (_S.WARNED, _S.BOOKED, _S.RELEASED, _S.IN_USE),
    "keep": (_S.WARNED, _S.BOOKED, _S.RELEASED),
    "end": (_S.IN_USE, _S.WARNED, _S.BOOKED),
}


def act(press: ButtonPressed, site: str, view: View, operations: Operations, policy: Policy, now: Millis) -> Decision:
    """Do what a press means.

    Raises NotFoundError when the space has nothing it could mean, ConflictError when that cannot be done or it is old.
    """
    if now - press.at > TOO_OLD:
        raise ConflictError(f"button {press.device}: press {press.ref} is {(now - press.at) // MINUTE} minutes old")
    actor = f"device:{press.device}"
    if press.action == "claim":
        return operations.claim(_offer(press, site, view), actor, now, space=press.space)
    booking = _booking(press, site, view, policy, now)
    match press.action:
        case "check_in":
            return operations.check_in(booking.id, actor, now)
        case "keep":
            return operations.keep(booking.id, actor, now)
        case "end":
            return operations.end(booking.id, actor, now)


def _offer(press: ButtonPressed, site: str, view: View) -> str:
    """Return the id of the offer a claim means: by its code anywhere on the site, without one only here."""
    held = [offer for offer in view.offers.values() if offer.site == site and offer.state is OfferState.HELD]
    here = [offer for offer in held if view.clash(site, press.space, offer.space)]
    if press.code is not None:
        # At its own space first: four digits may be the same twice on one site.
        coded = [offer for offer in (*here, *held) if offer.code == press.code]
        if coded:
            return coded[0].id
        taken = [offer for offer in view.offers.values() if offer.site == site and offer.code == press.code]
        if taken:  # a press sent twice, or too late: the operation says which
            return taken[-1].id
    elif len(here) == 1:
        return here[0].id
    code = "without a code" if press.code is None else "with this code"
    raise NotFoundError(f"button {press.device}: no offer is held at {press.space} {code}")


def _booking(press: ButtonPressed, site: str, view: View, policy: Policy, now: Millis) -> Booking:
    """Return the booking a press means: of this space now or within the check-in time, first by code, then by state."""
    found = meant_at(
        press.space,
        [booking for booking in view.bookings.values() if booking.site == site],
        _MEANT[press.action],
        lambda here, there: view.clash(site, here, there),
        press.code,
        policy,
        now,
    )
    if found is None:
        code = "" if press.code is None else " with this code"
        raise NotFoundError(f"button {press.device}: no booking at {press.space}{code} to {press.action} now")
    return found
