"""The trade-off curve: what every threshold on the probability would have cost, from one run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from services.contracts.files import TruthRow
from services.contracts.names import Millis
from services.evaluation.sampling import MILLION, Samples
from services.evaluation.score import Score

_NEVER_VACANT = MILLION + 1
"""Before the first sample nothing is known: below no threshold."""


class Point(NamedTuple):
    """Said vacant up to `threshold`: shares, 0 to 1, of vacant minutes not said so and of occupied minutes said so."""

    threshold: float
    missed: float
    false: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The points by rising threshold, from saying vacant never to saying it always, and where the shipped rules are."""

    points: Sequence[Point]
    shown: Point | None
    release: Point | None
    """None where nobody was there, or somebody all the time. The thresholds of these two mean nothing."""

    def at(self, threshold: float) -> Point:
        """Return what saying vacant up to `threshold` would have cost."""
        return [point for point in self.points if point.threshold <= threshold][-1]


@dataclass(slots=True)
class Durations:
    """For every probability that occurred, for how long it was believed while people were there, and while not."""

    occupied: dict[int, Millis] = field(default_factory=dict)
    vacant: dict[int, Millis] = field(default_factory=dict)

    def add(self, samples: Samples, truth: Sequence[TruthRow]) -> None:
        """Add one space: two step functions, merged. Time nobody observed counts nowhere."""
        upcoming, value = 0, _NEVER_VACANT
        times, values = samples.at, samples.millionths
        for row, following in pairwise(truth):
            if row.people is None:
                continue
            spent = self.occupied if row.people > 0 else self.vacant
            at = row.at
            while at < following.at:
                while upcoming < len(times) and times[upcoming] <= at:
                    value = values[upcoming]
                    upcoming += 1
                until = min(following.at, times[upcoming]) if upcoming < len(times) else following.at
                spent[value] = spent.get(value, 0) + until - at
                at = until


def curve(spaces: Iterable[tuple[Samples, Sequence[TruthRow]]], total: Score) -> Curve:
    """Return the curve of all spaces together. `total`: what the shipped rules scored there."""
    spent = Durations()
    for samples, truth in spaces:
        spent.add(samples, truth)
    occupied, vacant = sum(spent.occupied.values()), sum(spent.vacant.values())
    points = [Point(0.0, 1.0, 0.0)]
    false = found = 0
    for value in sorted(spent.occupied.keys() | spent.vacant.keys()):
        if value == _NEVER_VACANT:
            break
        false += spent.occupied.get(value, 0)
        found += spent.vacant.get(value, 0)
        missed = 1 - found / vacant if vacant else 1.0
        points.append(Point(value / MILLION, missed, false / occupied if occupied else 0.0))
    if not (total.occupied_min and total.vacant_min):
        return Curve(points, None, None)
    return Curve(
        points,
        Point(0.0, total.held_unknown_min / total.vacant_min, total.false_vacant_min / total.occupied_min),
        Point(0.0, total.not_releasable_min / total.vacant_min, total.release_grade_false_min / total.occupied_min),
    )
