"""What people call functions, features, kinds of devices and days: one list for pages, files and sentences.

A community invents functions and features as it likes: one without an entry in the section `vocabulary` of the text
catalogue is called what the community writes.
"""

from collections.abc import Iterable

from services.contracts.entries import WEEKDAYS
from services.contracts.texts import Word, catalogue, text


def function_name(function: str, language: str) -> str:
    """Return what a function is called."""
    return function_word(function).said(language)


def function_word(function: str) -> Word:
    """Return a function as a part of a sentence, in the language of that sentence."""
    return _word("function", function)


def function_words(functions: Iterable[str]) -> tuple[Word, ...]:
    """Return several functions as a part of a sentence: a list."""
    return tuple(function_word(one) for one in functions)


def function_with_id(function: str) -> Word:
    """Return a function as a part of a sentence about a file: people read the word and find the id."""
    return _WithId(function_word(function), id=function)


def feature_name(feature: str, language: str) -> str:
    """Return what a feature of a space is called."""
    return feature_word(feature).said(language)


def feature_word(feature: str) -> Word:
    """Return a feature as a part of a sentence."""
    return _word("feature", feature)


def kind_name(kind: str, language: str) -> str:
    """Return what a kind of device, or of reading, is called."""
    return _word("kind", kind).said(language)


def weekday_name(day: int, language: str) -> str:
    """Return a day of the week in full, 0 being Monday."""
    return text(f"vocabulary.weekday_{WEEKDAYS[day]}", language)


def _word(family: str, name: str) -> Word:
    key = f"vocabulary.{family}_{name.replace('-', '_')}"
    return Word(key) if key in catalogue() else Word("vocabulary.itself", id=name)


class _WithId(Word):
    """A name with its id behind it, unless it goes by that alone."""

    def said(self, language: str, zone: str = "UTC") -> str:
        """Return both in a language."""
        name, id = super().said(language, zone), self.params["id"]
        return name if name == id else text("vocabulary.with_id", language, {"name": name, "id": id})
