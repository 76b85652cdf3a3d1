"""The planner: from an instance to the best plan time allows, a bound on every plan, and a reason for each refusal."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.kit.clock import Clock, WallClock
from services.planner.candidates import Candidates, Ints, candidates
from services.planner.fairness import Evenness, evenness, fairer
from services.planner.gate import closing_gate
from services.planner.instance import Instance, Spot
from services.planner.optimise import optimise
from services.planner.reasons import Reason, reasons

_CLOSING_MS = 120
"""What is kept back of the time to stop the workers and to find reasons."""
_CLOSING_MS_PER_REQUEST = 0.4
_FOR_VALUE = 0.6
"""Of the time, what the search for value may take where fairness comes after it."""


@dataclass(frozen=True, slots=True)
class Move:
    """A booking of the plan so far that lost its place; `after` is None where it is not served any more."""

    request: int
    before: Spot
    after: Spot | None


@dataclass(frozen=True, slots=True)
class Trade:
    """What was given up for fairness: the value before, and how evenly groups were and are served."""

    value_before: float
    before: Evenness
    after: Evenness


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is served where, and how good that is. Requests are indices of the instance.

    `value` is Σ weight × people × duration_min of the served, less what moves cost; no plan is worth more than `bound`.
    """

    instance: Instance
    value: float
    bound: float
    seconds: float
    assigned: dict[int, Spot]
    unserved: dict[int, Reason]
    moved: tuple[Move, ...]
    trade: Trade | None = None

    @property
    def gap(self) -> float:
        """Return the share of the bound that is not reached at most; 0 if the plan is proven best."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def plan(
    instance: Instance,
    seconds: float,
    stop: Callable[[], bool] = lambda: False,
    clock: Clock | None = None,
    *,
    fair_percent: float | None = None,
) -> Plan:
    """Return the best plan found within `seconds` of `clock`, earlier when `stop` says so or when it is proven best.

    With `fair_percent` up to that share of the value found is given up for the fairest plan found; that takes the time
    which is left then, 40 % of it at least.

    May be called from any thread. Raises InvalidError where the instance has more placements than memory allows.
    """
    clock = clock or WallClock()
    began = clock.now()
    table = candidates(instance)
    kept_back = sum(instance.requests[request].worth for request in instance.fixed)
    current = instance.current or {}
    kept_back -= instance.move_cost * len(current)  # whoever stays earns it back: see candidates
    slowness_ms = clock.now() - began  # what the table took tells how busy the machine is: reasons take as long
    limit_ms = seconds * 1000 - _CLOSING_MS - _CLOSING_MS_PER_REQUEST * len(instance.requests) - slowness_ms
    for_value = limit_ms if fair_percent is None else limit_ms * _FOR_VALUE
    found = optimise(table, _standing(instance, table), clock, began + int(for_value), stop)
    rows = found.rows
    if fair_percent is not None and len(rows):
        spare = int(max(0, found.value + kept_back) * fair_percent / 100)
        with closing_gate(stop, clock, began + int(limit_ms)) as gate:
            rows = fairer(instance, table, found.near, rows, found.value - spare, gate)
    assigned = _assigned(instance, table, rows)
    refused, extra = reasons(instance, assigned)
    assigned |= extra
    moved = tuple(
        Move(request, spot, assigned.get(request)) for request, spot in current.items() if assigned.get(request) != spot
    )
    return Plan(
        instance=instance,
        value=_amount(int(table.worth[rows].sum()) + kept_back, instance.scale),
        bound=_amount(found.bound + kept_back, instance.scale),
        seconds=(clock.now() - began) / 1000,
        assigned=assigned,
        unserved=refused,
        moved=moved,
        trade=None
        if fair_percent is None
        else Trade(
            _amount(found.value + kept_back, instance.scale),
            evenness(instance, _assigned(instance, table, found.rows)),
            evenness(instance, assigned),
        ),
    )


def _assigned(instance: Instance, table: Candidates, rows: Ints) -> dict[int, Spot]:
    return {**instance.fixed, **{int(table.owners[table.owner[row]]): table.spot(row) for row in rows.tolist()}}


def _standing(instance: Instance, table: Candidates) -> Ints:
    """Return the placements of the plan so far that are still allowed."""
    current = instance.current or {}
    space: Ints = np.full(len(instance.requests), -1, dtype=np.int64)
    start: Ints = np.zeros(len(instance.requests), dtype=np.int64)
    for request, spot in current.items():
        space[request], start[request] = spot.space, spot.start
    if not len(table):
        return np.zeros(0, dtype=np.int64)
    owner = table.owners[table.owner]
    return np.flatnonzero((table.space == space[owner]) & (table.slot_at[table.start] == start[owner]))


def _amount(units: int, scale: int) -> float:
    return units if scale == 1 else units / scale
