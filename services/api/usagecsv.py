"""Answers about usage as tables for a spreadsheet: which columns, under which words."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.api.present import Json
from services.contracts.texts import text
from services.contracts.vocabulary import function_name, weekday_name
from services.usage.export import Value, csv_text

_WATCHED = ("period_h", "open_h", "observed_h", "unknown_h", "unobserved_h", "open_observed_h", "observed_share")
_USE = (
    "occupied_h", "vacant_h", "occupied_share", "open_used_share", "person_h", "counted_share", "peak", "typical",
    "p90", "visits", "visit_min", "heads", "counted_in", "booked_used_h", "unbooked_h",
)  # fmt: skip
_BOOKED = (
    ("bookings", ("bookings", "booked_h", "people")),
    ("ghosts", ("ghosts", "ghost_h", "seen", "share")),
    ("released", ("released_h", "reused_h", "share")),
    ("walk_ins", ("walk_ins",)),
    ("groups", ("groups",)),
)
_FAMILIES = (("watched", _WATCHED), ("use", _USE), *_BOOKED)
_LENT = ("lent_h", "observed_h", "used_h", "booked_h", "bookings", "groups", "people")
_PORTS = ("ports", "observed_h", "sessions", "energy_kwh", "in_use_h", "in_use_share", "faults", "fault_h")
_HEAT = ("people", "occupied_share", "observed_share", "days")


def export(answer: Json, table: str, lang: str) -> str:
    """Return a table of an answer as CSV."""
    if table == "heatmap":
        head = ["weekday", "hour", *_HEAT]
        rows: Iterable[Sequence[Value]] = (
            [weekday_name(one["weekday"], lang), f"{one['hour']:02d}:00", *(one[name] for name in _HEAT)]
            for one in answer["items"]
        )
        return _table(head, rows, answer["items"], lang)
    if table in ("partners", "charging"):
        names = _LENT if table == "partners" else _PORTS
        keys = ["owner", "space", "name"] if table == "partners" else ["space", "name"]
        rows = ([*(one[key] for key in keys), *(one[name] for name in names)] for one in answer["items"])
        return _table([*keys, *names], rows, answer["items"], lang)
    families = _FAMILIES if table in ("spaces", "days") else _BOOKED
    key = {"spaces": "space", "days": "day", "functions": "function", "groups": "group"}[table]
    items = answer["items"] if table == "spaces" else answer[table] or []
    head = [key, *(["name"] if key == "space" else [])]
    columns = [f"{family}_{name}" if name == "share" else name for family, names in families for name in names]
    rows = (
        [
            _used_for(one[key], lang) if key == "function" else one[key],
            *([one["name"]] if key == "space" else []),
            *(one[family][name] for family, names in families for name in names),
        ]
        for one in items
    )
    hidden = [{"suppressed": any(one[family].get("suppressed") for family, _ in families)} for one in items]
    return _table([*head, *columns], rows, hidden, lang)


def file_name(answer: Json, table: str) -> str:
    """Return a name for the file that says what it is of."""
    return f"usage-{answer['site']['id']}-{table}-{answer['from'][:10]}-{answer['to'][:10]}.csv"


def _used_for(function: str, lang: str) -> str:
    return function_name(function, lang) if function else text("usage.no_function", lang)


def _table(head: Sequence[str], rows: Iterable[Sequence[Value]], items: Sequence[Any], lang: str) -> str:
    """Return rows with a last column that tells where something is hidden."""
    yes = text("usage.csv_hidden", lang)
    told = ([*row, yes if item["suppressed"] else None] for row, item in zip(rows, items, strict=True))
    return csv_text([*(text(f"usage.csv_{name}", lang) for name in head), text("usage.csv_suppressed", lang)], told)
