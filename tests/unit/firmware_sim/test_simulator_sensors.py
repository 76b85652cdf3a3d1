import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.agenda import PlugIn
from firmware_sim.air import Air, daylight_lux, noise_db
from firmware_sim.sensors.charging import ChargingPoint, meter
from firmware_sim.sensors.climate import Climate
from firmware_sim.sensors.count import DoorCounter, PeopleCounter
from firmware_sim.sensors.door import OPEN_MS, Door
from firmware_sim.sensors.lending import Rack
from firmware_sim.sensors.motion import HOLD_MS, Motion
from firmware_sim.sensors.presence import Presence
from firmware_sim.sensors.sample import Sample, Sensor
from firmware_sim.world import STEP_MS, Room
from services.contracts.commands import Command
from services.contracts.names import HOUR, MINUTE

T0 = 1_780_000_000_000


def room() -> Room:
    return Room("r", Air(20), random.Random(1), sockets=[None] * 6, rack=[True] * 4)


def watch(sensor: Sensor, minutes: float, since: int = T0) -> list[Sample]:
    return [sample for now in range(since, since + int(minutes * MINUTE), STEP_MS) for sample in sensor.look(now)]


def come_in(place: Room, people: int, now: int) -> None:
    place.people += people
    place.came_in += people
    place.passed_at = place.moved_at = now


def test_a_pir_goes_quiet_while_people_sit_still() -> None:
    place = room()
    pir = Motion((place,))
    come_in(place, 3, T0)
    said = [(sample.fields["motion"]) for sample in watch(pir, 30)]
    assert said == [True, False]
    assert place.people == 3
    place.moved_at = T0 + 31 * MINUTE
    assert pir.look(T0 + 31 * MINUTE)[0].fields == {"motion": True}
    assert HOLD_MS < MINUTE


def test_mmwave_sees_still_people_but_for_short_gaps() -> None:
    place = room()
    come_in(place, 1, T0)
    place.moves_per_min = 0.3
    sensor = Presence((place,), random.Random(4))
    changes: list[tuple[int, bool]] = []
    for now in range(T0, T0 + 24 * HOUR, STEP_MS):
        changes += [(now, sample.fields["present"]) for sample in sensor.look(now)]
    gaps = [later - now for (now, present), (later, _) in pairwise(changes) if not present]
    assert gaps, "in a day of sitting still it loses the person at least once"
    assert max(gaps) < MINUTE
    assert sum(gaps) < 24 * HOUR * 0.01


def test_presence_holds_and_then_says_absent() -> None:
    place = room()
    come_in(place, 2, T0)
    sensor = Presence((place,), random.Random(1))
    assert sensor.look(T0)[0].fields == {"present": True}
    place.people = 0
    absent = watch(sensor, 5, T0 + STEP_MS)
    assert [sample.fields for sample in absent] == [{"present": False}]


def test_a_door_tells_that_somebody_passed_not_how_many() -> None:
    said = []
    for people in (1, 17):
        place = room()
        door = Door((place,))
        come_in(place, people, T0)
        said.append([sample.fields for sample in watch(door, 5)])
    assert said[0] == said[1] == [{"open": True, "locked": False}, {"open": False, "locked": False}]
    assert OPEN_MS >= STEP_MS


def test_a_locked_door_opens_for_who_has_the_key_and_locks_again() -> None:
    place = room()
    door = Door((place,))
    assert door.act(Command(id="c", do="lock", expires=T0)) is None
    assert door.look(T0)[0].fields == {"open": False, "locked": True}
    come_in(place, 1, T0 + STEP_MS)
    assert [sample.fields["locked"] for sample in watch(door, 2, T0 + STEP_MS)] == [False, True]
    assert door.act(Command(id="c", do="charging_off", expires=T0)) == "this device cannot charging_off"


def test_counters_count_and_a_door_counter_drifts() -> None:
    place = room()
    heads, totals = PeopleCounter((place,), 0.0, random.Random(1)), DoorCounter((place,), 0.2, random.Random(1))
    for minute in range(200):
        come_in(place, 1, T0 + minute * MINUTE)
        heads.look(T0), totals.look(T0)
        place.people -= 1
        place.went_out += 1
        (said,) = heads.look(T0)
        totals.look(T0)
    totals.wake()
    assert said.fields == {"people": 0}
    assert totals.look(T0)[0].fields == {"in": 0, "out": 0}, "running totals start again with the device"


def test_what_a_door_counter_missed_it_never_gets_back() -> None:
    place = room()
    totals = DoorCounter((place,), 0.2, random.Random(1))
    come_in(place, 100, T0)
    counted = totals.look(T0)[0].fields
    assert 60 < counted["in"] < 95
    assert counted["out"] == 0


def test_co2_rises_with_people_and_decays_without() -> None:
    air, luck = Air(20), random.Random(1)
    seen = [air.co2_ppm]
    for minute in range(180):
        air.step(1, 15 if minute < 90 else 0, 0, 10.0, luck)
        seen.append(air.co2_ppm)
    assert all(later > now for now, later in pairwise(seen[:91]))
    assert 700 < seen[90] < 1500
    assert all(later < now for now, later in pairwise(seen[90:]))
    assert seen[-1] < seen[90] - 300


@given(people=st.integers(0, 200), minutes=st.integers(1, 600))
def test_co2_never_falls_below_the_air_outside(people: int, minutes: int) -> None:
    air = Air(20)
    for _ in range(min(minutes, 50)):
        air.step(minutes / 50, people, 0, 12.0, random.Random(1))
    assert air.co2_ppm >= 420


def test_light_goes_out_after_people_and_sound_grows_with_them() -> None:
    air, luck = Air(20), random.Random(3)
    air.step(1, 2, 2, 20.0, luck)
    assert air.light_on
    for _ in range(120):
        air.step(1, 0, 0, 20.0, luck)
    assert not air.light_on
    assert noise_db(0, 0) < noise_db(5, 4) < noise_db(20, 16) < 75
    assert daylight_lux(3) == 0 < daylight_lux(9)


def phone(needs_wh: float = 18.0) -> PlugIn:
    return PlugIn("r", 2, T0, T0 + 2 * HOUR, 18.0, needs_wh, "abcd")


@given(first=st.integers(0, 240), second=st.integers(0, 240))
def test_energy_only_grows_and_never_exceeds_what_the_phone_needs(first: int, second: int) -> None:
    early, late = sorted((first, second))
    (early_w, early_wh), (late_w, late_wh) = (meter(phone(), T0 + at * MINUTE) for at in (early, late))
    assert 0 <= early_wh <= late_wh <= 18.0
    assert 0 <= late_w <= early_w <= 18.0


def test_a_charging_session_begins_tapers_and_is_done() -> None:
    place = room()
    point = ChargingPoint(place)
    assert [sample.fields["state"] for sample in point.look(T0)] == ["idle"] * 6
    place.sockets[2] = phone()
    sent = [sample for sample in watch(point, 240) if sample.send]
    assert [(sample.fields["state"], sample.fields["session"]) for sample in sent] == [
        ("charging", "abcd"),
        ("done", "abcd"),
    ]
    place.sockets[2] = None
    assert [sample.fields["state"] for sample in point.look(T0 + 5 * HOUR)] == ["idle"]


def test_charging_off_switches_one_port_or_all() -> None:
    place = room()
    place.sockets[2] = phone()
    point = ChargingPoint(place)
    assert point.act(Command(id="c", do="charging_off", args={"port": 2}, expires=T0)) is None
    assert point.look(T0)[2].fields["state"] == "idle"
    assert point.act(Command(id="c", do="charging_on", expires=T0)) is None
    assert point.look(T0)[0].fields["state"] == "charging"
    assert "0 to 5" in str(point.act(Command(id="c", do="charging_off", args={"port": 6}, expires=T0)))


def test_a_rack_tells_which_slot_changed() -> None:
    place = room()
    rack = Rack(place)
    assert len(rack.look(T0)) == 4
    place.rack[3] = False
    assert [sample.fields for sample in rack.look(T0)] == [{"slot": 3, "present": False}]
    assert rack.look(T0) == []


@pytest.mark.parametrize("sensor", [Motion((room(),)), Door((room(),)), Rack(room()), ChargingPoint(room())])
def test_after_a_start_everything_is_said_again(sensor: Sensor) -> None:
    first = sensor.look(T0)
    sensor.wake()
    assert sensor.look(T0) == first


def test_light_and_air_save_power_when_they_are_told() -> None:
    air = Climate((room(),), lambda: 12.0, random.Random(1))
    assert air.act(Command(id="c", do="eco_on", expires=T0)) is None
    assert air.look(T0)[0].fields["eco"] is True
    assert air.act(Command(id="c", do="eco_off", expires=T0)) is None
    air.repeat()
    assert "eco" not in air.look(T0)[0].fields
    assert air.act(Command(id="c", do="unlock", expires=T0)) == "this device cannot unlock"
