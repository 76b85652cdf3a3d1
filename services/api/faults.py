"""Says what is wrong with a field of a body, a query or a path, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from services.contracts.errors import FieldError
from services.contracts.texts import text

_PLACES = frozenset({"body", "query", "path", "header", "cookie"})
_TYPES = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_too_long": "text_long",
    "string_too_short": "text_short",
    "too_long": "many",
    "too_short": "few",
    "greater_than": "gt",
    "greater_than_equal": "ge",
    "less_than": "lt",
    "less_than_equal": "le",
    "string_pattern_mismatch": "pattern",
    "enum": "choice",
    "literal_error": "choice",
    "json_invalid": "json",
    "timezone_aware": "instant",
    "model_type": "object",
    "model_attributes_type": "object",
    "none_required": "null",
}
"""Type of pydantic's error → key after problems.fault_."""
_KINDS = {
    "string": "text",
    "int": "whole",
    "float": "number",
    "finite": "number",
    "bool": "boolean",
    "list": "list",
    "tuple": "list",
    "dict": "object",
    "datetime": "instant",
    "date": "day",
}
"""The same for all errors about a type of value, such as int_parsing and int_type."""


def field_of(fault: Mapping[str, Any]) -> str:
    """Return the field that a fault of pydantic is about, such as `alternatives.0.space`; `body`: all of it."""
    place = fault["loc"][1:] if fault["loc"] and fault["loc"][0] in _PLACES else fault["loc"]
    return ("" if fault["type"] == "json_invalid" else ".".join(str(part) for part in place)) or "body"


def message_of(fault: Mapping[str, Any], language: str) -> str:
    """Return what is wrong, as one sentence without its field; what we do not know by type is told in English."""
    type_, context = str(fault["type"]), dict(fault.get("ctx", {}))
    said = context.get("error")
    if isinstance(said, FieldError):
        return said.said(language)
    key = _TYPES.get(type_) or _KINDS.get(type_.partition("_")[0])
    if key is None:
        return str(fault["msg"]).removeprefix("Value error, ")
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace(" or ", ", ")
    return text(f"problems.fault_{key}", language, context)
