"""A day and a space to measure, in as few words as possible."""

from collections.abc import Hashable, Sequence
from datetime import date
from fractions import Fraction

from services.contracts.instants import from_wall
from services.contracts.names import Millis
from services.contracts.states import Occupancy
from services.timeseries.ports import StatePoint
from services.usage.hours import Day, days_of

ZONE = "Asia/Shanghai"
DAY = date(2026, 11, 3)
"""A Tuesday."""


def at(clock: str, day: date = DAY) -> Millis:
    """Return an instant by the clock on the wall."""
    return from_wall(day, clock, ZONE)


def whole(day: date = DAY) -> Day:
    """Return a whole local day."""
    [found] = days_of(at("00:00", day), at("24:00", day), ZONE)
    return found


def believed(clock: str, occupancy: Occupancy, people: int | None = None, day: date = DAY) -> StatePoint:
    """Return that from a time on this was believed of the room."""
    return StatePoint("lane", "room", at(clock, day), occupancy, people, 0.9, occupancy == "vacant")


def solvable(shown: Sequence[frozenset[Hashable]], wanted: frozenset[Hashable]) -> bool:
    """Tell, by plain elimination over fractions, whether `wanted` is a sum and difference of what is shown."""
    atoms = sorted({atom for one in [*shown, wanted] for atom in one}, key=repr)
    rows = [[Fraction(atom in one) for atom in atoms] for one in shown]
    target = [Fraction(atom in wanted) for atom in atoms]
    for column in range(len(atoms)):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        pivot = [value / pivot[column] for value in pivot]
        rows = [[a - row[column] * b for a, b in zip(row, pivot, strict=True)] for row in rows]
        target = [a - target[column] * b for a, b in zip(target, pivot, strict=True)]
    return not any(target)
