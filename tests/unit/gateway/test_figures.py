"""The figures of books and fleet that Grafana draws."""

from pathlib import Path

from prometheus_client import CollectorRegistry

from gateway.figures import FigureNoter, account_point, fleet_points
from services.contracts.names import Millis
from services.journal.books import Books
from services.kit.clock import ManualClock
from services.timeseries.memory import MemoryFigures
from tests.figures import COMMUNITY, account

NOW: Millis = 1_700_000_000_000


def test_the_five_numbers_and_what_is_missing() -> None:
    fields = account_point(account(NOW), 2, {"journal": 10, "books": 20}, NOW).fields
    assert [fields[name] for name in ("received", "stored", "duplicate", "quarantined", "pending")] == [
        100,
        90,
        4,
        3,
        3,
    ]
    assert (fields["missing"], fields["unclaimed"], fields["journal_bytes"], fields["books_bytes"]) == (3, 2, 10, 20)


def test_how_many_devices_of_a_site_are_how() -> None:
    [point] = fleet_points(COMMUNITY, account(NOW), NOW)
    assert point.tags == {"site": "s"}
    assert point.fields == {
        "devices": 3, "online": 1, "late": 0, "offline": 1, "unheard": 1, "battery_low": 1, "doubted": 1,
    }  # fmt: skip


def test_a_minute_without_the_time_series_is_counted_and_the_next_one_is_noted(tmp_path: Path) -> None:
    sink, registry = MemoryFigures(), CollectorRegistry()
    noter = FigureNoter(Books(tmp_path / "journal.sqlite"), sink, ManualClock(NOW), lambda: (1, COMMUNITY), registry)
    sink.available = False
    assert not noter.try_note(NOW)
    sink.available = True
    assert noter.try_note(NOW + 1)
    assert {one.measurement for one in sink.points.values()} == {"account", "fleet"}
    assert registry.get_sample_value("foldspace_figures_failed_total") == 1
    assert registry.get_sample_value("foldspace_figures_noted_total") == 2
