"""The tables of a period: the total, every space, day, function and group, with what is too small hidden. Pure.

A space that is made of parts is in the table with its own figures; where its parts are in it as well, the sums over
spaces take the parts, so that nobody is counted twice. Bookings are counted for the space that was booked.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from services.catalogue.stretches import Stretch, joined
from services.usage import sums
from services.usage.families import Bookings, Ghosts, Groups, Released, Row, Use, WalkIns
from services.usage.measured import Measured
from services.usage.privacy import TOTAL, Cell, hidden
from services.usage.promised import Promise
from services.usage.stretches import common, cut, length
from services.usage.sums import Piece


@dataclass(frozen=True, slots=True)
class Room:
    """One space of the tables with what was measured of it."""

    id: str
    rooms: frozenset[str]
    """Itself and its parts: whoever books one of them has a part of it."""
    opened: Sequence[Stretch]
    days: Sequence[Measured]
    counted_in: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known of a period."""

    total: Row
    spaces: list[Row]
    days: list[Row]
    functions: list[Row]
    groups: list[Row]
    in_total: frozenset[str]
    """The spaces whose occupancy the sums are made of."""


Atom = Hashable
Key = tuple[str, str]
"""Table and row."""


def pieces_of(room: Room, promises: Sequence[Promise], claims: Mapping[str, frozenset[str]]) -> list[Piece]:
    """Return a space day by day. `claims` tells of which rooms each booked space is made."""
    mine = [one for one in promises if room.rooms & claims.get(one.space, frozenset({one.space}))]
    taken = joined((one.start, one.until) for one in mine if one.until > one.start)
    within = [one for one in mine if one.space in room.rooms and one.came]
    found: list[Piece] = []
    for measured in room.days:
        day = measured.day
        opened = cut(room.opened, day.start, day.end)
        found.append(
            Piece(
                room.id,
                measured,
                length(opened),
                length(common(opened, measured.occupied)),
                length(common(opened, measured.observed)),
                length(common(taken, measured.occupied)),
                max((one.people for one in within if one.start < day.end and one.until > day.start), default=0),
                room.counted_in.get(day.day),
            )
        )
    return found


def in_total(rooms: Sequence[Room], sensed: frozenset[str]) -> frozenset[str]:
    """Return the spaces that sums of occupancy are made of: not a whole beside parts of it that sensors watch."""
    parts = {room.id for room in rooms if len(room.rooms) == 1}
    return frozenset(room.id for room in rooms if not (room.rooms - {room.id}) & parts & sensed)


def tables(
    rooms: Sequence[Room],
    promises: Sequence[Promise],
    claims: Mapping[str, frozenset[str]],
    sensed: frozenset[str],
    k: int | None,
) -> Tables:
    """Return all tables. `promises` are those of the spaces and of whatever shares rooms with them.

    `sensed` are the spaces with sensors of their own. `k` None: nothing is hidden, as for staff.
    """
    ids = {room.id for room in rooms}
    own = [one for one in promises if one.space in ids]
    pieces = {room.id: pieces_of(room, promises, claims) for room in rooms}
    summed = in_total(rooms, sensed)
    together = [piece for id in pieces for piece in pieces[id] if id in summed]
    days = sorted({piece.day for piece in together} | {one.day for one in own})
    found = Tables(
        total=_row(TOTAL, own, together),
        spaces=[_row(room.id, [one for one in own if one.space == room.id], pieces[room.id]) for room in rooms],
        days=[
            _row(day.isoformat(), [one for one in own if one.day == day], [one for one in together if one.day == day])
            for day in days
        ],
        functions=[
            Row(name, sums.booked([one for one in own if one.function == name]))
            for name in sorted({one.function for one in own})
        ],
        groups=[
            Row(name, sums.booked([one for one in own if one.group == name]))
            for name in sorted({one.group for one in own})
        ],
        in_total=summed,
    )
    return found if k is None else _guarded(found, rooms, pieces, own, k)


def of_some(whole: Tables, some: Tables) -> Tables:
    """Return the tables of some spaces as outsiders may see them, `whole` being those of all that they may see.

    What is hidden of a space when all are asked for stays hidden; and then no sum over it is shown, or asking twice
    would tell.
    """
    shown = {row.key: row for row in whole.spaces}
    spaces = [shown[row.key] for row in some.spaces]
    without = frozenset(name for row in spaces for name in _suppressed(row))
    return replace(
        some,
        total=_less(some.total, without),
        spaces=spaces,
        days=[_less(row, without) for row in some.days],
        functions=[_less(row, without) for row in some.functions],
    )


_EMPTY: Mapping[str, Callable[[], object]] = {
    "bookings": lambda: Bookings(suppressed=True),
    "ghosts": lambda: Ghosts(suppressed=True),
    "released": lambda: Released(suppressed=True),
    "walk_ins": lambda: WalkIns(suppressed=True),
    "groups": lambda: Groups(suppressed=True),
}


def _suppressed(row: Row) -> list[str]:
    found = [name for name in _EMPTY if getattr(row.booked, name).suppressed]
    return [*found, "use"] if row.use is not None and row.use.suppressed else found


def _less(row: Row, without: frozenset[str]) -> Row:
    """Return a row without these families."""
    changes = {name: make() for name, make in _EMPTY.items() if name in without}
    booked = replace(row.booked, **changes)  # type: ignore[arg-type]  # each is of its field's type
    use = row.use
    if use is not None and "use" in without:
        use = Use(suppressed=True)
    elif use is not None and "bookings" in without:
        use = replace(use, booked_used_h=None, unbooked_h=None)
    return replace(row, booked=booked, use=use)


def _row(key: str, promises: Sequence[Promise], pieces: Sequence[Piece]) -> Row:
    return Row(key, sums.booked(promises), sums.watched(pieces), sums.use(pieces))


def _guarded(
    found: Tables, rooms: Sequence[Room], pieces: Mapping[str, Sequence[Piece]], own: Sequence[Promise], k: int
) -> Tables:
    """Return the tables as outsiders may see them: without groups, and without what is too small."""
    gone = _Gone(
        use=_hidden_use(found, rooms, pieces, k),
        bookings=_hidden_promises(found, own, k, _any),
        ghosts=_hidden_promises(found, own, k, _ghost, _came),
        released=_hidden_promises(found, own, k, _gave_back, _used_again),
        walk_ins=_hidden_promises(found, own, k, _walked_in),
    )
    return Tables(
        total=gone.row(TOTAL, found.total, k),
        spaces=[gone.row("space", row, k) for row in found.spaces],
        days=[gone.row("day", row, k) for row in found.days],
        functions=[gone.row("function", row, k) for row in found.functions],
        groups=[],
        in_total=found.in_total,
    )


@dataclass(frozen=True, slots=True)
class _Gone:
    """What is hidden of each family."""

    use: frozenset[Key]
    bookings: frozenset[Key]
    ghosts: frozenset[Key]
    released: frozenset[Key]
    walk_ins: frozenset[Key]

    def row(self, table: str, row: Row, k: int) -> Row:
        """Return a row without what must not be shown."""
        key = (table, row.key)
        without = {name for name in ("use", "bookings", "ghosts", "released", "walk_ins") if key in getattr(self, name)}
        if "bookings" in without or 0 < (row.booked.groups.groups or 0) < k:
            without.add("groups")
        return _less(row, frozenset(without))


def _hidden_use(found: Tables, rooms: Sequence[Room], pieces: Mapping[str, Sequence[Piece]], k: int) -> frozenset[Key]:
    by_atom: dict[Atom, Piece] = {
        (id, piece.day): piece for id, of in pieces.items() for piece in of if piece.measured.occupied
    }
    of_space = {id: frozenset(atom for atom in by_atom if atom[0] == id) for id in pieces}  # type: ignore[index]  # pairs

    def basis(atoms: frozenset[Atom]) -> int:
        return max((by_atom[atom].most for atom in atoms), default=0)

    for room in rooms:
        parts = [of_space[part] for part in sorted(room.rooms - {room.id}) if part in of_space]
        if parts and room.id not in found.in_total:  # its people are those of its parts …
            own, whole = of_space[room.id], frozenset().union(*parts) or of_space[room.id]
            few = 0 < basis(own) < k  # … unless its own sensors saw fewer, who are not lost among those
            of_space[room.id] = own if few and basis(whole) >= k else whole
    summed = frozenset().union(*(of_space[id] for id in found.in_total)) if found.in_total else frozenset()
    cells = [Cell(TOTAL, TOTAL, summed)]
    cells += [Cell("space", row.key, of_space[row.key]) for row in found.spaces]
    cells += [
        Cell("day", row.key, frozenset(atom for atom in summed if by_atom[atom].day.isoformat() == row.key))
        for row in found.days
    ]

    return _keys(hidden(cells, basis, k))


def _any(_promise: Promise) -> bool:
    return True


def _ghost(promise: Promise) -> bool:
    return promise.came is False


def _came(promise: Promise) -> bool:
    return promise.came is True


def _gave_back(promise: Promise) -> bool:
    return promise.released > 0


def _used_again(promise: Promise) -> bool:
    return promise.reused > 0


def _walked_in(promise: Promise) -> bool:
    return promise.walk_in


def _hidden_promises(
    found: Tables, own: Sequence[Promise], k: int, *which: Callable[[Promise], bool]
) -> frozenset[Key]:
    """Return the cells to hide of figures about the bookings that are one of `which`: of none may there be too few."""
    by_atom: dict[Atom, list[Promise]] = {}
    for one in own:
        if any(is_one(one) for is_one in which):
            by_atom.setdefault((one.space, one.function, one.day.isoformat()), []).append(one)
    place = {"space": 0, "function": 1, "day": 2}
    rows = {"space": found.spaces, "function": found.functions, "day": found.days}
    cells = [Cell(TOTAL, TOTAL, frozenset(by_atom))]
    cells += [
        Cell(table, row.key, frozenset(atom for atom in by_atom if atom[place[table]] == row.key))  # type: ignore[index]  # triples
        for table in rows
        for row in rows[table]
    ]

    def basis(atoms: frozenset[Atom]) -> int:
        mine = [one for atom in atoms for one in by_atom[atom]]
        counts = [sums.resting_on(mine, is_one) for is_one in which]
        return min((count for count in counts if count), default=0)

    return _keys(hidden(cells, basis, k))


def _keys(cells: set[Cell]) -> frozenset[Key]:
    return frozenset((cell.table, str(cell.key)) for cell in cells)
