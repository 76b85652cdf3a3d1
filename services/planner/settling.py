"""A whole part at once: over the placements that lose least for a better plan, over all that matter for a proof."""

import numpy as np

from services.kit.logs import logger
from services.planner.components import components
from services.planner.exact import Outcome, best_choice
from services.planner.neighbourhood import core
from services.planner.parts import Part
from services.planner.work import Work

log = logger("planner")


def settle(work: Work, part: Part, seconds: float) -> None:
    """Solve `part` over as many placements as it has shown to bear; all that can matter make it a proof.

    The part is marked busy by whoever gives it to us, and free again afterwards.
    """
    with work.lock:
        whole = work.land is None or len(part.rows) <= part.core * len(part.owners)
        rows, value = part.rows, work.parts.value(part)
    outcome = _prove(work, part, value, seconds) if whole else _core(work, part, seconds)
    with work.lock:
        part.busy = part.due = False
        part.tried = len(rows)
        before = work.board.placed[part.owners]
        if outcome.rows is not None and work.parts.replace(part.owners, before, outcome.rows):
            work.improved(part)
        if whole and outcome.bound is not None:
            work.parts.lower(part, max(outcome.bound, value))
        if outcome.closed and not whole:
            part.core *= 2
            part.due = True
        part.barren = 0
        log.debug("settled", whole=whole, rows=len(rows), closed=outcome.closed, value=value, bound=part.bound)


def _core(work: Work, part: Part, seconds: float) -> Outcome:
    with work.lock:
        assert work.land is not None, "without prices the whole is proven"
        chosen = core(work.board, part, work.land, part.core)
        cuts = [cut.members for cut in work.cuts]
    if chosen is None:
        return Outcome(None, None, closed=True)
    return best_choice(work.table, chosen.rows, work.gate, min(seconds, work.left()), hint=chosen.hint, cuts=cuts)


def _prove(work: Work, part: Part, value: int, seconds: float) -> Outcome:
    """Solve all that can matter of `part`, piece by piece where it has fallen apart."""
    table = work.table
    with work.lock:
        rows = np.sort(part.rows)
        hint = np.isin(rows, work.board.placed[part.owners])
        cuts = [cut.members for cut in work.cuts]
    label, _ = components(table, rows)
    of_row = label[table.owner[rows]]
    pieces = np.unique(of_row).tolist()
    until = work.clock.now() + seconds * 1000
    chosen, bound, closed = [rows[:0]], 0, True
    for piece in pieces:
        mine = of_row == piece
        outcome = best_choice(
            table,
            rows[mine],
            work.gate,
            min(work.left(), (until - work.clock.now()) / 1000),
            hint=hint[mine],
            above=value if len(pieces) == 1 else None,
            cuts=cuts,
        )
        if outcome.bound is None:
            return Outcome(None, None, closed=False)
        bound, closed = bound + outcome.bound, closed and outcome.closed
        if outcome.rows is not None:
            chosen.append(outcome.rows)
    return Outcome(np.concatenate(chosen), bound, closed)
