"""Each fault and each mishap does what it says: seen in the messages against the truth."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.device import VirtualDevice
from firmware_sim.faults import faults_of
from firmware_sim.firmware import LATE_MS
from firmware_sim.mishaps import ON_BATTERY, Fault, Glass
from firmware_sim.neighbourhood import Neighbourhood
from firmware_sim.recorder import VirtualSimulation
from firmware_sim.scenario import Scenario, load_scenario
from services.contracts.errors import FileError
from services.contracts.files import RecordedMessage, TruthRow
from services.contracts.names import HOUR, MINUTE, SECOND

DAY = date(2026, 6, 1)
"""A Monday."""


def run(scenario: Scenario, until: str, days: int = 0) -> tuple[list[RecordedMessage], list[TruthRow]]:
    simulation = VirtualSimulation(scenario, DAY)
    messages = simulation.advance(scenario.instant(DAY + timedelta(days=days), until))
    return messages, simulation.truth


def of(messages: Iterable[RecordedMessage], device: str, kind: str) -> list[tuple[int, dict[str, Any]]]:
    return [(m.at, json.loads(m.payload)) for m in messages if m.topic.endswith(f"/{device}/up/{kind}")]


def between(said: Sequence[tuple[int, dict[str, Any]]], start: int, end: int) -> list[dict[str, Any]]:
    return [body for at, body in said if start <= at < end]


def people_at(truth: Sequence[TruthRow], space: str, at: int) -> int:
    return next((row.people or 0 for row in reversed(truth) if row.space == space and row.at <= at), 0)


# -- sensors that break


def test_a_chattering_sensor_flips_every_few_seconds_whoever_is_there(small: Callable[..., Scenario]) -> None:
    fault = {"device": "a-presence", "at": "09:20", "what": "chatters", "value": 4, "for_min": 10}
    scenario = small(faults=[fault])
    messages, _ = run(scenario, "09:50")
    begins, ends = scenario.instant(DAY, "09:20"), scenario.instant(DAY, "09:30")
    flips = between(of(messages, "a-presence", "presence"), begins, ends)
    assert 100 < len(flips) < 220, "about fifteen a minute"
    assert abs(sum(body["present"] for body in flips) - len(flips) / 2) < 15
    steps = [later["ts"] - body["ts"] for body, later in pairwise(flips)]
    assert 3 * SECOND < sum(steps) / len(steps) < 5 * SECOND
    after = between(of(messages, "a-presence", "presence"), ends + MINUTE, scenario.instant(DAY, "09:50"))
    assert len(after) < 40, "it is repaired"


def test_a_frozen_counter_repeats_its_last_word(small: Callable[..., Scenario]) -> None:
    scenario = small(faults=[{"device": "hall-count", "at": "08:56", "what": "frozen"}])
    messages, truth = run(scenario, "09:50")
    said = between(of(messages, "hall-count", "count"), scenario.instant(DAY, "08:57"), scenario.instant(DAY, "09:50"))
    assert len(said) > 8
    assert len({body["people"] for body in said}) == 1
    assert said[0]["people"] != people_at(truth, "hall", scenario.instant(DAY, "09:45"))


@pytest.mark.parametrize(("what", "boots"), [("link_down", 1), ("frozen", 2)])
def test_running_totals_go_on_after_an_outage_and_begin_anew_with_a_restart(
    small: Callable[..., Scenario], what: str, boots: int
) -> None:
    evening = {"seed": 7, "site": "s", "start": "18:30", "totals": ["hall-count"], "miscount": 0.0}
    fault = {"device": "hall-count", "at": "19:20", "what": what, "for_min": 10}
    scenario = small(scenario=evening, faults=[fault], walk_ins=[])
    messages, _ = run(scenario, "20:30")
    said = of(messages, "hall-count", "count")
    assert len({body["boot"] for _, body in said}) == boots
    before = [body for at, body in said if at < scenario.instant(DAY, "19:20")][-1]
    balance = said[-1][1]["in"] - said[-1][1]["out"]
    assert balance == (0 if what == "link_down" else before["out"] - before["in"])


def test_a_fault_may_last_for_days_and_be_of_one_day_alone(small: Callable[..., Scenario]) -> None:
    fault = {"device": "a-presence", "on": [2], "at": "10:00", "what": "stuck_true", "for_min": 1_500}
    scenario = small(faults=[fault], activities=[])
    messages, _ = run(scenario, "20:00", days=2)
    said = [(at, body["present"]) for at, body in of(messages, "a-presence", "presence")]
    stuck = [at for at, present in said if present]
    assert min(stuck) == scenario.instant(DAY + timedelta(days=1), "10:00")
    ends = min(stuck) + 1_500 * MINUTE
    assert ends - 2 * MINUTE < max(stuck) < ends
    assert all(present for at, present in said if min(stuck) <= at < ends)


def test_faults_keep_to_their_days_of_the_week(small: Callable[..., Scenario]) -> None:
    scenario = small(faults=[{"device": "a-presence", "at": "10:00", "what": "dies", "days": ["tue"]}])
    assert faults_of(scenario, DAY) == {}
    assert [change.what for change in faults_of(scenario, DAY + timedelta(days=1), 2)["a-presence"]] == ["dies"]


def test_wear_brings_about_so_many_faults_a_week_that_suit_their_devices(small: Callable[..., Scenario]) -> None:
    wear = {"per_space_week": 1.4, "mean_h": 10, "mix": {"dies": 1, "battery_leak": 1, "stuck_true": 1}}
    scenario = small(wear=wear)
    kinds = {device.id: device.kind for device in scenario.community.devices}
    met = [
        (device, change)
        for number in range(1, 201)
        for device, changes in faults_of(scenario, DAY + timedelta(days=number - 1), number).items()
        for change in changes
    ]
    begun = [(device, change) for device, change in met if change.what != "recovers"]
    assert len(met) == 2 * len(begun), "every one ends"
    assert 0.15 * 200 * 3 < len(begun) < 0.25 * 200 * 5, "one day in five, in a space with devices that can break"
    assert {kinds[device] for device, change in begun if change.what == "battery_leak"} <= ON_BATTERY
    assert {kinds[device] for device, change in begun if change.what == "stuck_true"} <= {"motion", "door", "presence"}


# -- the way


def test_a_late_duplicate_is_the_same_reading_again_some_minutes_later(small: Callable[..., Scenario]) -> None:
    fault = {"device": "a-presence", "at": "08:55", "what": "duplicates_late", "value": 0.5}
    messages, _ = run(small(faults=[fault]), "11:00")
    arrived: dict[tuple[str, int], list[int]] = {}
    for at, body in of(messages, "a-presence", "presence"):
        arrived.setdefault((body["boot"], body["seq"]), []).append(at)
    again = [times[1] - times[0] for times in arrived.values() if len(times) == 2]
    assert max(len(times) for times in arrived.values()) == 2
    assert 0.35 < len(again) / len(arrived) < 0.65
    assert max(again) <= LATE_MS + 5 * SECOND
    assert max(again) > 10 * MINUTE


def test_delayed_readings_overtake_each_other_and_none_is_lost(small: Callable[..., Scenario]) -> None:
    fault = {"device": "a-presence", "at": "09:00", "what": "delays", "value": 10, "for_min": 60}
    scenario = small(faults=[fault])
    messages, _ = run(scenario, "11:00")
    said = of(messages, "a-presence", "presence") + of(messages, "a-presence", "health")
    said.sort(key=lambda entry: entry[0])
    seqs = [body["seq"] for _, body in said]
    assert sorted(seqs) == list(range(len(seqs)))
    assert seqs != sorted(seqs)
    delays = [at - body["ts"] for at, body in said]
    assert 8 * MINUTE < max(delays) <= 10 * MINUTE + 5 * SECOND
    assert {at - body["ts"] for at, body in said if body["ts"] > scenario.instant(DAY, "10:00")} == {0}


def test_what_was_on_the_way_arrives_though_its_device_died(small: Callable[..., Scenario]) -> None:
    faults = [
        {"device": "a-presence", "at": "09:00", "what": "delays", "value": 30},
        {"device": "a-presence", "at": "09:20", "what": "dies"},
    ]
    scenario = small(faults=faults)
    messages, _ = run(scenario, "10:00")
    died = scenario.instant(DAY, "09:20")
    late = [body["ts"] for at, body in of(messages, "a-presence", "presence") if at > died + MINUTE]
    assert late
    assert max(late) < died


# -- what people and rooms do


def still(small: Callable[..., Scenario], moves: float) -> tuple[Scenario, list[RecordedMessage], list[TruthRow]]:
    sitter = {"space": "room-a", "at": "09:00", "for_min": 600, "moves_per_min": moves}
    scenario = small(activities=[], walk_ins=[sitter])
    return scenario, *run(scenario, "18:55")


def test_a_pir_misses_a_still_sitter_for_long_a_radar_for_seconds_to_two_minutes(
    small: Callable[..., Scenario],
) -> None:
    scenario, messages, truth = still(small, 0.02)
    begins, ends = scenario.instant(DAY, "09:01"), scenario.instant(DAY, "18:55")
    assert people_at(truth, "room-a", ends) == 1
    motion = [at for at, body in of(messages, "a-motion", "motion") if body["motion"] and at > begins]
    assert max(later - at for at, later in pairwise(motion)) > 60 * MINUTE
    seen = [(body["ts"], body["present"]) for at, body in of(messages, "a-presence", "presence") if at > begins]
    changes = [(at, present) for (_, before), (at, present) in pairwise([(0, True), *seen]) if before != present]
    gaps = [later - at for (at, present), (later, _) in pairwise(changes) if not present]
    assert 3 <= len(gaps) <= 40
    assert 40 * SECOND < max(gaps) <= 120 * SECOND


def test_who_moves_is_missed_by_neither(small: Callable[..., Scenario]) -> None:
    scenario, messages, _ = still(small, 1.0)
    begins = scenario.instant(DAY, "09:01")
    motion = [at for at, body in of(messages, "a-motion", "motion") if body["motion"] and at > begins]
    assert max(later - at for at, later in pairwise(motion)) < 15 * MINUTE


def test_through_glass_movement_is_seen_and_the_truth_knows_nothing_of_it(small: Callable[..., Scenario]) -> None:
    visit = {"space": "room-b", "at": "09:00", "for_min": 60, "moves_per_min": 6}
    glass = [{"device": name, "sees": "room-b", "share": 0.3} for name in ("a-presence", "a-motion")]
    scenario = small(activities=[], walk_ins=[visit], glass=glass)
    messages, truth = run(scenario, "10:30")
    during, after = scenario.instant(DAY, "09:05"), scenario.instant(DAY, "10:05")
    assert {row.people for row in truth if row.space == "room-a"} == {0}
    for device, kind, field in (("a-presence", "presence", "present"), ("a-motion", "motion", "motion")):
        said = of(messages, device, kind)
        assert {body[field] for body in between(said, during, after - 10 * MINUTE)} == {True, False}
        assert not any(body[field] for body in between(said, after, after + HOUR))


def test_cleaners_are_people_in_the_truth_with_motion_light_and_an_open_door(small: Callable[..., Scenario]) -> None:
    cleaning = [{"spaces": ["room-a", "desk", "room-b"], "at": "22:30", "least_min": 4, "most_min": 6}]
    scenario = small(activities=[], walk_ins=[], cleaning=cleaning)
    messages, truth = run(scenario, "23:30")
    spells = {
        space: [(row.at, row.people) for row in truth if row.space == space and row.at > scenario.instant(DAY, "22:00")]
        for space in ("room-a", "desk", "room-b")
    }
    assert [[people for _, people in rows] for rows in spells.values()] == [[1, 0]] * 3
    (came, _), (went, _) = spells["room-a"]
    assert came == scenario.instant(DAY, "22:30")
    assert 4 * MINUTE <= went - came <= 6 * MINUTE + 5 * SECOND
    assert spells["room-a"][1][0] < spells["desk"][0][0] < spells["room-b"][0][0]
    door = [(at, body["open"]) for at, body in of(messages, "a-door", "door") if at >= came]
    assert door[0] == (came, True)
    assert went <= next(at for at, is_open in door if not is_open) <= went + 15 * SECOND
    assert any(body["motion"] for body in between(of(messages, "a-motion", "motion"), came, went))
    lux = between(of(messages, "hall-climate", "climate"), came - HOUR, went + 10 * MINUTE)
    assert max(body["lux"] for body in lux) > 100 > min(body["lux"] for body in lux)


@pytest.mark.parametrize("totals", [["hall-count"], []], ids=["in and out", "people"])
def test_a_badly_mounted_counter_never_gets_back_to_zero(small: Callable[..., Scenario], totals: Any) -> None:
    evening = {"seed": 7, "site": "s", "start": "18:30", "totals": totals, "miscount": 0.0}
    left = []
    for mountings in ([], [{"device": "hall-count", "misses_out": 0.2, "doubles_in": 0.1}]):
        messages, truth = run(small(scenario=evening, mountings=mountings, walk_ins=[]), "20:30")
        last = of(messages, "hall-count", "count")[-1][1]
        left.append(last["people"] if "people" in last else last["in"] - last["out"])
        assert people_at(truth, "hall", messages[-1].at) == 0
        assert max(row.people or 0 for row in truth if row.space == "hall") >= 15
    assert left[0] == 0 < left[1]


def air(scenario: Scenario, until: str) -> list[tuple[int, dict[str, Any]]]:
    return of(run(scenario, until)[0], "hall-climate", "climate")


def mean(said: Sequence[dict[str, Any]], field: str) -> float:
    return sum(body[field] for body in said) / len(said)


@pytest.mark.parametrize(
    ("happening", "field", "least", "most"),
    [
        ({"what": "light"}, "lux", 200, 400),
        ({"what": "fan", "value": 50}, "noise_db", 8, 25),
        ({"what": "fan", "value": 50}, "temp_c", -3, -1),
        ({"what": "clients", "value": 3}, "wifi_clients", 2.5, 7),
    ],
)
def test_what_a_room_does_by_itself_shows_in_its_air_and_ends(
    small: Callable[..., Scenario], happening: Any, field: str, least: float, most: float
) -> None:
    night = {"space": "hall", "at": "21:00", "for_min": 120, **happening}
    quiet = {"activities": [], "walk_ins": []}
    with_it, without = (air(small(happenings=rows, **quiet), "24:00") for rows in ([night], []))
    start, end = small().instant(DAY, "21:30"), small().instant(DAY, "23:00")
    more = mean(between(with_it, start, end), field) - mean(between(without, start, end), field)
    assert least < more < most
    after = small().instant(DAY, "23:40")
    assert mean(between(with_it, after, after + HOUR), field) == pytest.approx(
        mean(between(without, after, after + HOUR), field), abs=1.5
    )


def test_an_opened_window_lets_co2_fall_while_people_are_there(small: Callable[..., Scenario]) -> None:
    window = {"space": "hall", "at": "19:30", "for_min": 25, "value": 12, "what": "window"}
    scenario = small(happenings=[window], walk_ins=[])
    messages, truth = run(scenario, "20:00")
    said = of(messages, "hall-climate", "climate")
    shut = between(said, scenario.instant(DAY, "19:26"), scenario.instant(DAY, "19:31"))
    opened = between(said, scenario.instant(DAY, "19:40"), scenario.instant(DAY, "19:55"))
    assert people_at(truth, "hall", scenario.instant(DAY, "19:50")) > 10
    assert min(body["co2_ppm"] for body in opened) < max(body["co2_ppm"] for body in shut) - 60


def test_who_sits_still_is_not_heard(small: Callable[..., Scenario]) -> None:
    sitters, talkers = (
        small(activities=[], walk_ins=[{"space": "room-a", "at": "09:00", "for_min": 120, "moves_per_min": moves}])
        for moves in (0.02, 0.8)
    )
    start, end = sitters.instant(DAY, "09:10"), sitters.instant(DAY, "10:50")
    loud, silent = (mean(between(air(which, "10:55"), start, end), "noise_db") for which in (talkers, sitters))
    assert loud > silent + 3


# -- checks of the file


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("faults", {"device": "hall-count", "at": "09:00", "what": "stuck_true"}, r"stuck_true is for presence"),
        ("faults", {"device": "a-door", "at": "09:00", "what": "chatters"}, r"chatters needs value"),
        ("faults", {"device": "a-door", "at": "09:00", "what": "chatters", "value": 0}, r"expected 1 to 600, got 0"),
        ("faults", {"device": "a-button", "at": "09:00", "what": "frozen"}, r"no state that could freeze"),
        ("faults", {"device": "a-door", "at": "09:00", "what": "delays"}, r"delays needs value"),
        ("faults", {"device": "a-door", "at": "09:00", "what": "dies", "on": [0]}, r"faults\.0\.on\.0"),
        ("faults", {"device": "a-door", "at": "09:00", "what": "dies", "days": []}, r"faults\.0\.days"),
        ("glass", {"device": "a-door", "sees": "room-b"}, r"glass\.0\.device: 'a-door' is no presence or motion"),
        ("glass", {"device": "a-motion", "sees": "attic"}, r"glass\.0\.sees: 'attic' is not a space"),
        ("mountings", {"device": "a-door"}, r"mountings\.0\.device: 'a-door' is not a count device"),
        ("mountings", {"device": "hall-count", "misses_in": 0.6, "doubles_in": 0.5}, r"more than 1 together"),
        ("happenings", {"space": "attic", "what": "light"}, r"happenings\.0\.space: 'attic'"),
        ("happenings", {"space": "hall", "what": "fan"}, r"fan needs value"),
        ("happenings", {"space": "hall", "what": "light", "value": 3}, r"light takes no value"),
        ("cleaning", {"spaces": ["attic"], "at": "22:00"}, r"cleaning\.0\.spaces: 'attic'"),
        ("cleaning", {"spaces": ["hall"], "at": "22:00", "least_min": 5, "most_min": 3}, r"least_min <= most_min"),
    ],
)
def test_impossible_mishaps_are_named(small: Callable[..., Scenario], table: str, row: Any, message: str) -> None:
    with pytest.raises(FileError, match=message) as caught:
        small(**{table: [row]})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wear", "message"),
    [
        ({"per_space_week": 1, "mix": {}}, r"wear\.mix"),
        ({"per_space_week": 1, "mix": {"impostor": 1}}, r"mix\.impostor: comes by plan"),
        ({"per_space_week": 9, "mix": {"dies": 1}}, r"wear\.per_space_week"),
    ],
)
def test_impossible_wear_is_named(small: Callable[..., Scenario], wear: Any, message: str) -> None:
    with pytest.raises(FileError, match=message):
        small(wear=wear)


# -- what rests changes nothing

SITTERS = load_scenario("still_sitters")
FAULTS = st.builds(
    Fault,
    device=st.sampled_from(["reading-presence", "office-pir-1", "reading-door"]),
    at=st.sampled_from(["08:50", "09:07", "09:31", "10:02"]),
    what=st.sampled_from(
        [
            "dies", "stuck_true", "frozen", "chatters", "silent", "clock_reset", "duplicates_late", "delays", "loses",
            "floods", "link_down", "clock_drift_ppm",
        ]
    ),
    value=st.just(1.0),
    for_min=st.one_of(st.none(), st.integers(1, 60)),
)  # fmt: skip
GLASS = (Glass(device="reading-presence", sees="studio"), Glass(device="office-pir-1", sees="tea"))


class _Wakeful(Neighbourhood):
    """Steps every device at every step."""

    def awake(self) -> Iterator[VirtualDevice]:
        yield from self.devices.values()


def _messages(scenario: Scenario, kind: type[Neighbourhood], start: str, until: str) -> list[RecordedMessage]:
    simulation = VirtualSimulation(scenario, DAY)
    simulation.neighbourhood = kind(scenario, DAY)
    simulation.neighbourhood.begin(scenario.instant(DAY, start))
    return simulation.advance(scenario.instant(DAY, until))


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), faults=st.lists(FAULTS, max_size=4))
def test_a_device_that_rests_misses_nothing(seed: int, faults: list[Fault]) -> None:
    tables = SITTERS.tables
    changed = {"scenario": tables.scenario.model_copy(update={"seed": seed}), "faults": tuple(faults), "glass": GLASS}
    scenario = replace(SITTERS, tables=tables.model_copy(update=changed))
    rested = _messages(scenario, Neighbourhood, "08:55", "10:30")
    assert len(rested) > 400
    assert rested == _messages(scenario, _Wakeful, "08:55", "10:30")


def test_nobody_rests_over_something_in_the_month_either() -> None:
    month = load_scenario("month")
    rested = _messages(month, Neighbourhood, "09:00", "10:30")
    assert len(rested) > 2_000
    assert rested == _messages(month, _Wakeful, "09:00", "10:30")
