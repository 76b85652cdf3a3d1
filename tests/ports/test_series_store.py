"""Series and their bookings are written together, over SQLite and PostgreSQL."""

import threading
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from services.bookings.series.operations import SeriesOperations
from services.bookings.series.plan import Segment, Series
from services.bookings.series.queries import SeriesQueries
from services.bookings.store import BookingStore
from services.catalogue.availability import Availability
from services.contracts.community import parse_community
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.instants import from_wall

HOUSE = Availability(
    parse_community(
        {
            "sites": [{"id": "wuhan", "name": "江湖里", "timezone": "Asia/Shanghai"}],
            "spaces": [
                {"id": "hall", "site": "wuhan", "name": "会客厅", "capacity": 40, "functions": ["tea", "rehearsal"]}
            ],
            "changeover": [{"site": "wuhan", "from": "*", "to": "*", "minutes": 20}],
        },
        "test",
    )
)
NOW = from_wall(date(2026, 8, 30), "12:00", "Asia/Shanghai")


@pytest.fixture
def series(engine: sa.Engine) -> SeriesOperations:
    store = BookingStore(engine, HOUSE.rooms, lambda: HOUSE)
    return SeriesOperations(store, SeriesQueries(engine), lambda: HOUSE)


def a_series(id: str = "s", start: str = "19:00", end: str = "21:00", rule: str = "FREQ=WEEKLY;BYDAY=TU") -> Series:
    segment = Segment("2026-09-01", "hall", start, end, rule, "2026-09-01", exdate=("2026-09-15",))
    return Series(id, "wuhan", "合唱团", "排练", 20, (segment,), "2026-10-31", "rehearsal", code="1234")


def test_a_series_comes_back_as_it_was_written(series: SeriesOperations) -> None:
    outcome = series.begin(a_series(), "user:li", NOW, whole=True)
    assert (outcome.done, outcome.problems) == (True, ())
    assert series.queries.get("s") == a_series()
    assert [one.occurrence for one in series.queries.bookings("s")][:3] == ["2026-09-01", "2026-09-08", "2026-09-22"]
    assert series.queries.page("wuhan", None, 10) == [a_series()]
    assert series.queries.page("wuhan", "s", 10) == []
    changed = series.change("s", date(2026, 10, 1), {"start": "18:00"}, "user:li", NOW, whole=True)
    assert series.queries.get("s") == changed.series
    assert len(changed.series.segments) == 2


def test_days_that_cannot_be_had_are_all_named_and_nothing_is_kept(series: SeriesOperations) -> None:
    series.begin(
        replace(a_series("tea", "21:10", "22:00", "FREQ=WEEKLY;BYDAY=TU;COUNT=2"), function="tea"), "u", NOW, whole=True
    )
    other = series.begin(a_series("other", "19:00", "20:00", "FREQ=DAILY;COUNT=3"), "user:li", NOW, whole=False)
    outcome = series.begin(a_series(), "user:li", NOW, whole=True)
    assert [(str(one.day), one.key) for one in other.problems] == []
    assert [(str(one.day), one.key) for one in outcome.problems] == [
        ("2026-09-01", "occurrence_taken"),
        ("2026-09-08", "too_late_before"),
    ]
    assert not outcome.done
    with pytest.raises(NotFoundError):
        series.queries.get("s")
    assert series.queries.bookings("s") == []
    rest = series.begin(a_series(), "user:li", NOW, whole=False)
    assert [str(one.day) for one in rest.problems] == ["2026-09-01", "2026-09-08"]
    assert len(series.queries.bookings("s")) == 6


def test_two_who_change_a_series_at_once_do_not_mix(series: SeriesOperations) -> None:
    series.begin(a_series(), "user:li", NOW, whole=True)
    start, won, lost = threading.Barrier(4), list[str](), list[str]()

    def change(number: int) -> None:
        start.wait()
        try:
            series.change("s", None, {"start": f"{15 + number}:00"}, f"user:{number}", NOW, whole=True)
        except ConflictError as error:
            lost.append(str(error))
        else:
            won.append(f"{15 + number}:00")

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = series.queries.get("s")
    assert kept.version == len(won)
    assert kept.segments[-1].start in won
    assert len(won) + len(lost) == 4
    for one in series.queries.bookings("s"):
        day = date.fromisoformat(one.occurrence or "")
        assert one.start == from_wall(day, kept.segments[-1].start, "Asia/Shanghai")
