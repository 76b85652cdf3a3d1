"""The plan being made: who stands where, and what could still stand beside it."""

import numpy as np

from services.planner.candidates import Bools, Candidates, Ints

_NOBODY = -1


class Board:
    """A plan over a table of placements. Requests are known by their position in `table.owners`."""

    def __init__(self, table: Candidates) -> None:
        self.table = table
        self.placed: Ints = np.full(len(table.owners), _NOBODY, dtype=np.int64)
        self.holder: Ints = np.full((table.n_rooms, table.n_slots), _NOBODY, dtype=np.int64)

    def put(self, placement: int) -> None:
        """Place a request that is nowhere, where nobody is."""
        owner = int(self.table.owner[placement])
        rooms, slots = self.table.cells(placement)
        self.holder[rooms, slots] = owner
        self.placed[owner] = placement

    def lift(self, owner: int) -> None:
        """Take a request that is placed out of the plan."""
        rooms, slots = self.table.cells(int(self.placed[owner]))
        self.holder[rooms, slots] = _NOBODY
        self.placed[owner] = _NOBODY

    def fits(self, placement: int) -> bool:
        """Tell whether nobody is where the placement would be."""
        rooms, slots = self.table.cells(placement)
        return bool((self.holder[rooms, slots] == _NOBODY).all())

    def rows(self) -> Ints:
        """Return the placements of the plan."""
        rows: Ints = self.placed[self.placed != _NOBODY]
        return rows

    def value(self) -> int:
        return int(self.table.worth[self.rows()].sum())

    def fill(self, order: Ints) -> None:
        """Go through placements in `order` and place whoever is still nowhere."""
        table = self.table
        taken = [int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little") for row in self.holder >= 0]
        waiting = (self.placed < 0).tolist()
        columns = (each[order].tolist() for each in (table.owner, table.space, table.start, table.length))
        for placement, owner, space, start, length in zip(order.tolist(), *columns, strict=True):
            if waiting[owner]:
                bits = ((1 << length) - 1) << start
                rooms = table.rooms[space]
                if not any(taken[room] & bits for room in rooms):
                    for room in rooms:
                        taken[room] |= bits
                    waiting[owner] = False
                    self.put(placement)

    def free_rows(self, rows: Ints) -> Ints:
        """Return those of `rows` that stand in nobody's way and whose request is nowhere."""
        rows = rows[self.placed[self.table.owner[rows]] == _NOBODY]
        free: Ints = rows[self.table.total((self.holder != _NOBODY).astype(np.int64), rows) == 0]
        return free

    def within(self, region: Bools, rows: Ints) -> Bools:
        """Tell which of `rows` lie in `region` (rooms × slots) with all their cells."""
        inside: Bools = self.table.total((~region).astype(np.int64), rows) == 0
        return inside
