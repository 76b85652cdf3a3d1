"""A community written as the TOML file it could have come from."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.contracts.community import Community

Value = str | int | float | date | Mapping[str, Any] | Sequence[Any]


def to_toml(community: Community) -> str:
    """Return a community file that `load_community` reads back as an equal community. Defaults are left out."""
    blocks: list[str] = []
    for table in ("sites", "spaces", "groups", "devices", "supply", "holidays", "changeover", "standing"):
        for entry in getattr(community, table):
            blocks.append(_block(f"[[{table}]]", entry.model_dump(exclude_defaults=True, by_alias=True)))
    policy = community.policy.model_dump(exclude_defaults=True)
    if policy:
        blocks.append(_block("[policy]", policy))
    return "\n".join(blocks)


def _block(heading: str, values: Mapping[str, Value]) -> str:
    return "".join(f"{line}\n" for line in (heading, *(f"{key} = {_value(value)}" for key, value in values.items())))


def _value(value: Value) -> str:
    if isinstance(value, str):
        # A JSON string is a TOML string but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)  # 10, 0.5, 1e+22 and inf are the same in TOML
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_value(key)} = {_value(item)}' for key, item in value.items())} }}"
    return f"[{', '.join(_value(item) for item in value)}]"
