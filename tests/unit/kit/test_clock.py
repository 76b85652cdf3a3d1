"""Clocks: one that tests move, one that runs faster; nothing here sleeps."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from services.kit.clock import ManualClock, ScaledClock, WallClock


def test_waiting_moves_a_manual_clock_and_a_set_event_stops_it() -> None:
    clock, event = ManualClock(1_000), threading.Event()
    assert clock.wait(event, 2.5) is False
    assert clock.now() == 3_500
    event.set()
    assert clock.wait(event, 60) is True
    assert clock.now() == 3_500


@given(st.floats(0.01, 1000), st.floats(0, 1e6))
def test_scaled_seconds_take_their_share_of_real_time(speed: float, seconds: float) -> None:
    assert ScaledClock(0, speed).real_seconds(seconds) * speed <= seconds * (1 + 1e-9) + 1e-9


def test_a_scaled_clock_begins_at_its_origin_and_never_goes_back() -> None:
    clock = ScaledClock(5_000_000, 1000)
    times = [clock.now() for _ in range(100)]
    assert times[0] >= 5_000_000
    assert times == sorted(times)


def test_a_wall_second_is_a_second() -> None:
    assert WallClock().real_seconds(7) == 7
