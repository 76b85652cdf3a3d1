"""Scores what was believed of a space against what was true, in minutes (contract: Evaluation)."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise

from services.contracts.files import TruthRow
from services.contracts.names import MINUTE, Millis
from services.contracts.states import Occupancy

CROWD = 3
"""From so many people on a room called empty is beyond excuse: nearly all false vacancy is with one or two."""


@dataclass(frozen=True, slots=True)
class Belief:
    """From `at` on, this was said of the space."""

    at: Millis
    occupancy: Occupancy
    release_grade: bool


@dataclass(slots=True)
class Score:
    """Minutes over the time somebody observed the space.

    Two promises are scored: vacant as shown, and vacant at release grade, which may take a booking away
    (`release_grade_…`, `not_releasable_min`). `crowd_…` is the part with three or more people present.
    """

    occupied_min: float = 0.0
    vacant_min: float = 0.0
    false_vacant_min: float = 0.0
    false_vacant_spells: int = 0
    held_min: float = 0.0
    unknown_min: float = 0.0
    unknown_vacant_min: float = 0.0
    release_grade_min: float = 0.0
    release_grade_false_min: float = 0.0
    release_grade_false_spells: int = 0
    not_releasable_min: float = 0.0
    crowd_min: float = 0.0
    crowd_false_vacant_min: float = 0.0

    def __iadd__(self, other: "Score") -> "Score":
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))
        return self

    @property
    def held_unknown_min(self) -> float:
        """Vacant minutes that were not said to be vacant."""
        return self.held_min + self.unknown_vacant_min

    def as_json(self) -> dict[str, float | int | None]:
        """Return the figures, minutes and per cent to a thousandth; a share of nothing is None."""
        return {
            **{name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()},
            "false_vacant_pct": per_cent(self.false_vacant_min, self.occupied_min),
            "held_unknown_pct": per_cent(self.held_unknown_min, self.vacant_min),
            "release_grade_false_pct": per_cent(self.release_grade_false_min, self.occupied_min),
            "not_releasable_pct": per_cent(self.not_releasable_min, self.vacant_min),
            "crowd_false_vacant_pct": per_cent(self.crowd_false_vacant_min, self.crowd_min),
        }


def per_cent(part: float, whole: float) -> float | None:
    """Return a share in per cent, to a thousandth; None for a share of nothing."""
    return round(100 * part / whole, 3) + 0.0 if whole else None  # a rest that rounds to nothing has no sign


_NOTHING_SAID = Belief(0, "unknown", False)


def score(beliefs: Sequence[Belief], truth: Sequence[TruthRow]) -> Score:
    """Compare two step functions of one space, each in order of `at`.

    A count holds to the space's next row and the last row ends the truth; time nobody observed counts nowhere.
    Before the first belief nothing was said, which is unknown. A spell is one unbroken time of saying vacant while
    people were there; unobserved time breaks it.
    """
    result = Score()
    upcoming = 0
    said = _NOTHING_SAID
    in_spell = in_grade_spell = False
    for row, following in pairwise(truth):
        if row.people is None or following.at <= row.at:
            if row.people is None:
                in_spell = in_grade_spell = False
            continue
        at = row.at
        while at < following.at:
            while upcoming < len(beliefs) and beliefs[upcoming].at <= at:
                said = beliefs[upcoming]
                upcoming += 1
            until = min(following.at, beliefs[upcoming].at) if upcoming < len(beliefs) else following.at
            minutes = (until - at) / MINUTE
            occupied = row.people > 0
            graded = said.occupancy == "vacant" and said.release_grade
            wrong = occupied and said.occupancy == "vacant"
            grade_wrong = occupied and graded
            if occupied:
                result.occupied_min += minutes
            else:
                result.vacant_min += minutes
                result.held_min += minutes if said.occupancy == "occupied" else 0.0
                result.not_releasable_min += 0.0 if graded else minutes
            if said.occupancy == "unknown":
                result.unknown_min += minutes
                result.unknown_vacant_min += 0.0 if occupied else minutes
            if row.people >= CROWD:
                result.crowd_min += minutes
                result.crowd_false_vacant_min += minutes if wrong else 0.0
            result.false_vacant_min += minutes if wrong else 0.0
            result.false_vacant_spells += wrong and not in_spell
            result.release_grade_min += minutes if graded else 0.0
            result.release_grade_false_min += minutes if grade_wrong else 0.0
            result.release_grade_false_spells += grade_wrong and not in_grade_spell
            in_spell, in_grade_spell = wrong, grade_wrong
            at = until
    return result


def people_at(truth: Sequence[TruthRow], at: Millis) -> int | None:
    """Return how many people were there, or None when nobody observed it."""
    index = bisect_right(truth, at, key=_at)
    return truth[index - 1].people if 0 < index < len(truth) else None  # the last row ends the truth


def vacant_minutes(truth: Sequence[TruthRow], start: Millis, end: Millis) -> float:
    """Return for how many minutes of the span the space was observed to be empty."""
    total = 0
    first = max(0, bisect_right(truth, start, key=_at) - 1)
    for index in range(first, len(truth) - 1):
        row, following = truth[index], truth[index + 1]
        if row.at >= end:
            break
        if row.people == 0:
            total += max(0, min(end, following.at) - max(start, row.at))
    return total / MINUTE


def _at(row: TruthRow) -> Millis:
    return row.at
