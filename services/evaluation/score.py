"""Scores what was believed of a space against what was true, in minutes (contract: Evaluation)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise

from services.contracts.files import TruthRow
from services.contracts.names import MINUTE, Millis
from services.contracts.states import Occupancy


@dataclass(frozen=True, slots=True)
class Belief:
    """From `at` on, this was said of the space."""

    at: Millis
    occupancy: Occupancy
    release_grade: bool


@dataclass(slots=True)
class Score:
    """Minutes over the time somebody observed the space. The `release_grade_…` figures count only what may take a
    booking away."""

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

    def __iadd__(self, other: "Score") -> "Score":
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))
        return self

    def as_json(self) -> dict[str, float | int]:
        """Return the figures, minutes to a thousandth."""
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}


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
            if said.occupancy == "unknown":
                result.unknown_min += minutes
                result.unknown_vacant_min += 0.0 if occupied else minutes
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
    people: int | None = None
    for row in truth:
        if row.at > at:
            return people
        people = row.people
    return None  # the last row ends the truth


def vacant_minutes(truth: Sequence[TruthRow], start: Millis, end: Millis) -> float:
    """Return for how many minutes of the span the space was observed to be empty."""
    total = 0
    for row, following in pairwise(truth):
        if row.people == 0:
            total += max(0, min(end, following.at) - max(start, row.at))
    return total / MINUTE
