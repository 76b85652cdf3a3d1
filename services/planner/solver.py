"""OR-Tools CP-SAT, behind the few words we say to it.

Imported when the first model is made, by its compiled part: `cp_model` would load pandas for it, half a second.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from services.planner.gate import Gate

_COUNTED_PER_S = 0.12
"""Of the solver's own count of its work, what an idle core does in a second; measured on days of 50 and 200 spaces."""


class Verdict(Enum):
    """What the solver can say of a model."""

    OPTIMAL = auto()
    FEASIBLE = auto()
    INFEASIBLE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The verdict, the value of each variable (none without a solution), and what no solution goes below.

    `bound` is to be believed if there are values. `effort_s` is what was done, as seconds of an idle core.
    """

    verdict: Verdict
    values: list[int] | None = None
    bound: int = 0
    effort_s: float = 0.0


class Model:
    """Whole-number variables, linear constraints, and a linear cost to be made small."""

    def __init__(self) -> None:
        from ortools.sat.python import cp_model_helper

        self._cp = cp_model_helper
        self._proto: Any = cp_model_helper.CpModelProto()

    def whole(self, low: int, high: int, count: int = 1) -> list[int]:
        """Add variables from `low` to `high`; return their numbers."""
        first = len(self._proto.variables)
        for _ in range(count):
            self._proto.variables.add().domain.extend((low, high))
        return list(range(first, first + count))

    def at_most_one(self, variables: Iterable[int]) -> None:
        """Let one of these (of 0 and 1) be 1 at most."""
        self._proto.constraints.add().at_most_one.literals.extend(variables)

    def linear(self, variables: Sequence[int], coefficients: Sequence[int], low: int, high: int) -> None:
        """Keep Σ coefficient × variable from `low` to `high`."""
        linear = self._proto.constraints.add().linear
        linear.vars.extend(variables)
        linear.coeffs.extend(coefficients)
        linear.domain.extend((low, high))

    def minimise(self, variables: Sequence[int], coefficients: Sequence[int], most: int | None = None) -> None:
        """Make Σ coefficient × variable small, `most` at most."""
        self._proto.objective.vars.extend(variables)
        self._proto.objective.coeffs.extend(coefficients)
        if most is not None:
            self._proto.objective.domain.extend((min(most, -sum(map(abs, coefficients))), most))

    def hint(self, variables: Sequence[int], values: Sequence[int]) -> None:
        """Say where to begin."""
        self._proto.solution_hint.vars.extend(variables)
        self._proto.solution_hint.values.extend(values)

    def solve(self, gate: Gate, seconds: float, effort_s: float | None = None, seed: int = 0) -> Solution:
        """Search until the best is proven, `seconds` or `effort_s` of work are over, or the gate is closed."""
        parameters = self._cp.SatParameters()
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
        search = self._cp.SolveWrapper()
        search.set_parameters(parameters)
        if not gate.enter(search):
            return Solution(Verdict.UNKNOWN)
        try:
            response = search.solve(self._proto)  # type: ignore[no-untyped-call]  # the stub says nothing of it
        finally:
            gate.leave(search)
        effort = response.deterministic_time / _COUNTED_PER_S
        statuses = self._cp.CpSolverStatus
        if response.status == statuses.INFEASIBLE:
            return Solution(Verdict.INFEASIBLE, effort_s=effort)
        if response.status not in (statuses.OPTIMAL, statuses.FEASIBLE):
            return Solution(Verdict.UNKNOWN, effort_s=effort)
        verdict = Verdict.OPTIMAL if response.status == statuses.OPTIMAL else Verdict.FEASIBLE
        return Solution(verdict, list(response.solution), round(response.best_objective_bound), effort)
