"""Local days and hours: whole also on the days on which the clocks change."""

import itertools
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.instants import from_wall
from services.contracts.names import HOUR, MINUTE
from services.usage.hours import days_of, hours_between, hours_of, whole_days

ZONES = ("Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")


def test_a_day_has_as_many_hours_as_its_clock_shows() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert [hour.hour for hour in hours_of(spring, "Europe/Berlin")] == [0, 1, *range(3, 24)]
    twice = [hour.hour for hour in hours_of(autumn, "Europe/Berlin")]
    assert twice == [0, 1, 2, 2, *range(3, 24)]
    assert len(hours_of(date(2026, 11, 1), "Asia/Shanghai")) == 24


def test_a_clock_that_changes_by_half_an_hour_keeps_its_labels() -> None:
    [two] = [hour for hour in hours_of(date(2026, 10, 4), "Australia/Lord_Howe") if hour.hour == 2]
    assert two.end - two.start == 30 * MINUTE


@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(1_700_000_000_000, 1_900_000_000_000),
    length=st.integers(1, 40 * 24 * HOUR),
)
def test_days_and_their_hours_cover_a_period_without_gap_or_overlap(zone: str, start: int, length: int) -> None:
    end = start + length
    days = days_of(start, end, zone)
    assert (days[0].start, days[-1].end) == (start, end)
    assert all(a.end == b.start for a, b in itertools.pairwise(days))
    assert all(day.whole for day in days[1:-1])
    hours = [hour for _, hour in hours_between(start, end, zone)]
    assert (hours[0].start, hours[-1].end) == (start, end)
    assert all(a.end == b.start for a, b in itertools.pairwise(hours))


@given(zone=st.sampled_from(ZONES), start=st.integers(1_700_000_000_000, 1_900_000_000_000))
def test_a_period_widened_to_whole_days_has_only_those(zone: str, start: int) -> None:
    low, high = whole_days(start, start + 1, zone)
    assert low <= start < high
    assert all(day.whole for day in days_of(low, high, zone))


def test_an_empty_period_has_no_days() -> None:
    at = from_wall(date(2026, 11, 1), "00:00", "UTC")
    assert days_of(at, at, "UTC") == []
