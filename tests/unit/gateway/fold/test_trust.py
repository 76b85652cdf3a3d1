"""Who is at odds with its neighbours loses weight, is told of, and wins it back."""

from typing import Any

import pytest

from services.contracts.texts import catalogue

MIN, HOUR = 60, 3600


def trust_of(r: Any, at_s: float, device: str) -> float:
    return float(next(e.trust for e in r.at(at_s).evidence if e.device == device))


def alerts(r: Any) -> list[tuple[str, str, bool]]:
    """Return (device, text, cleared) of the doubts told since the last call."""
    told = [alert for _, alert in r.truth.take().spaces.alerts if alert.key.startswith("doubt/")]
    return [(str(a.params["device"]), a.text, a.cleared) for a in told]


def let_stay(r: Any, start_s: int, minutes: int, *, seen_by: tuple[str, ...], missed_by: tuple[str, ...] = ()) -> None:
    """Let somebody stay; afterwards all presence sensors see nobody for half an hour."""
    for minute in range(minutes + 30):
        for device in seen_by:
            r.say(start_s + minute * MIN, device, "presence", present=minute < minutes)
        for device in missed_by:
            r.say(start_s + minute * MIN, device, "presence", present=False)


def test_a_sensor_stuck_on_alone_against_its_neighbour_is_found_within_hours(room: Any) -> None:
    r = room(("radar", "presence"), ("pir", "motion"))
    for minute in range(5 * 60):
        r.say(minute * MIN, "radar", "presence", present=True)
        r.say(minute * MIN, "pir", "motion", motion=False)
    state = r.at(5 * HOUR)
    assert alerts(r) == [("radar", "states.alert_doubt_stuck_on", False)]
    assert (state.occupancy, state.release_grade) == ("vacant", False)
    assert [(e.says, e.weight, e.trust) for e in state.evidence if e.device == "radar"] == [("present", 0.0, 0.0)]


def test_a_sensor_stuck_on_with_nobody_to_ask_is_doubted_after_a_night(room: Any) -> None:
    r = room(("radar", "presence"))
    for minute in range(16 * 60):
        r.say(minute * MIN, "radar", "presence", present=True)
        if minute == 13 * 60:
            assert r.at(minute * MIN).occupancy == "occupied"
    state = r.at(16 * HOUR)
    assert (state.occupancy, state.reason) == ("unknown", "states.doubted")


def test_a_sensor_that_misses_stays_others_see_is_doubted_and_then_believed_again(room: Any) -> None:
    r = room(("a", "presence"), ("b", "presence"), ("dead", "presence"))
    for stay in range(2):
        let_stay(r, stay * HOUR, 20, seen_by=("a", "b"), missed_by=("dead",))
    assert trust_of(r, 2 * HOUR - 1, "dead") == 0
    assert alerts(r) == [("dead", "states.alert_doubt_stuck_off", False)]
    for stay in range(2, 5):
        let_stay(r, stay * HOUR, 20, seen_by=("a", "b", "dead"))
    assert trust_of(r, 5 * HOUR - 1, "dead") >= 0.6
    assert ("dead", "states.alert_doubt_over", True) in alerts(r)


def test_a_sensor_that_sees_people_behind_a_shut_door_alone_sees_others(room: Any) -> None:
    r = room(("radar", "presence"), ("pir", "motion"), ("door", "door"))
    for minute in range(3 * 60):
        r.say(minute * MIN, "door", "door", open=minute == 1)
        r.say(minute * MIN, "radar", "presence", present=minute % 60 < 20 and minute >= 60)
        r.say(minute * MIN, "pir", "motion", motion=False)
    assert alerts(r) == [("radar", "states.alert_doubt_sees_others", False)]


def test_a_door_contact_that_never_opens_bears_no_witness(room: Any) -> None:
    r = room(("a", "presence"), ("b", "presence"), ("door", "door"))
    for hour in range(8):
        let_stay(r, hour * HOUR, 20, seen_by=("a", "b")[hour % 2 :][:1], missed_by=("b", "a")[hour % 2 :][:1])
        r.say(hour * HOUR + 3000, "door", "door", open=False)
    assert alerts(r) == []


def test_a_doubt_is_taken_back_when_the_device_moves(room: Any, community_of: Any) -> None:
    r = room(("radar", "presence"), ("pir", "motion"))
    for minute in range(5 * 60):
        r.say(minute * MIN, "radar", "presence", present=True)
        r.say(minute * MIN, "pir", "motion", motion=False)
    assert alerts(r) == [("radar", "states.alert_doubt_stuck_on", False)]
    r.truth.adopt(community_of(("radar", "presence", "elsewhere"), ("pir", "motion")))
    assert alerts(r) == [("radar", "states.alert_doubt_over", True)]


def test_a_short_look_in_proves_nothing(room: Any) -> None:
    r = room(("a", "presence"), ("b", "presence"), ("c", "presence"))
    for stay in range(6):
        let_stay(r, stay * HOUR, 4, seen_by=("a", "b"), missed_by=("c",))
    assert trust_of(r, 6 * HOUR - 1, "c") == 1


def test_a_sensor_that_changes_its_mind_all_the_time_is_not_believed_until_it_stops(room: Any) -> None:
    r = room(("radar", "presence"), ("pir", "motion"))
    for step in range(120):
        r.say(step * 5, "radar", "presence", present=step % 2 == 0)
        if step % 12 == 0:
            r.say(step * 5, "pir", "motion", motion=False)
    assert alerts(r) == [("radar", "states.alert_doubt_chatters", False)]
    for minute in range(10, 4 * 60):
        r.say(minute * MIN, "radar", "presence", present=False)
        r.say(minute * MIN, "pir", "motion", motion=False)
    assert alerts(r) == [("radar", "states.alert_doubt_over", True)]


def test_a_sensor_with_a_wrong_clock_weighs_less(room: Any) -> None:
    r = room(("radar", "presence"))
    r.say(0, "radar", "presence", present=True, ts=1_700_000_000_000 + 3 * HOUR * 1000)
    assert trust_of(r, 1, "radar") == pytest.approx(0.7)
    r.say(60, "radar", "presence", present=True, ts=1_700_000_060_000)
    assert trust_of(r, 61, "radar") == 1


def test_every_doubt_has_its_text() -> None:
    for doubt in ("stuck_on", "stuck_off", "sees_others", "chatters", "over"):
        assert f"states.alert_doubt_{doubt}" in catalogue()
