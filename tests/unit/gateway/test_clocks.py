"""A buffer that is being sent is late, a clock that is steadily slow is corrected, and drift shows within hours."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.admit import LATE_AFTER, ClockError, Timing, timing
from gateway.clocks import SPREAD, STEADY, STRETCH, observe, slow_by
from services.journal.lives import ClockTrack

T0 = 1_700_000_000_000
SEC, MIN, HOUR = 1000, 60_000, 3_600_000


@dataclass
class Ear:
    """Judges and notes messages as the gateway does."""

    track: ClockTrack = field(default_factory=ClockTrack)

    def hear(self, arrival: int, lag: int, boot: str | None = "b") -> Timing:
        """Hear a message at `arrival`, ms after T0, whose device time lies `lag` before."""
        ts = T0 + arrival - lag
        when = timing(ts, T0 + arrival, self.track)
        observe(self.track, boot, ts, T0 + arrival)
        return when


@pytest.mark.parametrize("pace_ms", [10, 500, 1000, 5000])
@pytest.mark.parametrize("apart_s", [10, 60, 600])
@pytest.mark.parametrize("normal_before", [True, False])
def test_a_buffer_that_is_being_sent_is_late_to_its_end(pace_ms: int, apart_s: int, normal_before: bool) -> None:
    ear = Ear()
    if normal_before:
        for at in range(0, 10 * MIN, MIN):
            ear.hear(at, 40)
    begin = HOUR * 30
    count = begin // (apart_s * SEC) // 4
    for n in range(count):
        at = begin + n * pace_ms
        spoken = begin - (count - n) * apart_s * SEC
        lag = at - spoken
        if lag > LATE_AFTER + SPREAD:
            assert ear.hear(at, lag) == Timing(T0 + spoken, late=True)
    after = ear.hear(begin + count * pace_ms + MIN, 50)
    assert (after.late, after.corrected) == (False, False)


def test_a_steadily_slow_clock_is_late_for_a_minute_and_corrected_from_then_on() -> None:
    ear = Ear()
    slow = 20 * MIN
    for n in range(200):
        at = n * 10 * SEC
        when = ear.hear(at, slow + (n * 37 % 11) * 100)
        if at < STEADY:
            assert when.late
        else:
            assert when == Timing(when.at, corrected=True)
            assert abs(when.at - (T0 + at)) <= 1100
    assert ear.track.offset_ms == -slow


def test_a_message_kept_back_by_a_slow_device_is_still_late() -> None:
    ear = Ear()
    slow = 20 * MIN
    for at in range(0, 5 * MIN, 10 * SEC):
        ear.hear(at, slow)
    assert ear.hear(6 * MIN, slow + SPREAD).corrected
    assert ear.hear(6 * MIN + 1, slow + SPREAD + 1).late


@pytest.mark.parametrize("ppm", [-80.0, -7.0, 0.0, 3.5, 40.0, 150.0])
def test_drift_is_known_within_a_few_ppm_after_two_hours(ppm: float) -> None:
    ear = Ear()
    for n in range(120):
        at = n * MIN
        ahead = round(at * ppm / 1e6)
        ear.hear(at, 20 + n * 7 % 30 - ahead)
        if at < 3 * STRETCH:
            assert ear.track.drift_ppm is None
    assert ear.track.drift_ppm == pytest.approx(ppm, abs=6)


def test_a_reboot_begins_anew() -> None:
    ear = Ear()
    for at in range(0, 3 * HOUR, MIN):
        ear.hear(at, 20 * MIN, "b1")
    assert (ear.track.boot, ear.track.offset_ms, ear.track.drift_ppm) == ("b1", -20 * MIN, 0.0)
    ear.hear(3 * HOUR, 50, "b2")
    assert (ear.track.boot, ear.track.offset_ms, ear.track.drift_ppm) == ("b2", -50, None)
    assert ear.hear(3 * HOUR + MIN, 10 * MIN, "b2").late


def test_a_clock_set_back_is_known_within_two_stretches_and_then_has_to_prove_itself() -> None:
    ear = Ear()
    set_back = HOUR + 5 * MIN  # within the fifth stretch
    known = HOUR + 2 * STRETCH
    for at in range(0, set_back, 10 * SEC):
        ear.hear(at, 50)
    for at in range(set_back, known + STEADY, 10 * SEC):
        assert ear.hear(at, 10 * MIN).late
        assert ear.track.offset_ms == (-50 if at < known else -10 * MIN)
    assert ear.hear(known + STEADY, 10 * MIN) == Timing(T0 + known + STEADY, corrected=True)


def test_a_clock_set_forward_is_believed_at_once() -> None:
    ear = Ear()
    for at in range(0, 10 * MIN, 10 * SEC):
        ear.hear(at, 20 * MIN)
    when = ear.hear(10 * MIN, 100)
    assert when == Timing(T0 + 10 * MIN - 100)
    assert ear.track.offset_ms == -100


_STORIES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 500, 10 * SEC, 61 * SEC, 20 * MIN, 2 * HOUR]),
        st.one_of(st.integers(-2 * HOUR, 50 * HOUR), st.sampled_from([0, 50, 20 * MIN, 20 * MIN + 40])),
        st.sampled_from(["b1", "b1", "b1", "b2", None]),
    ),
    max_size=40,
)


@given(_STORIES)
def test_no_instant_is_ever_later_than_thirty_seconds_ahead(story: list[tuple[int, int, str | None]]) -> None:
    ear = Ear()
    at = 0
    for later, lag, boot in story:
        at += later
        try:
            when = ear.hear(at, lag, boot)
        except ClockError:
            continue
        assert when.at <= T0 + at + 30 * SEC
        assert when.late == (not when.corrected and when.at < T0 + at - LATE_AFTER)


@given(
    st.integers(5 * MIN, 200 * HOUR),
    st.lists(st.tuples(st.integers(1, 20 * SEC), st.integers(0, 60 * SEC)), min_size=1, max_size=300),
    st.booleans(),
)
def test_nothing_is_corrected_while_lags_fall(start: int, steps: list[tuple[int, int]], known: bool) -> None:
    """A buffer is being sent at least twice as fast as it was filled, however unevenly."""
    ear = Ear()
    if known:
        for before in range(0, 2 * MIN, 10 * SEC):
            ear.hear(before, 30)
    at, lag = HOUR, start
    for pause, more in steps:
        at += pause
        lag -= pause + more
        if lag < 0:
            break
        assert not ear.hear(at, lag).corrected


def test_nothing_is_known_of_a_clock_never_heard() -> None:
    assert slow_by(ClockTrack(), 20 * MIN, T0) is None
