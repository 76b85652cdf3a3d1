"""A step of the neighbourhood search: solve a region exactly, keep what is better, learn how large regions may be."""

import numpy as np

from services.kit.logs import logger
from services.planner.exact import best_choice
from services.planner.neighbourhood import region
from services.planner.parts import Part
from services.planner.work import Work

log = logger("planner")

_PATIENCE_S = 0.6
"""A region that takes longer is too large: two of half the size bring more."""
_QUICK_S, _SLOW_S = 0.12, 0.4
_GROW, _SHRINK = 1.1, 0.8


def improve(work: Work, part: Part, rng: np.random.Generator) -> None:
    """Look for a better plan in a region of `part`."""
    with work.lock:
        assert work.land is not None, "regions are laid out by prices"
        chosen = region(work.board, part, work.land, work.reserved_cells, work.reserved, rng)
        if chosen is None:
            part.barren += 1
            part.reach.stretch("rooms", _GROW, part.cells)
            part.reach.stretch("slots", _GROW, part.cells)
            return
        work.reserved[chosen.owners] = True
        work.reserved_cells |= chosen.cells
    outcome = best_choice(
        work.table,
        chosen.rows,
        work.gate,
        work.left(),
        effort_s=_PATIENCE_S,
        hint=chosen.hint,
        seed=int(rng.integers(10**6)),
    )
    with work.lock:
        work.reserved[chosen.owners] = False
        work.reserved_cells &= ~chosen.cells
        part.barren += 1
        if outcome.rows is not None and work.parts.replace(chosen.owners, chosen.before, outcome.rows):
            work.improved(part)
            log.debug(
                "improved", kind=chosen.kind, rows=len(chosen.rows), effort_s=outcome.effort_s, value=work.board.value()
            )
        if outcome.closed and outcome.effort_s < _QUICK_S:
            part.reach.stretch(chosen.kind, _GROW, part.cells)
        elif not outcome.closed or outcome.effort_s > _SLOW_S:
            part.reach.stretch(chosen.kind, _SHRINK, part.cells)
