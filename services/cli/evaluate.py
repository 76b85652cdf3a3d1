"""`foldspace evaluate`: from files to the figures, as JSON or as a table."""

import json
from pathlib import Path
from typing import Any

import click

from services.contracts.community import load_community
from services.contracts.errors import FileError
from services.contracts.files import read_bookings, read_policy, read_recording, read_truth
from services.evaluation.run import evaluate, report

_COLUMNS = (
    ("occupied min", "occupied_min"),
    ("vacant min", "vacant_min"),
    ("false vacant min", "false_vacant_min"),
    ("spells", "false_vacant_spells"),
    ("held min", "held_min"),
    ("unknown, vacant", "unknown_vacant_min"),
    ("false at release grade", "release_grade_false_min"),
    ("released", "released"),
    ("false released", "false_released"),
    ("recovered min", "recovered_min"),
)


def print_evaluation(
    recording: Path,
    community_file: Path,
    truth_file: Path | None,
    bookings_file: Path | None,
    policy_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Read the files, evaluate, print. Raises FileError for a file that cannot be used."""
    community = load_community(community_file)
    truth = read_truth(truth_file) if truth_file else []
    bookings = read_bookings(bookings_file) if bookings_file else []
    policy = read_policy(policy_file) if policy_file else None
    known = {(space.site, space.id) for space in community.spaces}
    for row in bookings:
        if (row.site, row.space) not in known:
            raise FileError(
                f"{bookings_file}: booking {row.id}: {row.site}/{row.space} is not a space of {community_file}"
            )
    for line in truth:
        if (line.site, line.space) not in known:
            raise FileError(f"{truth_file}: {line.site}/{line.space} is not a space of {community_file}")
    figures = report(evaluate(read_recording(recording), community, bookings, policy), truth, bookings)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2, sort_keys=True))
    else:
        click.echo(table(figures))


def table(figures: dict[str, Any]) -> str:
    """Return the figures as a table for people: a row for each space and one for all, shares in per cent."""
    rows = {**figures["spaces"], "total": figures["total"]}
    columns = [(title, key) for title, key in _COLUMNS if key in figures["total"]]
    columns = columns or [(name, name) for name in figures["total"]]
    width = max(len(name) for name in rows)
    lines = [" " * width + "".join(f"  {title:>{max(len(title), 9)}}" for title, _ in columns)]
    for name, row in rows.items():
        lines.append(
            f"{name:<{width}}" + "".join(f"  {_number(row[key]):>{max(len(title), 9)}}" for title, key in columns)
        )
    total = figures["total"]
    if total.get("occupied_min"):
        lines.append(
            f"false vacant: {100 * total['false_vacant_min'] / total['occupied_min']:.2f} % of occupied minutes"
        )
    if total.get("vacant_min"):
        idle = 100 * (total["held_min"] + total["unknown_vacant_min"]) / total["vacant_min"]
        lines.append(f"held or unknown: {idle:.2f} % of vacant minutes")
    said = figures["messages"]
    lines.append(f"messages: {said['stored']} stored, {said['duplicate']} duplicate, {said['quarantined']} quarantined")
    return "\n".join(lines)


def _number(value: float | int) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
