"""Small timetables: the repair keeps every hard rule, moves as few as trying all does, and costs as little at that."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.errors import InvalidError
from services.planner.gate import Gate
from services.planner.timetable import Course, Lecture, Timetable, cost, faults, repair


@st.composite
def timetables(draw: st.DrawFn) -> tuple[Timetable, list[Lecture], frozenset[tuple[int, int]]]:
    """Return a timetable of two days of two periods and two rooms, a solution of it, and what is lost."""
    courses = tuple(
        Course(
            draw(st.integers(1, 30)),
            draw(st.integers(1, 2)),
            draw(st.integers(1, 2)),
            frozenset(draw(st.sets(st.integers(0, 3), max_size=1))),
        )
        for _ in range(draw(st.integers(1, 3)))
    )
    pairs = draw(st.sets(st.sampled_from(sorted(combinations(range(3), 2))), max_size=2))
    groups = tuple(pair for pair in sorted(pairs) if pair[1] < len(courses))
    timetable = Timetable(2, 2, (10, 25), courses, groups, groups[:1])
    solutions = every(timetable, frozenset())
    held = draw(st.sampled_from(solutions)) if solutions else []
    lost = frozenset(draw(st.sets(st.tuples(st.integers(0, 1), st.integers(0, 3)), max_size=2)))
    return timetable, held, lost


def every(timetable: Timetable, lost: frozenset[tuple[int, int]]) -> list[list[Lecture]]:
    """Return all timetables that keep the hard rules."""
    wanted = [index for index, course in enumerate(timetable.courses) for _ in range(course.lectures)]
    slots = list(product(timetable.periods, range(len(timetable.rooms))))
    found = []

    def go(position: int, held: list[Lecture]) -> None:
        if position == len(wanted):
            found.append(sorted(held))
            return
        for slot in slots:
            lecture = Lecture(wanted[position], *slot)
            if position and wanted[position - 1] == wanted[position] and lecture <= held[-1]:
                continue
            if (lecture.room, lecture.period) not in lost and all(
                (each.room, each.period) != (lecture.room, lecture.period) for each in held
            ):
                go(position + 1, [*held, lecture])

    go(0, [])
    return [each for each in found if not faults(timetable, each, lost)]


@settings(max_examples=30, deadline=None)
@given(timetables())
def test_a_repair_moves_the_fewest_and_costs_the_least_at_that(
    given_: tuple[Timetable, list[Lecture], frozenset[tuple[int, int]]],
) -> None:
    timetable, held, lost = given_
    if not held:
        return
    possible = every(timetable, lost)
    if not possible:
        with pytest.raises(InvalidError):
            repair(timetable, held, lost, Gate(), 60.0)
        return
    found = repair(timetable, held, lost, Gate(), 60.0)
    fewest = min(len(set(held) - set(each)) for each in possible)
    least = min(cost(timetable, each) for each in possible if len(set(held) - set(each)) == fewest)
    assert faults(timetable, found.lectures, lost) == 0
    assert (found.moves, found.fewest) == (fewest, True)
    assert (found.cost, found.best) == (least, True)


def test_each_broken_rule_is_counted() -> None:
    course = Course(5, 1, 1, frozenset({3}))
    timetable = Timetable(2, 2, (10, 25), (course, course), ((0, 1),), ())
    good = [Lecture(0, 0, 0), Lecture(1, 1, 0)]
    assert faults(timetable, good) == 0
    assert faults(timetable, good, frozenset({(0, 1)})) == 1
    assert faults(timetable, [good[0]]) == 1
    assert faults(timetable, [good[0], Lecture(1, 3, 0)]) == 1  # not then
    assert faults(timetable, [good[0], Lecture(1, 0, 1)]) == 1  # whoever shares people, at once
    assert faults(timetable, [good[0], Lecture(1, 0, 0)]) == 2  # in one room besides


def test_what_lectures_cost() -> None:
    courses = (Course(12, 2, 2, frozenset()), Course(5, 1, 1, frozenset()))
    timetable = Timetable(2, 2, (10, 25), courses, (), ((0, 1),))
    together = [Lecture(0, 0, 1), Lecture(0, 1, 1), Lecture(1, 2, 0)]
    assert cost(timetable, together) == 5 + 2  # a day short; the other course stands apart
    spread = [Lecture(0, 0, 1), Lecture(0, 2, 0), Lecture(1, 3, 0)]
    assert cost(timetable, spread) == 2 + 1 + 2  # two people standing, a second room, one lecture apart
