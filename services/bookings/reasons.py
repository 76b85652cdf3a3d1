"""Builds decisions: deterministic ids, so that doing the same thing twice makes the same record."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.bookings.records import Booking, Decision, Offer
from services.contracts.events import DecisionKind
from services.contracts.names import Millis


@dataclass(frozen=True, slots=True)
class Why:
    """Who decided by which rule, what it saw, and what would have changed it."""

    rule: str
    actor: str = "scheduler"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    considered: tuple[dict[str, Any], ...] = ()
    would_change: tuple[dict[str, Any], ...] = ()
    shadow: bool = False


def by_person(rule: str, actor: str) -> Why:
    """Return the reason of something a person did: that they did it."""
    return Why(f"person.{rule}/1", actor)


def asking(booking: Booking) -> str:
    """Return what a person does who makes this booking: books, or asks its host."""
    return "book" if booking.answer_by is None else "ask"


def decision_id(kind: str, subject: str, version: int, *, shadow: bool = False) -> str:
    """Return the one id of "this kind of decision brought this record to this version"."""
    said = f"{'shadow|' if shadow else ''}{kind}|{subject}|{version}"
    return hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()[:16]


def about_booking(
    kind: DecisionKind,
    booking: Booking,
    now: Millis,
    why: Why,
    *,
    undo_until: Millis | None = None,
    **params: Any,
) -> Decision:
    """Return the decision that brought `booking` to its version."""
    return Decision(
        # What is rehearsed leaves the real version as it is, and may come again.
        id=decision_id(kind, f"{booking.id}@{now}" if why.shadow else booking.id, booking.version, shadow=why.shadow),
        at=now,
        site=booking.site,
        space=booking.space,
        kind=kind,
        rule=why.rule,
        booking=booking.id,
        shadow=why.shadow,
        actor=why.actor,
        params={
            "space": booking.space,
            "group": booking.group,
            "title": booking.title,
            "start_at": booking.start,
            "end_at": booking.end,
            **params,
        },
        inputs=dict(why.inputs),
        considered=why.considered,
        would_change=why.would_change,
        undo_until=undo_until,
    )


def about_offer(
    kind: DecisionKind,
    offer: Offer,
    now: Millis,
    why: Why,
    *,
    undo_until: Millis | None = None,
    booking: str | None = None,
    **params: Any,
) -> Decision:
    """Return the decision that brought `offer` to its version."""
    return Decision(
        id=decision_id(kind, offer.id, offer.version),
        at=now,
        site=offer.site,
        space=offer.space,
        kind=kind,
        rule=why.rule,
        booking=booking,
        request=offer.request,
        offer=offer.id,
        actor=why.actor,
        params={
            "space": offer.space,
            "group": offer.group,
            "start_at": offer.start,
            "end_at": offer.end,
            "expires_at": offer.expires,
            **params,
        },
        inputs=dict(why.inputs),
        considered=why.considered,
        would_change=why.would_change,
        undo_until=undo_until,
    )
