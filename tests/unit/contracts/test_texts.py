"""The message catalogue is whole in both languages."""

import string

import pytest

from services.contracts.texts import LANGUAGES, catalogue, text


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_key_has_every_language_with_the_same_parameters(key: str) -> None:
    sentences = catalogue()[key]
    assert set(sentences) == set(LANGUAGES)
    assert all(sentence.strip() for sentence in sentences.values())
    assert _placeholders(sentences["zh"]) == _placeholders(sentences["en"])


def test_an_unknown_key_shows_itself_and_a_missing_parameter_its_name() -> None:
    assert text("nowhere.nothing", "zh") == "nowhere.nothing"
    key = next(key for key, sentences in catalogue().items() if _placeholders(sentences["zh"]))
    assert "{" in text(key, "en", {})
