"""What partners contribute: the hours they lend, what of them is booked and used, by whom. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.catalogue.stretches import Stretch
from services.usage import sums
from services.usage.privacy import TOTAL, Cell, hidden
from services.usage.promised import Promise
from services.usage.stretches import common, cut, length
from services.usage.sums import Piece


@dataclass(frozen=True, slots=True)
class Contribution:
    """One owner in one space, one owner in all, or all of them (`owner` and `space` empty)."""

    owner: str
    space: str
    lent_h: float
    observed_h: float
    """Of the lent hours."""
    suppressed: bool = False
    used_h: float | None = None
    """Lent hours in which somebody was there; None: nothing was observed, or it is hidden."""
    booked_h: float | None = None
    bookings: int | None = None
    groups: int | None = None
    people: int | None = None
    """As said when booking, over the bookings."""


Lent = Mapping[tuple[str, str], Sequence[Stretch]]
"""Owner and space → when they lend it, in order and without overlap."""


def contributions(
    lent: Lent, pieces: Mapping[str, Sequence[Piece]], promises: Sequence[Promise], k: int | None
) -> list[Contribution]:
    """Return the total first, then every owner followed by their spaces. `k` None: nothing is hidden, as for staff."""
    keys = sorted(lent)
    owners = sorted({owner for owner, _ in keys})
    within = {
        key: [
            one for one in promises if one.space == key[1] and any(start <= one.start < end for start, end in lent[key])
        ]
        for key in keys
    }
    tables = [("", "", keys)]
    for owner in owners:
        mine = [key for key in keys if key[0] == owner]
        tables += [(owner, "", mine), *((owner, key[1], [key]) for key in mine)]
    rows = [_row(owner, space, of, lent, pieces, within) for owner, space, of in tables]
    if k is None:
        return rows
    most = {key: _most(lent[key], pieces.get(key[1], ())) for key in keys}

    def basis(atoms: frozenset[Hashable]) -> int:
        mine = [one for key in atoms for one in within[key]]  # type: ignore[index]  # atoms are keys
        counts = (sums.resting_on(mine, lambda _: True), max((most[key] for key in atoms), default=0))  # type: ignore[index]  # as above
        return min((count for count in counts if count), default=0)

    cells: dict[tuple[str, str], Cell] = {}
    for owner, space, of in tables:
        table = "space" if space else ("owner" if owner else TOTAL)
        cells[owner, space] = Cell(table, (owner, space), frozenset(key for key in of if within[key] or most[key]))
    gone = hidden(list(cells.values()), basis, k)
    return [
        replace(row, suppressed=True, used_h=None, booked_h=None, bookings=None, groups=None, people=None)
        if cells[row.owner, row.space] in gone
        else row
        for row in rows
    ]


def _row(
    owner: str,
    space: str,
    keys: Sequence[tuple[str, str]],
    lent: Lent,
    pieces: Mapping[str, Sequence[Piece]],
    within: Mapping[tuple[str, str], Sequence[Promise]],
) -> Contribution:
    mine = [one for key in keys for one in within[key]]
    observed = sum(
        length(common(lent[key], piece.measured.observed)) for key in keys for piece in pieces.get(key[1], ())
    )
    used = sum(length(common(lent[key], piece.measured.occupied)) for key in keys for piece in pieces.get(key[1], ()))
    booked = sum(length(cut(lent[key], one.start, one.until)) for key in keys for one in within[key])
    return Contribution(
        owner,
        space,
        lent_h=sums.hours(sum(length(lent[key]) for key in keys)),
        observed_h=sums.hours(observed),
        used_h=sums.hours(used) if observed else None,
        booked_h=sums.hours(booked),
        bookings=len(mine),
        groups=len({one.who for one in mine}),
        people=sum(one.people for one in mine),
    )


def _most(lent: Sequence[Stretch], pieces: Sequence[Piece]) -> int:
    return max((piece.most for piece in pieces if common(lent, piece.measured.occupied)), default=0)
