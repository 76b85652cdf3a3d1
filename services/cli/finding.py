"""What a check of `foldspace doctor` found."""

from dataclasses import dataclass, field
from typing import Any, Literal

Mark = Literal["ok", "look", "ill"]
"""`look`: a person should have a look some time; only `ill` makes the doctor exit with 1."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `key` is in the section doctor of the text catalogue, `params` fill its sentence."""

    mark: Mark
    key: str
    params: dict[str, Any] = field(default_factory=dict)


def ok(key: str, **params: Any) -> Finding:
    """It is as it should be."""
    return Finding("ok", key, params)


def look(key: str, **params: Any) -> Finding:
    """Nothing is broken, but somebody should know."""
    return Finding("look", key, params)


def ill(key: str, **params: Any) -> Finding:
    """It is not as it should be; the sentence says what to do."""
    return Finding("ill", key, params)
