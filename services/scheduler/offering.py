"""Idle space goes to the next who needs it, in written order; promises nobody takes pass on. Pure.

The order: fit (what was wished for before an alternative, the whole time before a part of it), then fairness (fewest
served; points earned make up for one time at most), then priority, then who asked first. Who asked within the same few
minutes is drawn by lot, and the lot stands in the decision, as does every request considered, with its rank or the
reason why not.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from services.bookings import grid, promises
from services.bookings.records import Booking, BookingState, Change, Offer, OfferState, Request, RequestState
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.scheduler.fitting import free_until, open_until, ready_from, unsuited, use_of
from services.scheduler.inputs import millis, unless, why
from services.scheduler.view import Place, View, key

OFFER_AHEAD: Millis = 30 * MINUTE
"""Idle time is offered this long before it could be used; what is further off may still be booked."""

_GONE = frozenset({OfferState.EXPIRED, OfferState.WITHDRAWN})
_GIVEN_BACK = frozenset({BookingState.RELEASED, BookingState.ENDED})


POINTS_PER_TURN = 20
"""So many points make up for having been served once, and more do not count: help is thanked, turns are not bought."""
TOGETHER: Millis = 5 * MINUTE
"""Who asked within the same so many minutes asked at the same time: nobody has to sit at a clock at eight."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """Whether a place suits a request, from when to when, or why not.

    `choice`: 0 for the wish itself, else the number of its alternative; `part`: shorter than wished for.
    """

    request: Request
    start: Millis
    end: Millis
    why_not: str = ""
    choice: int = 0
    part: bool = False


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
        and _may_suit(place, request)
        for request in view.requests.values()
    )


def overdue(view: View, now: Millis, policy: Policy) -> Change | None:
    """Return the end of the first request that can no longer be served in its time."""
    for request in view.requests.values():
        if request.state is RequestState.WAITING and all(
            grid.floor(now) + _least(wish) > wish.latest_end for wish in _wishes(request)
        ):
            seen = View(requests={request.id: request})
            return promises.lapse(request, now, why("request.lapse/1", seen, policy))
    return None


def next_offer(view: View, now: Millis, policy: Policy) -> Change | None:
    """Return the next offer to make: the smallest idle place that suits somebody, to the first in order."""
    waiting = [
        request
        for request in view.requests.values()
        if request.state is RequestState.WAITING
        and any(_start(wish, now) - now <= OFFER_AHEAD for wish in _wishes(request))
    ]
    if not waiting:
        return None
    for place in sorted(view.places.values(), key=lambda place: (place.capacity, place.site, place.space)):
        wishes = [request for request in waiting if request.site == place.site]
        if any(_may_suit(place, request) for request in wishes) and _idle(view, place, now, policy):
            change = _offer(view, place, wishes, now, policy)
            if change is not None:
                return change
    return None


def _offer(view: View, place: Place, wishes: list[Request], now: Millis, policy: Policy) -> Change | None:
    fits = [_fit(view, place, request, now, policy) for request in wishes]
    ranked = sorted((fit for fit in fits if not fit.why_not), key=lambda fit: _rank(view, fit, place))
    if not ranked:
        return None
    best = ranked[0]
    released = _released(view, place, best.start, best.end)
    considered = [_considered(view, fit, place, rank) for rank, fit in enumerate(ranked, 1)]
    considered += [_considered(view, fit, place, None) for fit in fits if fit.why_not]
    # What the longest wish was judged by as well: what is decided again must see as far.
    horizon = max(fit.end for fit in fits) + millis(policy.min_offer_min)
    reason = why(
        "offer.part/1" if best.part else "offer.released/1" if released else "offer.idle/1",
        view.about(place.site, place.space, now, horizon, with_requests=True),
        policy,
        considered=considered,
        would_change=[unless("if_occupied"), unless("if_priority")],
    )
    expires = now + millis(policy.walk_in_hold_min if best.request.walk_in else policy.offer_hold_min)
    return promises.make_offer(best.request, place.space, best.start, best.end, expires, now, reason, released=released)


def _idle(view: View, place: Place, now: Millis, policy: Policy) -> bool:
    """Tell whether nobody is there, for long enough to be sure; what is unknown is not offered."""
    room = view.rooms.get(key(place.site, place.space))
    if room is None or not room.vacant or place.space in policy.shadow:
        return False
    return now - room.state.since >= millis(policy.vacant_for_release_min)


def _wishes(request: Request) -> Iterator[Request]:
    """Yield the wish, then its alternatives as wishes of their own, the one liked best first."""
    yield request
    for other in request.alternatives:
        yield replace(
            request,
            space=request.space if other.space is None else other.space,
            earliest=request.earliest if other.earliest is None else other.earliest,
            latest_end=request.latest_end if other.latest_end is None else other.latest_end,
        )


def _may_suit(place: Place, request: Request) -> bool:
    return any(not unsuited(place, wish) for wish in _wishes(request))


def _fit(view: View, place: Place, request: Request, now: Millis, policy: Policy) -> _Fit:
    """Return how the place fits: the wish itself before any alternative, the whole time before a part of it."""
    fits = [replace(_fit_wish(view, place, wish, now, policy), choice=n) for n, wish in enumerate(_wishes(request))]
    best = min((fit for fit in fits if not fit.why_not), key=lambda fit: (fit.choice, fit.part), default=fits[0])
    return replace(best, request=request)


def _fit_wish(view: View, place: Place, request: Request, now: Millis, policy: Policy) -> _Fit:
    function = use_of(place, request)
    start = ready_from(view, place, _start(request, now), function)
    end = start + _duration(request)
    if why_not := unsuited(place, request):
        return _Fit(request, start, end, why_not)
    if start - now > OFFER_AHEAD:
        return _Fit(request, start, end, "fit_time")
    standing = view.standings.get(request.group)
    room_until = min(
        open_until(place, request.functions, start, standing.id if standing else ""),
        free_until(view, place, start, function),
    )
    longest = min(room_until, grid.floor(request.latest_end))
    least = _least(request)
    # Less than the usual least is worth offering to somebody who has said that it will do.
    if room_until - start < min(millis(policy.min_offer_min), least) or start + least > longest:
        return _Fit(request, start, end, "fit_time")
    part = end > longest
    end = min(end, longest)
    if any(_passed(view, place, request, start, end)):
        return _Fit(request, start, end, "fit_passed")
    released = _released(view, place, start, end)
    if released is not None and released.group == request.group:
        return _Fit(request, start, end, "fit_own")
    return _Fit(request, start, end, part=part)


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


def _least(request: Request) -> Millis:
    """Return the shortest time that is acceptable."""
    return grid.ceil((request.min_duration_min or request.duration_min) * MINUTE)


def _rank(view: View, fit: _Fit, place: Place) -> tuple[object, ...]:
    request = fit.request
    turn = view.served.get(request.group, 0) - _bonus(view, request)
    asked = request.created_at // TOGETHER
    return (fit.choice, fit.part), turn, -request.priority, asked, _lot(request, place, fit.start), request.id


def _bonus(view: View, request: Request) -> float:
    """Return how much of one turn a group's points make up for."""
    standing = view.standings.get(request.group)
    return min(standing.points / POINTS_PER_TURN, 1.0) if standing else 0.0


def _lot(request: Request, place: Place, start: Millis) -> int:
    """Return the lot of a request for this place and time: anybody can draw it again, nobody can choose it."""
    said = f"{request.id}|{place.site}|{place.space}|{start}"
    return int(hashlib.sha256(said.encode()).hexdigest()[:8], 16) % 1_000_000


def _considered(view: View, fit: _Fit, place: Place, rank: int | None) -> dict[str, Any]:
    return {
        "request": fit.request.id,
        "group": fit.request.group,
        "rank": rank,
        "text": f"decisions.{fit.why_not or ('fit_first' if rank == 1 else 'fit_later')}",
        "choice": fit.choice,
        "part": fit.part,
        "served": view.served.get(fit.request.group, 0),
        "bonus": round(_bonus(view, fit.request), 2),
        "priority": fit.request.priority,
        "created_at": fit.request.created_at,
        "lot": _lot(fit.request, place, fit.start),
    }
