"""The chronicle of decisions: nothing is lost over an outage or a restart, and nobody is named."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from services.bookings.records import Decision
from services.contracts.names import DAY, MINUTE, Millis
from services.kit.clock import ManualClock
from services.scheduler.chronicle import DECISIONS, Chronicle, decision_point
from services.timeseries.memory import MemoryFigures
from tests.figures import decision

NOW: Millis = 1_700_000_000_000


class Decided:
    """Decisions in the order in which they were written down, read a few at a time."""

    def __init__(self) -> None:
        self.all: list[Decision] = []

    def decided_since(self, at: Millis, after: str | None = None, limit: int = 100) -> list[Decision]:
        ids = [one.id for one in self.all]
        rest = self.all[0 if after is None else ids.index(after) + 1 :]
        return [one for one in rest if one.at >= at][:limit]


def chronicle(decided: Decided, sink: MemoryFigures) -> Chronicle:
    return Chronicle(decided, sink, ManualClock(NOW), CollectorRegistry())


def written(sink: MemoryFigures) -> set[object]:
    return {point.fields["id"] for point in sink.points.values()}


def test_after_an_outage_and_a_restart_it_goes_on_where_it_was() -> None:
    decided, sink = Decided(), MemoryFigures()
    kept = chronicle(decided, sink)
    decided.all = [decision("one", "release", NOW - DAY)]
    assert kept.try_follow(NOW)
    sink.available = False
    decided.all.append(decision("two", "offer", NOW))
    assert not kept.try_follow(NOW)
    sink.available = True
    decided.all.append(decision("three", "offer_taken", NOW + MINUTE))
    assert chronicle(decided, sink).try_follow(NOW + MINUTE), "another process, which knows nothing"
    assert written(sink) == {"one", "two", "three"}


def test_what_another_process_wrote_down_late_is_found() -> None:
    decided, sink = Decided(), MemoryFigures()
    kept = chronicle(decided, sink)
    decided.all = [decision("quick", "release", NOW)]
    kept.try_follow(NOW)
    decided.all.append(decision("slow", "keep", NOW - MINUTE))
    kept.try_follow(NOW + MINUTE)
    assert written(sink) == {"quick", "slow"}


@given(st.lists(st.integers(0, 3_000), max_size=40))
def test_many_of_one_instant_are_all_kept(shifts: list[int]) -> None:
    decided, sink = Decided(), MemoryFigures()
    decided.all = [decision(f"d{place}", "offer", NOW + shift // 100) for place, shift in enumerate(shifts)]
    assert chronicle(decided, sink).try_follow(NOW + DAY)
    assert written(sink) == {one.id for one in decided.all}


def test_a_point_names_nobody_and_counts_what_lay_ahead() -> None:
    made = replace(
        decision("d", "release", NOW, actor="user:li"),
        params={"start_at": NOW - MINUTE, "end_at": NOW + 30 * MINUTE, "group": "书友会"},
    )
    point = decision_point(made)
    assert (point.measurement, point.tags["by"], point.tags["shadow"]) == (DECISIONS, "user", "no")
    assert point.fields == {"id": "d", "n": 1, "minutes": 30.0}
    assert "li" not in str(point.tags.values())
    assert "书友会" not in str(point)
