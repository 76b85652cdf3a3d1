"""One suite over every time series: what the port promises, whichever technology keeps it."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from services.contracts.errors import SettingsError, StartError
from services.contracts.names import Millis
from services.timeseries.memory import MemoryTimeseries
from services.timeseries.open import open_history, open_sink
from services.timeseries.ports import History, ReadingPoint, ReadingSink, SinkUnavailableError, StatePoint
from services.timeseries.sqlite import SqliteTimeseries


class Timeseries(ReadingSink, History, Protocol):
    """Both sides of the port."""


@pytest.fixture(params=["memory", "sqlite"])
def series(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Timeseries]:
    opened: Timeseries = MemoryTimeseries() if request.param == "memory" else SqliteTimeseries(tmp_path / "ts.sqlite")
    yield opened
    opened.close()


def reading(at: Millis, seq: int | None = 0, **changes: object) -> ReadingPoint:
    point = ReadingPoint(
        site="s",
        space="hall",
        device="d",
        kind="climate",
        at=at,
        device_at=at,
        received_at=at + 5,
        boot=None if seq is None else "b",
        seq=seq,
        journal_id=at,
        fields={"co2_ppm": 612.5, "wifi_clients": 3, "note": "窗", "open": True},
    )
    return replace(point, **changes)  # type: ignore[arg-type]  # the changes name fields of the point


def belief(at: Millis, people: int | None = None, space: str = "hall") -> StatePoint:
    return StatePoint("s", space, at, "occupied" if people else "vacant", people, 0.9, not people)


def test_what_was_written_is_read_back_as_it_was(series: Timeseries) -> None:
    points = [reading(1000), reading(2000, None, device_at=None), reading(3000, 2)]
    series.write(points, [])
    assert series.readings("s", "hall", 0, 9999, 10) == points


def test_a_repeat_changes_nothing(series: Timeseries) -> None:
    points = [reading(1000), reading(2000, None)]
    states = [belief(1500, 2)]
    series.write(points, states)
    series.write(points, states)
    assert series.readings("s", "hall", 0, 9999, 10) == points
    assert series.states("s", "hall", 0, 9999) == states


def test_a_reading_redelivered_under_another_journal_id_is_still_the_same(series: Timeseries) -> None:
    series.write([reading(1000)], [])
    series.write([reading(1000, journal_id=77)], [])
    assert len(series.readings("s", "hall", 0, 9999, 10)) == 1


def test_two_nameless_readings_of_one_instant_are_two(series: Timeseries) -> None:
    series.write([reading(1000, None, journal_id=1), reading(1000, None, journal_id=2)], [])
    assert [point.journal_id for point in series.readings("s", "hall", 0, 9999, 10)] == [1, 2]


def test_readings_come_in_order_within_the_bounds_and_the_limit(series: Timeseries) -> None:
    series.write([reading(at, at) for at in (5000, 1000, 3000, 2000, 4000)], [])
    series.write([reading(2500, 9, space="other")], [])
    assert [point.at for point in series.readings("s", "hall", 2000, 4000, 10)] == [2000, 3000, 4000]
    assert [point.at for point in series.readings("s", "hall", 2000, 4000, 2)] == [2000, 3000]


def test_states_are_led_by_the_one_that_held_at_the_start(series: Timeseries) -> None:
    series.write([], [belief(1000), belief(2000, 4), belief(3000), belief(500, 1, "other")])
    assert [point.at for point in series.states("s", "hall", 2500, 9000)] == [2000, 3000]
    assert [point.at for point in series.states("s", "hall", 2000, 2500)] == [2000]
    assert [point.at for point in series.states("s", "hall", 0, 1500)] == [1000]
    assert series.states("s", "nowhere", 0, 9000) == []


def test_of_two_beliefs_in_one_millisecond_the_later_holds(series: Timeseries) -> None:
    series.write([], [belief(1000), belief(1000, 3)])
    assert series.states("s", "hall", 0, 9000) == [belief(1000, 3)]


def test_readers_see_what_another_connection_wrote(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'ts.sqlite'}"
    sink, history = open_sink(url), open_history(url)
    sink.write([reading(1000)], [])
    assert len(history.readings("s", "hall", 0, 9999, 10)) == 1
    sink.close()
    history.close()


def test_an_unavailable_series_says_so_and_keeps_nothing() -> None:
    series = MemoryTimeseries()
    series.available = False
    with pytest.raises(SinkUnavailableError):
        series.write([reading(1000)], [])
    series.available = True
    assert series.readings("s", "hall", 0, 9999, 10) == []


def test_a_closed_file_is_unavailable(tmp_path: Path) -> None:
    series = SqliteTimeseries(tmp_path / "ts.sqlite")
    series.close()
    with pytest.raises(SinkUnavailableError, match=r"time series .*sqlite"):
        series.write([reading(1000)], [])


def test_an_unknown_url_names_the_setting_and_not_the_password() -> None:
    with pytest.raises(SettingsError, match="FOLDSPACE_TIMESERIES_URL") as caught:
        open_sink("mysql://root:secret@host/db")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        ("PRAGMA user_version=99", "newer foldspace"),
        ("CREATE TABLE other(x)", "something else"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, prepare: str, words: str) -> None:
    path = tmp_path / "ts.sqlite"
    with sqlite3.connect(path) as db:
        db.execute(prepare)
    with pytest.raises(StartError, match=words):
        SqliteTimeseries(path)


def test_garbage_instead_of_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ts.sqlite"
    path.write_bytes(b"this is not a database, whatever its name says" * 50)
    with pytest.raises(StartError, match=r"time series .*sqlite"):
        SqliteTimeseries(path)
