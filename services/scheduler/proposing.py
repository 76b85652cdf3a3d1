"""What the scheduler proposes and never forces: a better place for a group, found when somebody needs the room. Pure.

Two troubles are looked for. Somebody overruns and the next group stands at the door: an equal room for it. A few sit
in a large room while a waiting group would need it: a smaller room, or one part of the room, for the few.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from services.bookings import grid, proposals
from services.bookings.reasons import Why
from services.bookings.records import (
    Booking,
    BookingState,
    Change,
    Move,
    Proposal,
    ProposalState,
    Request,
    RequestState,
)
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.scheduler.fitting import free_until, open_until, ready_from, unsuited
from services.scheduler.inputs import millis, unless, why
from services.scheduler.view import Place, Room, View, key

SPARE = 1.25
"""A smaller room holds so many times those who were counted: one more may come."""


def closing(view: View, now: Millis, policy: Policy) -> Change | None:
    """Return the end of the first proposal that nobody answered in time, or whose bookings have changed."""
    for proposal in view.proposals.values():
        if proposal.state is not ProposalState.OPEN:
            continue
        if now < proposal.expires and proposals.stands(proposal, view.bookings, now):
            continue
        seen = view.about(proposal.site, proposal.space, now, proposal.expires, with_requests=False)
        unanswered = unless("if_answered", expires_at=proposal.expires)
        return proposals.lapse(proposal, now, why("proposal.lapse/1", seen, policy, would_change=[unanswered]))
    return None


def next_proposal(view: View, now: Millis, policy: Policy) -> Change | None:
    """Return the next thing to propose, or under `move_next = "auto"` to do."""
    for booking in view.bookings.values():
        if booking.space in policy.shadow:
            continue
        change = _move_next(view, booking, now, policy) or _fold(view, booking, now, policy)
        if change is not None:
            return change
    return None


# -- the next group stands at the door


def _move_next(view: View, booking: Booking, now: Millis, policy: Policy) -> Change | None:
    if policy.move_next == "never" or booking.state not in (BookingState.BOOKED, BookingState.WARNED):
        return None
    if not booking.start + millis(policy.move_next_after_min) <= now < booking.end or booking.protected:
        return None
    before = _overrunning(view, booking)
    here = view.places.get(key(booking.site, booking.space))
    if before is None or here is None or _was_asked(view, booking, "overrun.move_next/1"):
        return None
    for place in _by_size(view, booking.site):
        if (
            place.space in policy.shadow
            or place.space == here.space
            or not _equals(place, here, booking)
            or not _is_empty(view, place)
        ):
            continue
        if not _is_free(view, place, {booking.function} - {""}, max(booking.start, grid.floor(now)), booking.end):
            continue
        move = Move(booking.id, booking.group, booking.space, booking.start, place.space, booking.start)
        proposal = _proposal(
            "overrun.move_next/1", booking, (move,), now, min(now + millis(policy.offer_hold_min), booking.end),
            {"before": before.group, "to_space": place.space, "title": booking.title},
        )  # fmt: skip
        reason = _why(proposal, view, now, policy, unless("if_gone"), unless("if_no_equal"))
        if policy.move_next == "auto":
            never_open = replace(proposal, version=-1)
            return proposals.agree(never_open, view.bookings, view.requests, now, reason)
        return proposals.propose(proposal, now, reason)
    return None


def _overrunning(view: View, booking: Booking) -> Booking | None:
    """Return the booking before, whose people are still in the room."""
    room = view.room(booking)
    if room is None or not room.occupied:
        return None
    for other in view.bookings.values():
        if other.id == booking.id or other.site != booking.site or other.checked_in_at is None:
            continue
        if not view.clash(booking.site, booking.space, other.space) or other.had_until > booking.start + 5 * MINUTE:
            continue
        stayed = other.state is BookingState.ENDED and other.had_until == other.end
        if stayed and (room.vacant_at is None or room.vacant_at < other.end):
            return other
    return None


def _equals(place: Place, here: Place, booking: Booking) -> bool:
    """Tell whether a group can do in `place` what it meant to do here."""
    return (
        place.holds(booking.function) >= booking.people
        and set(here.features) <= set(place.features)
        and (booking.function in place.functions if booking.function else bool(place.functions))
    )


# -- a few sit in a large room


def _fold(view: View, booking: Booking, now: Millis, policy: Policy) -> Change | None:
    if policy.fold_share == 0 or booking.state is not BookingState.IN_USE or booking.protected:
        return None
    room, here = view.room(booking), view.places.get(key(booking.site, booking.space))
    if room is None or here is None or now < booking.start + millis(policy.grace_min):
        return None
    few = _few(room, here, policy)
    if few is None or _was_asked(view, booking, "partial_use.fold/1"):
        return None
    begin = grid.ceil(now)
    for request in view.requests.values():
        if request.state is not RequestState.WAITING or request.site != booking.site:
            continue
        for place, freed in _ways(view, booking, here, few, request, begin, policy):
            move = Move(booking.id, booking.group, booking.space, booking.start, place.space, booking.start)
            proposal = _proposal(
                "partial_use.fold/1", booking, (move,), now, now + millis(policy.fold_ask_min),
                {
                    "people": few, "capacity": here.capacity, "to_space": place.space, "freed": freed.space,
                    "waiting": request.group, "title": request.title,
                },
                request=request.id,
            )  # fmt: skip
            reason = _why(proposal, view, now, policy, unless("if_more_people"), unless("if_nobody_waits"))
            return proposals.propose(proposal, now, reason)
    return None


def _few(room: Room, here: Place, policy: Policy) -> int | None:
    """Return how many use a room that holds many more; None when they may be more, or nobody counts."""
    if not room.occupied or room.most_people is None or room.most_people == 0:
        return None
    return room.most_people if room.most_people <= policy.fold_share * here.capacity else None


def _ways(
    view: View, booking: Booking, here: Place, few: int, request: Request, begin: Millis, policy: Policy
) -> Iterator[tuple[Place, Place]]:
    """Yield where the few could go and which place that frees for the request, the smallest place first."""
    freed_by = {booking.id}
    for place in _by_size(view, booking.site):
        a_part = place.space in here.claims
        if place.space == here.space or place.space in policy.shadow:
            continue
        if place.holds(booking.function) < math.ceil(few * SPARE):
            continue
        if booking.function and booking.function not in place.functions:
            continue
        if not (a_part or _is_empty(view, place)):
            continue
        if not _is_free(view, place, {booking.function} - {""}, begin, booking.end, freed_by):
            continue
        for freed in _by_size(view, booking.site):
            if freed.space not in here.claims or not set(freed.claims).isdisjoint(place.claims):
                continue
            if unsuited(freed, request):
                continue
            start = max(begin, grid.ceil(request.earliest))
            end = start + grid.ceil(request.duration_min * MINUTE)
            if end <= min(request.latest_end, booking.end) and _is_free(
                view, freed, request.functions, start, end, freed_by
            ):
                yield place, freed


# -- both


def _was_asked(view: View, booking: Booking, rule: str) -> bool:
    """Tell whether its group was asked already: once is enough, whatever the answer was."""
    return any(
        proposal.rule == rule and any(move.booking == booking.id for move in proposal.moves)
        for proposal in view.proposals.values()
    )


def _by_size(view: View, site: str) -> list[Place]:
    return sorted((p for p in view.places.values() if p.site == site), key=lambda p: (p.capacity, p.space))


def _is_empty(view: View, place: Place) -> bool:
    room = view.rooms.get(key(place.site, place.space))
    return room is not None and room.vacant


def _is_free(
    view: View,
    place: Place,
    functions: set[str] | tuple[str, ...],
    start: Millis,
    end: Millis,
    besides: set[str] | frozenset[str] = frozenset(),
) -> bool:
    function = next(iter(functions), "")
    if ready_from(view, place, start, function) > start:
        return False
    return free_until(view, place, start, function, besides) >= end and open_until(place, functions, start) >= end


def _proposal(
    rule: str,
    booking: Booking,
    moves: tuple[Move, ...],
    now: Millis,
    expires: Millis,
    params: dict[str, object],
    *,
    request: str | None = None,
) -> Proposal:
    return Proposal(
        proposals.proposal_id(rule, moves), booking.site, booking.space, rule, now, min(expires, booking.end), moves,
        group=booking.group, request=request, params={"group": booking.group, **params},
    )  # fmt: skip


def _why(proposal: Proposal, view: View, now: Millis, policy: Policy, *would_change: dict[str, object]) -> Why:
    seen = view.about(proposal.site, proposal.space, now, proposal.expires, with_requests=True)
    places = {name: place for name, place in view.places.items() if place.site == proposal.site}
    rooms = {name: room for name, room in view.rooms.items() if name in places}
    bookings = {id: b for id, b in view.bookings.items() if b.site == proposal.site}
    whole = View(
        bookings, seen.requests, {id: o for id, o in view.offers.items() if o.site == proposal.site}, seen.twins,
        rooms, places, seen.served, seen.proposals, {},
    )  # fmt: skip
    return why(proposal.rule, whole, policy, would_change=would_change)
