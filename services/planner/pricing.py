"""A round of prices: descend, add cuts, lower the bounds, drop what cannot matter, and lay out where to look."""

import numpy as np

from services.kit.logs import logger
from services.planner.board import Board
from services.planner.cuts import broken_cuts
from services.planner.neighbourhood import Landscape
from services.planner.work import Work

log = logger("planner")

_FIRST = ((40, 20, 60, 1), (80, 60, 400, 4), (160, 300, 3000, 6))
"""Rounds without cuts: steps, smoothing from and to, and how much a placement may lose to stay in focus; the last three
as parts of a typical worth. The focus is several times the smoothing: what loses more has no share anyway."""
_CUTTING = (150, 50, 3000, 6)
_MOST_CUTTING = 14
_SETTLED = 0.02
"""Prices have settled when a round lowers the bound by less than this share of the gap."""
_SHORTLIST = 40_000
"""Placements that neighbourhoods are made of: those that lose least."""


def price(work: Work) -> None:
    """Do one round, or find that prices have settled."""
    cutting = work.rounds - len(_FIRST)
    if cutting >= 0:
        cuts = broken_cuts(work.table, work.descent.wish, {cut.key for cut in work.descent.cuts})
        if not cuts or cutting >= _MOST_CUTTING:
            with work.lock:
                work.priced = True
            return
        work.descent.add(cuts)
    steps, coarse, fine, focus = _CUTTING if cutting >= 0 else _FIRST[work.rounds]
    typical = float(np.median(np.minimum.reduceat(work.table.worth, work.table.firsts)))  # without what staying saves
    work.descent.run(steps, typical / coarse, typical / fine, work.over)
    with work.lock:
        before = work.bound()
        weighed = work.descent.weigh(work.parts.alive)
        work.cuts = list(work.descent.cuts)
        for part in work.parts.all:
            work.parts.judge(part, weighed, work.cuts)
        rows = np.flatnonzero(work.parts.alive)
        loss = weighed.loss[rows]
        near = rows[loss <= weighed.fraction * typical / focus]
        work.descent.focus(near if len(near) else rows)
        short = rows if len(rows) <= _SHORTLIST else np.sort(rows[np.argpartition(loss, _SHORTLIST)[:_SHORTLIST]])
        work.land = Landscape.of(work.table, weighed, short)
        if work.rounds == 0:
            _begin_again(work, work.land)
        work.rounds += 1
        gap = sum(work.parts.gap(part) for part in work.parts.all)
        work.priced = not len(rows) or (cutting >= 0 and before - work.bound() < _SETTLED * gap)
        log.debug("priced", round=work.rounds, bound=work.bound(), value=work.board.value(), rows=len(rows))
        work.news.notify_all()


def _begin_again(work: Work, land: Landscape) -> None:
    """Make a plan by the first prices, and take it where it is better."""
    fresh = Board(work.table)
    fresh.fill(land.rows[np.lexsort((land.weighed.loss[land.rows], -work.descent.wish[land.rows]))])
    for part in work.parts.all:
        after = fresh.placed[part.owners]
        work.parts.replace(part.owners, work.board.placed[part.owners], after[after >= 0])
