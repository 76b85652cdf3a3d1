"""Counters whose comings and goings never return to nobody heal when the rest proves the room empty."""

from typing import Any

MIN, HOUR = 60, 3600


def test_presence_that_saw_them_leave_heals_a_counter_that_missed_it(room: Any) -> None:
    r = room(("gate", "count"), ("radar", "presence"))
    for minute in range(40):
        inside = 10 <= minute < 20
        r.say(minute * MIN, "radar", "presence", present=inside)
        r.say(minute * MIN + 1, "gate", "count", **{"in": 2 * (minute >= 10), "out": int(minute >= 20), "boot": "b"})
        if minute in (15, 25):
            assert r.at(minute * MIN + 2).people == (2 if minute == 15 else None)
            assert (r.at(minute * MIN + 2).reason == "states.contradicted") is (minute == 25)
    state = r.at(40 * MIN)
    assert (state.occupancy, state.people, state.release_grade) == ("vacant", 0, True)  # by the radar, not by it
    r.say(40 * MIN, "radar", "presence", present=True)
    r.say(40 * MIN, "gate", "count", **{"in": 3, "out": 1, "boot": "b"})
    assert r.at(40 * MIN + 1).people == 1


def test_presence_that_never_saw_who_was_counted_in_proves_nothing_for_long(room: Any) -> None:
    r = room(("gate", "count"), ("radar", "presence"))
    for minute in range(100):
        r.say(minute * MIN, "radar", "presence", present=False)
        r.say(minute * MIN + 1, "gate", "count", **{"in": int(minute >= 10), "out": 0, "boot": "b"})
    assert r.at(100 * MIN).occupancy != "vacant"


def test_silent_motion_sensors_heal_a_counter_in_time(room: Any) -> None:
    r = room(("gate", "count"), ("pir", "motion"))
    for minute in range(90):
        r.say(minute * MIN, "pir", "motion", motion=10 <= minute < 20)
        r.say(minute * MIN + 1, "gate", "count", **{"in": int(minute >= 10), "out": 0, "boot": "b"})
        if minute == 50:
            assert r.at(minute * MIN + 2).occupancy != "vacant"
    assert (r.at(90 * MIN).occupancy, r.at(90 * MIN).people) == ("vacant", 0)


def test_a_healed_counter_releases_nothing_until_it_has_come_back_to_nobody_by_itself(room: Any) -> None:
    r = room(("gate", "count"), ("pir", "motion"))
    for minute in range(300):
        inside = int(10 <= minute < 200) + int(minute >= 210)
        r.say(minute * MIN, "pir", "motion", motion=10 <= minute < 20)
        r.say(minute * MIN + 1, "gate", "count", **{"in": 1 + int(minute >= 210), "out": 2 - inside, "boot": "b"})
        if 60 <= minute < 200:
            assert not r.at(minute * MIN + 2).release_grade
    assert not r.at(300 * MIN).release_grade


def test_a_camera_that_counts_heads_is_not_healed_by_silence(room: Any) -> None:
    r = room(("cam", "count"), ("pir", "motion"))
    for minute in range(150):
        r.say(minute * MIN, "pir", "motion", motion=10 <= minute < 12)
        r.say(minute * MIN + 1, "cam", "count", people=2 * (minute >= 10))
        if minute >= 12:
            assert r.at(minute * MIN + 2).occupancy != "vacant"


def test_a_lone_counter_heals_when_nobody_has_passed_for_a_night(room: Any) -> None:
    r = room(("gate", "count"))
    for minute in range(10 * 60):
        r.say(minute * MIN, "gate", "count", **{"in": int(minute >= 10), "out": 0, "boot": "b"})
        if minute == 7 * 60:
            assert r.at(minute * MIN + 1).occupancy != "vacant"
    assert (r.at(10 * HOUR).occupancy, r.at(10 * HOUR).people) == ("vacant", 0)


def test_a_counter_that_says_people_itself_heals_as_well_and_starts_anew_at_its_zero(room: Any) -> None:
    r = room(("cam", "count"), ("radar", "presence"))
    for minute in range(40):
        inside = 5 <= minute < 15
        r.say(minute * MIN, "radar", "presence", present=inside)
        r.say(minute * MIN + 1, "cam", "count", people=3 if minute < 5 else 5 if inside else 3)
    assert (r.at(40 * MIN).occupancy, r.at(40 * MIN).people) == ("vacant", 0)
    r.say(40 * MIN, "radar", "presence", present=True)
    r.say(40 * MIN, "cam", "count", people=4)
    assert r.at(40 * MIN + 1).people == 1
    r.say(41 * MIN, "cam", "count", people=0)
    r.say(42 * MIN, "cam", "count", people=2)
    assert r.at(42 * MIN + 1).people == 2
