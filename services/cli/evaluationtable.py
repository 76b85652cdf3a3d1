"""The figures of an evaluation as tables for people: both grades, each kind of evidence, what was left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.cli.columns import columns
from services.contracts.texts import text
from services.contracts.vocabulary import kind_name

Figures = Mapping[str, Any]

_GRADES = {
    "shown": ("false_vacant_min", "false_vacant_pct", "false_vacant_spells", "held_unknown_min", "held_unknown_pct"),
    "release": (
        "release_grade_false_min",
        "release_grade_false_pct",
        "release_grade_false_spells",
        "not_releasable_min",
        "not_releasable_pct",
    ),
}
_GRADE_COLUMNS = ("false_vacant_min", "of_occupied_pct", "spells", "held_unknown_min", "of_vacant_pct")
_TRUTH = ("occupied_min", "vacant_min")
_MORE = (
    "crowd_min",
    "crowd_false_vacant_pct",
    "departures",
    "recognised_5_min_pct",
    "recognised_15_min_pct",
    "recognised_median_min",
    "released",
    "false_released",
    "recovered_min",
)
_KIND_COLUMNS = ("there_for", "there_silent", "there_against", "spells", "away_against", "away_silent", "away_for")


def tables(figures: Figures, language: str) -> str:
    """Return everything that `foldspace evaluate` found, ready for a terminal; `language` is zh or en."""
    lines = [*_tables(figures, language), *_kinds(figures, language), *_compared(figures, language)]
    for name, without in figures.get("ablations", {}).items():
        told = {"name": name, "left_out": without["left_out"]}
        changed = set(without["difference"]["spaces"])
        spaces = {space: found for space, found in without["spaces"].items() if space in changed}
        lines += ["", text("evaluation.without", language, told), *_tables({**without, "spaces": spaces}, language)]
        lines += ["", text("evaluation.difference", language, told)]
        if changed:
            lines += _tables(without["difference"], language, signed=True)
        else:
            lines.append(text("evaluation.no_difference", language))
    return "\n".join([*lines, "", text("evaluation.messages", language, figures["messages"])])


def _tables(figures: Figures, language: str, *, signed: bool = False) -> Iterator[str]:
    """Yield both grades and the rest of it, a row for each space and one for all."""
    rows: dict[str, Figures] = {**figures["spaces"], text("evaluation.total", language): figures["total"]}
    total = figures["total"]
    if "occupied_min" not in total:  # no truth: what was said is all there is
        names = [name for name, value in total.items() if isinstance(value, int | float)]
        heads = [text(f"evaluation.{key}", language) for key in ("space", *names)]
        yield from columns(
            [heads, *([space, *(_number(row.get(name), signed) for name in names)] for space, row in rows.items())]
        )
        return
    heads = [text(f"evaluation.{key}", language) for key in ("space", "grade", *_TRUTH, *_GRADE_COLUMNS)]
    yield from columns([heads, *_grades(rows, language, signed)], left=2)
    names = [name for name in _MORE if name in total]
    heads = [text(f"evaluation.{key}", language) for key in ("space", *names)]
    yield ""
    yield from columns(
        [heads, *([space, *(_number(row.get(name), signed) for name in names)] for space, row in rows.items())]
    )


def _grades(rows: Mapping[str, Figures], language: str, signed: bool) -> Iterator[list[str]]:
    for space, row in rows.items():
        # Held and unknown are two figures of the contract; in the table what counts is that it was not said.
        row = {**row, "held_unknown_min": row["held_min"] + row["unknown_vacant_min"]}
        for grade, names in _GRADES.items():
            first = grade == "shown"
            truth = [_number(row[name], signed) if first else "" for name in _TRUTH]
            told = text(f"evaluation.grade_{grade}", language)
            yield [space if first else "", told, *truth, *(_number(row.get(name), signed) for name in names)]


def _kinds(figures: Figures, language: str) -> Iterator[str]:
    if "kinds" not in figures["total"]:
        return
    yield ""
    yield text("evaluation.of_kind", language)
    rows = [[text(f"evaluation.{key}", language) for key in ("space", "kind", *_KIND_COLUMNS)]]
    for space, row in {**figures["spaces"], text("evaluation.total", language): figures["total"]}.items():
        for number, (kind, found) in enumerate(row.get("kinds", {}).items()):
            rows.append([space if number == 0 else "", kind_name(kind, language), *_worth(found)])
    yield from columns(rows, left=2)


def _compared(figures: Figures, language: str) -> Iterator[str]:
    """Yield what each policy gave to whom, a column for each, and the difference of two."""
    policies: Mapping[str, Figures] = figures.get("compare", {})
    if not policies:
        return
    yield ""
    yield text("evaluation.sharing", language)
    given = [*policies.values()]
    heads = [text(f"evaluation.policy_{name}", language) for name in policies]
    rows = [[text("evaluation.figure", language), *heads]]
    if len(given) == 2:
        rows[0].append(text("evaluation.policy_difference", language))
    for name in given[0]:
        values = [column[name] for column in given]
        cells = [_number(value) for value in values]
        if len(values) == 2:
            cells.append("" if None in values else _number(values[1] - values[0], signed=True))
        rows.append([text(f"evaluation.{name}", language), *cells])
    yield from columns(rows)


def _worth(found: Figures) -> list[str]:
    """Return for what share of the time its words were for, silent and against: with people there, and without."""
    false, idle_found = found["false_vacant_pct"], found["found_vacant_pct"]
    seen, held = found["found_occupied_pct"], _share(found["held_min"], found["vacant_min"])
    return [
        _number(seen),
        _number(_rest(seen, false)),
        _number(false),
        _number(found["false_vacant_spells"]),
        _number(idle_found),
        _number(_rest(idle_found, held)),
        _number(held),
    ]


def _share(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def _rest(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(0.0, 100 - one - other)


def _number(value: float | int | None, signed: bool = False) -> str:
    """Return a figure with two digits where it is not a count; nothing to measure is a dash."""
    if value is None:
        return "–"
    sign = "+" if signed and value > 0 else ""
    return f"{sign}{value:.2f}" if isinstance(value, float) else f"{sign}{value}"
