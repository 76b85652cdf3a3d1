"""Makes the figures of a run, as the contract has them and in JSON's own types (contract: Evaluation)."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.bookings.records import Decision
from services.contracts.files import BookingRow, TruthRow
from services.contracts.names import MINUTE, Millis
from services.evaluation.curve import Curve, curve
from services.evaluation.departures import Departures, departures
from services.evaluation.result import Evaluation
from services.evaluation.sampling import Samples, SpaceKey
from services.evaluation.score import Belief, Score, people_at, per_cent, score, vacant_minutes

Figures = dict[str, Any]

_OF_A_KIND = (
    "occupied_min",
    "vacant_min",
    "false_vacant_min",
    "false_vacant_spells",
    "held_min",
    "unknown_min",
    "unknown_vacant_min",
    "false_vacant_pct",
    "held_unknown_pct",
)
"""What a kind of evidence is scored by; to release a booking it has no right of its own."""


def report(result: Evaluation, truth: Sequence[TruthRow], bookings: Sequence[BookingRow]) -> Figures:
    """Return the evaluation as the contract has it. Without truth only what was said is counted, in minutes."""
    rows = by_space(truth)
    released = _released(result.decisions)
    spaces: dict[str, Figures] = {}
    total, gone, kinds = Score(), Departures(), dict[str, Score]()
    sums: dict[str, float] = {}
    for key in sorted(rows) if truth else sorted(result.beliefs):
        beliefs = result.beliefs.get(key, [])
        if truth:
            own, left = score(beliefs, rows[key]), departures(beliefs, rows[key])
            total += own
            gone += left
            figures: Figures = {**own.as_json(), **left.as_json()}
            apart = {kind: score(said, rows[key]) for kind, said in sorted(result.kinds.get(key, {}).items())}
            if apart:
                figures["kinds"] = {kind: _of_a_kind(one) for kind, one in apart.items()}
            for kind, one in apart.items():
                kinds.setdefault(kind, Score())
                kinds[kind] += one
            counted: Mapping[str, float] = {}
        else:
            counted = _said(beliefs, result.end)
            figures = dict(counted)
        if bookings:
            counted = {**counted, **_releases(released.get(key, ()), rows.get(key))}
            figures |= counted
        spaces["/".join(key)] = figures
        for name, value in counted.items():
            sums[name] = sums.get(name, 0) + value
    whole: Figures = {name: round(value, 3) if isinstance(value, float) else value for name, value in sums.items()}
    if truth:
        whole = {**whole, **total.as_json(), **gone.as_json()}
        if kinds:
            whole["kinds"] = {kind: _of_a_kind(one) for kind, one in sorted(kinds.items())}
    return {"total": whole, "spaces": spaces, "messages": result.messages}


def by_space(truth: Sequence[TruthRow]) -> dict[SpaceKey, list[TruthRow]]:
    """Return the rows of each space."""
    rows: dict[SpaceKey, list[TruthRow]] = {}
    for row in truth:
        rows.setdefault((row.site, row.space), []).append(row)
    return rows


def trade_off(result: Evaluation, truth: Sequence[TruthRow]) -> Curve:
    """Return the trade-off curve of all spaces of the truth together."""
    total, spaces = Score(), list[tuple[Samples, list[TruthRow]]]()
    for key, rows in by_space(truth).items():
        total += score(result.beliefs.get(key, []), rows)
        spaces.append((result.probabilities.get(key, Samples()), rows))
    return curve(spaces, total)


def difference(whole: Figures, without: Figures) -> Figures:
    """Return by how much each figure is larger without what was left out: total, and spaces where any differs."""
    spaces = {name: _less(figures, whole["spaces"].get(name, {})) for name, figures in without["spaces"].items()}
    return {
        "total": _less(without["total"], whole["total"]),
        "spaces": {name: figures for name, figures in spaces.items() if any(figures.values())},
    }


def _less(figures: Figures, whole: Figures) -> Figures:
    return {
        name: round(value - whole[name], 3)
        for name, value in figures.items()
        if isinstance(value, int | float) and isinstance(whole.get(name), int | float)
    }


def _of_a_kind(one: Score) -> Figures:
    """Return what the words of one kind were worth: also how often it found people, and an empty room, by itself."""
    figures = one.as_json()
    found_min = one.occupied_min - one.false_vacant_min - (one.unknown_min - one.unknown_vacant_min)
    return {
        **{name: figures[name] for name in _OF_A_KIND},
        "found_occupied_pct": per_cent(found_min, one.occupied_min),
        "found_vacant_pct": per_cent(one.vacant_min - one.held_unknown_min, one.vacant_min),
    }


def _said(beliefs: Sequence[Belief], end: Millis) -> dict[str, float]:
    minutes = {"said_occupied_min": 0.0, "said_vacant_min": 0.0, "unknown_min": 0.0}
    names = {"occupied": "said_occupied_min", "vacant": "said_vacant_min", "unknown": "unknown_min"}
    for index, belief in enumerate(beliefs):
        until = beliefs[index + 1].at if index + 1 < len(beliefs) else end
        minutes[names[belief.occupancy]] += max(0, until - belief.at) / MINUTE
    return {name: round(value, 3) for name, value in minutes.items()}


def _released(decisions: Sequence[Decision]) -> dict[SpaceKey, list[Decision]]:
    released: dict[SpaceKey, list[Decision]] = {}
    for decision in decisions:
        if decision.kind == "release" and not decision.shadow:
            released.setdefault((decision.site, decision.space), []).append(decision)
    return released


def _releases(released: Sequence[Decision], truth: Sequence[TruthRow] | None) -> dict[str, float | int]:
    """Return how many bookings were released, how many of them over people's heads, and the idle minutes won."""
    false, recovered_min = 0, 0.0
    for decision in released:
        end = decision.undo_until or decision.at
        if truth is None:
            recovered_min += (end - decision.at) / MINUTE
            continue
        false += bool(people_at(truth, decision.at))
        recovered_min += vacant_minutes(truth, decision.at, end)
    return {"released": len(released), "false_released": false, "recovered_min": round(recovered_min, 3)}
