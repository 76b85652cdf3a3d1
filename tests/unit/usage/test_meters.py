"""Meters: charging sessions and energy, people through doors."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.names import HOUR, MINUTE
from services.timeseries.ports import ReadingPoint
from services.usage.charged import charged
from services.usage.counted import counted_in
from tests.unit.usage.conftest import at, whole

SILENT = 5 * MINUTE


def reading(clock: str, kind: str = "charging", device: str = "d", **fields: Any) -> ReadingPoint:
    when = at(clock)
    return ReadingPoint("lane", "room", device, kind, when, when, when, "b", 1, 1, fields)


def port(clock: str, state: str, energy_wh: float = 0.0, session: str | None = None, number: int = 0) -> ReadingPoint:
    said = {} if session is None else {"session": session}
    return reading(clock, port=number, state=state, energy_wh=energy_wh, power_w=0.0, **said)


def test_sessions_energy_and_hours_of_a_port() -> None:
    said = [
        port("09:00", "idle"),
        port("09:02", "charging", 0.5, "s1"),
        port("09:05", "charging", 2.0, "s1"),
        port("09:09", "done", 3.0, "s1"),
        port("09:12", "idle"),
        port("09:14", "charging", 0.25, "s2"),
        port("09:16", "fault", 0.5, "s2"),
        port("09:18", "idle"),
    ]
    found = charged(said, whole(), SILENT)
    assert (found.sessions, found.energy_wh, found.faults) == (2, 3.5, 1)
    assert (found.in_use, found.faulty) == ((7 + 2) * MINUTE, 2 * MINUTE)
    assert found.ports == {("d", 0)}
    assert found.observed == 18 * MINUTE + SILENT  # what it did after that nobody knows


def test_silence_is_not_observed() -> None:
    found = charged([port("09:00", "charging", 1, "s"), port("11:00", "charging", 5, "s")], whole(), SILENT)
    assert (found.in_use, found.observed, found.sessions, found.energy_wh) == (2 * SILENT, 2 * SILENT, 1, 4)


def test_a_session_over_midnight_begins_once() -> None:
    before = port("00:00", "charging", 3, "s")
    before = ReadingPoint(
        **{name: getattr(before, name) for name in before.__slots__} | {"at": whole().start - HOUR // 2}
    )
    found = charged([before, port("00:01", "charging", 4, "s"), port("00:03", "idle")], whole(), SILENT)
    assert (found.sessions, found.energy_wh, found.in_use) == (0, 1, 2 * MINUTE)


def test_a_meter_that_counts_for_ever_adds_only_what_it_grew() -> None:
    found = charged(
        [port("09:00", "idle", 80_000), port("09:02", "charging", 80_010), port("09:04", "idle", 80_050)],
        whole(),
        SILENT,
    )
    assert (found.sessions, found.energy_wh) == (1, 50)


def test_what_is_no_port_is_passed_over() -> None:
    assert charged([reading("09:00", note="hello")], whole(), SILENT).ports == set()


def test_people_through_two_doors_and_a_counter_that_starts_again() -> None:
    said = [
        reading("09:00", "count", "north", **{"in": 100, "out": 90}),
        reading("09:30", "count", "north", **{"in": 110, "out": 95}),
        reading("10:00", "count", "north", **{"in": 4, "out": 0}),
        reading("09:10", "count", "south", **{"in": 5, "out": 5}),
        reading("09:40", "count", "south", **{"in": 8, "out": 6}),
    ]
    assert counted_in(said, whole()) == 10 + 4 + 3
    assert counted_in([reading("09:00", "count", people=3)], whole()) is None
    assert counted_in([], whole()) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(0, 1000))
def test_a_counter_read_in_parts_counts_as_in_one(steps: list[int], start: int) -> None:
    total, said = start, []
    for minute, step in enumerate([0, *steps]):
        total += step
        said.append(reading(f"{9 + minute // 60:02d}:{minute % 60:02d}", "count", **{"in": total, "out": 0}))
    assert counted_in(said, whole()) == sum(steps)
