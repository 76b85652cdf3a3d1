"""How fast an emptied room is recognised: from each departure to the first word that the room is vacant."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from statistics import median

from services.contracts.files import TruthRow
from services.contracts.names import MINUTE, Millis
from services.evaluation.score import Belief, per_cent

STAYS_EMPTY: Millis = 20 * MINUTE
"""Who comes back sooner has not left the room to anybody: recognising that is not asked for."""


@dataclass(slots=True)
class Departures:
    """For every departure the minutes until the room was first said to be vacant; infinite: not before it ended."""

    delays_min: list[float] = field(default_factory=list)

    def __iadd__(self, other: "Departures") -> "Departures":
        self.delays_min += other.delays_min
        return self

    def as_json(self) -> dict[str, float | int | None]:
        """Return how many there were and how many were recognised in time; the median is None when most were not."""
        count = len(self.delays_min)
        in_5, in_15 = (sum(delay <= limit for delay in self.delays_min) for limit in (5, 15))
        middle = median(self.delays_min) if count else inf
        return {
            "departures": count,
            "recognised_5_min": in_5,
            "recognised_5_min_pct": per_cent(in_5, count),
            "recognised_15_min": in_15,
            "recognised_15_min_pct": per_cent(in_15, count),
            "recognised_median_min": None if middle == inf else round(middle, 3),
        }


def departures(beliefs: Sequence[Belief], truth: Sequence[TruthRow]) -> Departures:
    """Return the departures of one space: people were seen there, then for twenty minutes or more nobody."""
    result = Departures()
    for left, until in _emptied(truth):
        index = max(0, bisect_right(beliefs, left, key=lambda belief: belief.at) - 1)
        delay = inf
        while index < len(beliefs) and beliefs[index].at < until:
            if beliefs[index].occupancy == "vacant":
                delay = max(0, beliefs[index].at - left) / MINUTE
                break
            index += 1
        result.delays_min.append(delay)
    return result


def _emptied(truth: Sequence[TruthRow]) -> Iterator[tuple[Millis, Millis]]:
    """Yield from when to when nobody was there, where people were seen right before and it lasted long enough."""
    left: Millis | None = None
    before: int | None = None
    for row, following in pairwise(truth):
        if row.people is not None and following.at <= row.at:
            continue  # replaced at the same instant
        if row.people == 0 and before:
            left = row.at
        elif row.people != 0:
            if left is not None and row.at - left >= STAYS_EMPTY:
                yield left, row.at
            left = None
        before = row.people
    if left is not None and truth[-1].at - left >= STAYS_EMPTY:
        yield left, truth[-1].at
