"""The release policy: `decide` looks at a view and says what should change. Pure.

First the bookings, each until nothing more follows at this instant; then closed promises; then idle space goes to
the next who needs it; then what is left to help with is proposed. What one change does, the next one sees, so that all
of them can be done in this order.
"""

from services.bookings.records import Change, Decision
from services.contracts.names import Millis
from services.contracts.policy import Policy
from services.scheduler.offering import expiry, next_offer, overdue
from services.scheduler.proposing import closing, next_proposal
from services.scheduler.rules import booking_rule
from services.scheduler.view import View, from_json

_PASSES = 6
"""Changes to one booking may free another's way, as when one ends where another is reclaimed; more is a circle."""


def decide(view: View, now: Millis, policy: Policy) -> list[Change]:
    """Return what should change at `now`, in the order in which to do it. Running it on the result gives nothing."""
    changes: list[Change] = []
    for _ in range(_PASSES):
        before = len(changes)
        for id in list(view.bookings):
            change = booking_rule(view, view.bookings[id], now, policy)
            if change is not None:
                changes.append(change)
                view = view.after(change)
        if len(changes) == before:
            break
    for rule in (expiry, overdue, closing, next_offer, next_proposal):
        while (change := rule(view, now, policy)) is not None:
            changes.append(change)
            view = view.after(change)
    return changes


def replay(decision: Decision) -> Decision | None:
    """Decide again from the inputs a decision of the scheduler kept; the same decision comes out.

    None: from these inputs nothing of the kind follows.
    """
    view = from_json(decision.inputs["view"])
    policy = Policy.model_validate(decision.inputs["policy"])
    again = (change.decision for change in decide(view, decision.at, policy))
    return next((made for made in again if made.id == decision.id), None)
