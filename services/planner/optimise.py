"""The search: two workers that price, look for better plans and prove, until all is proven or time is up.

Small parts are proven at once. Otherwise one worker prices while the other solves neighbourhoods exactly; when prices
and plan are close, the placements that can still matter are few, and the exact solver ends the matter.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.contracts.names import Millis
from services.kit.clock import Clock
from services.planner.candidates import Candidates, Ints
from services.planner.improving import improve
from services.planner.parts import Part
from services.planner.pricing import price
from services.planner.settling import settle
from services.planner.work import Work

WORKERS = 2
_SMALL = 2500
"""Placements of a part that is tried as a whole before anything else."""
_EARLY_ROUNDS = 5
"""Rounds of prices after which they are good enough to try a part as a whole, settled or not."""
_BARREN = 40
"""Regions without a find after which a part is tried as a whole again, with twice the patience."""
_NEAR = 8
"""Placements for each request that are worth another look."""
_TICK_S = 0.01
_FAREWELL_MS = 400
"""How long a solver that was called back may take: in the middle of its presolve it does not listen."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The plan found: its placements, their worth, what no plan exceeds, and the placements worth another look."""

    rows: Ints
    value: int
    bound: int
    near: Ints


def optimise(table: Candidates, start: Ints, clock: Clock, deadline: Millis, stop: Callable[[], bool]) -> Found:
    """Return the best plan found before the deadline, beginning with the placements `start` (where they fit)."""
    if not len(table):
        nothing = np.zeros(0, dtype=np.int64)
        return Found(nothing, 0, 0, nothing)
    work = Work(table, start, clock, deadline)
    faults: list[Exception] = []
    workers = [
        threading.Thread(target=_work, args=(work, number, faults), name=f"foldspace-plan-{number}", daemon=True)
        for number in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    while _busy(workers) and not work.over():
        if stop() or clock.now() >= deadline:
            work.gate.close()
    farewell = clock.now() + _FAREWELL_MS
    while _busy(workers) and clock.now() < farewell:
        work.gate.close()  # again: a solver that was just about to begin did not hear it
    if faults:
        raise faults[0]
    with work.lock:
        free = work.board.free_rows(np.arange(len(table)))
        work.board.fill(free[np.argsort(-table.worth[free], kind="stable")])
        bound = sum(max(part.bound, work.parts.value(part)) for part in work.parts.all)
        return Found(np.sort(work.board.rows()), work.board.value(), bound, _near(work))


def _busy(workers: list[threading.Thread]) -> bool:
    """Wait a tick for the workers; tell whether one is still at it."""
    for worker in workers:
        worker.join(_TICK_S)
    return any(worker.is_alive() for worker in workers)


def _near(work: Work) -> Ints:
    """Return the placements that lose least by the last prices; without prices the table was small: all."""
    if work.land is None:
        return np.arange(len(work.table))
    return np.argsort(work.land.weighed.loss, kind="stable")[: _NEAR * len(work.table.owners)]


def _work(work: Work, number: int, faults: list[Exception]) -> None:
    rng = np.random.default_rng(number)
    try:
        while not work.over():
            task = _next(work, rng)
            if task is None:
                return
            task()
    except Exception as error:  # noqa: BLE001 - whatever a worker stumbles over is raised where the run was called
        faults.append(error)
        work.gate.close()


def _next(work: Work, rng: np.random.Generator) -> Callable[[], None] | None:
    """Return what to do next; None when all is proven, or in good hands."""
    with work.lock:
        opened = work.parts.open()
        if not opened:
            return None
        idle = [part for part in opened if part.gate is None and part.due]
        small = [part for part in idle if len(part.rows) <= _SMALL] if work.land is None else []
        if small:
            return _settling(work, max(small, key=lambda part: len(part.rows)))
        if not work.pricing and not work.priced:
            work.pricing = True
            return lambda: _pricing(work)
        if idle and (work.priced or work.rounds >= _EARLY_ROUNDS):
            return _settling(work, min(idle, key=lambda part: len(part.rows)))
        barren = [part for part in opened if part.gate is None and part.barren > _BARREN]
        if barren:
            return _settling(work, barren[0])
        if work.land is None:
            return lambda: _wait(work)
        gaps = np.array([work.parts.gap(part) for part in opened], dtype=np.float64)
        part = opened[rng.choice(len(opened), p=gaps / gaps.sum())]
        return lambda: improve(work, part, rng)


def _settling(work: Work, part: Part) -> Callable[[], None]:
    part.gate = gate = work.gate.inner()
    return lambda: settle(work, part, gate)


def _pricing(work: Work) -> None:
    try:
        price(work)
    finally:
        work.pricing = False


def _wait(work: Work) -> None:
    with work.news:
        work.news.wait(_TICK_S)
