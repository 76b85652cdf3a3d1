"""Fairness after value: how evenly groups are served, and the fairest plan for a given share of the value.

A group's share is the person-minutes it is served of those it asks for. Shares count by a concave measure: the first
quarter of what a group asks counts four times as much as the last, so that a minute goes where least was given so far.
The measure of a plan is the mean over all person-minutes asked for: 1 if everybody gets everything.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.planner.board import Board
from services.planner.candidates import Candidates, Ints
from services.planner.exact import Share, fairest_choice
from services.planner.gate import Gate
from services.planner.instance import Instance

_QUARTERS = (4, 3, 2, 1)
"""What a person-minute counts in each quarter of what its group asks."""
_OUTWEIGHS = 100
"""A person-minute of fairness is worth so much more than one of weight 1: value only decides between equals."""


_FIRST_ROOMS = 8
_PATIENCE_S = 0.4
_BARREN = 60


@dataclass(frozen=True, slots=True)
class Evenness:
    """How evenly a plan serves groups: the concave `measure` (0 to 1), groups left with nothing, and all groups."""

    measure: float
    left_out: int
    groups: int


def evenness(instance: Instance, served: Iterable[int]) -> Evenness:
    """Return how evenly groups are served when these requests are; requests without a group count nowhere."""
    asked, given = _asked(instance), dict.fromkeys(_asked(instance), 0)
    for index in served:
        request = instance.requests[index]
        if request.group in given:
            given[request.group] += request.people * request.duration_min
    total = sum(_counted(given[group], asked[group]) for group in asked)
    most = sum(_counted(asked[group], asked[group]) for group in asked)
    return Evenness(total / most if most else 1.0, sum(not given[group] for group in asked), len(asked))


def fairer(instance: Instance, table: Candidates, rows: Ints, plan: Ints, least: int, gate: Gate) -> Ints:
    """Return the fairest placements found among `rows` that are worth `least`, beginning with those of `plan`.

    Random sets of rooms are filled anew, as many as the solver manages quickly, until the gate closes, all rooms were
    solved at once, or nothing has been found for long.
    """
    rows, board, asked = np.union1d(rows, plan), Board(table), _asked(instance)
    for placement in plan.tolist():
        board.put(placement)
    rng, reach, barren = np.random.default_rng(0), float(_FIRST_ROOMS), 0
    while not gate.closed.is_set() and barren < _BARREN:
        count = min(table.n_rooms, round(reach))
        cells = np.zeros((table.n_rooms, table.n_slots), dtype=bool)
        cells[rng.choice(table.n_rooms, count, replace=False)] = True
        placed = board.rows()
        inside = placed[board.within(cells, placed)]
        free = board.placed < 0
        free[table.owner[inside]] = True
        cells &= (board.holder < 0) | free[board.holder]
        choice = rows[free[table.owner[rows]]]
        choice = np.union1d(choice[board.within(cells, choice)], inside)
        kept = np.setdiff1d(placed, inside)
        outcome = fairest_choice(
            table,
            choice,
            gate,
            _PATIENCE_S,
            hint=np.isin(choice, inside),
            least=least - int(table.worth[kept].sum()),
            shares=_shares(instance, table, choice, kept, asked),
        )
        barren += 1
        if outcome.rows is not None and not np.array_equal(outcome.rows, inside):
            barren = 0
            for placement in inside.tolist():
                board.lift(int(table.owner[placement]))
            for placement in outcome.rows.tolist():
                board.put(placement)
        if outcome.closed and count == table.n_rooms:
            break
        reach = max(2.0, reach * (1.2 if outcome.effort_s < _PATIENCE_S / 3 else 0.8))
    return np.sort(board.rows())


def _shares(instance: Instance, table: Candidates, rows: Ints, kept: Ints, asked: dict[str, int]) -> list[Share]:
    """Return what groups can get of `rows` beyond what they have: fixed bookings and the placements `kept`."""
    base = dict.fromkeys(asked, 0)
    for index in (*instance.fixed, *table.owners[table.owner[kept]].tolist()):
        request = instance.requests[index]
        if request.group in base:
            base[request.group] += request.people * request.duration_min
    positions: dict[str, list[int]] = defaultdict(list)
    amounts: dict[str, list[int]] = defaultdict(list)
    for position, owner in enumerate(table.owners[table.owner[rows]].tolist()):
        request = instance.requests[owner]
        if request.group in asked:
            positions[request.group].append(position)
            amounts[request.group].append(request.people * request.duration_min)
    return [
        Share(base[group], positions[group], amounts[group], _steps(asked[group], _OUTWEIGHS * instance.scale))
        for group in positions
    ]


def _asked(instance: Instance) -> dict[str, int]:
    """Return the person-minutes each group asks for."""
    asked: dict[str, int] = defaultdict(int)
    for request in instance.requests:
        if request.group and request.people:
            asked[request.group] += request.people * request.duration_min
    return dict(asked)


def _steps(asked: int, unit: int) -> list[tuple[int, int]]:
    """Return the quarters of what is asked, with what a person-minute of each counts."""
    edges = [asked * quarter // len(_QUARTERS) for quarter in range(len(_QUARTERS) + 1)]
    return [(high - low, gain * unit) for low, high, gain in zip(edges, edges[1:], _QUARTERS, strict=False)]


def _counted(given: int, asked: int) -> int:
    counted = 0
    for width, gain in _steps(asked, 1):
        counted += min(width, given) * gain
        given -= min(width, given)
    return counted
