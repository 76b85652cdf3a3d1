"""Which cells of an answer are hidden, so that nothing in it tells of fewer than K people, bookings or groups. Pure.

A cell is a sum over atoms (what one space had on one day, say). Small cells are hidden; then others with them, until no
hidden one can be computed from what is still shown: not by subtracting from a total, and not by any other sum or
difference of shown cells, across all tables of the answer. Nothing is told by a zero: it is shown.
"""

import random
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

K = 5

_PRIME = 2**61 - 1
_SEED = 20_261
"""The same answer for the same question: what is hidden must not change from one asking to the next."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. `atoms` is what it sums up; without any it is a zero."""

    table: str
    """`TOTAL` for the sum over everything: it is hidden last."""
    key: Hashable
    atoms: frozenset[Hashable]


TOTAL = "total"

Basis = Callable[[frozenset[Hashable]], int]
"""On how many people, bookings or groups a sum over these atoms rests; 0: on none at all, which may be told."""

_Row = list[int]


def hidden(cells: Sequence[Cell], basis: Basis, k: int = K) -> set[Cell]:
    """Return the cells that must not be shown."""
    small = {cell for cell in cells if 0 < basis(cell.atoms) < k}
    if not small:
        return set()
    gone = set(small)
    space = _Projection(cells)
    while True:
        leak = _leak(cells, gone, small, basis, k, space)
        if leak is None:
            return gone
        gone.add(_victim(cells, gone, leak.table, basis))


def _leak(
    cells: Sequence[Cell], gone: set[Cell], small: set[Cell], basis: Basis, k: int, space: "_Projection"
) -> Cell | None:
    """Return something too small that the shown cells give away; None: there is nothing."""
    shown = [cell for cell in cells if cell not in gone and cell.atoms]
    span = _Span(space.of(cell.atoms) for cell in shown)
    for cell in cells:
        if cell in small and span.holds(space.of(cell.atoms)):
            return cell
    # What is hidden of a table is known as one sum when the total is shown: that must not be small either.
    for table in sorted({cell.table for cell in gone} - {TOTAL}):
        rest = Cell(table, None, frozenset().union(*(cell.atoms for cell in gone if cell.table == table)))
        if 0 < basis(rest.atoms) < k and span.holds(space.of(rest.atoms)):
            return rest
    return None


def _victim(cells: Sequence[Cell], gone: set[Cell], table: str, basis: Basis) -> Cell:
    """Return what to hide next: of the same table before others, the smallest first, the total last."""
    left = [cell for cell in cells if cell not in gone and cell.atoms]
    return min(
        left, key=lambda cell: (cell.table == TOTAL, cell.table != table, basis(cell.atoms), str(cell.key), cell.table)
    )


class _Projection:
    """Cells as short vectors. A sum of cells is the sum of their vectors, so that whatever follows from cells follows
    from vectors; the other way round it holds but for one chance in 10^18, and then one cell too many is hidden.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        chance = random.Random(_SEED)  # not a secret: any map that mixes well will do
        self._width = len(cells) + 4
        atoms = sorted(frozenset().union(*(cell.atoms for cell in cells)), key=repr)
        self._of: Mapping[Hashable, _Row] = {
            atom: [chance.randrange(_PRIME) for _ in range(self._width)] for atom in atoms
        }
        self._known: dict[frozenset[Hashable], _Row] = {}

    def of(self, atoms: frozenset[Hashable]) -> _Row:
        """Return the vector of a sum over atoms."""
        found = self._known.get(atoms)
        if found is None:
            rows = [self._of[atom] for atom in atoms]
            found = [sum(column) % _PRIME for column in zip(*rows, strict=True)] if rows else [0] * self._width
            self._known[atoms] = found
        return found


class _Span:
    """Everything that sums and differences of some vectors can make."""

    def __init__(self, vectors: Iterable[_Row]) -> None:
        self._rows: list[tuple[int, _Row]] = []
        """Each with the place of its leading one."""
        for vector in vectors:
            rest = self._reduced(vector)
            lead = next((place for place, number in enumerate(rest) if number), None)
            if lead is not None:
                inverse = pow(rest[lead], -1, _PRIME)
                self._rows.append((lead, [number * inverse % _PRIME for number in rest]))

    def holds(self, vector: _Row) -> bool:
        """Tell whether the vector can be made of them."""
        return not any(self._reduced(vector))

    def _reduced(self, vector: _Row) -> _Row:
        rest = list(vector)
        for lead, row in self._rows:
            factor = rest[lead]
            if factor:
                rest = [(a - factor * b) % _PRIME for a, b in zip(rest, row, strict=True)]
        return rest
