"""What anybody sees without an account: free or not, by time alone; and the code at the door."""

import json

from services.contracts.names import HOUR, MINUTE, SECOND
from tests.unit.api.conftest import NINE, SITE, House

API = "/api/v1"
ROOM = f"{API}/public/spaces/{SITE}/room-a"


def _space(house: House, id: str = "room-a", later: int = 2 * SECOND) -> dict:
    house.machine.at += later  # what everybody is shown is made anew that often
    answer = house.client.get(f"{API}/public/spaces", params={"site": SITE})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=3"
    return next(one for one in answer.json()["items"] if one["space"] == id)


def test_what_is_free_is_told_with_until_when_and_tonight(house: House) -> None:
    assert house.client.get(f"{API}/public/sites").json()["items"][0]["name"] == "里弄社区"
    house.book(start=NINE + 2 * HOUR)
    house.hear("vacant")
    seen = _space(house)
    assert (seen["state"], seen["occupied"], seen["until"]) == ("free", False, "2026-03-03T11:00:00.000+08:00")
    assert seen["free"]["end"] == "2026-03-03T11:00:00.000+08:00"
    assert seen["next_free"]["start"] == "2026-03-03T12:00:00.000+08:00"
    assert [(one["start"][11:16], one["end"][11:16]) for one in seen["tonight"]] == [("18:00", "22:00")]
    assert house.client.get(f"{API}/public/spaces", params={"site": "nowhere"}).status_code == 422
    assert house.client.get(f"{API}/public/spaces/{SITE}/nowhere").status_code == 404


def test_a_hall_is_busy_with_its_rooms_and_unknown_is_said(house: House) -> None:
    house.book()
    assert _space(house)["state"] == _space(house, "hall")["state"] == "busy"
    assert _space(house, "tea")["state"] == "free"  # nothing there could tell: what is promised is all there is
    house.clock.at = NINE + 2 * HOUR
    assert _space(house)["state"] == "unknown"
    assert _space(house)["free"] is not None
    house.hear("occupied", as_of=NINE + 2 * HOUR)
    there = _space(house)
    assert (there["state"], there["occupied"]) == ("busy", True)
    house.clock.at = NINE + 3 * HOUR
    assert _space(house)["state"] == "unknown"  # what is old is not known


def test_a_crowd_is_answered_once_and_a_change_at_once(house: House) -> None:
    assert _space(house)["state"] == "unknown"
    house.hear("vacant")
    assert _space(house, later=0)["state"] == "unknown"
    house.book()
    assert _space(house, later=0)["state"] == "busy"


def test_a_passer_by_learns_no_name_no_group_and_no_number_of_people(house: House) -> None:
    house.book()
    house.hear()
    house.deps.bookings.add_request(house.wish("r9"))
    for path in (f"{API}/public/spaces?site={SITE}", ROOM):
        text = house.client.get(path).text
        for hidden in ("合唱团", "排练", "1234", "b1", "书友会", "seen-a", '"people"', "confidence", "evidence"):
            assert hidden not in text, hidden


def test_the_door_tells_whose_time_it_is_by_the_clock(house: House) -> None:
    house.book()
    house.book("b2", start=NINE + 90 * MINUTE)
    door = house.client.get(ROOM).json()
    assert door["busy_now"] == {"start": "2026-03-03T09:00:00.000+08:00", "end": "2026-03-03T10:00:00.000+08:00"}
    assert door["busy_next"]["start"] == "2026-03-03T10:30:00.000+08:00"
    assert [one["start"][11:16] for one in door["today"]] == ["10:00", "11:30"]


def test_the_code_checks_in_at_its_own_door_and_guessing_is_held_back(house: House) -> None:
    house.book()
    house.book("b2", "tea", NINE + HOUR)
    wrong = house.client.post(f"{ROOM}/check-in", json={"code": "9999"})
    assert wrong.status_code == 404
    assert house.client.post(f"{API}/public/spaces/{SITE}/tea/check-in", json={"code": "1234"}).status_code == 404
    done = house.client.post(f"{ROOM}/check-in", json={"code": "1234"})
    assert done.status_code == 200
    assert done.json()["said"] == "已签到，用到 10:00。"
    assert house.deps.bookings.booking("b1").state == "in_use"
    made = house.deps.bookings.last_decision(booking="b1")
    assert made is not None
    assert made.actor == "group"
    for _ in range(4):
        house.client.post(f"{ROOM}/check-in", json={"code": "9999"})
    held = house.client.post(f"{ROOM}/check-in", json={"code": "1234"})
    assert held.status_code == 429
    assert "retry-after" in held.headers
    for body in ({"code": "12a4"}, {"code": ""}, {"code": "\x00000"}, {}):
        assert house.client.post(f"{ROOM}/check-in", content=json.dumps(body)).status_code == 422


def test_the_hall_opens_with_the_code_of_its_room(house: House) -> None:
    house.book()
    assert house.client.post(f"{API}/public/spaces/{SITE}/hall/check-in", json={"code": "1234"}).status_code == 200
