"""The parts a problem falls into, each with what is proven of it and the placements that can still matter."""

from dataclasses import dataclass, field

import numpy as np

from services.planner.board import Board
from services.planner.candidates import Bools, Candidates, Ints
from services.planner.components import components
from services.planner.gate import Gate
from services.planner.prices import Cut, Weighed

_MOST_KEPT = 24.0
"""Placements for each booking in a region, beyond which more are not worth the solver's time."""


@dataclass(slots=True, eq=False)
class Reach:
    """How large the regions of a part may be that the solver still manages quickly.

    `keep` is how many placements there are for each booking in the region.
    """

    rooms: float = 16
    slots: float = 10
    keep: float = 6

    def stretch(self, kind: str, by: float, cells: Bools) -> None:
        """Make regions of `kind` larger or smaller; where they span all of `cells`, take in more placements."""
        if kind == "rooms":
            most = int(cells.any(axis=1).sum())
            if self.rooms * by <= most:
                self.rooms = max(3.0, self.rooms * by)
                return
        else:
            most = int(cells.any(axis=0).sum())
            if self.slots * by <= most:
                self.slots = max(4.0, self.slots * by)
                return
        self.keep = min(_MOST_KEPT, max(2.0, self.keep * by))


@dataclass(slots=True, eq=False)
class Part:
    """Requests (positions in the table) and cells that have nothing to do with the others.

    `rows` are the placements that a plan better than the one on the board may hold; `bound` is what no plan of this
    part exceeds; `unit` divides the worth of each. `gate` is there while a worker solves it as a whole, behind it; it
    is `due` for that again, for `patience_s` of work, and was `tried` with so many rows last. `core` is how many
    placements for each request are taken for a better plan, when that is `core_due` before a proof. `barren` counts
    the regions searched since the last find.
    """

    number: int
    owners: Ints
    cells: Bools
    rows: Ints
    bound: int
    unit: int
    gate: Gate | None = None
    due: bool = True
    tried: int = 0
    core: float = 4
    core_due: bool = True
    barren: int = 0
    patience_s: float = 1.0
    reach: Reach = field(default_factory=Reach)


class Parts:
    """All parts of a table, with the board their plans stand on."""

    def __init__(self, table: Candidates, board: Board) -> None:
        self.table, self.board = table, board
        self.alive: Bools = np.ones(len(table), dtype=bool)
        self.part_of, of_cell = components(table, np.arange(len(table)))
        most = np.maximum.reduceat(table.worth, table.firsts) if len(table) else table.worth
        self.all: list[Part] = []
        order = np.argsort(self.part_of[table.owner], kind="stable")
        rows_of = np.split(order, np.cumsum(np.bincount(self.part_of[table.owner]))[:-1]) if len(table) else []
        for number, rows in enumerate(rows_of):
            owners = np.flatnonzero(self.part_of == number)
            unit = int(np.gcd.reduce(table.worth[rows]))
            self.all.append(Part(number, owners, of_cell == number, rows, int(most[owners].sum()), unit))

    def value(self, part: Part) -> int:
        placed = self.board.placed[part.owners]
        return int(self.table.worth[placed[placed >= 0]].sum())

    def gap(self, part: Part) -> int:
        return part.bound - self.value(part)

    def open(self) -> list[Part]:
        """Return the parts whose plan is not proven best."""
        return [part for part in self.all if self.gap(part) >= part.unit]

    def lower(self, part: Part, bound: int) -> None:
        """Take note that no plan of `part` is worth more than `bound`, or than what is on the board."""
        part.bound = max(self.value(part), min(part.bound, bound // part.unit * part.unit))
        if self.gap(part) < part.unit:
            self.alive[part.rows] = False
            part.rows = part.rows[:0]

    def judge(self, part: Part, weighed: Weighed, cuts: list[Cut]) -> None:
        """Lower the bound of `part` by prices, and drop the placements that no better plan can hold."""
        value = self.value(part)
        if part.bound - value < part.unit:
            return
        own = [self.part_of[self.table.owner[cut.members[0]]] == part.number for cut in cuts]
        bound = int(weighed.cells[part.cells].sum() + weighed.best[part.owners].sum() + weighed.cuts[own].sum())
        self.lower(part, bound // weighed.fraction)
        keep = weighed.loss[part.rows] <= bound - (value + part.unit) * weighed.fraction
        self.alive[part.rows[~keep]] = False
        part.rows = part.rows[keep]

    def replace(self, owners: Ints, before: Ints, after: Ints) -> bool:
        """Place `owners`, who stood at `before` (-1: nowhere), at the placements `after` instead.

        False, and nothing is changed, if they stand elsewhere by now, if somebody else does where they would, or if
        the plan would not gain.
        """
        board, worth = self.board, self.table.worth
        held = before[before >= 0]
        if worth[after].sum() <= worth[held].sum() or not np.array_equal(board.placed[owners], before):
            return False
        for placement in held.tolist():
            board.lift(int(self.table.owner[placement]))
        put: list[int] = []
        for placement in after.tolist():
            if not board.fits(placement):
                break
            board.put(placement)
            put.append(placement)
        else:
            return True
        for placement in put:
            board.lift(int(self.table.owner[placement]))
        for placement in held.tolist():
            board.put(placement)
        return False
