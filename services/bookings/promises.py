"""The arrows of requests and offers: made, taken, expired, withdrawn. Pure, but for the code: nobody may reckon it."""

import hashlib
from dataclasses import replace

from services.bookings import grid
from services.bookings.codes import new_code
from services.bookings.reasons import Why, about_offer, decision_id
from services.bookings.records import Booking, Change, Decision, Offer, OfferState, Request, RequestState
from services.contracts.errors import ConflictError
from services.contracts.names import MINUTE, Millis
from services.contracts.texts import Word

MAX_IGNORED = 3
"""A request that let this many offers pass is not asked again: each one kept a space from somebody else."""


def offer_span(request: Request, at: Millis) -> tuple[Millis, Millis]:
    """Return from when to when an offer is that begins `at`, or when the request can begin at the earliest."""
    start = grid.ceil(max(request.earliest, at))
    return start, start + grid.ceil(request.duration_min * MINUTE)


def make_offer(
    request: Request,
    space: str,
    start: Millis,
    end: Millis,
    expires: Millis,
    now: Millis,
    why: Why,
    *,
    released: Booking | None = None,
) -> Change:
    """Hold `space` for the group of `request` until `expires`. Raises ConflictError, InvalidError."""
    if request.state is not RequestState.WAITING:
        raise ConflictError(key="request_takes_no_offer", id=request.id, state=_is(request))
    grid.check_span(f"offer to request {request.id}", start, end)
    said = f"{request.id}|{request.version}|{request.site}|{space}|{start}"
    digest = hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()
    offer = Offer(
        id=f"o-{digest[:14]}",
        code=new_code(),
        request=request.id,
        site=request.site,
        space=space,
        group=request.group,
        start=start,
        end=end,
        made_at=now,
        expires=min(expires, end),
        released_booking=released.id if released else None,
    )
    asked = replace(request, state=RequestState.OFFERED, version=request.version + 1)
    decision = about_offer(
        "offer",
        offer,
        now,
        why,
        undo_until=offer.expires,
        booking=offer.released_booking,
        title=request.title,
        released_from=released.group if released else "",
    )
    return Change(decision, requests=(asked,), offers=(offer,))


def take_offer(offer: Offer, request: Request, now: Millis, why: Why, *, function: str = "") -> Change:
    """The group takes it: the offer's time becomes a booking. Raises ConflictError when it is no longer held."""
    _expect_held(offer, "take")
    if now >= offer.expires:
        raise ConflictError(key="offer_expired", id=offer.id)
    booking = Booking(
        id=f"b-{offer.id}",
        site=offer.site,
        space=offer.space,
        group=offer.group,
        title=request.title,
        people=request.people,
        start=max(offer.start, grid.floor(now)),
        end=offer.end,
        function=function or (request.functions[0] if request.functions else ""),
        code=offer.code,
        from_offer=offer.id,
    )
    taken = replace(offer, state=OfferState.TAKEN, booking=booking.id, version=offer.version + 1)
    served = replace(request, state=RequestState.SERVED, booking=booking.id, version=request.version + 1)
    decision = about_offer("offer_taken", taken, now, why, booking=booking.id, title=request.title)
    return Change(decision, (booking,), (served,), (taken,))


def expire_offer(offer: Offer, request: Request, ignored_before: int, now: Millis, why: Why) -> Change:
    """Nobody took it in time: the request waits again, or lapses when it ignored MAX_IGNORED."""
    _expect_held(offer, "expire")
    gone = replace(offer, state=OfferState.EXPIRED, version=offer.version + 1)
    state = RequestState.LAPSED if ignored_before + 1 >= MAX_IGNORED else RequestState.WAITING
    again = replace(request, state=state, version=request.version + 1)
    decision = about_offer("offer_expired", gone, now, why, title=request.title, lapsed=state is RequestState.LAPSED)
    return Change(decision, requests=(again,), offers=(gone,))


def withdrawn(offer: Offer, request: Request, now: Millis, why: Why) -> Change:
    """Take a held offer back; the request waits again."""
    _expect_held(offer, "withdraw")
    gone = replace(offer, state=OfferState.WITHDRAWN, version=offer.version + 1)
    again = replace(request, state=RequestState.WAITING, version=request.version + 1)
    decision = about_offer("recall", gone, now, why, title=request.title)
    return Change(decision, requests=(again,), offers=(gone,))


def lapse(request: Request, now: Millis, why: Why) -> Change:
    """The last moment at which the request could have been served has passed."""
    return _close(request, RequestState.LAPSED, now, why)


def withdraw_request(request: Request, now: Millis, why: Why) -> Change:
    """The group no longer wants it."""
    return _close(request, RequestState.WITHDRAWN, now, why)


def _close(request: Request, state: RequestState, now: Millis, why: Why) -> Change:
    if request.state is not RequestState.WAITING:
        raise ConflictError(key="request_not_waiting", id=request.id, state=_is(request))
    closed = replace(request, state=state, version=request.version + 1)
    decision = Decision(
        id=decision_id("cancel", request.id, closed.version),
        at=now,
        site=request.site,
        space=request.space or "",
        kind="cancel",
        rule=why.rule,
        request=request.id,
        actor=why.actor,
        params={"group": request.group, "title": request.title, "latest_end_at": request.latest_end},
        inputs=dict(why.inputs),
    )
    return Change(decision, requests=(closed,))


def _is(request: Request) -> Word:
    return Word(f"problems.request_is_{request.state}")


def _expect_held(offer: Offer, what: str) -> None:
    if offer.state is not OfferState.HELD:
        raise ConflictError(
            key="offer_not_held",
            id=offer.id,
            act=Word(f"problems.act_{what}"),
            state=Word(f"problems.offer_is_{offer.state}"),
        )
