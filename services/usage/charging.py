"""Charging use of a period: every space and the total, with what is too small hidden. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.usage import sums
from services.usage.charged import Charged
from services.usage.privacy import TOTAL, Cell, hidden


@dataclass(frozen=True, slots=True)
class ChargingUse:
    """One space, or all of them (`space` empty). Hours are over all ports: two ports for an hour are two."""

    space: str
    ports: int
    observed_h: float
    faults: int
    """How often a port went out of order."""
    fault_h: float
    suppressed: bool = False
    sessions: int | None = None
    energy_kwh: float | None = None
    in_use_h: float | None = None
    in_use_share: float | None = None
    """Of the observed hours."""


def charging_use(days: Mapping[str, Sequence[Charged]], k: int | None) -> list[ChargingUse]:
    """Return the total first, then every space. `k` None: nothing is hidden, as for staff."""
    rows = [
        _row("", [one for of in days.values() for one in of], sum(len(_ports(of)) for of in days.values())),
        *(_row(space, of, len(_ports(of))) for space, of in days.items()),
    ]
    if k is None:
        return rows
    # One that began before still tells of somebody.
    sessions = {
        space: sum(one.sessions for one in of) or int(any(one.in_use for one in of)) for space, of in days.items()
    }

    def basis(atoms: frozenset[Hashable]) -> int:
        return sum(count for space, count in sessions.items() if space in atoms)

    used = frozenset(space for space in days if sessions[space])
    cells = {row.space: Cell("space", row.space, used & {row.space}) for row in rows[1:]}
    cells[""] = Cell(TOTAL, TOTAL, used)
    gone = hidden(list(cells.values()), basis, k)
    return [
        replace(row, suppressed=True, sessions=None, energy_kwh=None, in_use_h=None, in_use_share=None)
        if cells[row.space] in gone
        else row
        for row in rows
    ]


def _ports(days: Sequence[Charged]) -> set[tuple[str, int]]:
    return {port for one in days for port in one.ports}


def _row(space: str, days: Sequence[Charged], ports: int) -> ChargingUse:
    in_use, observed = sum(one.in_use for one in days), sum(one.observed for one in days)
    return ChargingUse(
        space,
        ports,
        observed_h=sums.hours(observed),
        faults=sum(one.faults for one in days),
        fault_h=sums.hours(sum(one.faulty for one in days)),
        sessions=sum(one.sessions for one in days),
        energy_kwh=round(sum(one.energy_wh for one in days) / 1000, 3),
        in_use_h=sums.hours(in_use),
        in_use_share=sums.share(in_use, observed),
    )
