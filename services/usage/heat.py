"""The heat map: weekday × hour of the clock on the wall, with how much of each cell was observed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts.names import Millis
from services.usage.hours import HOURS
from services.usage.measured import HourUse
from services.usage.sums import Piece, share

DAYS = 7


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of one weekday over all days of the period. Monday is 0."""

    weekday: int
    hour: int
    suppressed: bool = False
    people: float | None = None
    """How many are there on average, over the spaces together. None: nobody counted, or it is hidden."""
    occupied_share: float | None = None
    """Of the observed time, over the spaces. None: nothing was observed, or it is hidden."""
    observed_share: float | None = None
    """Of the time there was; None: the period has no such hour."""
    days: int = 0
    """On so many days something was observed."""


def heat(pieces: Sequence[Piece], k: int | None) -> list[HeatCell]:
    """Return the 168 cells, Monday 00 first. `k` None: nothing is hidden, as for staff."""
    spread: dict[tuple[int, int], list[tuple[Piece, HourUse]]] = {}
    for piece in pieces:
        for hour, used in piece.measured.hours.items():
            spread.setdefault((piece.day.weekday(), hour), []).append((piece, used))
    return [_cell(day, hour, spread.get((day, hour), []), k) for day in range(DAYS) for hour in range(HOURS)]


def _cell(weekday: int, hour: int, of: Sequence[tuple[Piece, HourUse]], k: int | None) -> HeatCell:
    seen = sum(used.occupied + used.vacant for _, used in of)
    whole = seen + sum(used.unknown + used.unobserved for _, used in of)
    days = len({piece.day for piece, used in of if used.occupied + used.vacant})
    most = max((max(used.most, piece.party) for piece, used in of if used.occupied), default=0)
    if k is not None and 0 < most < k:
        return HeatCell(weekday, hour, suppressed=True, observed_share=share(seen, whole), days=days)
    by_space: dict[str, list[HourUse]] = {}
    for piece, used in of:
        by_space.setdefault(piece.space, []).append(used)
    people = [mean for used in by_space.values() if (mean := _mean(used)) is not None]
    return HeatCell(
        weekday,
        hour,
        people=round(sum(people), 2) if people else None,
        occupied_share=share(sum(used.occupied for _, used in of), seen),
        observed_share=share(seen, whole),
        days=days,
    )


def _mean(hours: Sequence[HourUse]) -> float | None:
    """Return how many are in a space on average, while it was observed; None: they were never counted."""
    occupied: Millis = sum(one.occupied for one in hours)
    seen = occupied + sum(one.vacant for one in hours)
    counted = sum(one.counted for one in hours)
    if not seen or (occupied and not counted):
        return None
    return 0.0 if not occupied else sum(one.person for one in hours) / counted * occupied / seen
