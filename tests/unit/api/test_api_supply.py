"""Supply over HTTP: terms, opening hours, holidays, and the sentence that says why a space is not there."""

from typing import Any

import pytest

from services.contracts.community import Changeover, Community, Group
from tests.unit.api.conftest import COMMUNITY

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
    assert "“late”在 2026-03-03 20:00–22:00 出借“tea”，与“evenings”的" in over.json()["detail"]
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


def _book(house, start: str, end: str, **more: Any) -> Any:
    body = {"site": "lane", "space": "tea", "group": "书友会", "people": 8, "start": f"2026-03-03T{start}:00+08:00",
            "end": f"2026-03-03T{end}:00+08:00", **more}  # fmt: skip
    return _ask(house, "POST", "/bookings?lang=en", body)


def test_a_host_is_asked_and_answers(house) -> None:
    window = WINDOW | {"approval": "host", "approve_within_min": 60, "owner": "token-partner"}
    assert _ask(house, "POST", "/supply", window).status_code == 201
    made = _book(house, "18:00", "19:00").json()
    assert (made["state"], made["answer_by"]) == ("asked", "2026-03-03T10:00:00.000+08:00")
    assert _book(house, "18:30", "19:30").status_code == 409  # it holds its time
    assert _ask(house, "POST", f"/bookings/{made['id']}/check-in").status_code == 409
    yes = _ask(house, "POST", f"/bookings/{made['id']}/approve?lang=en", role="partner")
    assert (yes.status_code, yes.json()["kind"]) == (200, "approve")
    assert yes.json()["summary"].startswith("The host agrees: 书友会 has 茶楼 from 18:00 to 19:00")
    assert _ask(house, "POST", f"/bookings/{made['id']}/approve").json()["id"] == yes.json()["id"]
    other = _book(house, "19:00", "20:00").json()
    no = _ask(house, "POST", f"/bookings/{other['id']}/refuse")
    assert no.json()["undo"]["possible"]
    assert _ask(house, "POST", f"/bookings/{other['id']}/approve").status_code == 409
    assert _book(house, "19:00", "20:00").status_code == 201
    assert not _ask(house, "GET", f"/decisions/{no.json()['id']}").json()["undo"]["possible"]  # its time is taken


def test_only_the_host_or_staff_answer(house) -> None:
    others = WINDOW | {"id": "mornings", "owner": "token-partner", "start": "08:00", "end": "12:00"}
    assert _ask(house, "POST", "/supply", others).status_code == 201
    assert _ask(house, "POST", "/supply", WINDOW | {"approval": "host"}).status_code == 201
    made = _book(house, "18:00", "19:00").json()
    refused = _ask(house, "POST", f"/bookings/{made['id']}/approve?lang=en", role="partner")
    assert (refused.status_code, "not lent by you" in refused.json()["detail"]) == (403, True)


def test_changeover_quota_and_the_groups_usual_use(house) -> None:
    tea = COMMUNITY.spaces[3].model_copy(update={"functions": ("reading", "rehearsal"), "cleaning_min": 5})
    house.deps.catalogue_store.import_community(
        Community(
            spaces=(tea,),
            changeover=(Changeover(site="lane", before="reading", after="rehearsal", minutes=20),),
            groups=(
                Group(id="choir", site="lane", name="合唱团", weekly_quota_min=90, priority=4, function="rehearsal"),
            ),
        )
    )
    assert _book(house, "10:00", "11:00", function="reading").status_code == 201
    near = _book(house, "11:10", "12:00", group="合唱团")
    assert (near.status_code, near.json()["detail"]) == (
        409,
        "茶楼 needs 20 minutes after the use before it (reading → rehearsal); it can begin from 11:20 on.",
    )
    made = _book(house, "11:20", "12:20", group="合唱团")
    assert (made.status_code, made.json()["function"]) == (201, "rehearsal")
    more = _book(house, "13:00", "14:00", group="choir")
    assert "合唱团 may use 90 minutes a week; in the week of 2026-03-02 it has 60" in more.json()["detail"]
    moved = _ask(house, "POST", f"/bookings/{made.json()['id']}/move", {"start": "2026-03-03T11:05:00+08:00"})
    assert (moved.status_code, "11:20" in moved.json()["detail"]) == (409, True)
    wish = {"site": "lane", "group": "合唱团", "people": 5, "duration_min": 60, "earliest": "2026-03-03T14:00:00+08:00",
            "latest_end": "2026-03-03T18:00:00+08:00"}  # fmt: skip
    assert _ask(house, "POST", "/requests", wish).json()["priority"] == 4
    assert _ask(house, "POST", "/requests", wish | {"priority": 1}).json()["priority"] == 1


def test_a_wish_names_what_would_do_as_well(house) -> None:
    wish = {"id": "w", "site": "lane", "space": "tea", "group": "书友会", "people": 8, "duration_min": 60,
            "earliest": "2026-03-03T14:00:00+08:00", "latest_end": "2026-03-03T15:00:00+08:00", "min_duration_min": 30,
            "walk_in": True,
            "alternatives": [{"space": "room-a"}, {"latest_end": "2026-03-03T14:30:00+08:00"}]}  # fmt: skip
    made = _ask(house, "POST", "/requests", wish)
    assert made.status_code == 201, made.text
    assert (made.json()["min_duration_min"], made.json()["walk_in"]) == (30, True)
    assert made.json()["alternatives"] == [
        {"space": "room-a", "earliest": None, "latest_end": None},
        {"space": None, "earliest": None, "latest_end": "2026-03-03T14:30:00.000+08:00"},
    ]
    assert _ask(house, "POST", "/requests", wish).status_code == 200
    assert _ask(house, "POST", "/requests", wish | {"walk_in": False}).status_code == 409


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"min_duration_min": 65}, "least acceptable, 65 minutes, is more than the 60"),
        ({"alternatives": [{"space": "attic"}]}, "no space lane/attic"),
        ({"alternatives": [{"space": "tea"}], "people": 11, "space": "hall"}, "茶楼 holds 10 people"),
        ({"alternatives": [{"earliest": "2026-03-03T14:30:00+08:00"}]}, "60 minutes do not fit"),
        ({"alternatives": [{}] * 11}, "alternatives: "),
    ],
)
def test_a_wish_that_cannot_be_meant_is_refused(house, change: dict[str, Any], says: str) -> None:
    wish = {"site": "lane", "group": "书友会", "people": 8, "duration_min": 60, "earliest": "2026-03-03T14:00:00+08:00",
            "latest_end": "2026-03-03T15:00:00+08:00"}  # fmt: skip
    answer = _ask(house, "POST", "/requests?lang=en", wish | change)
    assert (answer.status_code, says in answer.json()["detail"]) == (422, True), answer.text
    assert _ask(house, "GET", "/requests").json()["items"] == []


def test_who_got_what_is_told_by_group(house) -> None:
    house.deps.catalogue_store.import_community(Community(groups=(Group(id="choir", site="lane", name="合唱团"),)))
    _book(house, "10:00", "11:00", group="choir")
    second = _book(house, "12:00", "13:00", group="合唱团").json()
    assert _ask(house, "POST", f"/bookings/{second['id']}/cancel").status_code == 200
    house.wish()
    query = "site=lane&from=2026-03-03T00:00:00%2B08:00&to=2026-03-04T00:00:00%2B08:00"
    shares = {one["group"]: one for one in _ask(house, "GET", f"/allocation?{query}", role="viewer").json()["items"]}
    assert set(shares) == {"合唱团", "书友会"}
    choir = shares["合唱团"]
    assert (choir["booked"], choir["booked_min"], choir["given_back"], choir["given_back_min"]) == (2, 120, 1, 60)
    assert (choir["kept_min"], shares["书友会"]["requested"]) == (60, 1)
    assert _ask(house, "GET", "/allocation").json()["items"] == []  # the four weeks before now
    assert _ask(house, "GET", "/allocation?from=2026-03-04T00:00:00Z&to=2026-03-03T00:00:00Z").status_code == 422
