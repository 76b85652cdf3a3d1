"""What the workers of one run share: the plan, what is proven, the prices, and how long there is."""

import threading

import numpy as np

from services.contracts.names import Millis
from services.kit.clock import Clock
from services.planner.board import Board
from services.planner.candidates import Candidates, Ints
from services.planner.gate import Gate
from services.planner.neighbourhood import Landscape
from services.planner.parts import Part, Parts
from services.planner.prices import Cut, Descent

_FEWER = 0.6
"""A part is tried as a whole anew when so much is left of the placements it was, or is being, tried with."""


_FIRST_GLANCE = 40_000
"""Placements that the first plan is made of, before there are prices: it is soon replaced."""


class Work:
    """The state of one run. Whoever reads or changes plan, parts or landscape holds `lock`; prices have one worker."""

    def __init__(self, table: Candidates, start: Ints, clock: Clock, deadline: Millis) -> None:
        self.table, self.clock, self.deadline = table, clock, deadline
        self.board = Board(table)
        self.board.fill(start)
        worthiest = np.lexsort((table.start, table.length, -table.worth))
        self.board.fill(worthiest[:: 1 + len(table) // _FIRST_GLANCE])
        self.parts = Parts(table, self.board)
        self.descent = Descent(table)
        self.gate = Gate()
        self.lock = threading.RLock()
        self.news = threading.Condition(self.lock)
        self.land: Landscape | None = None
        self.cuts: list[Cut] = []
        self.rounds = 0
        self.pricing = self.priced = False
        self.reserved = np.zeros(len(table.owners), dtype=bool)
        self.reserved_cells = np.zeros((table.n_rooms, table.n_slots), dtype=bool)

    def left(self) -> float:
        """Return how many seconds there are."""
        return max(0.0, (self.deadline - self.clock.now()) / 1000)

    def over(self) -> bool:
        return self.gate.closed.is_set()

    def bound(self) -> int:
        return sum(part.bound for part in self.parts.all)

    def improved(self, part: Part) -> None:
        """Drop what cannot matter any more beside a better plan of `part`."""
        part.barren = 0
        if self.land is not None:
            self.parts.judge(part, self.land.weighed, self.cuts)
            if len(part.rows) < _FEWER * part.tried:
                part.due = True
                if part.gate is not None:
                    part.gate.close()
