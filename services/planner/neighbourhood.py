"""Where to look for a better plan next: a region of rooms and slots, and the placements there that can still matter.

Regions alternate between clusters of related rooms (those that the same requests could use) over all their slots and
bands of slots over all rooms. Prices tell where a plan loses most against the bound: seeds lie there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from services.planner.board import Board
from services.planner.candidates import Bools, Candidates, Floats, Ints
from services.planner.parts import Part
from services.planner.prices import Weighed


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A sub-problem: `owners` may be placed anew among `rows`; they stand at `before` (-1: nowhere) now."""

    kind: str
    cells: Bools
    owners: Ints
    before: Ints
    rows: Ints
    hint: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """What prices say of the placements worth looking at: `rows` in order, and how related rooms are by them."""

    weighed: Weighed
    rows: Ints
    related: Floats

    @classmethod
    def of(cls, table: Candidates, weighed: Weighed, rows: Ints) -> "Landscape":
        """Return the landscape over `rows`."""
        uses = np.zeros((table.n_rooms, len(table.owners)), dtype=np.float32)
        for space in np.unique(table.space[rows]).tolist():
            uses[np.ix_(table.rooms[space], table.owner[rows[table.space[rows] == space]])] = 1
        return cls(weighed, rows, (uses @ uses.T).astype(np.float64))


def region(
    board: Board, part: Part, land: Landscape, reserved_cells: Bools, reserved: Bools, rng: np.random.Generator
) -> Region | None:
    """Return a region of `part` that may hold a better plan, without reserved cells and requests; None for a miss."""
    table, weighed = board.table, land.weighed
    bad = _badness(board, part, weighed)
    kind = "rooms" if rng.random() < 0.5 else "slots"
    cells = part.cells & ~reserved_cells
    every_room, every_slot = np.flatnonzero(part.cells.any(axis=1)), np.flatnonzero(part.cells.any(axis=0))
    if kind == "rooms":
        seed = rng.choice(table.n_rooms, p=_chances(bad.sum(axis=1), part.cells.any(axis=1)))
        nearness = (land.related[seed, every_room] + 0.01) * (0.2 + rng.random(len(every_room)))
        nearness[every_room == seed] = np.inf
        count = round(part.reach.rooms)
        chosen = every_room[np.argsort(-nearness)[:count]]
        mask = np.zeros(table.n_rooms, dtype=bool)
        mask[chosen] = True
        cells = cells & mask[:, None]
    else:
        seed = rng.choice(table.n_slots, p=_chances(bad.sum(axis=0), part.cells.any(axis=0)))
        count = round(part.reach.slots)
        low = max(0, seed - int(rng.integers(count)))
        if count <= every_slot[-1] - every_slot[0]:
            mask = np.zeros(table.n_slots, dtype=bool)
            mask[low : low + count] = True
            cells = cells & mask[None, :]
    return _sub_problem(board, part, land, cells, reserved, kind, part.reach.keep)


def core(board: Board, part: Part, land: Landscape, keep: float) -> Region | None:
    """Return all of `part`, with the placements alone that lose least, `keep` for each booking."""
    nobody = np.zeros(len(board.table.owners), dtype=bool)
    return _sub_problem(board, part, land, part.cells, nobody, "core", keep)


def _sub_problem(
    board: Board, part: Part, land: Landscape, cells: Bools, reserved: Bools, kind: str, keep: float
) -> Region | None:
    table, weighed = board.table, land.weighed
    free = np.zeros(len(table.owners), dtype=bool)
    free[part.owners] = board.placed[part.owners] < 0
    placed = board.placed[part.owners]
    placed = placed[placed >= 0]
    free[table.owner[placed[board.within(cells, placed)]]] = True
    free &= ~reserved
    cells = cells & ((board.holder < 0) | free[board.holder])
    rows = land.rows[free[table.owner[land.rows]]]
    rows = rows[board.within(cells, rows)]
    before = board.placed[np.flatnonzero(free)]
    current = before[before >= 0]
    present = np.zeros(len(table.owners), dtype=bool)
    present[table.owner[rows]] = True
    present[table.owner[current]] = True
    owners = np.flatnonzero(present)
    before = board.placed[owners]
    lost = int(weighed.loss[current].sum() + weighed.best[owners[before < 0]].sum())
    lost += int(weighed.cells[cells & (board.holder < 0)].sum())
    rows = rows[weighed.loss[rows] <= lost]
    most = int(keep * max(20, len(current)))
    if len(rows) > most:
        rows = rows[np.argpartition(weighed.loss[rows], most)[:most]]
    rows = np.union1d(rows, current)
    if len(rows) == len(current):
        return None
    hint = board.placed[table.owner[rows]] == rows
    return Region(kind, cells, owners, before, rows, hint)


def _badness(board: Board, part: Part, weighed: Weighed) -> Floats:
    """Return what the plan loses against the bound, roughly where it does (rooms × slots)."""
    table = board.table
    bad = np.where((board.holder < 0) & part.cells, weighed.cells, 0).astype(np.float64)
    placed = board.placed[part.owners]
    placed = placed[placed >= 0]
    first_room = np.array([rooms[0] for rooms in table.rooms], dtype=np.int64)
    np.add.at(bad, (first_room[table.space[placed]], table.start[placed]), weighed.loss[placed])
    missing = part.owners[board.placed[part.owners] < 0]
    ideal = table.firsts[missing]
    np.add.at(bad, (first_room[table.space[ideal]], table.start[ideal]), weighed.best[missing] * 0.5)
    return bad


def _chances(bad: Floats, allowed: Any) -> Floats:
    chances = np.where(allowed, bad + bad.sum() / max(1, allowed.sum()) / 5 + 1.0, 0.0)
    return np.asarray(chances / chances.sum())
