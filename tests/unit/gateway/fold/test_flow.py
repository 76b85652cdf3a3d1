"""The filter between two pieces of news: its closed form against small steps, and its crossings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fold.flow import Dwell, crossing, flow, settles_at

MIN = 60_000
DWELLS = st.builds(Dwell, st.floats(30, 500), st.floats(15, 200))
LOG_ODDS, RATES = st.floats(-6, 6), st.floats(-40, 40)


def stepwise(log_odds: float, rate: float, dwell: Dwell, minutes: float) -> float:
    """Solve the equation of the module's docstring in small steps (Runge and Kutta's fourth order)."""
    come, go = 1 / dwell.vacant_min, 1 / dwell.occupied_min

    def slope(x: float) -> float:  # of the log-odds: do/dt over o
        return rate + come * (1 + math.exp(-x)) - go * (1 + math.exp(x))

    steps = 4000
    h = minutes / steps
    for _ in range(steps):
        k1 = slope(log_odds)
        k2 = slope(log_odds + h / 2 * k1)
        k3 = slope(log_odds + h / 2 * k2)
        k4 = slope(log_odds + h * k3)
        log_odds += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return log_odds


@pytest.mark.parametrize("rate", [-8.0, -2.0, -0.3, 0.0, 0.2, 4.0])
@pytest.mark.parametrize("log_odds", [-4.0, 0.0, 4.5])
def test_the_closed_form_solves_the_equation(rate: float, log_odds: float) -> None:
    dwell = Dwell(120, 45)
    for minutes in (0.5, 3.0, 20.0):
        exact = flow(log_odds, rate, dwell, round(minutes * MIN))
        assert exact == pytest.approx(stepwise(log_odds, rate, dwell, minutes), abs=1e-3)


@given(LOG_ODDS, RATES, DWELLS, st.integers(1, 10**8), st.integers(1, 10**8))
def test_it_does_not_matter_how_often_anybody_looks(
    log_odds: float, rate: float, dwell: Dwell, first: int, then: int
) -> None:
    at_once = flow(log_odds, rate, dwell, first + then)
    assert flow(flow(log_odds, rate, dwell, first), rate, dwell, then) == pytest.approx(at_once, abs=1e-6)


@given(LOG_ODDS, RATES, DWELLS)
def test_it_settles_where_it_says(log_odds: float, rate: float, dwell: Dwell) -> None:
    assert flow(log_odds, rate, dwell, 10**12) == pytest.approx(settles_at(rate, dwell), abs=1e-6)


@given(LOG_ODDS, RATES, DWELLS, st.floats(-5, 5))
def test_a_crossing_is_reached_then_and_not_before(log_odds: float, rate: float, dwell: Dwell, target: float) -> None:
    goal = settles_at(rate, dwell)
    after = crossing(log_odds, rate, dwell, target)
    if after is None:
        assert not (min(log_odds, goal) + 1e-9 < target < max(log_odds, goal) - 1e-9)
        return
    rising = goal > log_odds
    reached = flow(log_odds, rate, dwell, after)
    before = flow(log_odds, rate, dwell, after - 2)
    assert reached >= target - 1e-6 if rising else reached <= target + 1e-6
    assert before <= target + 1e-6 if rising else before >= target - 1e-6


def test_without_evidence_only_the_usual_stays_are_left() -> None:
    assert 1 / (1 + math.exp(-settles_at(0.0, Dwell(120, 45)))) == pytest.approx(45 / 165)
