"""What a watcher of the demo sees, and that the same seed shows the same."""

from functools import cache

import pytest

from firmware_sim.scenario import load_scenario
from tests.flow.community_day import DAY, DayLog, run_day

UNTIL = "10:25"
"""Three minutes of watching at the demo's speed of 30, from 08:55 on."""


@cache
def morning() -> DayLog:
    return run_day(UNTIL)


def test_a_no_show_is_warned_released_offered_taken_and_the_room_used_again() -> None:
    log = morning()
    kinds = log.kinds("rongqu")
    story = ["warn", "release", "offer", "offer_taken", "check_in"]
    found = [kind for kind in kinds if kind in story]
    assert found == story
    taken = log.at("offer_taken", "rongqu")[0]
    assert any(at > taken and occupancy == "occupied" for at, occupancy, _ in log.occupancy("rongqu"))


def test_an_offer_nobody_answers_passes_on_to_the_next() -> None:
    kinds = [kind for kind in morning().kinds("ronghui") if kind.startswith("offer")]
    assert kinds[:4] == ["offer", "offer_expired", "offer", "offer_taken"]


def test_an_early_end_gives_the_rest_to_somebody_who_waits() -> None:
    kinds = morning().kinds("rongnuan")
    assert kinds.index("end_early") < kinds.index("offer") < kinds.index("offer_taken")


def test_a_group_that_comes_after_all_has_its_room_back() -> None:
    kinds = morning().kinds("events")
    assert kinds.index("warn") < kinds.index("release") < kinds.index("reclaim")


def test_one_tap_keeps_a_booking() -> None:
    kinds = morning().kinds("council")
    assert kinds.index("warn") < kinds.index("keep")
    assert "release" not in kinds


def test_a_dying_sensor_makes_its_room_unknown_and_never_empty() -> None:
    changes = morning().occupancy("teahouse")
    unknown = next(index for index, (_, occupancy, _) in enumerate(changes) if occupancy == "unknown" and index > 0)
    assert all(occupancy != "vacant" for _, occupancy, _ in changes[unknown:])


def test_charging_in_use_keeps_a_corner_occupied() -> None:
    corner = [state for state in morning().states if state.space == "corner-east"]
    kept = [state for state in corner if state.reason == "states.charging"]
    assert kept
    assert all(state.occupancy == "occupied" and state.charging.in_use > 0 for state in kept)


def test_an_overrun_is_told() -> None:
    assert any(decision.kind == "overrun" for decision in morning().decisions)


def test_nobody_is_released_while_they_are_there() -> None:
    log = morning()
    taking = [d for d in log.decisions if d.kind in {"release", "end_early"}]
    assert len(taking) >= 3
    assert [log.people_at[decision.id] for decision in taking] == [0] * len(taking)


def test_the_decisions_of_a_seed_are_the_same_every_time() -> None:
    assert run_day(UNTIL).decisions == morning().decisions


@pytest.mark.timeout(300)
def test_the_whole_day_never_releases_over_peoples_heads() -> None:
    log = run_day("21:45")
    taking = [d for d in log.decisions if d.kind in {"release", "end_early"}]
    assert len(taking) > 5
    wrong = [(d.kind, d.space, d.at) for d in taking if log.people_at[d.id] > 0]
    assert wrong == []


def test_the_scenario_has_the_character_of_the_communities_we_serve() -> None:
    scenario = load_scenario("demo")
    names = {space.name for space in scenario.community.spaces}
    assert {"邻里会客厅", "议事厅", "活动厅", "融暖园", "融趣园", "融荟园", "悦读空间"} <= names
    assert sum(space.id.startswith("desk-") for space in scenario.community.spaces) == 10
    assert len({window.owner for window in scenario.community.supply}) >= 8
    assert len(scenario.bookings(DAY)) >= 30
