"""The exact solver: the best plan within a choice of placements, by OR-Tools CP-SAT.

One boolean a placement; one at most for each request, each cell and each cut. With every constraint in the linear
relaxation (`linearization_level` 2) one worker solves in a second what optional intervals do not solve in minutes.
The solver is imported when the first plan is made, by its compiled part: `cp_model` would load pandas for it.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.contracts.names import Millis
from services.kit.clock import Clock
from services.planner.candidates import Bools, Candidates, Ints

_COUNTED_PER_S = 0.12
"""Of the solver's own count of its work, what an idle core does in a second; measured on days of 50 and 200 spaces."""


_TICK_S = 0.02


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


@contextmanager
def closing_gate(stop: Callable[[], bool], clock: Clock, deadline: Millis) -> Iterator[Gate]:
    """Yield a gate that closes when `stop` says so or at the deadline."""
    gate, done = Gate(), threading.Event()

    def watch() -> None:
        while not done.wait(_TICK_S):
            if stop() or clock.now() >= deadline:
                gate.close()
                return

    watcher = threading.Thread(target=watch, name="foldspace-plan-watch", daemon=True)
    watcher.start()
    try:
        yield gate
    finally:
        done.set()
        watcher.join()


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
    model = _packing(table, rows, cuts)
    model.objective.vars.extend(range(len(rows)))
    model.objective.coeffs.extend((-(worth // unit)).tolist())
    if above is not None:
        model.objective.domain.extend((-int(worth.sum() // unit), -(above // unit) - 1))
    answer = _solve(model, gate, seconds, effort_s, hint, seed)
    if answer is None:
        return Outcome(None, None, closed=False)
    chosen = None if answer.chosen is None else rows[answer.chosen[: len(rows)]]
    if answer.status == "INFEASIBLE":
        return Outcome(None, above, above is not None, answer.effort_s)
    if chosen is None:
        return Outcome(None, None, False, answer.effort_s)
    if answer.status == "OPTIMAL":
        return Outcome(chosen, int(table.worth[chosen].sum()), True, answer.effort_s)
    return Outcome(chosen, -round(answer.bound) * unit, False, answer.effort_s)


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """What a group gets: `base` and the `amounts` of placements (positions in the rows), in steps of falling worth."""

    base: int
    positions: list[int]
    amounts: list[int]
    steps: list[tuple[int, int]]


def fairest_choice(
    table: Candidates, rows: Ints, gate: Gate, seconds: float, *, hint: Bools, least: int, shares: list[Share]
) -> Ints | None:
    """Return the choice among `rows` worth `least` or more whose shares count most; None if none was found.

    Each step of a share is (width, worth of each unit of it); of two choices with the same shares the more valuable.
    """
    model = _packing(table, rows, ())
    worth = table.worth[rows].tolist()
    floor = model.constraints.add().linear
    floor.vars.extend(range(len(rows)))
    floor.coeffs.extend(worth)
    floor.domain.extend((least, sum(worth)))
    model.objective.vars.extend(range(len(rows)))
    model.objective.coeffs.extend(-each for each in worth)
    for share in shares:
        first = len(model.variables)
        for width, gain in share.steps:
            model.objective.vars.append(len(model.variables))
            model.objective.coeffs.append(-gain)
            model.variables.add().domain.extend((0, width))
        served = model.constraints.add().linear
        served.vars.extend((*range(first, len(model.variables)), *share.positions))
        served.coeffs.extend((*[1] * len(share.steps), *(-amount for amount in share.amounts)))
        served.domain.extend((-sum(share.amounts) - share.base, share.base))
    answer = _solve(model, gate, seconds, None, hint, 0)
    return None if answer is None or answer.chosen is None else rows[answer.chosen[: len(rows)]]


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What the solver said: its status by name, the variables that are one, and its bound."""

    status: str
    chosen: Bools | None
    bound: float
    effort_s: float


def _packing(table: Candidates, rows: Ints, cuts: Iterable[Ints]) -> Any:
    """Return a model with a boolean for each of `rows`: one at most for each request, cell and cut."""
    from ortools.sat.python import cp_model_helper as cp

    model = cp.CpModelProto()
    for _ in range(len(rows)):
        model.variables.add().domain.extend((0, 1))
    for exclusive in (*_by_owner(table, rows), *_by_cell(table, rows), *_among(table, rows, cuts)):
        model.constraints.add().at_most_one.literals.extend(exclusive)
    return model


def _solve(
    model: Any, gate: Gate, seconds: float, effort_s: float | None, hint: Bools | None, seed: int
) -> _Answer | None:
    """Return what the solver says of the model; None if the gate is closed."""
    from ortools.sat.python import cp_model_helper as cp

    if hint is not None:
        model.solution_hint.vars.extend(range(len(hint)))
        model.solution_hint.values.extend(hint.astype(np.int64).tolist())
    parameters = cp.SatParameters()
    parameters.max_time_in_seconds = max(0.0, seconds)
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
        return None
    try:
        response = search.solve(model)  # type: ignore[no-untyped-call]  # the stub says nothing of it
    finally:
        gate.leave(search)
    solved = response.status in (cp.CpSolverStatus.OPTIMAL, cp.CpSolverStatus.FEASIBLE)
    chosen = np.array(list(response.solution), dtype=np.int64) == 1 if solved else None
    effort = response.deterministic_time / _COUNTED_PER_S
    return _Answer(response.status.name, chosen, response.best_objective_bound, effort)


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
