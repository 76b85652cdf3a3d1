"""Fairness comes after value: no more is given up than allowed, and what is gained is the stated measure."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.planner.answer import answer
from services.planner.fairness import evenness
from services.planner.planning import Plan, plan
from services.planner.reading import read_instance
from tests.planning import Raw, faults, problem, problems, request, space

GREEDY = problem(
    [space("a", 100)],
    [
        *(request(f"big{number}", 50, 60, group="big") for number in range(3)),
        *(request(f"small{number}", 40, 60, group="small") for number in range(3)),
    ],
)


def planned(raw: Raw, percent: float | None) -> Plan:
    return plan(read_instance(raw), 60.0, fair_percent=percent)


def test_nothing_is_given_up_where_nothing_may_be() -> None:
    found = planned(GREEDY, 0)
    assert (found.value, found.bound) == (9000, 9000)
    assert found.trade is not None
    assert found.trade.after.left_out == 1


def test_a_group_left_out_is_served_for_a_little_value() -> None:
    found = planned(GREEDY, 10)
    assert found.trade is not None
    assert (found.value, found.trade.value_before, found.bound) == (8400, 9000, 9000)
    assert (found.trade.before.left_out, found.trade.after.left_out) == (1, 0)
    assert found.trade.after.measure > found.trade.before.measure


def test_the_measure_is_one_when_all_get_all_and_none_when_none_get_any() -> None:
    instance = read_instance(GREEDY)
    assert evenness(instance, range(6)).measure == 1
    assert evenness(instance, []).measure == 0
    assert evenness(instance, [0, 3]).measure > evenness(instance, [0, 1]).measure


@settings(max_examples=20, deadline=None)
@given(problems(), st.sampled_from([0, 5, 50]))
def test_no_more_is_given_up_than_allowed(raw: Raw, percent: float) -> None:
    found = planned(raw, percent)
    assert found.trade is not None
    assert found.value >= found.trade.value_before * (1 - percent / 100) - 1e-6
    assert found.bound == pytest.approx(found.trade.value_before)
    assert found.trade.after.measure >= found.trade.before.measure - 1e-9
    assert faults(raw, answer(found, "zh")) == []
