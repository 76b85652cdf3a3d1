"""Says in one sentence, in the reader's language, why a space is believed to be as it is."""

import re
from typing import Any

from services.contracts.states import Evidence, RoomState
from services.contracts.texts import catalogue, text
from services.contracts.vocabulary import kind_name

_PEOPLE = re.compile(r"^(\d+) people$")
_SHOWN = 2
"""Pieces of evidence in the sentence; the dialog shows all."""
_UNTELLING = frozenset({"air_unsure"})
"""In the sentence these only make it longer: the reason says already that nothing can be told."""
_SIGNS = {"occupied": 1, "vacant": -1}
"""Of the weight of evidence that leads to this belief."""
_MISSED = frozenset({"silent", "offline", "no_word"})
"""Of these the age is that of the last message, not of the word."""


def why(state: RoomState, language: str) -> str:
    """Return the reason and the weightiest evidence for it as one line."""
    reason = text(state.reason, language).rstrip("。.") if state.reason else ""
    telling = [one for one in state.evidence if one.says not in _UNTELLING and one.trust > 0]
    sign = _SIGNS.get(state.occupancy, 0)
    agreeing = [one for one in telling if one.weight * sign > 0]
    shown = [_said_when(one, language) for one in (agreeing or telling)[:_SHOWN]]
    if not shown:
        return reason
    evidence = text("board.list_comma", language).join(shown)
    return text("board.why", language, {"reason": reason, "evidence": evidence}) if reason else evidence


def says(evidence: Evidence, language: str) -> str:
    """Return what one device says and since when, in words: presence: present 12 s ago."""
    kind = kind_name(evidence.kind, language)
    return text("board.device_says", language, {"kind": kind, "said": _said_when(evidence, language)})


def people(evidence: Evidence) -> int:
    """Return how many people a device counts inside; 0 when it does not count or counts nobody."""
    counted = _PEOPLE.match(evidence.says)
    return 0 if counted is None else int(counted[1])


def doubt(reason: str | None, language: str) -> dict[str, Any] | None:
    """Return why a device is not believed, as HTTP shows it; None when it is, or nobody said why."""
    return {"reason": reason, "text": text(f"states.doubt_{reason}", language)} if reason else None


def _said_when(evidence: Evidence, language: str) -> str:
    said = _said(evidence, language)
    if evidence.says == "never_heard":
        return said
    key = "board.said_nothing_since" if evidence.says in _MISSED else "board.said_when"
    return text(key, language, {"said": said, "age": age(evidence.age_s, language)})


def _said(evidence: Evidence, language: str) -> str:
    counted = people(evidence)
    if counted:
        return text("states.says_people", language, {"people": counted})
    key = f"states.says_{evidence.says}"
    return text(key, language) if key in catalogue() else evidence.says


def age(seconds: float, language: str) -> str:
    """Return an age in words, in the one unit that a person would use."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= length:
            return text(f"board.ago_{unit}", language, {"n": int(seconds // length)})
    return text("board.ago_seconds", language, {"n": int(seconds)})
