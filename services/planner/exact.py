"""The exact solver: the best plan within a choice of placements, by OR-Tools CP-SAT.

One boolean a placement; one at most for each request, each cell and each cut. With every constraint in the linear
relaxation (`linearization_level` 2) one worker solves in a second what optional intervals do not solve in minutes.
The solver is imported when the first plan is made, by its compiled part: `cp_model` would load pandas for it.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd

import numpy as np

from services.planner.candidates import Bools, Candidates, Ints


_COUNTED_PER_S = 0.12
"""Of the solver's own count of its work, what an idle core does in a second; measured on days of 50 and 200 spaces."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a search ended with: `rows` chosen or None, `bound` proven or None; `closed` if nothing better is there.

    `effort_s` is what it did, as seconds of an idle core.
    """

    rows: Ints | None
    bound: int | None
    closed: bool
    effort_s: float = 0.0


class Gate:
    """Ends all searches behind it at once, those that run and those to come, and closes the gates inside."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._running: set[object] = set()
        self._inside: list[Gate] = []

    def inner(self) -> "Gate":
        """Return a gate that can be closed by itself, and closes with this one."""
        gate = Gate()
        with self._lock:
            self._inside.append(gate)
        if self.closed.is_set():
            gate.close()
        return gate

    def close(self) -> None:
        """Let nobody through from now on, and call back who is inside."""
        with self._lock:
            self.closed.set()
            for gate in self._inside:
                gate.close()
            for search in self._running:
                search.stop_search()  # type: ignore[attr-defined]  # a solver of a library imported when needed

    def enter(self, search: object) -> bool:
        """Let a search through; False if the gate is closed."""
        with self._lock:
            if not self.closed.is_set():
                self._running.add(search)
            return not self.closed.is_set()

    def leave(self, search: object) -> None:
        with self._lock:
            self._running.discard(search)


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
    that there is none. It ends after `seconds`, or after `effort_s` of work however busy the machine is; `cuts` are lists of indices into the table of which a plan holds one at most.
    """
    from ortools.sat.python import cp_model_helper as cp

    worth = table.worth[rows]
    unit = gcd(*worth.tolist())
    model = cp.CpModelProto()
    for _ in range(len(rows)):
        model.variables.add().domain.extend((0, 1))
    for exclusive in (*_by_owner(table, rows), *_by_cell(table, rows), *_among(table, rows, cuts)):
        model.constraints.add().at_most_one.literals.extend(exclusive)
    model.objective.vars.extend(range(len(rows)))
    model.objective.coeffs.extend((-(worth // unit)).tolist())
    if above is not None:
        model.objective.domain.extend((-int(worth.sum() // unit), -(above // unit) - 1))
    if hint is not None:
        model.solution_hint.vars.extend(range(len(rows)))
        model.solution_hint.values.extend(hint.astype(np.int64).tolist())
    parameters = cp.SatParameters()
    parameters.max_time_in_seconds = seconds
    if effort_s is not None:
        parameters.max_deterministic_time = effort_s * _COUNTED_PER_S
    parameters.num_workers = 1
    parameters.linearization_level = 2
    # One boolean a placement leaves presolve little to find: without it half the time.
    parameters.cp_model_probing_level = 0
    parameters.symmetry_level = 0
    parameters.max_presolve_iterations = 1
    parameters.catch_sigint_signal = False
    parameters.random_seed = seed
    search = cp.SolveWrapper()
    search.set_parameters(parameters)
    if not gate.enter(search):
        return Outcome(None, None, closed=False)
    try:
        response = search.solve(model)  # type: ignore[no-untyped-call]  # the stub says nothing of it
    finally:
        gate.leave(search)
    effort = response.deterministic_time / _COUNTED_PER_S
    if response.status == cp.CpSolverStatus.INFEASIBLE:
        return Outcome(None, above, above is not None, effort)
    if response.status not in (cp.CpSolverStatus.OPTIMAL, cp.CpSolverStatus.FEASIBLE):
        return Outcome(None, None, False, effort)
    chosen = rows[np.array(list(response.solution), dtype=np.int64) == 1]
    if response.status == cp.CpSolverStatus.OPTIMAL:
        return Outcome(chosen, int(table.worth[chosen].sum()), True, effort)
    return Outcome(chosen, -round(response.best_objective_bound) * unit, False, effort)


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
