"""Idle space goes to the next who needs it, in written order; promises nobody takes pass on. Pure.

The order: fit, then priority, then fairness (fewest served), then who asked first. Every request considered stands
in the decision with its rank or the reason why not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.bookings import grid, promises
from services.bookings.records import Booking, BookingState, Change, Offer, OfferState, Request, RequestState
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.scheduler.fitting import free_until, open_until, unsuited
from services.scheduler.inputs import millis, unless, why
from services.scheduler.view import Place, View, key

OFFER_AHEAD: Millis = 30 * MINUTE
"""Idle time is offered this long before it could be used; what is further off may still be booked."""

_GONE = frozenset({OfferState.EXPIRED, OfferState.WITHDRAWN})
_GIVEN_BACK = frozenset({BookingState.RELEASED, BookingState.ENDED})


@dataclass(frozen=True, slots=True)
class _Fit:
    """Whether a place suits a request, from when to when, or why not."""

    request: Request
    start: Millis
    end: Millis
    why_not: str = ""


def expiry(view: View, now: Millis, policy: Policy) -> Change | None:
    """Return the end of the first offer nobody took in time."""
    for offer in view.offers.values():
        if offer.state is OfferState.HELD and now >= offer.expires:
            ignored = sum(o.request == offer.request and o.state is OfferState.EXPIRED for o in view.offers.values())
            seen = view.about(offer.site, offer.space, now, offer.end, with_requests=True)
            rule = "offer.expire/1" if _awaited(view, offer) else "offer.expire_alone/1"
            reason = why(rule, seen, policy, would_change=[unless("if_claimed", expires_at=offer.expires)])
            return promises.expire_offer(offer, view.requests[offer.request], ignored, now, reason)
    return None


def _awaited(view: View, offer: Offer) -> bool:
    """Tell whether somebody else waits whom the offer's place would suit."""
    place = view.places.get(key(offer.site, offer.space))
    return place is not None and any(
        request.id != offer.request
        and request.site == offer.site
        and request.state is RequestState.WAITING
        and not unsuited(place, request)
        for request in view.requests.values()
    )


def overdue(view: View, now: Millis, policy: Policy) -> Change | None:
    """Return the end of the first request that can no longer be served in its time."""
    for request in view.requests.values():
        if request.state is RequestState.WAITING and grid.floor(now) + _duration(request) > request.latest_end:
            seen = View(requests={request.id: request})
            return promises.lapse(request, now, why("request.lapse/1", seen, policy))
    return None


def next_offer(view: View, now: Millis, policy: Policy) -> Change | None:
    """Return the next offer to make: the smallest idle place that suits somebody, to the first in order."""
    waiting = [
        request
        for request in view.requests.values()
        if request.state is RequestState.WAITING and _start(request, now) - now <= OFFER_AHEAD
    ]
    if not waiting:
        return None
    for place in sorted(view.places.values(), key=lambda place: (place.capacity, place.site, place.space)):
        wishes = [request for request in waiting if request.site == place.site]
        if any(not unsuited(place, request) for request in wishes) and _idle(view, place, now, policy):
            change = _offer(view, place, wishes, now, policy)
            if change is not None:
                return change
    return None


def _offer(view: View, place: Place, wishes: list[Request], now: Millis, policy: Policy) -> Change | None:
    fits = [_fit(view, place, request, now, policy) for request in wishes]
    ranked = sorted((fit for fit in fits if not fit.why_not), key=lambda fit: _rank(view, fit.request))
    if not ranked:
        return None
    best = ranked[0]
    released = _released(view, place, best.start, best.end)
    considered = [_considered(view, fit, rank) for rank, fit in enumerate(ranked, 1)]
    considered += [_considered(view, fit, None) for fit in fits if fit.why_not]
    reason = why(
        "offer.released/1" if released else "offer.idle/1",
        view.about(place.site, place.space, now, best.end + millis(policy.min_offer_min), with_requests=True),
        policy,
        considered=considered,
        would_change=[unless("if_occupied"), unless("if_priority")],
    )
    expires = now + millis(policy.offer_hold_min)
    return promises.make_offer(best.request, place.space, best.start, best.end, expires, now, reason, released=released)


def _idle(view: View, place: Place, now: Millis, policy: Policy) -> bool:
    """Tell whether nobody is there, for long enough to be sure; what is unknown is not offered."""
    room = view.rooms.get(key(place.site, place.space))
    if room is None or not room.vacant or place.space in policy.shadow:
        return False
    return now - room.state.since >= millis(policy.vacant_for_release_min)


def _fit(view: View, place: Place, request: Request, now: Millis, policy: Policy) -> _Fit:
    start = _start(request, now)
    end = start + _duration(request)
    room_until = min(open_until(place, request.functions, start), free_until(view, place, start))
    if why_not := unsuited(place, request):
        return _Fit(request, start, end, why_not)
    if end > request.latest_end or end > room_until or room_until - start < millis(policy.min_offer_min):
        return _Fit(request, start, end, "fit_time")
    if any(_passed(view, place, request, start, end)):
        return _Fit(request, start, end, "fit_passed")
    released = _released(view, place, start, end)
    if released is not None and released.group == request.group:
        return _Fit(request, start, end, "fit_own")
    return _Fit(request, start, end)


def _passed(view: View, place: Place, request: Request, start: Millis, end: Millis) -> Iterator[bool]:
    """Yield True for each time this group let this time here go, or had it taken back."""
    for offer in view.offers.values():
        if offer.request == request.id and offer.state in _GONE and offer.space == place.space:
            yield offer.start < end and offer.end > start


def _start(request: Request, now: Millis) -> Millis:
    return max(grid.floor(now), grid.ceil(request.earliest))


def _duration(request: Request) -> Millis:
    return grid.ceil(request.duration_min * MINUTE)


def _released(view: View, place: Place, start: Millis, end: Millis) -> Booking | None:
    """Return the booking whose time given back this is, the last one first."""
    given_back = [
        booking
        for booking in view.bookings.values()
        if booking.released_at is not None
        and booking.state in _GIVEN_BACK
        and booking.site == place.site
        and booking.start < end
        and booking.end > start
        and view.clash(place.site, place.space, booking.space)
    ]
    return max(given_back, key=lambda booking: (booking.released_at or 0, booking.id), default=None)


def _rank(view: View, request: Request) -> tuple[int, int, Millis, str]:
    return -request.priority, view.served.get(request.group, 0), request.created_at, request.id


def _considered(view: View, fit: _Fit, rank: int | None) -> dict[str, Any]:
    return {
        "request": fit.request.id,
        "group": fit.request.group,
        "rank": rank,
        "text": f"decisions.{fit.why_not or ('fit_first' if rank == 1 else 'fit_later')}",
        "priority": fit.request.priority,
        "served": view.served.get(fit.request.group, 0),
        "created_at": fit.request.created_at,
    }
