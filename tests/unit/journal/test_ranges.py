"""Ranges against the plainest model there is: a set."""

from hypothesis import given
from hypothesis import strategies as st

from services.journal.ranges import Ranges


@given(st.lists(st.integers(0, 40)))
def test_ranges_are_a_set_of_integers(numbers: list[int]) -> None:
    ranges, model = Ranges(), set[int]()
    for number in numbers:
        assert ranges.add(number) == (number not in model)
        model.add(number)
    assert {n for n in range(45) if n in ranges} == model
    assert ranges.last == max(model, default=None)
    missing = {n for low, high in ranges.gaps() for n in range(low, high + 1)}
    assert missing == set(range(max(model, default=-1) + 1)) - model


@given(st.lists(st.integers(0, 40)))
def test_spans_stay_sorted_disjoint_and_joined(numbers: list[int]) -> None:
    ranges = Ranges()
    for number in numbers:
        ranges.add(number)
    for (_, high), (low, _) in zip(ranges.spans, ranges.spans[1:], strict=False):
        assert high + 1 < low


def test_a_long_boot_in_order_is_one_span() -> None:
    ranges = Ranges()
    for number in range(100_000):
        ranges.add(number)
    assert ranges.spans == [(0, 99_999)]
    assert ranges.gaps() == []
