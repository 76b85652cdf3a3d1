"""Random small problems: the plan keeps the rules, reaches what enumeration reaches, and its bound holds."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.planner.answer import answer
from services.planner.planning import plan
from services.planner.reading import read_instance
from tests.planning import Raw, best, clock, faults, minutes, problem, problems, request, space, value

SECONDS = 60.0
"""Never used up: these are proven at once."""

_SOLVED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def solved(raw: Raw) -> Raw:
    return json.loads(json.dumps(answer(plan(read_instance(raw), SECONDS), "en")))


def _placed(told: Raw) -> dict[str, tuple[str, float]]:
    return {each["request"]: (each["space"], minutes(each["start"])) for each in told["assigned"]}


@_SOLVED
@given(problems())
def test_a_plan_keeps_the_rules_and_is_the_best_there_is(raw: Raw) -> None:
    told = solved(raw)
    assert faults(raw, told) == []
    assert told["value"] == pytest.approx(value(raw, _placed(told)))
    assert told["value"] == pytest.approx(best(raw))
    assert told["bound"] == pytest.approx(told["value"])
    assert told["gap"] == 0


@_SOLVED
@given(problems(repair=True))
def test_a_repair_keeps_the_rules_and_is_the_best_there_is(raw: Raw) -> None:
    told = solved(raw)
    assert faults(raw, told) == []
    assert told["value"] == pytest.approx(value(raw, _placed(told)))
    assert told["value"] == pytest.approx(best(raw))
    stayed = {each["request"] for each in raw["current"]} - {each["request"] for each in told["moved"]}
    assert {name: _placed(told)[name][0] for name in stayed} == {
        each["request"]: each["space"] for each in raw["current"] if each["request"] in stayed
    }


@_SOLVED
@given(problems(), st.integers(2, 5))
def test_more_weight_for_all_changes_no_optimum(raw: Raw, factor: int) -> None:
    heavier = {**raw, "requests": [{**each, "weight": each["weight"] * factor} for each in raw["requests"]]}
    assert solved(heavier)["value"] == pytest.approx(factor * solved(raw)["value"])


def test_a_stop_at_once_still_gives_a_plan_that_keeps_the_rules() -> None:
    raw = problem([space("a"), space("b")], [request(f"r{number}", 10 + number) for number in range(12)])
    told = json.loads(json.dumps(answer(plan(read_instance(raw), SECONDS, lambda: True), "en")))
    assert faults(raw, told) == []
    assert 0 < told["value"] <= told["bound"]


def test_nothing_to_plan_is_a_plan() -> None:
    assert solved(problem([], [])) | {"seconds": 0} == {
        "value": 0, "bound": 0, "gap": 0, "seconds": 0, "assigned": [], "unserved": [],
    }  # fmt: skip


def test_a_booking_may_end_where_a_fixed_one_off_the_grid_begins() -> None:
    raw = problem(
        [space("a")],
        [request("fixed", minutes=50), request("before", minutes=35)],
        fixed=[{"request": "fixed", "space": "a", "start": clock(575)}],  # 09:35
    )
    told = solved(raw | {"requests": [raw["requests"][0], raw["requests"][1] | {"latest_end": clock(600)}]})
    assert [each["start"] for each in told["assigned"]] == [clock(575), clock(540)]


def test_touching_openings_count_as_one() -> None:
    raw = problem([space("a", open_at=((540, 570), (570, 600)))], [request("r", minutes=60)])
    assert [each["start"] for each in solved(raw)["assigned"]] == [clock(540)]


def test_two_halls_that_share_a_room_below_them_exclude_each_other() -> None:
    rooms = [space(name, 5) for name in "abc"]
    halls = [space("ab", 40, parts=("a", "b")), space("abc", 60, parts=("ab", "c")), space("bc", 40, parts=("b", "c"))]
    wishes = [request("one", 30, 180), request("two", 31, 180), request("three", 50, 180)]
    assert [each["request"] for each in solved(problem(rooms + halls, wishes))["assigned"]] == ["three"]


def test_who_counts_nothing_is_placed_where_it_takes_nothing_from_anybody() -> None:
    raw = problem([space("a")], [request("free", weight=0, minutes=120), request("paid")])
    assert {each["request"] for each in solved(raw)["assigned"]} == {"free", "paid"}
    full = problem([space("a")], [request("free", weight=0, minutes=120), request("paid", minutes=120)])
    assert {each["request"] for each in solved(full)["assigned"]} == {"paid"}


def test_times_are_told_in_the_offset_of_their_request() -> None:
    raw = problem([space("a")], [request("r", minutes=180, zone="Z")])
    assert solved(raw)["assigned"] == [{"request": "r", "space": "a", "start": "2026-04-15T01:00:00+00:00"}]


def test_a_move_is_charged_once_and_told() -> None:
    closed, standing = space("old", open_at=()), [{"request": "r", "space": "old", "start": clock(540)}]
    raw = problem([closed, space("new")], [request("r", 10, 60)], current=standing, move_cost=100)
    told = solved(raw)
    assert told["value"] == 500
    assert told["moved"] == [
        {"request": "r", "from": {"space": "old", "start": clock(540)}, "to": {"space": "new", "start": clock(540)}}
    ]


def test_nobody_is_moved_for_less_than_a_move_costs() -> None:
    standing = [{"request": "small", "space": "a", "start": clock(540)}]
    wishes = [request("small", 10, 180), request("large", 12, 180)]
    raw = problem([space("a")], wishes, current=standing)
    assert solved(raw | {"move_cost": 400})["moved"] == []
    assert [each["to"] for each in solved(raw | {"move_cost": 300})["moved"]] == [None]


def test_a_booking_is_moved_no_further_in_time_than_allowed() -> None:
    standing = [{"request": "r", "space": "old", "start": clock(540)}]
    raw = problem([space("old", open_at=()), space("new", open_at=((600, 720),))], [request("r")], current=standing)
    assert solved(raw | {"max_shift_min": 45})["moved"][0]["to"] is None
    assert solved(raw | {"max_shift_min": 60})["moved"][0]["to"] == {"space": "new", "start": clock(600)}
