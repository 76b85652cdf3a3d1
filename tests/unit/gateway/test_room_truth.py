"""The rules of belief: who may say that somebody is there, and who that nobody is."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gateway.fold
from gateway.fold.memory import HOLD
from services.contracts.texts import catalogue


def test_before_any_word_a_room_is_unknown(room: Any) -> None:
    state = room(("radar", "presence")).at(1)
    assert (state.occupancy, state.reason, state.release_grade) == ("unknown", "states.just_started", False)
    assert (state.devices.online, state.devices.offline) == (0, 1)


def test_presence_occupies_at_once_and_absence_settles_after_minutes(room: Any) -> None:
    r = room(("radar", "presence"))
    r.say(10, "radar", "presence", present=True)
    assert r.at(10).occupancy == "occupied"
    r.say(20, "radar", "presence", present=False)
    assert r.at(20).occupancy != "vacant"
    state = r.at(35)
    assert (state.occupancy, state.release_grade) == ("vacant", False)
    assert 1_700_000_020_000 < state.since < 1_700_000_035_000
    r.keep_saying(70, 160, "radar", "presence", present=False)
    assert not r.at(169).release_grade
    state = r.at(170)
    assert (state.occupancy, state.release_grade, state.reason) == ("vacant", True, "states.absent")


def test_all_presence_sensors_must_say_absent(room: Any) -> None:
    r = room(("a", "presence"), ("b", "presence"))
    r.say(0, "a", "presence", present=False)
    assert r.at(1).occupancy == "unknown"
    r.say(2, "b", "presence", present=True)
    assert r.at(3).occupancy == "occupied"
    r.say(4, "b", "presence", present=False)
    assert r.at(20).occupancy == "vacant"


@pytest.mark.parametrize("said", [True, False])
def test_a_silent_sensor_makes_unknown_never_vacant(room: Any, said: bool) -> None:
    r = room(("a", "presence"), ("b", "presence"))
    r.say(0, "a", "presence", present=said)
    r.keep_saying(0, 600, "b", "presence", present=False)
    state = r.at(600)
    assert (state.occupancy, state.reason, state.release_grade) == ("unknown", "states.silent", False)
    assert [(e.device, e.says) for e in state.evidence] == [("b", "absent"), ("a", "silent")]
    assert state.since == 1_700_000_000_000 + 150_000
    assert state.devices.offline == 1


@pytest.mark.parametrize("kind", ["presence", "count", "motion"])
def test_a_last_will_ends_the_evidence_at_once(room: Any, kind: str) -> None:
    fields = {"presence": {"present": True}, "count": {"people": 2}, "motion": {"motion": True}}[kind]
    r = room(("x", kind))
    r.say(0, "x", kind, **fields)
    assert r.at(1).occupancy == "occupied"
    r.status(2, "x", online=False)
    state = r.at(2)
    assert (state.occupancy, state.reason) == ("unknown", "states.offline")


def test_after_an_interruption_old_words_no_longer_count(room: Any) -> None:
    r = room(("radar", "presence"))
    r.keep_saying(0, 180, "radar", "presence", present=False)
    assert r.at(181).release_grade
    r.status(190, "radar", online=False)
    r.status(200, "radar", online=True, boot="b2")
    state = r.at(201)
    assert (state.occupancy, state.reason) == ("unknown", "states.waiting")
    r.say(202, "radar", "presence", present=False)
    assert (r.at(203).occupancy, r.at(203).release_grade) == ("vacant", False)


def test_a_new_boot_voids_what_the_old_one_said(room: Any) -> None:
    r = room(("radar", "presence"))
    r.keep_saying(0, 120, "radar", "presence", present=False, boot="b1")
    r.say(130, "radar", "health", uptime_s=1, boot="b2")
    assert r.at(131).occupancy == "unknown"


def test_a_late_reading_goes_to_history_and_voids_older_evidence(room: Any) -> None:
    r = room(("radar", "presence"))
    r.keep_saying(0, 120, "radar", "presence", present=False)
    outcome = r.say(400, "radar", "presence", present=True, ts=1_700_000_000_000 + 200_000)
    assert outcome.late
    assert outcome.points[0].at == 1_700_000_000_000 + 200_000
    assert r.at(400).occupancy == "unknown"


def test_an_older_late_reading_changes_nothing(room: Any) -> None:
    r = room(("radar", "presence"))
    r.keep_saying(0, 600, "radar", "presence", present=True)
    r.say(601, "radar", "presence", present=False, ts=1_700_000_000_000 + 30_000)
    assert r.at(602).occupancy == "occupied"


def test_a_reading_overtaken_on_the_way_does_not_win(room: Any) -> None:
    r = room(("radar", "presence"))
    r.say(10, "radar", "presence", present=True, ts=1_700_000_009_000)
    r.say(11, "radar", "presence", present=False, ts=1_700_000_005_000)
    assert r.at(12).occupancy == "occupied"


def test_people_counted_are_told_and_nobody_is_release_grade(room: Any) -> None:
    r = room(("cam", "count"))
    r.say(0, "cam", "count", people=7)
    state = r.at(1)
    assert (state.occupancy, state.people, state.evidence[0].says) == ("occupied", 7, "7 people")
    r.say(2, "cam", "count", people=0)
    state = r.at(10)
    assert (state.occupancy, state.people, state.release_grade) == ("vacant", 0, False)
    assert r.at(62).release_grade


def test_totals_count_from_the_first_of_a_boot_and_settle_in_an_hour(room: Any) -> None:
    r = room(("gate", "count"))
    r.say(0, "gate", "count", **{"in": 100, "out": 90, "boot": "b"})
    assert r.at(0).people == 0
    r.say(60, "gate", "count", **{"in": 103, "out": 91, "boot": "b"})
    assert r.at(60).people == 2
    for minute in range(2, 59):
        r.say(minute * 60, "gate", "count", **{"in": 103, "out": 93, "boot": "b"})
    assert (r.at(3500).occupancy, r.at(3500).release_grade) == ("vacant", False)
    for minute in range(59, 63):
        r.say(minute * 60, "gate", "count", **{"in": 103, "out": 93, "boot": "b"})
    assert r.at(3725).release_grade


def test_totals_gone_negative_start_anew_and_lose_their_grade(room: Any) -> None:
    r = room(("gate", "count"))
    for minute in range(62):
        r.say(minute * 60, "gate", "count", **{"in": 5, "out": 5, "boot": "b"})
    assert r.at(61 * 60).release_grade
    r.say(62 * 60, "gate", "count", **{"in": 5, "out": 6, "boot": "b"})
    state = r.at(62 * 60 + 1)
    assert (state.people, state.release_grade) == (0, False)
    r.say(63 * 60, "gate", "count", **{"in": 6, "out": 6, "boot": "b"})
    assert r.at(63 * 60).people == 1


def test_totals_against_every_presence_sensor_end_in_unknown(room: Any) -> None:
    r = room(("gate", "count"), ("radar", "presence"))
    for minute in range(13):
        r.say(minute * 60, "gate", "count", **{"in": 5 + (minute > 0), "out": 5, "boot": "b"})
        r.say(minute * 60, "radar", "presence", present=False)
    state = r.at(12 * 60 + 5)
    assert (state.occupancy, state.reason) == ("unknown", "states.contradicted")


def test_motion_holds_for_minutes_and_silence_is_for_display_alone(room: Any) -> None:
    r = room(("pir", "motion"))
    r.say(0, "pir", "motion", motion=True)
    r.keep_saying(60, 240, "pir", "motion", motion=False)
    # The motion may have lasted until the first "false", a minute in.
    assert r.at(60 + HOLD / 2_000).occupancy == "occupied"
    r.keep_saying(360, 900, "pir", "motion", motion=False)
    state = r.at(901)
    assert (state.occupancy, state.release_grade, state.reason) == ("vacant", False, "states.no_motion")
    assert HOLD / 2 < state.since - 1_700_000_060_000 < HOLD


def test_a_motion_sensor_that_reports_changes_alone_keeps_the_room_while_it_sees_motion(room: Any) -> None:
    r = room(("pir", "motion"))
    r.say(0, "pir", "motion", motion=True)
    r.keep_saying(60, 480, "pir", "health", uptime_s=1)
    assert r.at(481).occupancy == "occupied"
    r.say(540, "pir", "motion", motion=False)
    r.keep_saying(600, 780, "pir", "motion", motion=False)
    assert r.at(540 + HOLD / 2_000).occupancy == "occupied"


def test_a_dead_motion_sensor_is_unknown_past_its_hold(room: Any) -> None:
    r = room(("pir", "motion"))
    r.say(0, "pir", "motion", motion=True)
    assert r.at(3600).occupancy == "unknown"


def test_quiet_motion_needs_two_more_signs_to_release(room: Any) -> None:
    devices = (("pir", "motion"), ("door", "door"), ("air", "climate"))
    r = room(*devices)
    r.say(0, "door", "door", open=False)
    r.say(0, "pir", "motion", motion=True)
    r.say(20, "door", "door", open=True)
    r.say(25, "door", "door", open=False)
    for at_s in range(60, 800, 60):
        r.say(at_s, "pir", "motion", motion=False)
        r.say(at_s, "air", "climate", lux=400.0)
    # The first "false" came after the door: whoever was seen last may still be inside.
    assert (r.at(790).occupancy, r.at(790).release_grade) == ("vacant", False)
    r.say(795, "door", "door", open=True)
    r.say(800, "door", "door", open=False)
    r.say(801, "pir", "motion", motion=False)
    r.say(802, "air", "climate", lux=1.0)
    assert not r.at(810).release_grade  # the door asks again for two minutes
    r.say(860, "pir", "motion", motion=False)
    r.say(860, "air", "climate", lux=1.0)
    assert r.at(916).release_grade


def test_presence_that_saw_them_leave_ends_the_motion_hold(room: Any) -> None:
    r = room(("pir", "motion"), ("radar", "presence"))
    r.say(0, "radar", "presence", present=True)
    r.say(1, "pir", "motion", motion=True)
    r.say(5, "pir", "motion", motion=False)
    r.say(30, "radar", "presence", present=False)
    assert r.at(50).occupancy == "vacant"


def test_motion_that_presence_missed_holds(room: Any) -> None:
    r = room(("pir", "motion"), ("radar", "presence"))
    r.keep_saying(0, 600, "radar", "presence", present=False)
    r.say(601, "pir", "motion", motion=True)
    r.say(603, "pir", "motion", motion=False)
    r.say(660, "radar", "presence", present=False)
    r.say(663, "pir", "motion", motion=False)
    assert r.at(670).occupancy == "occupied"


def test_a_motion_sensor_dying_does_not_empty_the_room_it_held(room: Any) -> None:
    r = room(("pir", "motion"), ("radar", "presence"))
    r.keep_saying(0, 600, "radar", "presence", present=False)
    r.say(601, "pir", "motion", motion=True)
    r.status(602, "pir", online=False)
    assert r.at(603).occupancy == "unknown"
    r.keep_saying(660, 1260, "radar", "presence", present=False)
    assert r.at(1290).occupancy == "vacant"


def test_an_opening_door_asks_again_for_two_minutes(room: Any) -> None:
    r = room(("radar", "presence"), ("door", "door"))
    r.say(0, "door", "door", open=False)
    r.keep_saying(0, 180, "radar", "presence", present=False)
    assert r.at(181).release_grade
    r.say(190, "door", "door", open=True, locked=False)
    state = r.at(190)
    assert (state.occupancy, state.release_grade, state.doors["door"].open) == ("vacant", False, True)
    r.keep_saying(240, 300, "radar", "presence", present=False)
    assert not r.at(309).release_grade
    assert r.at(310).release_grade


def test_a_charging_session_vetoes_empty(room: Any) -> None:
    r = room(("radar", "presence"), ("port", "charging"))
    r.keep_saying(0, 120, "radar", "presence", present=False)
    r.say(121, "port", "charging", port=0, state="charging", power_w=20.0, energy_wh=1.0, session="x")
    r.say(121, "port", "charging", port=1, state="fault", power_w=0.0, energy_wh=0.0)
    state = r.at(122)
    assert (state.occupancy, state.reason) == ("occupied", "states.charging")
    assert (state.charging.ports, state.charging.in_use, state.charging.fault) == (2, 1, 1)
    r.say(130, "port", "charging", port=0, state="done", power_w=0.0, energy_wh=9.0)
    assert r.at(150).occupancy == "vacant"


def test_a_charging_point_lost_in_use_leaves_unknown(room: Any) -> None:
    r = room(("radar", "presence"), ("port", "charging"))
    r.keep_saying(0, 120, "radar", "presence", present=False)
    r.say(121, "port", "charging", port=0, state="charging", power_w=20.0, energy_wh=1.0)
    r.status(122, "port", online=False)
    assert r.at(123).occupancy == "unknown"


@pytest.mark.parametrize(("action", "held"), [("check_in", True), ("keep", True), ("end", False), ("claim", False)])
def test_a_press_holds_the_room_for_ten_minutes(room: Any, action: str, held: bool) -> None:
    r = room(("radar", "presence"), ("knob", "button"))
    r.keep_saying(0, 120, "radar", "presence", present=False)
    outcome = r.say(121, "knob", "button", action=action, boot="b", seq=4)
    assert (outcome.button.action, outcome.button.ref) == (action, "s/knob/b/4")
    assert (r.at(122).occupancy == "occupied") is held
    r.keep_saying(180, 780, "radar", "presence", present=False)
    assert r.at(781).occupancy == "vacant"


def test_a_late_press_is_no_event(room: Any) -> None:
    r = room(("knob", "button"))
    assert r.say(600, "knob", "button", action="keep", ts=1_700_000_000_000).button is None


def test_air_alone_never_takes_a_room_away(room: Any) -> None:
    r = room(("air", "climate"))
    for hour in range(30):
        for minute in range(0, 60, 2):
            r.say(hour * 3600 + minute * 60, "air", "climate", co2_ppm=420.0, noise_db=30.0, wifi_clients=0)
    state = r.at(29 * 3600 + 58 * 60 + 1)
    assert (state.occupancy, state.release_grade) == ("vacant", False)
    for minute in range(0, 60, 2):
        noise_db = 45.0 + 8.0 * (minute % 3)
        r.say(30 * 3600 + minute * 60, "air", "climate", co2_ppm=430.0 + 15 * minute, noise_db=noise_db, wifi_clients=6)
    assert (r.at(31 * 3600).occupancy, r.at(31 * 3600).reason) == ("occupied", "states.air_busy")


def test_a_space_of_parts_follows_them(room: Any) -> None:
    r = room(("ra", "presence", "a"), ("rb", "presence", "b"), parts={"hall": ["a", "b"]})
    r.say(0, "ra", "presence", present=False)
    assert r.at(1, "hall").occupancy == "unknown"
    r.say(2, "rb", "presence", present=True)
    assert (r.at(3, "hall").occupancy, r.at(3, "hall").reason) == ("occupied", "states.part_occupied")
    r.say(60, "ra", "presence", present=False)
    r.say(61, "rb", "presence", present=False)
    assert (r.at(90, "hall").occupancy, r.at(90, "hall").release_grade) == ("vacant", False)
    for at_s in (120, 180):
        r.say(at_s, "ra", "presence", present=False)
        r.say(at_s, "rb", "presence", present=False)
    assert r.at(215, "hall").release_grade
    r.status(216, "rb", online=False)
    assert r.at(217, "hall").occupancy == "unknown"


def test_every_reason_and_word_has_its_text() -> None:
    known = {key.removeprefix("states.") for key in catalogue() if key.startswith("states.")}
    folder = Path(gateway.fold.__file__).parent
    source = "".join((folder / name).read_text() for name in ("testimony.py", "belief.py", "space.py"))
    reasons = set(re.findall(r'Belief\("\w+", "(\w+)"', source)) | set(re.findall(r'reason = "\w+", "(\w+)"', source))
    assert {"just_started", "silent", "contradicted", "part_unknown", "no_sensor"} <= known
    assert reasons <= known


def test_everything_said_in_the_rules_is_in_the_catalogue(room: Any) -> None:
    r = room(("radar", "presence"), ("pir", "motion"), ("cam", "count"), ("port", "charging"), ("knob", "button"))
    r.say(0, "radar", "presence", present=False)
    r.say(0, "pir", "motion", motion=True)
    r.say(0, "cam", "count", people=2)
    r.say(0, "port", "charging", port=0, state="charging", power_w=1.0, energy_wh=1.0)
    r.say(0, "knob", "button", action="keep")
    for at_s in (1, 700, 5000):
        state = r.at(at_s)
        assert state.reason in catalogue()
        for evidence in state.evidence:
            said = "people" if evidence.says.endswith(" people") else evidence.says
            assert f"states.says_{said}" in catalogue()


def test_a_deadline_of_the_whole_comes_true_without_a_message_of_its_own(room: Any) -> None:
    r = room(("ra", "presence", "a"), ("door", "door", "hall"), parts={"hall": ["a"]})
    r.say(0, "door", "door", open=False)
    r.keep_saying(0, 180, "ra", "presence", present=False)
    assert r.at(181, "hall").release_grade
    changed = r.truth.tick(1_700_000_000_000 + 3_600_000)
    last = [state for state in changed if state.space == "hall"][-1]
    assert (last.occupancy, last.as_of) == ("unknown", 1_700_000_000_000 + 330_000)


def test_air_of_a_whole_does_not_veto_its_parts(room: Any) -> None:
    r = room(("ra", "presence", "a"), ("rb", "presence", "b"), ("air", "climate"), ("knob", "button"),
             parts={"hall": ["a", "b"]})  # fmt: skip
    r.say(0, "air", "climate", co2_ppm=500.0)
    for at_s in (0, 60, 120, 180):
        r.say(at_s, "ra", "presence", present=False)
        r.say(at_s + 1, "rb", "presence", present=False)
    state = r.at(182)
    assert (state.occupancy, state.reason, state.release_grade) == ("vacant", "states.parts_vacant", True)
    assert [(e.device, e.says) for e in state.evidence] == [("rb", "absent"), ("ra", "absent")]
    r.status(183, "air", online=False)
    assert (r.at(184).occupancy, r.at(184).release_grade) == ("vacant", True)
    r.say(185, "rb", "presence", present=True)
    assert [(e.device, e.says) for e in r.at(186).evidence] == [("rb", "present")]


def test_a_lost_presence_sensor_of_the_whole_itself_vetoes_its_parts(room: Any) -> None:
    r = room(("ra", "presence", "a"), ("own", "presence"), parts={"hall": ["a"]})
    r.keep_saying(0, 120, "ra", "presence", present=False)
    assert r.at(121).reason == "states.just_started"
    for at_s in (130, 190, 250):
        r.say(at_s, "own", "presence", present=False)
        r.say(at_s + 1, "ra", "presence", present=False)
    assert (r.at(290).occupancy, r.at(290).release_grade) == ("vacant", True)
    r.status(292, "own", online=False)
    assert (r.at(293).occupancy, r.at(293).reason) == ("unknown", "states.offline")


def test_since_of_a_whole_follows_its_occupancy_through_restart_and_new_catalogue(
    room: Any, community_of: Callable[..., Any]
) -> None:
    devices = (("rx", "presence", "x"), ("ry", "presence", "y"))
    parts = {"hall": ["x", "y"]}  # named before its parts
    r = room(*devices, parts=parts)
    for at_s in (0, 60, 120, 180):
        r.say(at_s, "rx", "presence", present=False)
        r.say(at_s + 1, "ry", "presence", present=False)
    before = r.at(182)
    assert (before.occupancy, before.since) == ("vacant", 1_700_000_001_000)
    touched = r.truth.take().spaces.touched
    again = room(*devices, parts=parts)
    again.truth.restore({}, {}, r.truth.snapshots(touched))
    again.truth.listening(1_700_000_183_000)
    assert again.at(183).since == before.since
    r.truth.adopt(community_of(*devices, ("more", "door", "x"), parts=parts))
    assert r.at(183).since == before.since
    assert {state.occupancy for state in r.truth.tick(1_700_000_184_000)} <= {"vacant"}
    assert r.truth.take().spaces.points == []


def test_a_heartbeat_that_staff_set_is_the_one_a_device_owes(room: Any) -> None:
    r = room(("radar", "presence"))
    r.say(0, "radar", "presence", present=True)
    r.status(1, "radar", online=True, config={"heartbeat_s": 300}, config_v=1)
    assert r.at(151).occupancy == "occupied"
    r.status(160, "radar", online=True, config={"heartbeat_s": 10**9}, config_v=2)  # none that a device may have
    assert r.at(500).occupancy == "unknown"


def test_a_corner_shows_the_desks_and_ports_of_its_parts(room: Any) -> None:
    r = room(("r1", "presence", "desk-1"), ("r2", "presence", "desk-2"), ("p", "charging", "desk-2"),
             ("d", "door", "desk-1"), parts={"hall": ["desk-1", "desk-2"]})  # fmt: skip
    r.say(0, "r1", "presence", present=False)
    r.say(0, "r2", "presence", present=False)
    r.say(0, "p", "charging", port=0, state="idle", power_w=0.0, energy_wh=0.0)
    r.say(0, "d", "door", open=False)
    assert r.at(30, "hall").charging.model_dump() == {"ports": 1, "in_use": 0, "fault": 0}
    r.truth.tick(1_700_000_031_000)
    r.say(40, "p", "charging", port=0, state="fault", power_w=0.0, energy_wh=0.0)
    changed = [state for state in r.truth.tick(1_700_000_040_000) if state.space == "hall"]
    assert [state.charging.fault for state in changed] == [1]
    r.say(41, "p", "charging", port=0, state="charging", power_w=20.0, energy_wh=1.0)
    state = r.at(42, "hall")
    assert (state.occupancy, state.charging.in_use, state.devices.online) == ("occupied", 1, 4)
    assert state.doors["d"].open is False
