"""The curve is exact: each of its points is what the same threshold scores as a rule of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.files import TruthRow
from services.contracts.names import MINUTE
from services.evaluation.curve import curve
from services.evaluation.sampling import MILLION, Samples
from services.evaluation.score import Belief, Score, score

Rows = list[tuple[int, int | None]]
Moves = list[tuple[int, int]]


def truth(rows: Rows) -> list[TruthRow]:
    return [TruthRow(minute * MINUTE, "s", "room", people) for minute, people in rows]


def samples(moves: Moves) -> Samples:
    found = Samples()
    for minute, per_cent in moves:
        found.add(minute * MINUTE, per_cent / 100)
    return found


def at(minute: int, per_cent: int, threshold: float) -> Belief:
    return Belief(minute * MINUTE, "vacant" if per_cent <= round(100 * threshold) else "occupied", False)


def test_a_sure_probability_makes_a_perfect_curve() -> None:
    found = curve([(samples([(0, 1), (10, 99)]), truth([(0, 0), (10, 2), (20, 0)]))], Score())
    assert [(point.missed, point.false) for point in found.points] == [(1, 0), (0, 0), (0, 1)]
    assert found.at(0.5) == found.points[1]


def test_before_the_first_sample_no_threshold_says_vacant() -> None:
    found = curve([(samples([(5, 1)]), truth([(0, 0), (10, 1), (20, 1)]))], Score())
    assert found.points[-1].missed == 0.5


def test_the_shipped_points_come_from_the_score() -> None:
    total = Score(occupied_min=100, vacant_min=200, false_vacant_min=3, held_min=20, unknown_vacant_min=10)
    total.not_releasable_min = 50
    found = curve([], total)
    assert found.shown is not None
    assert found.release is not None
    assert (found.shown.missed, found.shown.false) == (0.15, 0.03)
    assert (found.release.missed, found.release.false) == (0.25, 0.0)
    assert curve([], Score(occupied_min=5)).shown is None


def test_samples_keep_changes_alone() -> None:
    found = Samples()
    assert [found.add(now, value) for now, value in ((0, 0.5), (1, 0.5 + 1e-8), (2, 0.6))] == [True, False, True]
    assert list(found.at) == [0, 2]
    assert list(found.millionths) == [MILLION // 2, 6 * MILLION // 10]


minutes = st.integers(0, 300)
rows = st.lists(st.tuples(minutes, st.one_of(st.none(), st.integers(0, 3))), min_size=2, max_size=15)
moves = st.lists(st.tuples(minutes, st.integers(0, 100)), max_size=20, unique_by=lambda move: move[0])


@given(st.lists(st.tuples(moves, rows), min_size=1, max_size=3), st.integers(0, 100))
def test_every_threshold_costs_what_it_scores_as_a_rule(spaces: list[tuple[Moves, Rows]], per_cent: int) -> None:
    threshold = per_cent / 100
    total = Score()
    given_ = []
    for own_moves, own_rows in spaces:
        own_moves.sort()
        ordered = truth(sorted(own_rows, key=lambda row: row[0]))
        total += score([at(minute, value, threshold) for minute, value in own_moves], ordered)
        given_.append((samples(own_moves), ordered))
    point = curve(given_, total).at(threshold)
    assert point.false * total.occupied_min == pytest.approx(total.false_vacant_min)
    if total.vacant_min:
        assert point.missed * total.vacant_min == pytest.approx(total.held_unknown_min)


@given(moves, rows)
def test_a_higher_threshold_never_misses_more_and_never_lies_less(own_moves: Moves, own_rows: Rows) -> None:
    ordered = truth(sorted(own_rows, key=lambda row: row[0]))
    points = curve([(samples(sorted(own_moves)), ordered)], Score()).points
    assert [point.threshold for point in points] == sorted(point.threshold for point in points)
    assert [point.false for point in points] == sorted(point.false for point in points)
    assert [point.missed for point in points] == sorted((point.missed for point in points), reverse=True)
