"""The arrows of proposals: made, agreed to, declined, lapsed. Pure. An agreement makes all moves at once, or none."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.bookings import machine
from services.bookings.ports import AHEAD
from services.bookings.promises import withdrawn
from services.bookings.reasons import Why, decision_id
from services.bookings.records import (
    HOLDING,
    Booking,
    Change,
    Decision,
    Move,
    Offer,
    Proposal,
    ProposalState,
    Request,
    RequestState,
)
from services.contracts.errors import ConflictError
from services.contracts.events import DecisionKind
from services.contracts.names import Millis
from services.contracts.texts import Word


def proposal_id(rule: str, moves: tuple[Move, ...]) -> str:
    """Return the one id of proposing these moves by this rule, so that what was declined is not proposed again."""
    said = "|".join(f"{move.booking}>{move.space}@{move.start}" for move in moves)
    return f"p-{decision_id(rule, said, 0)}"


def propose(proposal: Proposal, now: Millis, why: Why) -> Change:
    """Keep a proposal, and ask whoever has to agree."""
    return Change(_about("propose", proposal, now, why), proposals=(proposal,))


def agree(
    proposal: Proposal, bookings: Mapping[str, Booking], requests: Mapping[str, Request], now: Millis, why: Why
) -> Change:
    """Make all its moves and bookings.

    Raises ConflictError when it is closed, or one of its bookings or requests is no longer as it was.
    """
    why = replace(why, inputs={**why.inputs, "proposal": proposal.id, "rule": proposal.rule, "about": proposal.params})
    done = _close(proposal, ProposalState.AGREED, "agree", now)
    changes = [_make(move, bookings[move.booking], now, why) for move in proposal.moves]
    for booking in proposal.adds:
        if proposal.serves and booking.start < now:
            raise ConflictError(key="proposal_time_begun", id=proposal.id, group=booking.group)
    added = [machine.booked(booking, now, why).decision for booking in proposal.adds]
    return Change(
        _about("agree", done, now, why),
        (*(booking for change in changes for booking in change.bookings), *proposal.adds),
        tuple(_serve(requests[id], booking) for id, booking in proposal.serves),
        proposals=(done,),
        also=(*(change.decision for change in changes), *added),
        keeps_distance=bool(proposal.serves),  # a plan was made for a world that has gone on since
    )


def withdrawing(change: Change, held: Iterable[tuple[Offer, Request]], now: Millis, why: Why) -> Change:
    """Return the change with these offers taken back as well; their requests wait again."""
    lost = [withdrawn(offer, request, now, why) for offer, request in held]
    return replace(
        change,
        requests=(*change.requests, *(request for one in lost for request in one.requests)),
        offers=(*change.offers, *(offer for one in lost for offer in one.offers)),
        also=(*change.also, *(one.decision for one in lost)),
    )


def decline(proposal: Proposal, now: Millis, why: Why) -> Change:
    """Leave everything as it is."""
    closed = _close(proposal, ProposalState.DECLINED, "decline", now)
    return Change(_about("decline", closed, now, why), proposals=(closed,))


def lapse(proposal: Proposal, now: Millis, why: Why) -> Change:
    """Nobody answered in time, or the trouble has passed by itself."""
    closed = _close(proposal, ProposalState.LAPSED, "lapse", None)
    return Change(_about("decline", closed, now, why), proposals=(closed,))


def stands(proposal: Proposal, bookings: Mapping[str, Booking], now: Millis) -> bool:
    """Tell whether its moves could still be made, as far as its own bookings go."""
    return all(
        _is_there(move, bookings[move.booking], now)
        if move.booking in bookings
        else move.from_start >= now + AHEAD  # of a day to come, and not looked at yet
        for move in proposal.moves
    )


def _make(move: Move, booking: Booking, now: Millis, why: Why) -> Change:
    if not _is_there(move, booking, now):
        raise ConflictError(key="booking_changed_since", id=booking.id)
    if move.space is None:
        return machine.cancel(booking, now, why)
    return machine.move(booking, move.space, move.start, now, why)


def _serve(request: Request, booking: str) -> Request:
    if request.state is not RequestState.WAITING:
        raise ConflictError(key="request_changed_since", id=request.id)
    return replace(request, state=RequestState.SERVED, booking=booking, version=request.version + 1)


def _is_there(move: Move, booking: Booking, now: Millis) -> bool:
    return (
        (booking.space, booking.start) == (move.from_space, move.from_start)
        and booking.state in HOLDING
        and booking.end > now
    )


def _close(proposal: Proposal, state: ProposalState, what: str, now: Millis | None) -> Proposal:
    if proposal.state is not ProposalState.OPEN:
        raise ConflictError(
            key="proposal_not_open",
            id=proposal.id,
            act=Word(f"problems.act_{what}"),
            state=Word(f"problems.proposal_is_{proposal.state}"),
        )
    if now is not None and now >= proposal.expires:
        raise ConflictError(key="proposal_expired", id=proposal.id, act=Word(f"problems.act_{what}"))
    return replace(proposal, state=state, version=proposal.version + 1)


def _about(kind: DecisionKind, proposal: Proposal, now: Millis, why: Why) -> Decision:
    first = proposal.moves[0] if proposal.moves else None
    return Decision(
        id=decision_id(kind, proposal.id, proposal.version),
        at=now,
        site=proposal.site,
        space=proposal.space,
        kind=kind,
        rule=why.rule,
        booking=None if first is None else first.booking,
        request=proposal.request,
        actor=why.actor,
        params={
            **proposal.params,
            "space": proposal.space,
            "proposal": proposal.id,
            "proposal_rule": proposal.rule,
            "moved": len(proposal.moves),
            "expires_at": proposal.expires,
        },
        inputs=dict(why.inputs),
        considered=why.considered,
        would_change=why.would_change,
    )
