"""The rules about one booking. Pure; the first that applies decides.

Unknown never releases: every rule that takes something away asks for a room that is vacant at release grade.
"""

from collections.abc import Callable

from services.bookings import grid, machine
from services.bookings.reasons import Why
from services.bookings.records import HOLDING, Booking, BookingState, Change, OfferState, RequestState
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.scheduler.fitting import free_until, open_until, unsuited
from services.scheduler.inputs import millis, unless, why
from services.scheduler.view import Place, Room, View, key

_S = BookingState
_LAST_MOMENT: Millis = 2 * MINUTE
"""So long before its end a booking is extended: once it has ended its people would be strangers in the room."""

_Rule = Callable[[View, Booking, Room, Millis, Policy], Change | None]


def booking_rule(view: View, booking: Booking, now: Millis, policy: Policy) -> Change | None:
    """Return what should become of `booking` at `now`. In a shadow space only its twin changes, but for its end."""
    if booking.state is _S.ASKED and booking.answer_by is not None and now >= booking.answer_by:
        return machine.lapse(booking, now, _why("approval.lapse/1", view, booking, now, policy))
    if booking.state in HOLDING and now >= booking.end:
        return _end(view, booking, now, policy)
    if now < booking.start - millis(policy.check_in_early_min):
        return _ask(view, booking, now, policy)
    if now >= booking.end:
        return None
    room = view.room(booking)
    if room is None:
        return None
    seen = view.seen(booking) if booking.space in policy.shadow else booking
    for rule in _RULES[seen.state]:
        change = rule(view, seen, room, now, policy)
        if change is not None:
            return Change(change.decision, twins=change.bookings) if change.decision.shadow else change
    return None


def release_at(booking: Booking, room: Room | None, now: Millis, policy: Policy) -> Millis | None:
    """Return when a warned booking will be released if all stays as it is; None: not as things are."""
    if booking.state is not _S.WARNED or booking.warned_at is None or room is None or not _may_lose(booking, policy):
        return None
    if room.vacant_for(now) is None or room.vacant_since is None:
        return None
    asked_until = booking.warned_at + millis(policy.warn_min)
    return max(asked_until, room.vacant_since + millis(policy.vacant_for_release_min))


def grace_ends(booking: Booking, policy: Policy) -> Millis:
    """Return until when the group may be late without being asked."""
    minutes = policy.grace_min if booking.from_offer is None else policy.offer_no_show_min
    return booking.start + millis(minutes)


def following(view: View, booking: Booking, policy: Policy) -> Booking | None:
    """Return the booking that needs the room soon after `booking`."""
    soon = [
        other
        for other in view.holding(booking.site, booking.space)
        if other.id != booking.id and 0 <= other.start - booking.end <= millis(policy.overrun_warn_min)
    ]
    return min(soon, key=lambda other: (other.start, other.id), default=None)


def _end(view: View, booking: Booking, now: Millis, policy: Policy) -> Change:
    # Never in shadow: that the time is over is no decision of ours.
    used = view.seen(booking).checked_in_at is not None
    return machine.end(booking, now, _why("time.end/1" if used else "time.end_unused/1", view, booking, now, policy))


def _check_in(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> Change | None:
    if not room.occupied:
        return None
    if now < booking.start:
        others = (other for other in view.holding(booking.site, booking.space) if other.id != booking.id)
        if any(other.start <= now < other.end or other.state is _S.IN_USE for other in others):
            return None
    if _may_be_others(view, booking, room, now, policy):
        return None
    reason = _why(
        "presence.check_in/1", view, booking, now, policy, unless("if_early", early_min=policy.check_in_early_min)
    )
    return machine.check_in(booking, now, reason)


def _may_be_others(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> bool:
    """Tell whether who is there may be the group before, which used the room until its time was over.

    Once the room was empty they have left. And nobody stays on for the whole time of grace: then it is the new group.
    """
    if now >= booking.start + millis(policy.grace_min):
        return False
    left_by = max(
        (
            other.end
            for other in view.bookings.values()
            if other.id != booking.id
            and other.site == booking.site
            and other.state is _S.ENDED
            and other.checked_in_at is not None
            and other.had_until == other.end <= now
            and view.clash(booking.site, booking.space, other.space)
        ),
        default=None,
    )
    return left_by is not None and (room.vacant_at is None or room.vacant_at < left_by)


def _warn(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> Change | None:
    if not _may_lose(booking, policy) or now < grace_ends(booking, policy) or not _empty(room, now, policy):
        return None
    reason = _why(
        "no_show.warn/1", view, booking, now, policy, unless("if_present"), unless("if_unknown"), unless("if_protected")
    )
    return machine.warn(booking, now, now + millis(policy.warn_min), reason)


def _hold(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> Change | None:
    if not room.unknown:
        return None
    return machine.hold(booking, now, _why("no_show.unknown/1", view, booking, now, policy, unless("if_evidence")))


def _release(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> Change | None:
    due = release_at(booking, room, now, policy)
    if due is None or now < due:
        return None
    reason = _why(
        "no_show.release/1", view, booking, now, policy,
        unless("if_kept", release_at=now), unless("if_present"), unless("if_unknown"),
    )  # fmt: skip
    return machine.release(booking, now, reason)


def _end_early(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> Change | None:
    empty_for = room.vacant_for(now)
    if empty_for is None or room.vacant_since is None or booking.checked_in_at is None:
        return None
    # Given back once after an early end: these people come and go, leave them alone. And whoever was never seen
    # since they checked in may sit where no sensor looks.
    if booking.ended_at is not None or room.vacant_since <= booking.checked_in_at:
        return None
    if not _releasable(booking, policy) or now < booking.start + millis(policy.grace_min):
        return None
    if empty_for < millis(policy.early_end_min):
        return None
    reason = _why(
        "early_end.vacant/1", view, booking, now, policy,
        unless("if_present"), unless("if_shorter", minutes=policy.early_end_min), unless("if_unknown"),
    )  # fmt: skip
    return machine.end_early(booking, now, room.vacant_since, reason)


def _extend(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> Change | None:
    """They are still there, and neither a booking nor a waiting group needs the room: it stays theirs for a while."""
    if not room.occupied or now < booking.end - _LAST_MOMENT or booking.space in policy.shadow:
        return None
    place = view.places.get(key(booking.site, booking.space))
    if place is None or _awaited(view, booking, place):
        return None
    planned_end = booking.planned_end or booking.end
    end = grid.floor(
        min(
            booking.end + millis(policy.extend_min),
            planned_end + millis(policy.extend_most_min),
            free_until(view, place, booking.end, booking.function, {booking.id}),
            open_until(place, {booking.function} - {""}, booking.end),
            booking.start + grid.LONGEST,
        )
    )
    if end <= booking.end:
        return None
    reason = _why(
        "overrun.extend/1", view, booking, now, policy,
        unless("if_gone"), unless("if_booked_next"), unless("if_awaited"),
    )  # fmt: skip
    return machine.extend(booking, end, now, reason)


def _awaited(view: View, booking: Booking, place: Place) -> bool:
    """Tell whether somebody waits who could begin here when the booking ends."""
    return any(
        request.site == booking.site
        and request.state is RequestState.WAITING
        and request.earliest <= booking.end
        and booking.end + grid.ceil(request.duration_min * MINUTE) <= request.latest_end
        and not unsuited(place, request)
        for request in view.requests.values()
    )


def _ask(view: View, booking: Booking, now: Millis, policy: Policy) -> Change | None:
    """The group often does not come: ask it ahead, while somebody else could still make use of an honest no."""
    chance = view.chances.get(booking.id)
    if chance is None or chance.rate < policy.ask_ahead_rate or not _may_be_asked(booking, now, policy):
        return None
    percent = round(policy.ask_ahead_rate * 100)
    reason = _why("forecast.ask/1", view, booking, now, policy, unless("if_came_oftener", percent=percent))
    return machine.ask(booking, now, reason, chance.rate, chance.group.no_shows, chance.group.bookings)


def _may_be_asked(booking: Booking, now: Millis, policy: Policy) -> bool:
    asked_from = booking.start - millis(policy.ask_ahead_min)
    return (
        booking.state is _S.BOOKED
        and asked_from <= now < booking.start
        and booking.asked_at is None
        and _may_lose(booking, policy)
        and booking.space not in policy.shadow
    )


def _overrun(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> Change | None:
    if booking.overrun_at is not None or not room.occupied:
        return None
    if now < booking.end - millis(policy.overrun_warn_min):  # cheap, and almost always so
        return None
    after = following(view, booking, policy)
    if after is None or now < after.start - millis(policy.overrun_warn_min):
        return None
    return machine.overrun(booking, after, now, _why("overrun.note/1", view, booking, now, policy, unless("if_gone")))


def _reclaim(view: View, booking: Booking, room: Room, now: Millis, policy: Policy) -> Change | None:
    """They turn up after all. Once only, and not after somebody ended the booking by hand (`released_at`)."""
    if booking.released_at is None or booking.reclaimed_at is not None or not room.occupied:
        return None
    if now >= booking.released_at + millis(policy.reclaim_min):
        return None
    others = (other for other in view.holding(booking.site, booking.space) if other.id != booking.id)
    if any((other.start < booking.end and other.end > now) or other.state is _S.IN_USE for other in others):
        return None
    if any(o.released_booking == booking.id and o.state is OfferState.TAKEN for o in view.offers.values()):
        return None
    offers = tuple(
        (offer, view.requests[offer.request])
        for offer in view.held_offers(booking.site, booking.space)
        if offer.start < booking.end and offer.end > now
    )
    reason = _why(
        "reclaim.presence/1", view, booking, now, policy,
        unless("if_taken"), unless("if_later", minutes=policy.reclaim_min),
    )  # fmt: skip
    return machine.reclaim(booking, offers, now, reason)


_RULES: dict[BookingState, tuple[_Rule, ...]] = {
    _S.ASKED: (),
    _S.BOOKED: (_check_in, _warn),
    _S.WARNED: (_check_in, _hold, _release),
    _S.IN_USE: (_end_early, _extend, _overrun),
    _S.RELEASED: (_reclaim,),
    _S.ENDED: (_reclaim,),
    _S.CANCELLED: (),
}


def _releasable(booking: Booking, policy: Policy) -> bool:
    """Tell whether the booking is of a kind that may be taken away at all."""
    return (
        not booking.protected
        and booking.space not in policy.never_release
        and booking.end - booking.start <= millis(policy.protect_longer_than_min)
    )


def _may_lose(booking: Booking, policy: Policy) -> bool:
    """Tell whether an unused booking may be released: nobody kept it, or had it back once."""
    return _releasable(booking, policy) and booking.kept_at is None and booking.reclaimed_at is None


def _empty(room: Room, now: Millis, policy: Policy) -> bool:
    empty_for = room.vacant_for(now)
    return empty_for is not None and empty_for >= millis(policy.vacant_for_release_min)


def _why(rule: str, view: View, booking: Booking, now: Millis, policy: Policy, *would_change: dict[str, object]) -> Why:
    place = view.places.get(key(booking.site, booking.space))
    gap = max(place.gaps.values(), default=0) if place is not None else 0
    until = booking.end + millis(max(policy.overrun_warn_min, policy.extend_min) + gap)
    seen = view.about(booking.site, booking.space, now, until, with_requests=False)
    shadow = booking.space in policy.shadow and not rule.startswith(("time.", "approval."))
    return why(rule, seen, policy, shadow=shadow, would_change=would_change)
