"""Says what is wrong with a field, in the reader's language, from the fault that pydantic found."""

from collections.abc import Mapping
from typing import Any

from services.contracts.errors import FieldError
from services.contracts.texts import text

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


def message_of(fault: Mapping[str, Any], language: str) -> str:
    """Return what is wrong, as one sentence without its field."""
    type_, context = str(fault["type"]), dict(fault.get("ctx", {}))
    said = context.get("error")
    if isinstance(said, FieldError):
        return said.said(language)
    key = _TYPES.get(type_) or _KINDS.get(type_.partition("_")[0])
    if key is None:
        # What we do not know by type: the library's own English is better than nothing to whoever reads English.
        english = str(fault["msg"]).removeprefix("Value error, ")
        return english if language == "en" else text("problems.fault_other", language)
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace(" or ", ", ")
    return text(f"problems.fault_{key}", language, context)
