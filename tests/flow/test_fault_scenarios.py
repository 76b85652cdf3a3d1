"""What each fault may cost: bounds on the rooms that have it, and no cost at all to the rooms beside them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from services.contracts.names import DAY, Millis
from services.evaluation.report import report
from tests.flow.faultday import Recorded, record, share

DAYS = 3
ROOMS = {"reading", "studio", "office", "gym", "tea"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """`false_vacant`: said vacant, as a share of occupied minutes. `idle`: said occupied or unknown, as a share of
    vacant minutes. `false_release_min`: at release grade while somebody was there. All over the rooms with the fault.
    """

    rooms: set[str]
    false_vacant: float
    idle: float
    false_release_min: float = 0


BOUNDS = {
    "house": Bounds(ROOMS, 0.001, 0.02),
    # A translator who moves once in half an hour under two PIRs, and five who sit in silence under one: nothing there
    # can know. The readers under a radar behind a door are never called gone.
    "still_sitters": Bounds({"reading", "office", "studio"}, 0.11, 0.04),
    "dying": Bounds({"reading", "office", "studio"}, 0.001, 0.30),
    "stuck_on": Bounds({"tea", "office", "reading"}, 0.001, 0.10),
    # Beside a dead PIR the first minutes of a stay are unseen until the air sensor's next word.
    "stuck_off": Bounds({"tea", "studio", "gym"}, 0.006, 0.05, false_release_min=15),
    # A radar that flips every few seconds is not believed, and the reading room has no other.
    "chatter": Bounds({"reading", "office", "gym"}, 0.001, 0.40),
    "duplicated": Bounds({"reading", "gym", "studio"}, 0.001, 0.02),
    # "Somebody has come" underway for minutes is "nobody is there" until it arrives.
    "delayed": Bounds({"reading", "office", "gym", "studio"}, 0.003, 0.10, false_release_min=4),
    "glass_wall": Bounds({"reading", "office"}, 0.001, 0.25),
    "night_cleaning": Bounds(ROOMS, 0.001, 0.03),
    "miscounting": Bounds({"gym", "tea"}, 0.001, 0.03),
}
OTHER_PEOPLE = {"still_sitters", "night_cleaning"}
"""Scenarios in which other people come than to the healthy house; everywhere else the truth is the same."""

Evaluated = tuple[Recorded, dict[str, Any], dict[str, Millis]]


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Evaluated]:
    """Record and evaluate a scenario, each once."""
    folder = tmp_path_factory.mktemp("faults")

    @cache
    def of(name: str) -> Evaluated:
        recorded = record(name, DAYS, folder)
        result = recorded.evaluated()
        doubted = {device: at for (_, device), at in result.doubted.items()}
        return recorded, report(result, recorded.rows, []), doubted

    return of


@pytest.mark.parametrize("name", BOUNDS)
def test_a_fault_costs_no_more_than_promised(name: str, evaluated: Callable[[str], Evaluated]) -> None:
    bounds = BOUNDS[name]
    _, figures, _ = evaluated(name)
    assert figures["messages"]["quarantined"] == 0
    assert share(figures, bounds.rooms, ["occupied_min"], "vacant_min") > 0.1, "the rooms are really used"
    false_vacant = share(figures, bounds.rooms, ["false_vacant_min"], "occupied_min")
    idle = share(figures, bounds.rooms, ["held_min", "unknown_vacant_min"], "vacant_min")
    assert false_vacant <= bounds.false_vacant
    assert idle <= bounds.idle
    assert figures["total"]["release_grade_false_min"] <= bounds.false_release_min


@pytest.mark.parametrize("name", [name for name in BOUNDS if BOUNDS[name].rooms != ROOMS])
def test_a_fault_costs_the_rooms_beside_it_nothing(name: str, evaluated: Callable[[str], Evaluated]) -> None:
    _, figures, _ = evaluated(name)
    _, healthy, _ = evaluated("house")
    for room in ROOMS - BOUNDS[name].rooms:
        for figure in ("false_vacant_min", "held_min", "unknown_vacant_min"):
            # A silent room notices the passing of time when another one speaks: seconds may differ.
            expected = pytest.approx(healthy["spaces"][f"house/{room}"][figure], abs=5)
            assert figures["spaces"][f"house/{room}"][figure] == expected, room


@pytest.mark.parametrize("name", [name for name in BOUNDS if name not in OTHER_PEOPLE])
def test_what_sensors_get_wrong_changes_nothing_about_who_is_there(
    name: str, evaluated: Callable[[str], Evaluated]
) -> None:
    assert evaluated(name)[0].rows == evaluated("house")[0].rows


def test_cleaners_and_sitters_are_people(evaluated: Callable[[str], Evaluated]) -> None:
    healthy = evaluated("house")[1]["total"]["occupied_min"]
    for name in OTHER_PEOPLE:
        assert evaluated(name)[1]["total"]["occupied_min"] > healthy + 60


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("house", {}),
        ("still_sitters", {}),
        ("night_cleaning", {}),
        ("stuck_on", {"tea-presence": (1, "17:30"), "office-pir-1": (1, "12:30")}),
        ("stuck_off", {"tea-presence": (1, "08:00"), "studio-motion": (2, "08:00"), "gym-count": (2, "06:00")}),
        ("chatter", {"reading-presence": (2, "09:30"), "office-pir-2": (1, "20:00")}),
    ],
)
def test_a_broken_sensor_is_found_within_a_day_of_use_and_no_healthy_one_is_doubted(
    name: str, found: dict[str, tuple[int, str]], evaluated: Callable[[str], Evaluated]
) -> None:
    """`found`: what breaks, on which day and at what time."""
    recorded, _, doubted = evaluated(name)
    assert doubted.keys() == found.keys()
    for device, (day, at) in found.items():
        broken_at = recorded.scenario.instant(recorded.first_day + timedelta(days=day - 1), at)
        assert broken_at < doubted[device] <= broken_at + DAY
