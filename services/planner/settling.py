"""A whole part at once: over the placements that lose least for a better plan, over all that matter for a proof."""

import numpy as np

from services.kit.logs import logger
from services.planner.components import components
from services.planner.exact import Outcome, best_choice
from services.planner.gate import Gate
from services.planner.neighbourhood import core
from services.planner.parts import Part
from services.planner.work import Work

log = logger("planner")

_PROVABLE = 20_000
"""Placements of which the solver proves something worth having, given all the time there is."""
_PROOF = 3
"""Times the patience that others may wait for a proof. The last part is proven until time is over."""


def settle(work: Work, part: Part, gate: Gate) -> None:
    """Solve `part` over the placements that lose least, or over all that can matter: then it is a proof.

    The part is behind `gate` meanwhile: whoever finds so good a plan that much less can matter closes it.
    """
    with work.lock:
        core_first = part.core_due and work.land is not None
        whole = len(part.rows) <= (part.core * len(part.owners) if core_first else _PROVABLE)
        alone = work.land is not None and len(work.parts.open()) == 1
        rows, value = part.rows, work.parts.value(part)
        part.tried = len(rows)
    outcome = (
        _prove(work, part, gate, None if alone else _PROOF * part.patience_s) if whole else _core(work, part, gate)
    )
    with work.lock:
        part.gate = None
        part.due = gate.closed.is_set()
        before = work.board.placed[part.owners]
        if outcome.rows is not None and work.parts.replace(part.owners, before, outcome.rows):
            work.improved(part)
        if whole and outcome.bound is not None:
            work.parts.lower(part, max(outcome.bound, value))
        if not whole:
            part.core_due = len(part.rows) > _PROVABLE
            part.due |= not part.core_due or outcome.closed
        if not outcome.closed:
            part.patience_s *= 2
        elif not whole:
            part.core *= 2
        part.barren = 0
        log.debug("settled", whole=whole, rows=len(rows), closed=outcome.closed, value=value, bound=part.bound)


def _core(work: Work, part: Part, gate: Gate) -> Outcome:
    with work.lock:
        assert work.land is not None, "without prices the whole is proven"
        chosen = core(work.board, part, work.land, part.core)
        cuts = [cut.members for cut in work.cuts]
    if chosen is None:
        return Outcome(None, None, closed=True)
    return best_choice(
        work.table, chosen.rows, gate, work.left(), effort_s=part.patience_s, hint=chosen.hint, cuts=cuts
    )


def _prove(work: Work, part: Part, gate: Gate, effort_s: float | None) -> Outcome:
    """Solve all that can matter of `part` with where it stands now, piece by piece where it has fallen apart."""
    table = work.table
    with work.lock:
        placed = work.board.placed[part.owners]
        rows = np.union1d(part.rows, placed[placed >= 0])
        hint = np.isin(rows, placed)
        cuts = [cut.members for cut in work.cuts]
    label, _ = components(table, rows)
    of_row = label[table.owner[rows]]
    chosen, bound, closed = [], 0, True
    for piece in np.unique(of_row).tolist():
        mine = of_row == piece
        outcome = best_choice(table, rows[mine], gate, work.left(), effort_s=effort_s, hint=hint[mine], cuts=cuts)
        if outcome.rows is None or outcome.bound is None:
            return Outcome(None, None, closed=False)
        bound, closed = bound + outcome.bound, closed and outcome.closed
        chosen.append(outcome.rows)
    return Outcome(np.concatenate(chosen), bound, closed)
