"""The exact solver's problems: the most valuable, or the fairest, choice among placements that exclude each other.

One boolean a placement; one at most for each request, each cell and each cut. With every constraint in the linear
relaxation one worker solves in a second what optional intervals do not solve in minutes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.planner.candidates import Bools, Candidates, Ints
from services.planner.gate import Gate
from services.planner.solver import Model, Verdict

_NO_LIMIT_S = 86_400.0
"""The gate ends what is limited by work alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a search ended with: `rows` chosen or None, `bound` proven or None; `closed` if nothing better is there.

    `effort_s` is what it did, as seconds of an idle core.
    """

    rows: Ints | None
    bound: int | None
    closed: bool
    effort_s: float = 0.0


def best_choice(
    table: Candidates,
    rows: Ints,
    gate: Gate,
    seconds: float,
    *,
    effort_s: float | None = None,
    hint: Bools | None = None,
    above: int | None = None,
    cuts: Iterable[Ints] = (),
    seed: int = 0,
) -> Outcome:
    """Return the most valuable choice among the placements `rows` (in order) that exclude each other nowhere.

    `hint` marks a choice to start from; with `above` only a choice worth more counts, and `closed` without rows means
    that there is none. It ends after `seconds`, or after `effort_s` of work however busy the machine is; `cuts` are
    lists of indices into the table of which a plan holds one at most.
    """
    worth = table.worth[rows]
    unit = int(np.gcd.reduce(worth))
    model, chosen = _packing(table, rows, cuts, hint)
    model.minimise(chosen, (-(worth // unit)).tolist(), None if above is None else -(above // unit) - 1)
    solution = model.solve(gate, seconds, effort_s, seed)
    if solution.verdict is Verdict.INFEASIBLE:
        return Outcome(None, above, above is not None, solution.effort_s)
    if solution.values is None:
        return Outcome(None, None, False, solution.effort_s)
    best = rows[np.array(solution.values, dtype=np.int64) == 1]
    if solution.verdict is Verdict.OPTIMAL:
        return Outcome(best, int(table.worth[best].sum()), True, solution.effort_s)
    return Outcome(best, -solution.bound * unit, False, solution.effort_s)


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """What a group gets: `base` and the `amounts` of placements (positions in the rows), in steps of falling worth."""

    base: int
    positions: list[int]
    amounts: list[int]
    steps: list[tuple[int, int]]


def fairest_choice(
    table: Candidates, rows: Ints, gate: Gate, effort_s: float, *, hint: Bools, least: int, shares: list[Share]
) -> Outcome:
    """Return the choice among `rows` worth `least` or more whose shares count most, after `effort_s` of work at most.

    Each step of a share is (width, worth of each unit of it); of two choices with the same shares the more valuable.
    """
    worth = table.worth[rows].tolist()
    model, chosen = _packing(table, rows, (), hint)
    model.linear(chosen, worth, least, sum(worth))
    variables, costs = [*chosen], [-each for each in worth]
    for share in shares:
        filled = [variable for width, _ in share.steps for variable in model.whole(0, width)]
        variables += filled
        costs += [-gain for _, gain in share.steps]
        served = [-amount for amount in share.amounts]
        model.linear([*filled, *share.positions], [*[1] * len(filled), *served], sum(served) - share.base, share.base)
    model.minimise(variables, costs)
    solution = model.solve(gate, _NO_LIMIT_S, effort_s)
    if solution.values is None:
        return Outcome(None, None, False, solution.effort_s)
    best = rows[np.array(solution.values[: len(rows)], dtype=np.int64) == 1]
    return Outcome(best, None, solution.verdict is Verdict.OPTIMAL, solution.effort_s)


def _packing(table: Candidates, rows: Ints, cuts: Iterable[Ints], hint: Bools | None) -> tuple[Model, list[int]]:
    """Return a model with a boolean for each of `rows`: one at most for each request, cell and cut."""
    model = Model()
    chosen = model.whole(0, 1, len(rows))
    for exclusive in (*_by_owner(table, rows), *_by_cell(table, rows), *_among(table, rows, cuts)):
        model.at_most_one(exclusive)
    if hint is not None:
        model.hint(chosen, hint.astype(np.int64).tolist())
    return model, chosen


def _by_owner(table: Candidates, rows: Ints) -> list[list[int]]:
    """Return which of `rows` belong to one request, as positions in `rows`."""
    edges = np.flatnonzero(np.diff(table.owner[rows])) + 1
    return [group.tolist() for group in np.split(np.arange(len(rows)), edges) if len(group) > 1]


def _by_cell(table: Candidates, rows: Ints) -> list[list[int]]:
    """Return which of `rows` share a cell, as positions in `rows`; sets that lie within another are left out."""
    events: dict[int, list[tuple[int, bool, int]]] = defaultdict(list)
    starts = table.start[rows]
    for position, (space, start, end) in enumerate(
        zip(table.space[rows].tolist(), starts.tolist(), (starts + table.length[rows]).tolist(), strict=True)
    ):
        for room in table.rooms[space]:
            events[room].append((start, True, position))
            events[room].append((end, False, position))
    found = []
    for row in events.values():
        present: set[int] = set()
        grown = False
        for _, begins, position in sorted(row):
            if begins:
                present.add(position)
                grown = True
            else:
                if grown and len(present) > 1:
                    found.append(sorted(present))
                present.discard(position)
                grown = False
    return found


def _among(table: Candidates, rows: Ints, cuts: Iterable[Ints]) -> list[list[int]]:
    """Return the cuts as positions in `rows`, where two members at least are there."""
    position = np.full(len(table), -1, dtype=np.int64)
    position[rows] = np.arange(len(rows))
    kept = ([*filter(lambda at: at >= 0, position[members].tolist())] for members in cuts)
    return [members for members in kept if len(members) > 1]
