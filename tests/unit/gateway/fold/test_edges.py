"""How often a space is weighed by itself: once for each step of confidence, and then never."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.fold.edges import EDGES, next_edge
from gateway.fold.flow import Dwell, settles_at
from gateway.fold.memory import Filter
from gateway.fold.testimony import NEVER


@given(st.one_of(st.floats(-6, 6), st.sampled_from(EDGES)), st.floats(-35, 10), st.floats(60, 120), st.floats(30, 90))
def test_the_steps_of_confidence_come_to_an_end(
    log_odds: float, rate: float, vacant_min: float, occupied_min: float
) -> None:
    held = Filter(1, log_odds, rate, vacant_min, occupied_min)
    now, looks = 1, 0
    while (due := next_edge(held, held.now(now), now)) < NEVER:
        assert due > now
        now, looks = due, looks + 1
        assert looks <= len(EDGES)
    low, high = sorted((log_odds, settles_at(rate, Dwell(vacant_min, occupied_min))))
    assert looks >= sum(low + 1e-5 < edge < high - 1e-5 for edge in EDGES)
