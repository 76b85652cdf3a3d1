"""The search: two workers that price, look for better plans and prove, until all is proven or time is up.

Small parts are solved at once. Otherwise one worker prices while the other solves neighbourhoods exactly; when prices and
plan are close, the placements that can still matter are few, and the exact solver ends the matter.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.contracts.names import Millis
from services.kit.clock import Clock
from services.kit.logs import logger
from services.planner.board import Board
from services.planner.candidates import Candidates, Ints
from services.planner.components import components
from services.planner.cuts import broken_cuts
from services.planner.exact import Gate, best_choice
from services.planner.neighbourhood import Landscape, core, region
from services.planner.parts import Part, Parts
from services.planner.prices import Descent

log = logger("planner")

WORKERS = 2
_SMALL = 2500
"""Placements of a part that is tried as a whole before anything else."""
_PROVABLE = 6000
"""Placements that can matter of a part that is worth a proof once prices have settled."""
_FIRST_STEPS = ((60, 20, 60, 1), (120, 60, 400, 4), (200, 300, 3000, 6))
"""Rounds of prices: steps, smoothing from and to, and what is kept in focus, as parts of a typical worth."""
_CUT_STEPS = (150, 50, 3000, 6)
_CUT_ROUNDS = 14
_SHORTLIST = 40_000
"""Placements that neighbourhoods are made of, those that lose least."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The plan found: its placements, their worth, and what no plan exceeds."""

    rows: Ints
    value: int
    bound: int


class Optimiser:
    """One run over a table."""

    def __init__(self, table: Candidates, clock: Clock, deadline: Millis, stop: Callable[[], bool]) -> None:
        self.table, self.clock, self.deadline, self.stop = table, clock, deadline, stop
        self.board = Board(table)
        self.gate = Gate()
        self.lock = threading.RLock()
        self.errors: list[BaseException] = []

    def run(self, start: Ints) -> Found:
        """Return the best plan found before the deadline, beginning with the placements `start` (where they fit)."""
        table, board = self.table, self.board
        if not len(table):
            return Found(np.zeros(0, dtype=np.int64), 0, 0)
        board.fill(start)
        board.fill(np.lexsort((table.start, table.length, -table.worth)))
        self.parts = Parts(table, board)
        self.descent = Descent(table)
        self.typical = float(np.median(np.maximum.reduceat(table.worth, table.firsts)))
        self.land: Landscape | None = None
        self.round = 0
        self.gap_before = float("inf")
        self.pricing = self.priced = False
        self.reserved = np.zeros(len(table.owners), dtype=bool)
        self.reserved_cells = np.zeros((table.n_rooms, table.n_slots), dtype=bool)
        self.news = threading.Condition(self.lock)
        workers = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(WORKERS)]
        for worker in workers:
            worker.start()
        ended = threading.Event()
        while any(worker.is_alive() for worker in workers):
            if self.stop() or self.clock.now() >= self.deadline:
                self.gate.close()
            if self.gate.closed.is_set():
                break
            workers[0].join(0.01)
            if not workers[0].is_alive():
                workers[-1].join(0.01)
        self.gate.close()
        for worker in workers:
            worker.join(0.3)  # a solver in the middle of its presolve may not listen
        del ended
        if self.errors:
            raise self.errors[0]
        with self.lock:
            board.fill(np.flatnonzero(board.placed[table.owner] < 0)[:0])
            rows = board.free_rows(np.arange(len(table)))
            board.fill(rows[np.argsort(-table.worth[rows], kind="stable")])
            value = board.value()
            bound = sum(max(part.bound, self.parts.value(part)) for part in self.parts.all)
            return Found(np.sort(board.rows()), value, bound)

    def _left(self) -> float:
        return max(0.0, (self.deadline - self.clock.now()) / 1000)

    def _work(self, number: int) -> None:
        rng = np.random.default_rng(number)
        try:
            while not self.gate.closed.is_set():
                task = self._next(rng)
                if task is None:
                    return
                task()
        except BaseException as error:  # noqa: BLE001 - a worker's fault is the run's: raised there
            self.errors.append(error)
            self.gate.close()

    def _next(self, rng: np.random.Generator) -> Callable[[], None] | None:
        """Return what to do next, None when all is proven."""
        with self.lock:
            opened = self.parts.open()
            if not opened:
                return None
            idle = [part for part in opened if not part.busy]
            small = [part for part in idle if part.tried is None and len(part.rows) <= _SMALL]
            if small:
                return self._proof(max(small, key=lambda part: len(part.rows)), min(3.0, self._left()))
            if not self.pricing and not self.priced:
                self.pricing = True
                return self._price
            if self.priced or self.round >= len(_FIRST_STEPS) + 3:
                for part in idle:
                    if len(part.rows) <= _PROVABLE and (part.tried is None or len(part.rows) < 0.7 * part.tried):
                        return self._proof(part, self._left())
                for part in idle:
                    if part.core_due:
                        part.busy = True
                        return lambda: self._core(part)
                for part in idle:
                    if part.barren > 40 and (part.tried is None or len(part.rows) < part.tried):
                        return self._proof(part, self._left())
            searchable = [part for part in opened]
            if self.land is None or not searchable:
                return self._wait
            weights = np.array([float(self.parts.gap(part)) for part in searchable])
            part = searchable[rng.choice(len(searchable), p=weights / weights.sum())]
            return lambda: self._search(part, rng)

    def _wait(self) -> None:
        with self.news:
            self.news.wait(0.02)

    def _gap(self) -> int:
        return sum(self.parts.gap(part) for part in self.parts.all)

    # prices

    def _price(self) -> None:
        """One round of prices."""
        steps, start, end, focus = _FIRST_STEPS[self.round] if self.round < len(_FIRST_STEPS) else _CUT_STEPS
        if self.round >= len(_FIRST_STEPS):
            known = {cut.key for cut in self.descent.cuts}
            cuts = broken_cuts(self.table, self.descent.wish, known)
            settled = self.gap_before - self._gap() < 0.02 * self._gap()
            self.gap_before = self._gap()
            if not cuts or settled or self.round >= len(_FIRST_STEPS) + _CUT_ROUNDS:
                with self.lock:
                    self.pricing, self.priced = False, True
                return
            self.descent.add(cuts)
        typical = self.typical
        self.descent.run(steps, typical / start, typical / end, self.gate.closed.is_set)
        with self.lock:
            weighed = self.descent.weigh(self.parts.alive)
            self.parts.judge(weighed, self.descent.cuts)
            rows = np.flatnonzero(self.parts.alive)
            loss = weighed.loss[rows]
            self.descent.focus(rows[loss <= weighed.fraction * typical / focus])
            short = rows if len(rows) <= _SHORTLIST else np.sort(rows[np.argpartition(loss, _SHORTLIST)[:_SHORTLIST]])
            self.land = Landscape.of(self.table, weighed, short)
            self.cuts = list(self.descent.cuts)
            if self.round == 0:
                self._begin_again()
            log.debug(
                "priced",
                round=self.round,
                bound=sum(p.bound for p in self.parts.all),
                value=self.board.value(),
                alive=len(rows),
                cuts=len(self.descent.cuts),
            )
            self.round += 1
            self.pricing = False
            self.news.notify_all()

    def _begin_again(self) -> None:
        """Make a plan by the first prices, and take it where it is better."""
        table = self.table
        fresh = Board(table)
        assert self.land is not None
        rows = np.flatnonzero(self.parts.alive)
        fresh.fill(rows[np.lexsort((self.land.weighed.loss[rows], -self.descent.wish[rows]))])
        for part in self.parts.all:
            before, after = self.board.placed[part.owners], fresh.placed[part.owners]
            self.parts.replace(part.owners, before, after[after >= 0])

    # search

    def _search(self, part: Part, rng: np.random.Generator) -> None:
        with self.lock:
            assert self.land is not None
            chosen = region(self.board, part, self.land, self.reserved_cells, self.reserved, rng)
            if chosen is None:
                part.barren += 1
                self._widen(part, "rooms", 1.1)
                self._widen(part, "slots", 1.1)
                return
            self.reserved[chosen.owners] = True
            self.reserved_cells |= chosen.cells
        began = self.clock.now()
        outcome = best_choice(
            self.table, chosen.rows, self.gate, min(1.0, self._left()), hint=chosen.hint, seed=int(rng.integers(10**6))
        )
        took = self.clock.now() - began
        with self.lock:
            self.reserved[chosen.owners] = False
            self.reserved_cells &= ~chosen.cells
            better = outcome.rows is not None and self.parts.replace(chosen.owners, chosen.before, outcome.rows)
            part.barren = 0 if better else part.barren + 1
            if better:
                self.parts.judge(self.land.weighed, self.cuts)
                log.debug(
                    "better",
                    kind=chosen.kind,
                    rows=len(chosen.rows),
                    took=took,
                    value=self.board.value(),
                    reach=str(part.reach),
                )
            if outcome.closed and took < 150:
                self._widen(part, chosen.kind, 1.1)
            elif not outcome.closed or took > 400:
                self._widen(part, chosen.kind, 0.8)

    def _core(self, part: Part) -> None:
        """Solve all of a part over the placements that lose least."""
        with self.lock:
            assert self.land is not None
            chosen = core(self.board, part, self.land, part.core)
        began = self.clock.now()
        outcome = None
        if chosen is not None:
            cuts = [cut.members for cut in self.descent.cuts]
            outcome = best_choice(
                self.table, chosen.rows, self.gate, min(4.0, self._left()), hint=chosen.hint, cuts=cuts
            )
        with self.lock:
            part.busy = False
            part.core_due = False
            if chosen is None or outcome is None:
                return
            before = self.parts.value(part)
            better = outcome.rows is not None and self.parts.replace(
                chosen.owners, self.board.placed[chosen.owners], outcome.rows
            )
            self.parts.judge(self.land.weighed, self.cuts)
            log.debug(
                "core",
                rows=len(chosen.rows),
                before=before,
                after=self.parts.value(part),
                bound=part.bound,
                alive=len(part.rows),
                closed=outcome.closed,
                took=self.clock.now() - began,
            )
            if outcome.closed:
                part.core *= 2
                part.core_due = True

    def _widen(self, part: Part, kind: str, by: float) -> None:
        reach = part.reach
        rooms, slots = int(part.cells.any(axis=1).sum()), int(part.cells.any(axis=0).sum())
        if (reach.rooms * by > rooms) if kind == "rooms" else (reach.slots * by > slots):
            reach.keep *= by
        elif kind == "rooms":
            reach.rooms = max(3.0, reach.rooms * by)
        else:
            reach.slots = max(4.0, reach.slots * by)

    # proof

    def _proof(self, part: Part, seconds: float) -> Callable[[], None]:
        part.busy = True
        return lambda: self._prove(part, seconds)

    def _prove(self, part: Part, seconds: float) -> None:
        """Solve what is left of a part exactly, piece by piece where it has fallen apart."""
        table = self.table
        with self.lock:
            rows = np.sort(part.rows)
            value = self.parts.value(part)
            before = self.board.placed[part.owners]
            hint = np.isin(rows, before)
            cuts = [cut.members for cut in self.descent.cuts]
        log.debug("proving", rows=len(rows), value=value, bound=part.bound)
        label, _ = components(table, rows)
        pieces = np.unique(label[table.owner[rows]])
        until = self.clock.now() + seconds * 1000
        chosen, bound, closed = [], 0, True
        for piece in pieces.tolist():
            mine = label[table.owner[rows]] == piece
            outcome = best_choice(
                table,
                rows[mine],
                self.gate,
                max(0.01, (until - self.clock.now()) / 1000),
                hint=hint[mine],
                above=value if len(pieces) == 1 else None,
                cuts=cuts,
            )
            if outcome.bound is None:
                bound = part.bound
                closed = False
                break
            bound += outcome.bound
            closed &= outcome.closed
            if outcome.rows is not None:
                chosen.append(outcome.rows)
        with self.lock:
            part.busy = False
            part.barren = 0
            part.tried = len(rows)
            if chosen and len(chosen) == len(pieces):
                self.parts.replace(part.owners, self.board.placed[part.owners], np.concatenate(chosen))
            self.parts.lower(part, max(bound, value))
            log.debug("proved", closed=closed, value=self.parts.value(part), bound=part.bound)
