"""History corrected by late readings reads the same on every time series."""

import itertools

import pytest

from gateway.correcting import attempt
from gateway.truth import RoomTruth
from services.contracts.community import parse_community
from services.contracts.names import MINUTE, SECOND, Millis
from services.timeseries.memory import MemoryTimeseries
from services.timeseries.open import Timeseries
from services.timeseries.ports import StatePoint

T0: Millis = 1_700_000_000_000
_DATABASES = itertools.count(1)

COMMUNITY = parse_community(
    {
        "sites": [{"id": "s", "name": "站", "timezone": "Asia/Shanghai"}],
        "spaces": [
            {"id": "hall", "site": "s", "name": "大厅", "capacity": 40, "parts": ["a", "b"]},
            {"id": "a", "site": "s", "name": "甲", "capacity": 20},
            {"id": "b", "site": "s", "name": "乙", "capacity": 20},
        ],
        "devices": [
            {"id": "radar", "site": "s", "space": "a", "kind": "presence"},
            {"id": "gate", "site": "s", "space": "a", "kind": "count"},
            {"id": "seat", "site": "s", "space": "b", "kind": "presence"},
        ],
    },
    "test",
)


def lived_through(series: Timeseries) -> RoomTruth:
    """Let a morning pass in which room a loses its network for an hour, and gets its buffer delivered afterwards."""
    truth = RoomTruth(COMMUNITY)
    kept: list[tuple[str, bytes]] = []
    for minute in range(150):
        at = T0 + minute * MINUTE
        present = "true" if 20 <= minute < 85 else "false"
        people = 3 if 20 <= minute < 85 else 0
        said = [
            ("radar/up/presence", f'{{"present":{present},"boot":"r","seq":{minute},"ts":{at}}}'.encode()),
            ("gate/up/count", f'{{"people":{people},"boot":"g","seq":{minute},"ts":{at + 1}}}'.encode()),
        ]
        if 30 <= minute < 90:
            kept += said
            said = []
        said.append(("seat/up/presence", f'{{"present":false,"boot":"s","seq":{minute},"ts":{at + 2}}}'.encode()))
        if minute == 91:
            said += kept
        for device, body in said:
            outcome = truth.feed(at + SECOND, f"fs/v1/s/dev/{device}", body)
            series.write(outcome.points, [])
    truth.tick(T0 + 150 * MINUTE)
    series.write([], truth.take().spaces.points)
    return truth


def correct(series: Timeseries, truth: RoomTruth) -> int:
    """Correct what is due; return how many tasks it took."""
    count = 0
    while (task := truth.begin_task(truth.now)) is not None:
        done = attempt(task, series)
        assert (done.away, done.fault, list(done.refused), done.unreadable) == ("", "", [], 0)
        truth.end_task(task, done.end)
        count += 1
    return count


def history(series: Timeseries, space: str) -> list[StatePoint]:
    return series.states("s", space, T0, T0 + 150 * MINUTE)


def told(series: Timeseries, space: str, from_min: int) -> list[str]:
    """Return what was believed one after the other until minute 89."""
    points = series.states("s", space, T0 + from_min * MINUTE, T0 + 89 * MINUTE)
    return [occupancy for occupancy, _ in itertools.groupby(point.occupancy for point in points)]


def test_history_is_corrected_the_same_everywhere(series: Timeseries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.correcting.PAGE", 50)
    expected = MemoryTimeseries()
    assert correct(expected, lived_through(expected)) == 1
    truth = lived_through(series)
    late = truth._spaces["s", "a"].memory.late
    assert told(series, "a", 35) == ["unknown"]
    for _ in range(2):  # once more, as after a crash
        assert correct(series, truth) == 1
        for space in ("a", "b", "hall"):
            assert history(series, space) == history(expected, space)
        truth._spaces["s", "a"].memory.late = late
    assert told(series, "a", 30) == told(series, "hall", 30) == ["occupied", "vacant"]
