"""Why somebody is not served, in words, and where the nearest free place is."""

import pytest

from services.planner.answer import answer
from services.planner.planning import plan
from services.planner.reading import read_instance
from tests.planning import Raw, clock, problem, request, space


def reason(raw: Raw, name: str = "r", language: str = "en") -> str:
    told = answer(plan(read_instance(raw), 60.0), language)
    return {each["request"]: each["reason"] for each in told["unserved"]}[name]


ROOMS = [space("small", 10, features=("piano",)), space("large", 40)]


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (request("r", 80), "no space for 80: the largest holds 40"),
        (request("r", 30, features=("piano",)), "no space for 30 with piano: those that have it hold 10 at most"),
        (request("r", 5, features=("kiln",)), "no space has kiln"),
        (
            request("r", 30, 90, window=(540, 600)),
            "09:00–10:00 is shorter than 90 min; nearest: Wed 15/4 09:00 in large",
        ),
        (
            request("r", 30, 60, window=(780, 900)),
            "no space for 30 is open for 60 min between 13:00 and 15:00; nearest: Wed 15/4 11:00 in large",
        ),
        (
            request("r", 5, 60, features=("piano",), window=(780, 900)),
            "no space for 5 with piano is open for 60 min between 13:00 and 15:00; nearest: Wed 15/4 11:00 in small",
        ),
    ],
)
def test_a_reason_says_what_is_missing(wish: Raw, told: str) -> None:
    assert reason(problem(ROOMS, [wish])) == told


def test_who_is_in_the_way_is_named_and_the_nearest_gap_told() -> None:
    others = [request(name, 20, 60, weight=5, window=(540 + 60 * n, 600 + 60 * n)) for n, name in enumerate("abc")]
    wide = [space("large", 40, open_at=((540, 840),))]
    told = reason(problem(wide, [*others, request("r", 20, 60, window=(570, 660))]))
    assert told == (
        "every space for 20 between 09:30 and 11:00 serves more with others (a, b); nearest: Wed 15/4 12:00 in large"
    )


def test_no_more_than_three_are_named() -> None:
    others = [request(name, 20, 15, weight=50) for name in "abcdefghijkl"]
    assert reason(problem([space("large", 40)], [*others, request("r", 20, 60)])).count(",") == 2


def test_a_place_before_the_window_may_be_the_nearest() -> None:
    rooms = [space("large", 40, open_at=((540, 720), (900, 1200)))]
    wish = request("r", 20, 60, window=(735, 800))
    assert reason(problem(rooms, [wish])).endswith("nearest: Wed 15/4 11:00 in large")


def test_a_repair_tells_of_the_window_within_reach() -> None:
    standing = [{"request": "r", "space": "small", "start": clock(540)}]
    raw = problem([space("small", open_at=()), ROOMS[1]], [request("r", 10, 60, window=(540, 720))], current=standing)
    full = raw | {
        "requests": [*raw["requests"], request("big", 30, 120, weight=9, window=(540, 660))],
        "max_shift_min": 30,
    }
    assert "nearest: Wed 15/4 11:00 in large" in reason(full)


def test_chinese_reads_as_staff_write() -> None:
    assert reason(problem(ROOMS, [request("r", 80)]), language="zh") == "没有能容纳 80 人的空间，最大的只能容纳 40 人"
