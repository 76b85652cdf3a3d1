"""Rooms like other rooms, scenarios like other scenarios: makes plain tables of what a file says in fewer words.

A space says `like = "quiet"`; `[templates.quiet]` gives what the space does not say itself (`space`), its `devices`,
and rows of other tables. Names are made of the space's: `reading-presence`. A row without `site` is of the scenario's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from services.contracts.errors import FileError
from services.contracts.readings import first_fault

Plain = dict[str, Any]

_OF_A_SITE = ("spaces", "devices", "supply")
_NAMED = ("devices", "activities", "supply")
"""Tables of a template whose rows are named after the space and themselves."""
_OF_A_SPACE = ("walk_ins", "charging", "lending", "happenings")
_OF_A_DEVICE = ("faults", "glass", "mountings")
"""Tables of a template whose rows name a device of the space."""


class Template(BaseModel):
    """`[templates.NAME]`. The rows are checked when they stand in their tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    space: Plain = {}
    devices: tuple[Plain, ...] = ()
    activities: tuple[Plain, ...] = ()
    supply: tuple[Plain, ...] = ()
    walk_ins: tuple[Plain, ...] = ()
    charging: tuple[Plain, ...] = ()
    lending: tuple[Plain, ...] = ()
    happenings: tuple[Plain, ...] = ()
    faults: tuple[Plain, ...] = ()
    glass: tuple[Plain, ...] = ()
    mountings: tuple[Plain, ...] = ()

    def rows(self, space: str) -> Iterator[tuple[str, Plain]]:
        """Yield table and row of everything that comes with a space of this sort."""
        for table in (*_NAMED, *_OF_A_SPACE, *_OF_A_DEVICE):
            for row in getattr(self, table):
                if table in _OF_A_DEVICE:
                    yield table, {**row, "device": f"{space}-{row.get('device')}"}
                elif table in _NAMED:
                    yield table, {**row, "space": space, "id": f"{space}-{row.get('id', row.get('kind'))}"}
                else:
                    yield table, {**row, "space": space}


_TEMPLATES = TypeAdapter(dict[str, Template])


def expand(raw: Mapping[str, Any], source: str) -> Plain:
    """Return the tables without templates. Raises FileError; `source` names the file in the message."""
    try:
        templates = _TEMPLATES.validate_python(raw.get("templates", {}))
    except ValidationError as error:
        raise FileError(f"{source}: templates.{first_fault(error)}") from None
    tables: Plain = {key: list(rows) if isinstance(rows, list) else rows for key, rows in raw.items()}
    tables.pop("templates", None)
    for index, space in _rows(tables, "spaces"):
        if "like" not in space:
            continue
        like = str(space["like"])
        if like not in templates:
            known = ", ".join(sorted(templates)) or "none"
            raise FileError(f"{source}: spaces.{index}.like: {like!r} is not a template (known: {known})")
        own = {name: value for name, value in space.items() if name != "like"}
        tables["spaces"][index] = {**templates[like].space, **own}
        for table, row in templates[like].rows(str(space.get("id"))):
            tables.setdefault(table, []).append(row)
    for index, activity in _rows(tables, "activities"):
        if "group" not in activity and "title" in activity:
            tables["activities"][index] = {**activity, "group": activity["title"]}
    scenario = tables.get("scenario")
    if isinstance(scenario, dict) and "site" in scenario:
        for table in _OF_A_SITE:
            for index, row in _rows(tables, table):
                tables[table][index] = {"site": scenario["site"], **row}
    return tables


def merge(base: Plain, more: Plain) -> Plain:
    """Return the tables of a scenario that extends another: rows are added, settings and templates replaced by key."""
    tables = dict(base)
    for key, value in more.items():
        before = tables.get(key)
        if isinstance(before, list) and isinstance(value, list):
            tables[key] = [*before, *value]
        elif isinstance(before, dict) and isinstance(value, dict):
            tables[key] = {**before, **value}
        else:
            tables[key] = value
    return tables


def _rows(tables: Plain, table: str) -> Iterator[tuple[int, Plain]]:
    """Yield the rows of a table; what is none is left to the checks that come after."""
    rows = tables.get(table)
    if isinstance(rows, list):
        yield from ((index, row) for index, row in enumerate(rows) if isinstance(row, dict))
