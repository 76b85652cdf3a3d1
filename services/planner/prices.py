"""Prices per room and slot: a bound on every plan, valid for whatever prices, and what each placement loses.

For prices ≥ 0 no plan is worth more than Σ prices + Σ over requests of max(0, best worth less the prices of its cells):
the dual of the packing problem. `descend` lowers it by accelerated gradient steps on its smoothed form (each request
spreads over its placements by softmax; the price of a cell rises where more than one wants it). Cuts, sets of
placements of which a plan holds one at most, carry prices too. `weigh` rounds prices to whole fractions and
recomputes everything in integers: only that is believed.

Source: Nesterov, Smooth minimization of non-smooth functions (2005); restarts as O'Donoghue and Candès (2015).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.planner.candidates import Bools, Candidates, Floats, Ints

STEP = 0.15
"""Step length, times the smoothing. Larger ones swing, smaller ones crawl; measured on days and weeks."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Placements of which any plan holds at most one: the members' indices; `key` tells it from others."""

    key: tuple[int, int, int, int]
    members: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Prices of cells (rooms × slots) and of cuts, in units of worth."""

    cells: Floats
    cuts: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What prices prove, in integers of 1 / `fraction` of a unit of worth.

    `best` is what each request with placements gains at most beyond prices, `loss` (P) how far a placement falls short
    of that, `cells` the prices: a plan is worth `bound` less the prices of idle cells, the losses of its placements,
    `best` of requests left out and the prices of cuts not used.
    """

    fraction: int
    cells: Ints
    cuts: Ints
    best: Ints
    loss: Ints


class Descent:
    """The dual problem over the placements that are still alive, and the prices found so far."""

    def __init__(self, table: Candidates) -> None:
        self.table = table
        self.cuts: list[Cut] = []
        self.prices = Prices(np.zeros((table.n_rooms, table.n_slots)), np.zeros(0))
        self.wish: Floats = np.zeros(len(table))
        total = int(np.maximum.reduceat(table.worth, table.firsts).sum()) if len(table) else 0
        self.fraction = max(1, min(1024, 2**60 // max(1, 4 * total)))
        self._members: Ints = np.zeros(0, dtype=np.int64)
        self._cut_of: Ints = np.zeros(0, dtype=np.int64)
        self._narrow(np.arange(len(table)))

    def add(self, cuts: list[Cut]) -> None:
        """Price these too, from nothing on."""
        self.cuts.extend(cuts)
        self.prices = Prices(self.prices.cells, np.concatenate([self.prices.cuts, np.zeros(len(cuts))]))
        self._members = np.concatenate([self._members, *(cut.members for cut in cuts)])
        self._cut_of = np.repeat(np.arange(len(self.cuts)), [len(cut.members) for cut in self.cuts])
        self._narrow(self._rows)

    def weigh(self, alive: Bools) -> Weighed:
        """Return what the present prices prove of plans made of the placements `alive` (P) alone."""
        table = self.table
        cells = np.rint(self.prices.cells * self.fraction).astype(np.int64)
        cuts = np.rint(self.prices.cuts * self.fraction).astype(np.int64)
        cost = table.total(cells, np.arange(len(table)))
        np.add.at(cost, self._members, cuts[self._cut_of])
        gain = table.worth * self.fraction - cost
        best = np.maximum(0, np.maximum.reduceat(np.where(alive, gain, 0), table.firsts))
        return Weighed(self.fraction, cells, cuts, best, best[table.owner] - gain)

    def focus(self, rows: Ints) -> None:
        """Descend over these placements alone from now on (in order); `weigh` goes on to see all."""
        self._narrow(rows)

    def run(self, steps: int, smooth_from: float, smooth_to: float, stop: Callable[[], bool]) -> None:
        """Take up to `steps` steps while the smoothing sinks geometrically; keep the best prices met."""
        shape, n_cells = self.prices.cells.shape, self.prices.cells.size
        at = np.concatenate([self.prices.cells.ravel(), self.prices.cuts])
        ahead, momentum = at, 1.0
        best, best_prices = math.inf, at
        sinking = max(1, int(steps * 0.8))
        for step in range(steps):
            smoothing = smooth_from * (smooth_to / smooth_from) ** min(1.0, step / sinking)
            bound, slope, wish = self._slope(ahead[:n_cells].reshape(shape), ahead[n_cells:], smoothing)
            if bound < best:
                best, best_prices = bound, ahead
            if stop():
                break
            following = np.maximum(0.0, ahead - smoothing * STEP * slope)
            if slope @ (following - at) > 0:
                momentum = 1.0
            faster = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
            ahead = np.maximum(0.0, following + (momentum - 1) / faster * (following - at))
            at, momentum = following, faster
        else:
            self.wish = np.zeros(len(self.table))
            self.wish[self._rows] = wish
        self.prices = Prices(best_prices[:n_cells].reshape(shape), best_prices[n_cells:])

    def _slope(self, cells: Floats, cuts: Floats, smoothing: float) -> tuple[float, Floats, Floats]:
        """Return the bound at these prices, the slope of its smoothed form, and each placement's share."""
        totals = np.zeros((len(self.table.rooms), cells.shape[1] + 1))
        np.cumsum(self.table.by_space(cells), axis=1, out=totals[:, 1:])
        cost = totals[self._kind_space[:, None], self._kind_end] - totals[self._kind_space, :-1]
        gain, shares = self._gain, self._shares
        np.take(cost.ravel(), self._kind_start, out=gain, mode="clip")
        np.subtract(self._worth, gain, out=gain)
        if len(cuts):
            gain -= np.bincount(self._near, cuts[self._near_cut], len(gain))
        best = np.maximum(0.0, np.maximum.reduceat(gain, self._firsts))
        np.take(best, self._owner, out=shares, mode="clip")
        np.subtract(gain, shares, out=shares)
        shares /= smoothing
        np.exp(shares, out=shares)
        whole = np.add.reduceat(shares, self._firsts) + np.exp(-best / smoothing)
        np.take(whole, self._owner, out=gain, mode="clip")
        shares /= gain
        begun = np.bincount(self._kind_start, shares, cost.size).reshape(cost.shape)
        ended = np.append(begun.ravel(), 0.0)[self._kind_before]
        use = np.zeros((len(totals), begun.shape[1]))
        use[self._kind_space[self._space_firsts]] = np.add.reduceat(begun - ended, self._space_firsts, axis=0)
        np.cumsum(use, axis=1, out=use)
        slope = [1.0 - self.table.by_room(use).ravel()]
        if len(cuts):
            slope.append(1.0 - np.bincount(self._near_cut, shares[self._near], len(cuts)))
        return float(cells.sum() + cuts.sum() + best.sum()), np.concatenate(slope), shares

    def _narrow(self, rows: Ints) -> None:
        table = self.table
        self._rows = rows
        self._worth = table.worth[rows].astype(np.float64)
        self._gain, self._shares = np.empty(len(rows)), np.empty(len(rows))
        # placements of one space and length differ by their start alone: their costs are worked out once
        longest = int(table.length.max(initial=0)) + 1
        kinds, kind = np.unique(table.space[rows] * longest + table.length[rows], return_inverse=True)
        self._kind_space = kinds // longest
        self._kind_end = np.minimum(np.arange(table.n_slots) + (kinds % longest)[:, None], table.n_slots)
        slot = np.arange(table.n_slots) - (kinds % longest)[:, None]
        self._kind_before = np.where(slot < 0, -1, slot + np.arange(len(kinds))[:, None] * table.n_slots)
        self._space_firsts = np.unique(self._kind_space, return_index=True)[1]
        self._kind_start = kind * table.n_slots + table.start[rows]
        _, self._firsts, self._owner = np.unique(table.owner[rows], return_index=True, return_inverse=True)
        position = np.full(len(table), -1, dtype=np.int64)
        position[rows] = np.arange(len(rows))
        near = position[self._members]
        self._near, self._near_cut = near[near >= 0], self._cut_of[near >= 0]
