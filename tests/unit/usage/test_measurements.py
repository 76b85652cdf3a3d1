"""Days that are over are remembered for a while; today is always read anew."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.names import HOUR, MINUTE
from services.kit.clock import ManualClock
from services.timeseries.memory import MemoryTimeseries
from services.timeseries.ports import ReadingPoint, SinkUnavailableError
from services.usage import measurements
from services.usage.hours import days_of
from services.usage.measurements import REMEMBERED, Measurements
from tests.unit.usage.conftest import DAY, ZONE, at, believed


class Counting(MemoryTimeseries):
    """Counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, int, int]] = []

    def states(self, site: str, space: str, start: int, end: int) -> Any:
        self.asked.append(("states", start, end))
        return super().states(site, space, start, end)

    def readings(self, site: str, space: str, start: int, end: int, limit: int, kind: str | None = None) -> Any:
        self.asked.append((str(kind), start, end))
        return super().readings(site, space, start, end, limit, kind)


@pytest.fixture
def series() -> Counting:
    found = Counting()
    found.write([], [believed("09:00", "occupied", 3), believed("10:00", "vacant", 0)])
    return found


THREE = days_of(at("00:00", DAY - timedelta(days=2)), at("12:00"), ZONE)
NOW = at("12:00")


def test_only_what_is_missing_is_read_again(series: Counting) -> None:
    clock = ManualClock(0)
    kept = Measurements(series, clock)
    first = kept.use("lane", "room", THREE, ZONE, NOW, NOW)
    assert [day.visits for day in first] == [0, 0, 1]
    assert kept.use("lane", "room", THREE, ZONE, NOW, NOW) == first
    assert [asked[1] for asked in series.asked] == [THREE[0].start - 15 * MINUTE, THREE[2].start - 15 * MINUTE]
    clock.advance(REMEMBERED / 1000)
    kept.use("lane", "room", THREE, ZONE, NOW, NOW)
    assert series.asked[-1][1] == THREE[0].start - 15 * MINUTE  # what came late is in it now


def test_what_was_believed_holds_no_longer_than_the_gateway_was_heard(series: Counting) -> None:
    kept = Measurements(series, ManualClock(0))
    last = kept.use("lane", "room", THREE, ZONE, NOW, NOW - HOUR)[-1]
    assert last.hours[11].unknown == HOUR
    assert last.hours[10].vacant == HOUR


def test_many_readings_come_in_parts(series: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "_READINGS", 3)
    said = [
        ReadingPoint("lane", "room", "d", "count", at("09:00") + n, None, 0, "b", n, n, {"in": n, "out": 0})
        for n in range(10)
    ]
    series.write(said, [])
    assert Measurements(series, ManualClock(0)).counted_in("lane", "room", THREE, NOW) == [None, None, 9]


def test_a_time_series_that_is_away_says_so(series: Counting) -> None:
    series.available = False
    with pytest.raises(SinkUnavailableError):
        Measurements(series, ManualClock(0)).charged("lane", "room", THREE, MINUTE, NOW)
