"""What a decision keeps of what it saw: enough to argue about it, and to decide it again."""

from collections.abc import Sequence
from typing import Any

from services.bookings.reasons import Why
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.scheduler.view import View, to_json


def why(
    rule: str,
    seen: View,
    policy: Policy,
    *,
    shadow: bool = False,
    considered: Sequence[dict[str, Any]] = (),
    would_change: Sequence[dict[str, Any]] = (),
) -> Why:
    """Return the reason of a decision of the scheduler; `seen` is the part of the view that bears on it."""
    inputs = {"view": to_json(seen), "policy": policy.model_dump(mode="json")}
    return Why(rule, inputs=inputs, considered=tuple(considered), would_change=tuple(would_change), shadow=shadow)


def unless(key: str, **params: Any) -> dict[str, Any]:
    """Return one thing that would have changed a decision: a sentence of the text catalogue."""
    return {"text": f"decisions.{key}", "params": params}


def millis(minutes: float) -> Millis:
    """Return minutes of the policy as milliseconds."""
    return int(minutes * MINUTE)
