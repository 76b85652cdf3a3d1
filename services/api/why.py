"""Says in one sentence, in the reader's language, why a space is believed to be as it is."""

import re

from services.contracts.states import Evidence, RoomState
from services.contracts.texts import catalogue, text

_PEOPLE = re.compile(r"^(\d+) people$")
_SHOWN = 2
"""Pieces of evidence in the sentence; the dialog shows all."""
_UNTELLING = frozenset({"air_unsure"})
"""In the sentence these only make it longer: the reason says already that nothing can be told."""


def why(state: RoomState, language: str) -> str:
    """Return the reason and the newest evidence as one line."""
    reason = text(state.reason, language).rstrip("。.") if state.reason else ""
    telling = [one for one in state.evidence if one.says not in _UNTELLING]
    shown = [f"{_said(one, language)} {age(one.age_s, language)}" for one in telling[:_SHOWN]]
    if not shown:
        return reason
    evidence = text("board.list_comma", language).join(shown)
    return text("board.why", language, {"reason": reason, "evidence": evidence}) if reason else evidence


def says(evidence: Evidence, language: str) -> str:
    """Return what one device says and since when, in words: presence: present 12 s ago."""
    key = f"board.kind_{evidence.kind}"
    kind = text(key, language) if key in catalogue() else evidence.kind
    said = text("board.device_says", language, {"kind": kind, "said": _said(evidence, language)})
    return f"{said} {age(evidence.age_s, language)}"


def _said(evidence: Evidence, language: str) -> str:
    people = _PEOPLE.match(evidence.says)
    if people:
        return text("states.says_people", language, {"people": int(people[1])})
    key = f"states.says_{evidence.says}"
    return text(key, language) if key in catalogue() else evidence.says


def age(seconds: float, language: str) -> str:
    """Return an age in words, in the one unit that a person would use."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= length:
            return text(f"board.ago_{unit}", language, {"n": int(seconds // length)})
    return text("board.ago_seconds", language, {"n": int(seconds)})
