"""What is remembered of a device: trends by the day, kept as JSON."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.names import DAY
from services.journal.lives import ClockTrack, DeviceLife, Trend, from_json, to_json


def test_a_trend_needs_three_days_and_keeps_fourteen() -> None:
    trend = Trend()
    for day in range(20):
        assert (trend.per_day() is None) == (day < 3)
        trend.note(day * DAY + 5, 100.0)
        trend.note(day * DAY + 6, 90.0 - 0.5 * day)
    assert trend.days == [(day, 90.0 - 0.5 * day) for day in range(6, 20)]
    assert trend.per_day() == pytest.approx(-0.5)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=14))
def test_a_trend_is_a_number_or_nothing_whatever_was_sent(values: list[float]) -> None:
    trend = Trend(list(enumerate(values)))
    slope = trend.per_day()
    assert slope is None or isfinite(slope)
    if max(map(abs, values)) < 1e100:
        assert slope is not None


@pytest.mark.parametrize("values", [[1e308] * 3, [1.7e308, -1.7e308, 1.7e308]])
def test_a_trend_of_what_no_sensor_measures_is_none(values: list[float]) -> None:
    assert Trend(list(enumerate(values))).per_day() is None


def test_a_word_from_the_past_changes_no_day_that_is_over() -> None:
    trend = Trend([(5, 50.0)])
    trend.note(4 * DAY, 99.0)
    assert trend.days == [(5, 50.0)]


_NUMBERS = st.floats(-1e6, 1e6)
_LIVES = st.builds(
    DeviceLife,
    last_seen=st.integers(0, 2**50),
    online=st.none() | st.booleans(),
    boot=st.none() | st.text(max_size=5),
    battery_pct=st.none() | _NUMBERS,
    status=st.none() | st.binary(max_size=9).map(lambda raw: raw.decode("latin-1")),
    battery=st.builds(Trend, st.lists(st.tuples(st.integers(0, 9999), _NUMBERS), max_size=3)),
    clock=st.builds(
        ClockTrack,
        boot=st.none() | st.text(max_size=3),
        offset_ms=st.none() | st.integers(-(2**40), 2**40),
        least_at=st.none() | st.integers(0, 2**50),
        lag_then=st.integers(-(2**40), 2**40),
        lags=st.lists(st.tuples(st.integers(0, 2**50), st.integers(-(2**40), 2**40)), max_size=3),
    ),
    config=st.none() | st.dictionaries(st.text(max_size=3), st.integers(0, 9) | st.booleans() | st.text(max_size=3)),
    config_v=st.none() | st.integers(0, 99),
)


@given(_LIVES)
def test_a_life_comes_back_from_json_as_it_was(life: DeviceLife) -> None:
    assert from_json(to_json(life)) == life


def test_a_life_kept_before_a_field_was_added_is_still_read() -> None:
    assert from_json('{"last_seen": 7, "clock": {"least_lag": 3}}') == DeviceLife(7, clock=ClockTrack(least_lag=3))
