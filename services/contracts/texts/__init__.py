"""The one message catalogue: every sentence a person reads, Chinese and English side by side.

Each `*.toml` here is a table of keys, each with `zh` and `en`. `{name}` in a sentence is filled from the
parameters; a parameter whose name ends with `_at` is an instant and shows as HH:MM of the site's zone.
"""

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from services.contracts.instants import local_clock

LANGUAGES = ("zh", "en")
Language = str


class Word(str):
    """A parameter that is itself a key: it shows as its text, in the language of the sentence it fills.

    Several in a tuple show as a list.
    """

    params: Mapping[str, Any]

    def __new__(cls, key: str, **params: Any) -> "Word":
        """`params` fill the text itself."""
        word = super().__new__(cls, key)
        word.params = params
        return word

    def said(self, language: Language, zone: str = "UTC") -> str:
        """Return its text in a language."""
        return text(self, language, self.params, zone)


@cache
def catalogue() -> dict[str, dict[Language, str]]:
    """Return all texts as `section.key` → language → sentence."""
    texts: dict[str, dict[Language, str]] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            section = file.name.removesuffix(".toml")
            for key, sentences in tomllib.loads(file.read_text(encoding="utf-8")).items():
                texts[f"{section}.{key}"] = sentences
    return texts


def text(key: str, language: Language, params: Mapping[str, Any] | None = None, zone: str = "UTC") -> str:
    """Return the sentence for `key`. An unknown key shows itself, so that nothing is silently empty."""
    sentences = catalogue().get(key)
    if sentences is None:
        return key
    template = sentences[language if language in LANGUAGES else "zh"]
    shown = {name: _shown(name, value, language, zone) for name, value in (params or {}).items()}
    return string.Formatter().vformat(template, (), _Filled(shown))


def _shown(name: str, value: Any, language: Language, zone: str) -> Any:
    if isinstance(value, Word):
        return value.said(language, zone)
    if isinstance(value, tuple) and all(isinstance(one, Word) for one in value):
        return text("vocabulary.comma", language).join(_shown("", one, language, zone) for one in value)
    return local_clock(value, zone) if name.endswith("_at") and isinstance(value, int) else value


def texts(key: str, params: Mapping[str, Any] | None = None, zone: str = "UTC") -> dict[Language, str]:
    """Return the sentence for `key` in every language."""
    return {language: text(key, language, params, zone) for language in LANGUAGES}


class _Filled(dict[str, Any]):
    """Parameters; a missing one shows as `{name}` rather than failing a page."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
