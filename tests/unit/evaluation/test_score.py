"""Scores are integrals of two step functions; each line of the contract has its test."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.files import TruthRow
from services.contracts.names import MINUTE
from services.evaluation.score import Belief, people_at, score, vacant_minutes


def truth(*rows: tuple[int, int | None]) -> list[TruthRow]:
    return [TruthRow(minute * MINUTE, "s", "room", people) for minute, people in rows]


def said(*rows: tuple[int, str] | tuple[int, str, bool]) -> list[Belief]:
    return [Belief(row[0] * MINUTE, row[1], len(row) > 2 and row[2]) for row in rows]  # type: ignore[arg-type, misc]  # short rows read best here


def test_false_vacancy_is_time_said_vacant_while_people_were_there() -> None:
    result = score(said((0, "vacant")), truth((0, 0), (10, 2), (30, 0), (40, None)))
    assert (result.occupied_min, result.vacant_min) == (20, 20)
    assert (result.false_vacant_min, result.false_vacant_spells) == (20, 1)
    assert (result.held_min, result.unknown_min) == (0, 0)


def test_a_spell_goes_on_while_the_count_changes_and_ends_when_something_else_is_said() -> None:
    rows = truth((0, 1), (5, 2), (10, 1), (20, None))
    assert score(said((0, "vacant")), rows).false_vacant_spells == 1
    assert score(said((0, "vacant"), (3, "unknown"), (4, "vacant")), rows).false_vacant_spells == 2


def test_unobserved_time_counts_nowhere_and_breaks_a_spell() -> None:
    result = score(said((0, "vacant")), truth((0, 1), (10, None), (50, 1), (60, 0)))
    assert result.occupied_min == 20
    assert result.false_vacant_spells == 2


def test_before_the_first_word_everything_is_unknown() -> None:
    result = score(said((5, "vacant")), truth((0, 0), (10, 0)))
    assert (result.unknown_min, result.unknown_vacant_min) == (5, 5)


def test_held_is_occupied_said_of_an_empty_room() -> None:
    assert score(said((0, "occupied")), truth((0, 0), (7, 0))).held_min == 7


def test_release_grade_is_counted_apart() -> None:
    result = score(said((0, "vacant"), (4, "vacant", True)), truth((0, 1), (10, 0)))
    assert result.false_vacant_min == 10
    assert (result.release_grade_false_min, result.release_grade_false_spells) == (6, 1)


def test_what_is_not_at_release_grade_while_vacant_cannot_be_released() -> None:
    result = score(said((0, "occupied"), (2, "vacant"), (5, "vacant", True)), truth((0, 0), (10, 0)))
    assert (result.held_unknown_min, result.not_releasable_min) == (2, 5)
    assert (result.as_json()["held_unknown_pct"], result.as_json()["not_releasable_pct"]) == (20, 50)


def test_a_crowd_of_three_or_more_is_counted_apart() -> None:
    result = score(said((0, "vacant"), (12, "occupied")), truth((0, 2), (10, 3), (20, 0)))
    assert (result.false_vacant_min, result.crowd_min, result.crowd_false_vacant_min) == (12, 10, 2)
    assert (result.as_json()["false_vacant_pct"], result.as_json()["crowd_false_vacant_pct"]) == (60, 20)


def test_a_share_of_nothing_is_none() -> None:
    figures = score(said((0, "vacant")), truth((0, 0), (10, 0))).as_json()
    assert (figures["false_vacant_pct"], figures["crowd_false_vacant_pct"]) == (None, None)
    assert figures["held_unknown_pct"] == 0


def test_people_at_and_vacant_minutes_follow_the_rows() -> None:
    rows = truth((0, 0), (10, 3), (20, 0), (30, None))
    assert people_at(rows, 12 * MINUTE) == 3
    assert people_at(rows, 31 * MINUTE) is None
    assert people_at(rows, -1) is None
    assert people_at(rows, 10 * MINUTE) == 3
    assert vacant_minutes(rows, 5 * MINUTE, 25 * MINUTE) == 10
    assert vacant_minutes(rows, -10 * MINUTE, 90 * MINUTE) == 20


minutes = st.integers(0, 500)


@given(
    st.lists(st.tuples(minutes, st.sampled_from(["occupied", "vacant", "unknown"]), st.booleans()), max_size=30),
    st.lists(st.tuples(minutes, st.one_of(st.none(), st.integers(0, 3))), min_size=2, max_size=30),
)
def test_every_observed_minute_is_counted_once(
    beliefs: list[tuple[int, str, bool]], rows: list[tuple[int, int | None]]
) -> None:
    ordered = truth(*sorted(rows, key=lambda row: row[0]))
    result = score(said(*sorted(beliefs, key=lambda row: row[0])), ordered)
    observed = sum(b.at - a.at for a, b in pairwise(ordered) if a.people is not None) / MINUTE
    assert result.occupied_min + result.vacant_min == pytest.approx(observed)
    assert result.false_vacant_min <= result.occupied_min + 1e-9
    assert result.held_min + result.unknown_vacant_min <= result.vacant_min + 1e-9
    assert (result.false_vacant_min > 0) == (result.false_vacant_spells > 0)
    assert result.release_grade_false_min <= result.false_vacant_min + 1e-9
    assert result.not_releasable_min >= result.held_unknown_min - 1e-9
    assert result.release_grade_min == pytest.approx(
        result.release_grade_false_min + result.vacant_min - result.not_releasable_min
    )
    assert result.crowd_false_vacant_min <= min(result.crowd_min, result.false_vacant_min) + 1e-9
