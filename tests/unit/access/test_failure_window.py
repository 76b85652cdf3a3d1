"""Guessing has to wait: as long as it must, no longer, and in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from services.access.throttle import FailureWindow
from services.contracts.names import Millis

WINDOW: Millis = 100


def test_a_key_waits_until_its_failures_are_old_enough() -> None:
    failures = FailureWindow(2, WINDOW)
    failures.failed("li", 0)
    assert failures.wait_ms("li", 1) == 0
    failures.failed("li", 30)
    assert failures.wait_ms("li", 40) == 60
    assert failures.wait_ms("li", 100) == 0
    assert failures.wait_ms("wang", 40) == 0
    failures.failed("li", 100)
    assert failures.wait_ms("li", 100) == 30


def test_success_clears_one_key_alone() -> None:
    failures = FailureWindow(1, WINDOW)
    for key in ("li", ("li", "10.0.0.1")):
        failures.failed(key, 0)
    failures.succeeded("li")
    failures.succeeded("nobody")
    assert failures.wait_ms("li", 1) == 0
    assert failures.wait_ms(("li", "10.0.0.1"), 1) == WINDOW - 1


def test_beyond_the_bound_the_key_that_failed_longest_ago_is_forgotten() -> None:
    failures = FailureWindow(1, WINDOW, max_keys=2)
    for at, key in enumerate("abac"):
        failures.failed(key, at)
    assert {key: failures.wait_ms(key, 3) > 0 for key in "abc"} == {"a": True, "b": False, "c": True}


@given(st.integers(1, 4), st.lists(st.tuples(st.integers(0, 60), st.sampled_from("ab")), max_size=20))
def test_a_key_waits_as_long_as_so_many_of_its_failures_are_in_the_window(
    allowed: int, steps: list[tuple[int, str]]
) -> None:
    failures = FailureWindow(allowed, WINDOW)
    now = 0
    told: dict[str, list[Millis]] = {"a": [], "b": []}
    for passed, key in steps:
        now += passed
        failures.failed(key, now)
        told[key].append(now)
        for each, ats in told.items():
            recent = sum(at > now - WINDOW for at in ats)
            assert (failures.wait_ms(each, now) > 0) == (recent >= allowed)
            assert failures.wait_ms(each, now + failures.wait_ms(each, now)) == 0
