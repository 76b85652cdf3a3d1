"""Says which field of a body, a query or a path is wrong; what is wrong with it: services/contracts/fieldfaults.py."""

from collections.abc import Mapping
from typing import Any

_PLACES = frozenset({"body", "query", "path", "header", "cookie"})


def field_of(fault: Mapping[str, Any]) -> str:
    """Return the field that a fault of pydantic is about, such as `alternatives.0.space`; `body`: all of it."""
    place = fault["loc"][1:] if fault["loc"] and fault["loc"][0] in _PLACES else fault["loc"]
    return ("" if fault["type"] == "json_invalid" else ".".join(str(part) for part in place)) or "body"
