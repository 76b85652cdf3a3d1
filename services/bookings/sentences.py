"""A decision in plain sentences: what and why, and what would have changed it."""

from collections.abc import Callable, Mapping
from typing import Any

from services.bookings.records import Decision
from services.contracts.texts import LANGUAGES, catalogue, text

NameOf = Callable[[str, str], str]
"""(site, space) → what people call the space."""


def summary(decision: Decision, zone: str, name_of: NameOf) -> dict[str, str]:
    """Return the decision as one sentence in every language. `zone` is that of its site."""
    key = _key(decision)
    params = sentence_params(decision, name_of)
    sentences = {language: text(key, language, params, zone) for language in LANGUAGES}
    if not decision.shadow:
        return sentences
    return {language: text("decisions.shadow", language, {"sentence": said}) for language, said in sentences.items()}


def would_change(decision: Decision, language: str, zone: str) -> list[str]:
    """Return what would have changed the decision, a sentence each."""
    return [text(item["text"], language, item["params"], zone) for item in decision.would_change]


def sentence_params(decision: Decision, name_of: NameOf) -> Mapping[str, Any]:
    """Return the parameters of the decision's sentence, with spaces named as people name them."""
    named = {
        name: name_of(decision.site, decision.params[name])
        for name in ("space", "from_space", "to_space", "freed")
        if decision.params.get(name)
    }
    return {**decision.params, **named}


def _key(decision: Decision) -> str:
    known = catalogue()
    rule = decision.rule.partition("/")[0].replace(".", "_")
    proposed = str(decision.params.get("proposal_rule", "")).partition("/")[0].replace(".", "_")
    candidates = [f"{decision.kind}_{proposed}", f"{decision.kind}_{rule}", rule, decision.kind]
    if decision.kind == "undo":
        candidates = [f"undo_{decision.params.get('undone_kind', '')}", "undo"]
    return next((key for name in candidates if (key := f"decisions.{name}") in known), f"decisions.{decision.kind}")
