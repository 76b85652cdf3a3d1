"""Tells in the reader's language what machines say, or what lies kept, as one English sentence.

Journal, outbox, logs and the command line have such a sentence as it was made. Its template stands in the section
`kept` of the text catalogue in both languages: the English one finds what it was made of, the other tells it.
"""

import re
import string
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from services.contracts.fieldfaults import message_of
from services.contracts.readings import READING_KINDS
from services.contracts.texts import Word, catalogue, text
from services.contracts.vocabulary import kind_name

LONGEST = 1_000
"""A longer sentence is not looked for: whoever makes up a topic of 60 kB must not make its readers wait."""
_ALONE = frozenset({"verbatim", "device_said", "at", "got", "more", "of_kind"})
"""Would match anything: told where it is known that they are meant."""
_NESTED = frozenset({"cause", "fault", "trouble", "what", "advice", "got"})
"""Parameters that are sentences of their own."""
_FORMS = {"rest": ".*?", "field": r"\S+?", "where": r"\S+?", "host": r"\S+?", "command": r"\w+"}
_LISTS = frozenset({"known", "form"})
_OR = re.compile(r",? or |, ")
_FIELD = re.compile(
    r"(?:(?P<place>[\w\[\]-]+(?:\.[\w\[\]-]+)*): )?(?P<said>.+?)"
    r"(?:, got (?P<got>.+?))?(?: \(and (?P<more>\d+) more\))?",
    re.DOTALL,
)
_PREFIX = re.compile(r"(?P<kind>[a-z]+): (?P<rest>.+)", re.DOTALL)
_KINDS = frozenset({*READING_KINDS, "status", "ack", "cmd"})
_PYDANTIC = (
    ("Field required", "missing"),
    ("Extra inputs are not permitted", "extra_forbidden"),
    ("String should have at most {max_length} characters", "string_too_long"),
    ("String should have at most {max_length} character", "string_too_long"),
    ("String should have at least {min_length} characters", "string_too_short"),
    ("String should have at least {min_length} character", "string_too_short"),
    ("{field_type} should have at most {max_length} items after validation, not {actual_length}", "too_long"),
    ("{field_type} should have at most {max_length} item after validation, not {actual_length}", "too_long"),
    ("{field_type} should have at least {min_length} items after validation, not {actual_length}", "too_short"),
    ("{field_type} should have at least {min_length} item after validation, not {actual_length}", "too_short"),
    ("Input should be greater than or equal to {ge}", "greater_than_equal"),
    ("Input should be greater than {gt}", "greater_than"),
    ("Input should be less than or equal to {le}", "less_than_equal"),
    ("Input should be less than {lt}", "less_than"),
    ("String should match pattern '{pattern}'", "string_pattern_mismatch"),
    ("Invalid JSON: {error}", "json_invalid"),
    ("Input should have timezone info", "timezone_aware"),
    ("Input should be None", "none_required"),
    ("Input should be null", "none_required"),
    ("Input should be an object", "dict_type"),
    ("Input should be a valid dictionary{rest}", "dict_type"),
    ("Input should be a valid array", "list_type"),
    ("Input should be a valid list", "list_type"),
    ("Input should be a valid tuple", "list_type"),
    ("Input should be a valid string{rest}", "string_type"),
    ("Input should be a valid boolean{rest}", "bool_type"),
    ("Input should be a valid integer{rest}", "int_type"),
    ("Unable to parse input string as an integer, exceeded maximum size", "int_type"),
    ("Input should be a valid number{rest}", "float_type"),
    ("Input should be a finite number", "finite_number"),
    ("Input should be a valid datetime{rest}", "datetime_type"),
    ("Input should be a valid date{rest}", "date_type"),
    ("Input should be {expected}", "literal_error"),
)
"""What pydantic says and which type of error it is; {rest} may be empty."""


class Kept(Word):
    """A kept sentence as a part of another."""

    line: str

    def __new__(cls, line: str) -> "Kept":
        """`line` is the sentence in English."""
        word = super().__new__(cls, "kept.verbatim", said=line)
        assert isinstance(word, Kept)
        word.line = line
        return word

    def said(self, language: str, zone: str = "UTC") -> str:  # noqa: ARG002  # no instant in it
        """Return it in a language; one that nobody knows as it is."""
        return self.line if language == "en" else retold(self.line, language) or self.line


class FaultWord(Word):
    """The first fault of what pydantic refused, as a part of a sentence: `field: what is wrong`."""

    fault: Mapping[str, Any]

    def said(self, language: str, zone: str = "UTC") -> str:  # noqa: ARG002  # no instant in it
        """Return it in a language."""
        place = ".".join(str(part) for part in self.fault["loc"])
        said = fault_said(self.fault, language)
        return text("kept.at", language, {"place": place, "said": said}) if place else said


def fault_word(error: ValidationError) -> FaultWord:
    """Return the first fault of an error as a part of a sentence."""
    word = FaultWord("kept.at")
    word.fault = error.errors(include_url=False)[0]
    return word


def fault_said(fault: Mapping[str, Any], language: str) -> str:
    """Return a fault of pydantic without its field; where JSON breaks off is told as well."""
    said = fault.get("ctx", {}).get("error")
    return message_of({**fault, "ctx": {"error": Kept(said)}} if isinstance(said, str) else fault, language)


def retold(line: str, language: str) -> str | None:
    """Return a kept sentence in a language; None: there is no template it was made from."""
    if language == "en":
        return line
    if len(line) > LONGEST:
        return None
    for name, pattern in _templates():
        found = pattern.fullmatch(line)
        if found is not None:
            params = {param: _part(param, value, language) for param, value in found.groupdict().items()}
            return text(f"kept.{name}", language, params)
    return _of_kind(line, language) or _field(line, language)


def told(line: str, language: str, otherwise: str = "verbatim") -> str:
    """Return a kept sentence in a language; one that nobody knows is quoted as the entry `otherwise` does it."""
    if language == "en":
        return line
    return retold(line, language) or text(f"kept.{otherwise}", language, {"said": line})


def _part(name: str, value: str, language: str) -> str:
    if name in _NESTED:
        return retold(value, language) or _OR.sub("、", value) if name == "what" else retold(value, language) or value
    if name in _LISTS:
        return _OR.sub("、", value)
    return kind_name(value, language) if name == "kind" else value


def _field(line: str, language: str) -> str | None:
    """Return a fault of pydantic, as `first_fault` writes it, in a language."""
    found = _FIELD.fullmatch(line)
    if found is None:
        return None
    said = _pydantic(found["said"], language) or _exact(found["said"], language)
    if said is None:
        return None
    if found["got"] is not None:
        said = text("kept.got", language, {"said": said, "got": found["got"]})
    if found["place"]:
        said = text("kept.at", language, {"place": found["place"], "said": said})
    return text("kept.more", language, {"said": said, "n": found["more"]}) if found["more"] else said


def _pydantic(said: str, language: str) -> str | None:
    for pattern, type_ in _of_pydantic():
        found = pattern.fullmatch(said)
        if found is not None:
            context = {name: value for name, value in found.groupdict().items() if value is not None}
            return fault_said({"type": type_, "ctx": context, "msg": said}, language)
    return None


def _exact(said: str, language: str) -> str | None:
    for name, pattern in _templates():
        if name.startswith("what_"):
            found = pattern.fullmatch(said)
            if found is not None:
                params = {param: _part(param, value, language) for param, value in found.groupdict().items()}
                return text(f"kept.{name}", language, params)
    return None


def _of_kind(line: str, language: str) -> str | None:
    """Return a sentence about a message of some kind, which opens with that kind."""
    found = _PREFIX.fullmatch(line)
    if found is None or found["kind"] not in _KINDS:
        return None
    rest = retold(found["rest"], language)
    return rest and text("kept.of_kind", language, {"kind": kind_name(found["kind"], language), "said": rest})


@cache
def _templates() -> list[tuple[str, re.Pattern[str]]]:
    """Return every entry of the section with its English form as a pattern, the one that says most by itself first."""
    found = [
        (key.removeprefix("kept."), sentences["en"])
        for key, sentences in catalogue().items()
        if key.startswith("kept.") and key.removeprefix("kept.") not in _ALONE
    ]
    found.sort(key=lambda entry: -sum(len(part) for part in _literals(entry[1])))
    return [(name, _pattern(english)) for name, english in found]


@cache
def _of_pydantic() -> list[tuple[re.Pattern[str], str]]:
    return [(_pattern(template), type_) for template, type_ in _PYDANTIC]


def _literals(template: str) -> Iterator[str]:
    return (literal for literal, *_ in string.Formatter().parse(template))


def _pattern(template: str) -> re.Pattern[str]:
    parts = []
    for literal, name, *_ in string.Formatter().parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P<{name}>{_FORMS.get(name, '.+?')})")
    return re.compile("".join(parts), re.DOTALL)
