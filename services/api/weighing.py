"""Puts the weighing of a room state into words: how likely somebody is there, who says so, what it is good for."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from services.api import why
from services.contracts.states import Evidence, RoomState
from services.contracts.texts import text

_LIKELY = (
    (0.02, "surely_not"),
    (0.15, "mostly_not"),
    (0.40, "maybe_not"),
    (0.60, "even"),
    (0.85, "maybe"),
    (0.98, "mostly"),
    (1.01, "surely"),
)
"""Below which probability that somebody is there which words are used."""

_CLEAR, _STRONG = 0.3, 1.5
"""Nats per minute. The first empties or fills a room within a quarter of an hour by itself, as air does at its best;
the second within two minutes, as being seen does."""

BELIEVED = 0.6
"""Trust below which a device is shown as believed less."""

_SEEING = frozenset({"present", "motion"})


def likelihood(probability: float | None, language: str) -> str | None:
    """Return in words and per cent how likely it is that somebody is there."""
    if probability is None:
        return None
    _, name = _LIKELY[bisect_right(_LIKELY, probability, key=lambda step: step[0])]
    return text(f"board.likely_{name}", language, {"percent": _percent(probability)})


def _percent(probability: float) -> str:
    """Return a share as people read it; what is nearly certain is never shown as certain."""
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{round(probability * 100)}%"


def promise(state: RoomState, language: str) -> str:
    """Return whether this is good enough to take a booking away, and if not, why not."""
    if state.occupancy != "vacant":
        return text(f"board.keeps_{state.occupancy}", language)
    if state.release_grade:
        return text("board.release_grade", language)
    reason = text(f"board.unconfirmed_{_lacking(state)}", language)
    return text("board.display_only", language, {"reason": reason})


def _lacking(state: RoomState) -> str:
    """Return what keeps "vacant" from being confirmed, as far as the evidence shows."""
    if any(one.trust == 0 and (one.says in _SEEING or why.people(one)) for one in state.evidence):
        return "doubted"
    against = {one.kind for one in state.evidence if one.weight < 0}
    return "air" if against == {"climate"} else "yet"


def side(one: Evidence) -> str:
    """Return for which side a word counts: for (somebody is there), against, or none."""
    return "none" if one.weight == 0 else "for" if one.weight > 0 else "against"


def strength(one: Evidence) -> str | None:
    """Return how strongly a word counts, in three steps; None when it does not."""
    weight = abs(one.weight)
    return None if weight == 0 else "slight" if weight < _CLEAR else "clear" if weight < _STRONG else "strong"


def entry(one: Evidence, places: Mapping[str, str], doubts: Mapping[str, str], language: str) -> dict[str, Any]:
    """Return a device's word with what it counts for.

    `places`: in which part of the space a device is, by name; `doubts`: why one is not believed. Both by device.
    """
    step = strength(one)
    return {
        **one.model_dump(mode="json"),
        "text": why.says(one, language),
        "place": places.get(one.device),
        "side": side(one),
        "strength": step,
        "strength_text": step and text(f"board.strength_{step}", language),
        "mark": _mark(one, doubts.get(one.device), language),
    }


def _mark(one: Evidence, reason: str | None, language: str) -> dict[str, Any] | None:
    if one.trust >= BELIEVED:
        return None
    if one.trust > 0:
        return {"believed": "less", "text": text("board.believed_less", language, {"percent": _percent(one.trust)})}
    doubt = why.doubt(reason, language)
    return {"believed": "no", "text": text("board.not_believed", language) if doubt is None else doubt["text"]}
