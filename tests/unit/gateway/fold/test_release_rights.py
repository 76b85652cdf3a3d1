"""Who may take a booking away: nobody whom somebody, even a doubted one, could contradict."""

from typing import Any

import pytest

MIN, HOUR = 60, 3600


def test_a_doubted_motion_sensor_that_sees_motion_forbids_release(room: Any) -> None:
    r = room(("radar", "presence"), ("pir", "motion"))
    r.say(0, "radar", "presence", present=True)
    r.say(1, "radar", "presence", present=False)  # stuck from now on
    for step in range(8 * 30):
        r.say(2 * MIN + step * 2 * MIN, "radar", "presence", present=False)
        r.say(2 * MIN + step * 2 * MIN, "pir", "motion", motion=step % 2 == 0)
        assert not (step > 5 and r.at(2 * MIN + step * 2 * MIN + 1).release_grade)


def test_the_motion_sensor_that_saw_them_last_has_to_be_quiet_as_well(room: Any) -> None:
    r = room(("one", "motion"), ("two", "motion"), ("air", "climate"))
    for minute in range(30):
        r.say(minute * MIN, "one", "motion", motion=minute == 0)
        r.say(minute * MIN, "two", "motion", motion=minute == 20)
        r.say(minute * MIN, "air", "climate", lux=0.0)
    assert not r.at(27 * MIN).release_grade


def test_a_doubted_radar_that_saw_somebody_and_fell_silent_forbids_release(room: Any) -> None:
    r = room(("radar", "presence"), ("pir", "motion"), ("air", "climate"))
    for minute in range(5 * 60):
        r.say(minute * MIN, "radar", "presence", present=True)
        r.say(minute * MIN, "pir", "motion", motion=False)
        r.say(minute * MIN, "air", "climate", lux=0.0)
    r.status(5 * HOUR, "radar", online=False)
    for minute in range(5 * 60 + 1, 6 * 60):
        r.say(minute * MIN, "pir", "motion", motion=False)
        r.say(minute * MIN, "air", "climate", lux=0.0)
    state = r.at(6 * HOUR)
    assert (state.occupancy, state.release_grade) == ("vacant", False)


def test_the_door_of_a_whole_asks_for_all_its_parts(room: Any) -> None:
    r = room(("ra", "presence", "a"), ("door", "door"), parts={"hall": ["a"]})
    r.say(0, "door", "door", open=False)
    r.keep_saying(0, 180, "ra", "presence", present=False)
    assert r.at(181, "hall").release_grade
    r.say(190, "door", "door", open=True)
    assert not r.at(191, "hall").release_grade
    r.keep_saying(240, 320, "ra", "presence", present=False)
    assert r.at(321, "hall").release_grade


def test_a_press_in_a_hall_is_over_when_it_is_over(room: Any) -> None:
    r = room(("ra", "presence", "a"), ("knob", "button"), parts={"hall": ["a"]})
    r.keep_saying(0, 120, "ra", "presence", present=False)
    r.say(121, "knob", "button", action="keep")
    assert r.at(122, "hall").occupancy == "occupied"
    r.keep_saying(180, 900, "ra", "presence", present=False)
    state = r.at(901, "hall")
    assert (state.occupancy, state.release_grade) == ("vacant", True)
    assert (state.probability, state.confidence) == (pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.01))


@pytest.mark.parametrize("parts", [8, 50])
def test_a_hall_that_is_certainly_occupied_is_no_division_by_zero(room: Any, parts: int) -> None:
    names = [f"p{number}" for number in range(parts)]
    r = room(*((f"r-{name}", "presence", name) for name in names), parts={"hall": names})
    for minute in range(5):
        for name in names:
            r.say(minute * MIN, f"r-{name}", "presence", present=True)
    state = r.at(5 * MIN, "hall")
    assert (state.occupancy, state.confidence) == ("occupied", 1.0)


@pytest.mark.parametrize("value", [-1.0, -1e308, 1e308])
def test_impossible_values_of_a_sensor_harm_nothing(room: Any, value: float) -> None:
    r = room(("air", "climate"))
    for minute in range(0, 20 * 60, 5):
        broken = 60 < minute < 10 * 60
        lux, noise = (value, value) if broken else (50.0, 35.0)
        outcome = r.say(minute * MIN, "air", "climate", lux=lux, noise_db=noise, co2_ppm=450.0)
        assert outcome.verdict == "stored"
    kept = r.truth.snapshots(r.truth.take().spaces.touched)
    again = room(("air", "climate"))
    again.truth.restore({}, {}, kept)
    assert again.at(20 * HOUR).model_dump() == r.at(20 * HOUR).model_dump()


def test_light_that_is_no_longer_measured_proves_no_darkness(room: Any) -> None:
    r = room(("pir", "motion"), ("air", "climate"))
    r.say(0, "air", "climate", lux=0.1)
    for minute in range(90):
        r.say(minute * MIN, "pir", "motion", motion=minute == 0)
        r.say(minute * MIN, "air", "climate", co2_ppm=800.0)
    assert not r.at(90 * MIN).release_grade
