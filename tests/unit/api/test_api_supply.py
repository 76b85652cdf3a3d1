"""Supply over HTTP: terms, opening hours, holidays, and the sentence that says why a space is not there."""

from typing import Any

import pytest

V1 = "/api/v1"
WINDOW: dict[str, Any] = {
    "id": "evenings", "site": "lane", "space": "tea", "owner": "茶楼", "functions": ["reading"], "start": "18:00",
    "end": "21:00", "rrule": "FREQ=WEEKLY;BYDAY=TU", "dtstart": "2026-03-03", "exdate": ["2026-03-10"],
}  # fmt: skip


def _ask(house, method: str, path: str, body: dict[str, Any] | None = None, role: str = "steward") -> Any:
    return house.client.request(method, f"{V1}{path}", headers=house.as_(role), json=body)


def _when(house, day: str, **query: Any) -> Any:
    params = {"from": f"{day}T00:00:00+08:00", "to": f"{day}T23:55:00+08:00", "lang": "en", **query}
    answer = house.client.get(f"{V1}/spaces/lane/tea/availability", headers=house.as_("viewer"), params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_recurring_window_is_lent_on_its_days(house) -> None:
    assert _ask(house, "POST", "/supply", WINDOW).status_code == 201
    [open_] = _when(house, "2026-03-03")["items"]
    assert (open_["start"], open_["end"]) == ("2026-03-03T18:00:00.000+08:00", "2026-03-03T21:00:00.000+08:00")
    assert (open_["supply"], open_["approval"]) == ("evenings", "auto")
    taken_out = _when(house, "2026-03-10")
    assert taken_out["items"] == []
    assert taken_out["why_not"] == "茶楼 is lent by partners, and not on 2026-03-10."
    assert _when(house, "2026-03-03", people=11)["items"] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rrule": "BYDAY=TU"}, "rrule: FREQ is missing"),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never falls on any day"),
        ({"rrule": "FREQ=DAILY;COUNT=2;UNTIL=20270101"}, "has COUNT and UNTIL"),
        ({"end": "17:00"}, "17:00 is not after start 18:00"),
        ({"functions": ["disco"]}, "'disco' is not a function of 'tea'"),
        ({"groups": ["band"]}, "'band' is not a group of site 'lane'"),
        ({"space": "attic"}, "no space lane/attic"),
    ],
)
def test_supply_that_cannot_be_meant_is_refused_and_nothing_kept(house, change: dict[str, Any], says: str) -> None:
    answer = _ask(house, "POST", "/supply?lang=en", WINDOW | change)
    assert (answer.status_code, says in answer.json()["detail"]) == (422, True), answer.text
    assert _ask(house, "GET", "/supply").json()["items"] == []


def test_a_window_over_another_is_refused(house) -> None:
    assert _ask(house, "POST", "/supply", WINDOW).status_code == 201
    over = _ask(house, "POST", "/supply", WINDOW | {"id": "late", "start": "20:00", "end": "22:00"})
    assert over.status_code == 422
    assert "'late' lends 'tea' on 2026-03-03 from 20:00 to 22:00, when 'evenings' lends it" in over.json()["detail"]
    assert [one["id"] for one in _ask(house, "GET", "/supply").json()["items"]] == ["evenings"]


def test_a_holiday_closes_a_space_until_it_is_taken_back(house) -> None:
    holiday = {"id": "repair", "site": "lane", "space": "tea", "name": "维修", "first_day": "2026-03-03"}
    assert _ask(house, "POST", "/holidays", holiday).status_code == 201
    assert _ask(house, "POST", "/holidays", holiday).status_code == 409
    assert _ask(house, "GET", "/holidays?site=lane").json()["items"][0]["name"] == "维修"
    assert _when(house, "2026-03-03")["why_not"] == "茶楼 is closed on 2026-03-03: 维修."
    body = {"site": "lane", "space": "tea", "group": "书友会", "people": 8, "start": "2026-03-03T10:00:00+08:00",
            "end": "2026-03-03T11:00:00+08:00"}  # fmt: skip
    refused = _ask(house, "POST", "/bookings?lang=zh", body)
    assert (refused.status_code, refused.json()["detail"]) == (422, "茶楼在 2026-03-03 不开放：维修。")
    assert _ask(house, "DELETE", "/holidays/lane/repair").status_code == 204
    assert _ask(house, "DELETE", "/holidays/lane/repair").status_code == 404
    assert _ask(house, "POST", "/bookings", body).status_code == 201


def test_a_booking_asks_for_the_notice_of_its_window(house) -> None:
    assert _ask(house, "POST", "/supply", WINDOW | {"notice_min": 600}).status_code == 201
    body = {"site": "lane", "space": "tea", "group": "书友会", "people": 8, "start": "2026-03-03T18:00:00+08:00",
            "end": "2026-03-03T19:00:00+08:00"}  # fmt: skip
    refused = _ask(house, "POST", "/bookings?lang=en", body)
    assert refused.json()["detail"] == "茶楼 asks for notice: this time had to be booked by 2026-03-03 08:00."
    assert _ask(house, "POST", "/bookings", body | {"start": "2026-03-03T19:00:00+08:00",
                                                    "end": "2026-03-03T20:00:00+08:00"}).status_code == 201  # fmt: skip


def test_availability_is_asked_for_a_season_at_a_time(house) -> None:
    path = "/spaces/lane/tea/availability?from=2026-03-03T00:00:00Z&to="
    assert _ask(house, "GET", f"{path}2026-07-03T00:00:00Z").status_code == 422
    assert _ask(house, "GET", f"{path}2026-03-02T00:00:00Z").status_code == 422
    assert _ask(house, "GET", "/spaces/lane/attic/availability").status_code == 404
    assert _ask(house, "GET", "/changeover").json() == {"items": [], "next": None}
    assert _ask(house, "GET", "/groups").json() == {"items": [], "next": None}
