"""Device clocks are believed within reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.admit import EARLIEST, ClockError, Timing, timing

NOW = 1_700_000_000_000
SEC, HOUR, DAY = 1000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("ts", "expected"),
    [
        (None, Timing(NOW)),
        (NOW, Timing(NOW)),
        (NOW - 119 * SEC, Timing(NOW - 119 * SEC)),
        (NOW - 121 * SEC, Timing(NOW - 121 * SEC, late=True)),
        (NOW - 300 * DAY, Timing(NOW - 300 * DAY, late=True)),
        (NOW + 30 * SEC, Timing(NOW + 30 * SEC)),
        (NOW + 31 * SEC, Timing(NOW, corrected=True)),
        (NOW + 8 * HOUR, Timing(NOW, corrected=True)),
    ],
)
def test_an_instant_is_believed_corrected_or_late(ts: int | None, expected: Timing) -> None:
    assert timing(ts, NOW) == expected


@pytest.mark.parametrize("ts", [0, 5_000, EARLIEST - 1, NOW + DAY + 1, 4_070_908_800_000])
def test_clocks_of_1970_and_2099_are_impossible(ts: int) -> None:
    with pytest.raises(ClockError, match=rf"impossible clock, ts={ts}: expected between 2010-01-01"):
        timing(ts, NOW)


@given(st.integers(0, 2**53))
def test_an_admitted_instant_is_never_far_in_the_future(ts: int) -> None:
    try:
        when = timing(ts, NOW)
    except ClockError:
        return
    assert EARLIEST <= when.at <= NOW + 30 * SEC
    assert when.late == (when.at < NOW - 120 * SEC)
