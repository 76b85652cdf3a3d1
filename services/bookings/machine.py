"""The arrows between the states of a booking: pure, each one a Change or a ConflictError.

    asked → booked ⇄ warned → released → (reclaim) → in_use        released ends at reclaim or with its time
    asked → cancelled                                      refused, or nobody answered in time
    booked, warned → in_use → ended                        every state but the last three → cancelled

Whoever kept, reclaimed or was given back a booking by staff keeps it: `kept_at` and `reclaimed_at` guard it.
"""

from dataclasses import replace

from services.bookings import grid
from services.bookings.promises import withdrawn
from services.bookings.reasons import Why, about_booking
from services.bookings.records import HOLDING, Booking, BookingState, Change, Decision, Offer, OfferState, Request
from services.contracts.errors import ConflictError
from services.contracts.names import DAY, MINUTE, Millis
from services.contracts.texts import Word

_S = BookingState
RECLAIMABLE = frozenset({_S.RELEASED, _S.ENDED})

_ASKED = frozenset({_S.ASKED})


def _next(booking: Booking, allowed: frozenset[BookingState], what: str, **values: object) -> Booking:
    """Return the next version of `booking`. Raises ConflictError when its state does not allow `what`."""
    if booking.state not in allowed:
        state = Word(f"problems.booking_is_{booking.state}")
        raise ConflictError(key="booking_cannot", id=booking.id, act=_act(what), state=state)
    return replace(booking, version=booking.version + 1, **values)  # type: ignore[arg-type]  # checked by every caller's tests


def _act(what: str) -> Word:
    return Word(f"problems.act_{what.replace(' ', '_')}")


def _not_over(booking: Booking, now: Millis, what: str) -> None:
    if now >= booking.end:
        raise ConflictError(key="booking_time_over", id=booking.id, act=_act(what))


def _may_lose(booking: Booking) -> None:
    if booking.protected or booking.kept_at is not None or booking.reclaimed_at is not None:
        raise ConflictError(key="booking_may_stay", id=booking.id)


def booked(booking: Booking, now: Millis, why: Why) -> Change:
    """A new booking, as it stands. Raises InvalidError off the grid."""
    grid.check_span(f"booking {booking.id}", booking.start, booking.end)
    asks = {} if booking.answer_by is None else {"answer_by_at": booking.answer_by}
    return Change(
        about_booking("book", booking, now, why, undo_until=booking.end, **asks), (booking,), keeps_distance=True
    )


def approve(booking: Booking, now: Millis, why: Why) -> Change:
    """The host says yes."""
    _not_over(booking, now, "approve")
    new = _next(booking, _ASKED, "approve", state=_S.BOOKED, answer_by=None)
    return Change(about_booking("approve", new, now, why, undo_until=booking.end), (new,))


def refuse(booking: Booking, now: Millis, why: Why) -> Change:
    """The host says no."""
    new = _next(booking, _ASKED, "refuse", state=_S.CANCELLED, answer_by=None, ended_at=now)
    return Change(about_booking("refuse", new, now, why, undo_until=booking.end), (new,))


def lapse(booking: Booking, now: Millis, why: Why) -> Change:
    """The host has not answered in time."""
    new = _next(booking, _ASKED, "lapse", state=_S.CANCELLED, answer_by=None, ended_at=now)
    return Change(about_booking("lapse", new, now, why, undo_until=booking.end, answer_by_at=booking.answer_by), (new,))


def check_in(booking: Booking, now: Millis, why: Why) -> Change:
    """The group is there."""
    _not_over(booking, now, "check in")
    new = _next(
        booking,
        frozenset({_S.BOOKED, _S.WARNED}),
        "check in",
        state=_S.IN_USE,
        checked_in_at=now,
        warned_at=None,
    )
    return Change(about_booking("check_in", new, now, why), (new,))


def warn(booking: Booking, now: Millis, release_at: Millis, why: Why) -> Change:
    """Ask whether the group still comes; without an answer it is released at `release_at`."""
    _may_lose(booking)
    new = _next(booking, frozenset({_S.BOOKED}), "warn", state=_S.WARNED, warned_at=now)
    return Change(about_booking("warn", new, now, why, undo_until=release_at, release_at=release_at), (new,))


def hold(booking: Booking, now: Millis, why: Why) -> Change:
    """Cancel the countdown of a warned booking: what the room is can no longer be told."""
    new = _next(booking, frozenset({_S.WARNED}), "hold", state=_S.BOOKED, warned_at=None)
    return Change(about_booking("hold", new, now, why), (new,))


def keep(booking: Booking, now: Millis, why: Why) -> Change:
    """The group says that it comes: from now on nobody takes the booking away for not being there."""
    _not_over(booking, now, "keep")
    new = _next(
        booking,
        frozenset({_S.BOOKED, _S.WARNED}),
        "keep",
        state=_S.BOOKED,
        warned_at=None,
        kept_at=now,
    )
    return Change(about_booking("keep", new, now, why), (new,))


def release(booking: Booking, now: Millis, why: Why) -> Change:
    """Give the rest of an unused booking's time back. Never one that is protected, was kept or reclaimed."""
    _may_lose(booking)
    new = _next(booking, frozenset({_S.WARNED}), "release", state=_S.RELEASED, released_at=now)
    left_min = (booking.end - grid.floor(now)) // MINUTE
    return Change(about_booking("release", new, now, why, undo_until=booking.end, minutes=left_min), (new,))


def end_early(booking: Booking, now: Millis, vacant_since: Millis, why: Why) -> Change:
    """The group has left: give the rest of a used booking's time back."""
    new = _next(booking, frozenset({_S.IN_USE}), "end early", state=_S.ENDED, ended_at=now, released_at=now)
    minutes = (booking.end - grid.floor(now)) // MINUTE
    return Change(
        about_booking("end_early", new, now, why, undo_until=booking.end, minutes=minutes, vacant_at=vacant_since),
        (new,),
    )


def end(booking: Booking, now: Millis, why: Why) -> Change:
    """The time is over, or the group says that it has finished."""
    new = _next(booking, HOLDING, "end", state=_S.ENDED, ended_at=min(now, booking.end), warned_at=None)
    undo_until = booking.end if now < booking.end else None
    return Change(about_booking("end", new, now, why, undo_until=undo_until), (new,))


def overrun(booking: Booking, following: Booking, now: Millis, why: Why) -> Change:
    """Tell people who are still there that the next booking is near."""
    new = _next(booking, frozenset({_S.IN_USE}), "note an overrun", overrun_at=now)
    return Change(
        about_booking("overrun", new, now, why, next_at=following.start, next_title=following.title),
        (new,),
    )


def extend(booking: Booking, end: Millis, now: Millis, why: Why) -> Change:
    """Let those who are still there go on until `end`. Raises InvalidError off the grid."""
    _not_over(booking, now, "extend")
    grid.check_span(f"booking {booking.id}", booking.start, end)
    planned_end = booking.planned_end or booking.end
    new = _next(booking, frozenset({_S.IN_USE}), "extend", end=end, planned_end=planned_end, overrun_at=None)
    return Change(about_booking("extend", new, now, why, undo_until=end, from_end_at=booking.end), (new,))


def ask(booking: Booking, now: Millis, why: Why, rate: float, no_shows: int, bookings: int) -> Change:
    """Ask the group ahead whether it comes: an answer gives room back early, silence changes nothing.

    `rate`: expected of no-shows; `no_shows` of `bookings`: the group's own record, to say why it is asked.
    """
    new = _next(booking, frozenset({_S.BOOKED}), "ask", asked_at=now)
    percent = round(rate * 100)
    return Change(about_booking("ask", new, now, why, percent=percent, no_shows=no_shows, bookings=bookings), (new,))


def excuse(booking: Booking, device: str, now: Millis, why: Why) -> Change:
    """Strike a no-show from the record of its group: the sensor that had a say in it is not believed any more."""
    new = _next(booking, RECLAIMABLE, "be excused", excused_at=now)
    return Change(about_booking("excuse", new, now, why, device=device), (new,))


def reclaim(
    booking: Booking, offers: tuple[tuple[Offer, Request], ...], now: Millis, why: Why, *, present: bool = True
) -> Change:
    """Give a released booking back; `offers` on its time are withdrawn. Raises ConflictError if one was taken.

    `present` tells that the group is there: the booking is in use. Else it waits for them, kept.
    """
    return _give_back("reclaim", booking, offers, now, why, present=present)


def cancel(booking: Booking, now: Millis, why: Why) -> Change:
    """The group does not come, or staff need the space."""
    _not_over(booking, now, "cancel")
    new = _next(booking, HOLDING, "cancel", state=_S.CANCELLED, ended_at=now, warned_at=None)
    return Change(about_booking("cancel", new, now, why, undo_until=booking.end), (new,))


def move(
    booking: Booking,
    space: str,
    start: Millis,
    now: Millis,
    why: Why,
    *,
    answer_by: Millis | None = None,
    end: Millis | None = None,
) -> Change:
    """Move to another space or time, as long as before unless `end` says. Raises InvalidError off the grid.

    With `answer_by` the host of the new place is asked; whoever waits for an answer already goes on waiting.
    """
    _not_over(booking, now, "move")
    end = start + booking.end - booking.start if end is None else end
    grid.check_span(f"booking {booking.id}", start, end)
    if end <= now:
        raise ConflictError(key="booking_moves_to_the_past", id=booking.id)
    if booking.state is _S.IN_USE and start > now:
        raise ConflictError(key="booking_moves_in_use", id=booking.id)
    asked = booking.answer_by if answer_by is None else answer_by
    state = _S.IN_USE if booking.state is _S.IN_USE else _S.BOOKED if asked is None else _S.ASKED
    if state is _S.IN_USE:
        asked = None
    new = _next(
        booking, HOLDING, "move", space=space, start=start, end=end, state=state, warned_at=None, answer_by=asked
    )
    decision = about_booking(
        "move",
        new,
        now,
        why,
        undo_until=new.end,
        from_space=booking.space,
        from_start_at=booking.start,
        from_end_at=booking.end,
        from_answer_by=booking.answer_by,
    )
    return Change(decision, (new,), keeps_distance=True)


def undo(
    decision: Decision,
    booking: Booking | None,
    offers: tuple[tuple[Offer, Request], ...],
    now: Millis,
    why: Why,
) -> Change:
    """Take a decision back, given its booking and the offers on that booking's time (or the offer it made).

    Raises ConflictError when it was undone before, has no way back, or its time has been taken.
    """
    if decision.undone_by is not None:
        raise ConflictError(key="decision_undone", id=decision.id)
    if decision.undo_until is None or now >= decision.undo_until or decision.shadow:
        raise ConflictError(key="decision_no_way_back_now", id=decision.id, kind=decision.kind)
    if decision.kind == "offer":
        offer, request = offers[0]
        change = withdrawn(offer, request, now, why)
    elif booking is None:
        raise ConflictError(key="decision_without_booking", id=decision.id)
    else:
        change = _undo_booking(decision, booking, offers, now, why)
    params = {**change.decision.params, "undone_kind": decision.kind}
    # The id of an undo names what it undid, so that a repeated undo is found.
    undone = replace(change.decision, id=undo_id(decision), kind="undo", undo_until=None, params=params)
    return replace(change, decision=undone, undoes=decision.id)


def undo_id(decision: Decision) -> str:
    """Return the id an undo of `decision` has."""
    return f"{decision.id}-undo"


def _undo_booking(
    decision: Decision, booking: Booking, offers: tuple[tuple[Offer, Request], ...], now: Millis, why: Why
) -> Change:
    match decision.kind:
        case "warn":
            return keep(booking, now, why)
        case "release" | "end_early" | "end":
            return _give_back("undo", booking, offers, now, why, present=booking.checked_in_at is not None)
        case "cancel":
            _not_over(booking, now, "undo the cancellation")
            state = _S.BOOKED if booking.answer_by is None else _S.ASKED
            new = _next(booking, frozenset({_S.CANCELLED}), "undo the cancellation", state=state, ended_at=None)
            return Change(about_booking("undo", new, now, why), (new,), keeps_distance=True)
        case "refuse" | "lapse":  # whoever takes a refusal back has said yes
            _not_over(booking, now, "undo the refusal")
            new = _next(booking, frozenset({_S.CANCELLED}), "undo the refusal", state=_S.BOOKED, ended_at=None)
            return Change(about_booking("undo", new, now, why), (new,))
        case "book" | "approve":
            return cancel(booking, now, why)
        case "extend":
            return _shorten(booking, max(decision.params["from_end_at"], grid.ceil(now)), now, why)
        case "move":
            before = replace(booking, answer_by=decision.params.get("from_answer_by"))
            there = decision.params["from_space"], decision.params["from_start_at"]
            back = move(before, *there, now, why, end=decision.params.get("from_end_at"))
            return replace(back, keeps_distance=False)  # it was there before, and who came since has kept from it
        case _:
            raise ConflictError(key="decision_no_way_back", id=decision.id, kind=decision.kind)


def _shorten(booking: Booking, end: Millis, now: Millis, why: Why) -> Change:
    _not_over(booking, now, "shorten")
    # A planned end of long ago: what somebody has taken back is not extended again.
    new = _next(booking, frozenset({_S.IN_USE}), "shorten", end=end, planned_end=booking.start - DAY)
    return Change(about_booking("undo", new, now, why), (new,))


def _give_back(
    kind: str, booking: Booking, offers: tuple[tuple[Offer, Request], ...], now: Millis, why: Why, *, present: bool
) -> Change:
    _not_over(booking, now, kind)
    for offer, _ in offers:
        if offer.state is OfferState.TAKEN:
            raise ConflictError(key="booking_time_taken", id=booking.id, act=_act(kind), group=offer.group)
    new = _next(
        booking,
        RECLAIMABLE,
        kind,
        state=_S.IN_USE if present else _S.BOOKED if booking.answer_by is None else _S.ASKED,
        checked_in_at=(booking.checked_in_at or now) if present else None,
        warned_at=None,
        kept_at=booking.kept_at if present else now,
        reclaimed_at=now,
    )
    lost = [withdrawn(offer, request, now, why) for offer, request in offers if offer.state is OfferState.HELD]
    return Change(
        about_booking("undo" if kind == "undo" else "reclaim", new, now, why),
        (new,),
        tuple(request for change in lost for request in change.requests),
        tuple(offer for change in lost for offer in change.offers),
    )
