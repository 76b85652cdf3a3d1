"""One suite over every time series: what the port promises, whichever technology keeps it."""

import itertools
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from services.contracts.errors import SettingsError, StartError
from services.contracts.names import Millis
from services.timeseries.memory import MemoryTimeseries
from services.timeseries.open import Timeseries, open_history, open_sink
from services.timeseries.ports import ReadingPoint, SinkUnavailableError, StatePoint
from services.timeseries.sqlite import SqliteTimeseries

_DATABASES = itertools.count(1)


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


def test_readings_of_one_kind_are_read_without_the_others(series: Timeseries) -> None:
    points = [reading(1000 + n, n, kind="charging" if n % 3 == 0 else "climate") for n in range(10)]
    series.write(points, [])
    charging = [point for point in points if point.kind == "charging"]
    assert series.readings("s", "hall", 0, 9999, 10, "charging") == charging
    assert series.readings("s", "hall", 0, 9999, 2, "charging") == charging[:2]
    assert series.readings("s", "hall", 0, 9999, 10, "door") == []
    assert series.readings("s", "hall", 0, 9999, 10, "it's \\ none") == []


def test_every_field_is_read_back_with_its_type(series: Timeseries) -> None:
    fields: dict[str, float | int | bool | str] = {
        "people": 3,
        "co2_ppm": 612.0,
        "power_w": 1.7976931348623157e308,
        "temp_c": -0.0000123,
        "locked": False,
        "session": 'quote " backslash \\ comma , equals = line\nfeed 会议室',
        "state": "",
        "fw": "v1\\",
        "whole": 20,
        "part": 20.5,
        "chip": 2**60 + 1,
        "huge": 2**70,
        "journal_id": 7,
        "time": 1,
        "site": "elsewhere",
        "boot": True,
        "more": "of the same",
        "more__n": "a suffix of its own",
        "会议": "yes",
        "a name, with = signs": 1.5,
        "line\nfeed": 2.5,
        "back\\": True,
        "": "no name",
        "_hidden": 1,
        "x" * 300: 1,
    }
    assert series.write([reading(1000, fields=fields)], []) == []
    (found,) = series.readings("s", "hall", 0, 9999, 10)
    assert found.fields == fields
    of_contract = ("people", "co2_ppm", "power_w", "temp_c", "locked", "session", "state", "fw")
    assert [type(found.fields[name]) for name in of_contract] == [int, float, float, float, bool, str, str, str]


def test_a_field_may_change_its_type_from_one_reading_to_the_next(series: Timeseries) -> None:
    contents: list[float | int | bool | str] = [1, 1.5, "one", True, 2**60, -3]
    points = [reading(1000 + i, i, fields={"odd": content, "people": content}) for i, content in enumerate(contents)]
    assert series.write(points, []) == []
    assert [p.fields["odd"] for p in series.readings("s", "hall", 0, 9999, 10)] == contents
    assert [p.fields["people"] for p in series.readings("s", "hall", 0, 9999, 10)] == contents


def test_a_burst_of_one_device_in_one_millisecond_stays_a_burst(series: Timeseries) -> None:
    series.write([reading(1000, seq, journal_id=seq) for seq in range(600)], [])
    series.write([reading(1000, seq, journal_id=seq + 600, boot="next") for seq in range(5)], [])
    found = series.readings("s", "hall", 1000, 1000, 9999)
    assert {(p.boot, p.seq) for p in found} == {("b", seq) for seq in range(600)} | {("next", seq) for seq in range(5)}


def test_no_readings_are_none(series: Timeseries) -> None:
    series.write([reading(1000)], [])
    assert series.readings("s", "hall", 0, 9999, 0) == []
    assert series.readings("s", "hall", 5000, 9999, 10) == []
    assert series.readings("s' OR space = 'hall", "hall", 0, 9999, 10) == []
    assert series.write([], []) == []


def test_a_repeat_changes_nothing(series: Timeseries) -> None:
    points = [reading(1000), reading(2000, None)]
    states = [belief(1500, 2)]
    assert series.write(points, states) == []
    assert series.write(points, states) == []
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
    series.write([], [belief(1000)])
    assert series.states("s", "hall", 0, 9000) == [belief(1000)]


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


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:secret@host/db",
        "influxdb://user:secret@host:8086/org/bucket",
        "influxdb://host:secret/org/bucket",
        "influxdb://host/secret",
        "influxdb://host/org/bucket/secret",
        "influxdb://host/org/bucket?token=secret",
        "influxdb:///org/secret",
        "influxdb://[secret/org/bucket",
    ],
)
def test_an_unknown_url_names_the_setting_and_not_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match="FOLDSPACE_TIMESERIES_URL") as caught:
        open_sink(url)
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
