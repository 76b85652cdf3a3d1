"""Booking, acting and undoing over HTTP, and what is refused with which sentence."""

from typing import Any

import pytest

V1 = "/api/v1"
BOOKING: dict[str, Any] = {
    "site": "lane",
    "space": "room-a",
    "group": "书友会",
    "title": "读书",
    "people": 8,
    "start": "2026-03-03T10:00:00+08:00",
    "end": "2026-03-03T11:00:00+08:00",
    "function": "reading",
}


def _post(house, path: str, body: dict[str, Any] | None = None, lang: str = "en"):
    return house.client.post(f"{V1}{path}?lang={lang}", headers=house.as_("steward"), json=body)


def _get(house, path: str) -> Any:
    answer = house.client.get(f"{V1}{path}", headers=house.as_("steward"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_booking_is_made_and_listed_in_the_sites_time(house) -> None:
    made = _post(house, "/bookings", BOOKING)
    assert made.status_code == 201
    assert made.json()["start"] == "2026-03-03T10:00:00.000+08:00"
    assert made.json()["state"] == "booked"
    assert len(made.json()["code"]) == 4
    [listed] = _get(house, "/bookings?from=2026-03-03T02:30:00Z&to=2026-03-03T02:35:00Z")["items"]
    assert listed == made.json()
    assert _get(house, "/bookings?from=2026-03-03T03:00:00Z")["items"] == []
    assert _get(house, "/bookings?state=cancelled")["items"] == []


def test_the_same_booking_again_books_once(house) -> None:
    body = {**BOOKING, "id": "mine"}
    first, again = _post(house, "/bookings", body), _post(house, "/bookings", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert _post(house, "/bookings", body | {"code": first.json()["code"]}).status_code == 200
    assert len(_get(house, "/bookings")["items"]) == 1


@pytest.mark.parametrize(
    "other",
    [{"space": "tea"}, {"end": "2026-03-03T11:30:00+08:00"}, {"protected": True}, {"function": ""}, {"code": "secret"}],
)
def test_another_booking_under_the_same_id_is_a_conflict(house, other: dict[str, Any]) -> None:
    body = {**BOOKING, "id": "mine"}
    assert _post(house, "/bookings", body).status_code == 201
    refused = _post(house, "/bookings", body | other)
    assert refused.status_code == 409
    assert "booking mine" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"end": "2026-03-03T09:30:00+08:00"}, "end must be after start"),
        ({"start": "2026-03-03T07:00:00+08:00", "end": "2026-03-03T08:00:00+08:00"}, "already past"),
        ({"start": "2026-03-03T10:02:00+08:00"}, "start must lie on the 5-minute grid"),
        ({"end": "2026-03-04T10:05:00+08:00"}, "at most 24 hours"),
        ({"space": "attic"}, "no space lane/attic"),
        ({"site": "elsewhere"}, "no space elsewhere/room-a"),
        ({"function": "disco"}, "expected one of: reading"),
        ({"people": 21}, "holds 20 people"),
        ({"start": "2026-03-03T10:00:00"}, "start: "),
        ({"surprise": 1}, "surprise: "),
    ],
)
def test_what_cannot_be_meant_is_refused(house, change: dict[str, Any], says: str) -> None:
    answer = _post(house, "/bookings", BOOKING | change)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert _get(house, "/bookings")["items"] == []


def test_a_taken_room_is_a_conflict_also_through_its_hall(house) -> None:
    assert _post(house, "/bookings", BOOKING).status_code == 201
    clash = _post(house, "/bookings", BOOKING | {"space": "hall", "function": "council"})
    assert clash.status_code == 409


def test_pages_join_without_gap(house) -> None:
    for number in range(5):
        house.book(f"b{number}", start=house.clock.now() + number * 3_600_000)
    seen, cursor = [], ""
    while True:
        page = _get(house, f"/bookings?limit=2{cursor}")
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&after={page['next']}"
    assert seen == [f"b{number}" for number in range(5)]


def test_what_people_do_with_a_booking(house) -> None:
    house.book()
    decision = _post(house, "/bookings/b1/check-in").json()
    assert (decision["kind"], decision["booking"], decision["actor"]) == ("check_in", "b1", "user:token-steward")
    assert _post(house, "/bookings/b1/check-in").json() == decision
    assert _get(house, "/bookings")["items"][0]["state"] == "in_use"
    assert _post(house, "/bookings/b1/end").json()["kind"] == "end"
    assert _post(house, "/bookings/b1/keep").status_code == 409


def test_moving_checks_the_new_place(house) -> None:
    house.book()
    assert _post(house, "/bookings/b1/move", {"space": "attic"}).status_code == 422
    nowhere = _post(house, "/bookings/b1/move", {})
    assert (nowhere.status_code, nowhere.json()["detail"]) == (422, "body: expected space, start or both (1 in all)")
    assert _post(house, "/bookings/b1/move", {"start": "2026-03-03T10:01:00+08:00"}).status_code == 422
    moved = _post(house, "/bookings/b1/move", {"space": "tea", "start": "2026-03-03T10:00:00+08:00"}).json()
    assert moved["kind"] == "move"
    assert _get(house, "/bookings")["items"][0]["space"] == "tea"


def test_a_decision_says_all_and_can_be_undone_once(house) -> None:
    house.book()
    made = _post(house, "/bookings/b1/cancel", lang="zh").json()
    assert "大厅" not in made["summary"]
    assert "甲室" in made["summary"]
    assert {"rule", "inputs", "considered", "would_change", "shadow"} <= set(made)
    assert made["undo"] == {"possible": True, "until": "2026-03-03T10:00:00.000+08:00", "undone_by": None}
    undone = _post(house, f"/decisions/{made['id']}/undo").json()
    assert undone["kind"] == "undo"
    again = _get(house, f"/decisions/{made['id']}")
    assert again["undo"]["possible"] is False
    assert again["undo"]["undone_by"] == undone["id"]
    assert _get(house, "/bookings")["items"][0]["state"] == "booked"
    assert [item["kind"] for item in _get(house, "/decisions")["items"]] == ["undo", "cancel", "book"]


def lend_tea(house, start: str = "13:00", end: str = "15:00", days: list[str] | None = None) -> None:
    window = {
        "id": f"w{start[:2]}",
        "site": "lane",
        "space": "tea",
        "owner": "老茶馆",
        "functions": ["reading"],
        "days": days or ["tue"],
        "start": start,
        "end": end,
    }
    assert _post(house, "/supply", window).status_code == 201


def _at(start: str, end: str, day: str = "03") -> dict[str, Any]:
    return {"space": "tea", "start": f"2026-03-{day}T{start}:00+08:00", "end": f"2026-03-{day}T{end}:00+08:00"}


def test_a_partners_space_is_booked_within_its_windows_only(house) -> None:
    assert _post(house, "/bookings", BOOKING | _at("08:00", "09:30")).status_code == 201
    lend_tea(house)
    refused = _post(house, "/bookings", BOOKING | _at("12:30", "14:00"))
    assert refused.status_code == 422
    said = "茶楼 is lent by partners; on 2026-03-03 it can be used only within: 13:00–15:00 (reading)."
    assert refused.json()["detail"] == said
    another_day = _post(house, "/bookings", BOOKING | _at("13:00", "14:00", "04"), lang="zh")
    assert (another_day.status_code, another_day.json()["detail"]) == (422, "茶楼由伙伴出借，2026-03-04 不出借。")
    assert _post(house, "/bookings", BOOKING | _at("13:00", "15:00")).status_code == 201
    lend_tea(house, "15:00", "17:00", ["tue", "wed"])
    assert _post(house, "/bookings", BOOKING | _at("15:00", "16:00", "04")).status_code == 201


def test_windows_one_after_another_are_one(house) -> None:
    lend_tea(house)
    lend_tea(house, "15:00", "17:00")
    assert _post(house, "/bookings", BOOKING | _at("14:00", "16:00")).status_code == 201


def test_nothing_is_moved_or_offered_outside_the_windows(house) -> None:
    house.book()
    wish = house.wish()
    lend_tea(house, "10:00", "11:00")
    assert "only within: 10:00–11:00" in _post(house, "/bookings/b1/move", {"space": "tea"}).json()["detail"]
    moved = _post(house, "/bookings/b1/move", {"space": "tea", "start": "2026-03-03T10:00:00+08:00"})
    assert moved.status_code == 200
    later = _post(house, "/bookings/b1/move", {"start": "2026-03-03T10:05:00+08:00"})
    assert "only within" in later.json()["detail"]
    assert _post(house, "/decisions/" + moved.json()["id"] + "/undo").status_code == 200
    assert _post(house, "/offers", {"request": wish.id, "space": "tea"}).status_code == 422
    in_time = {"request": wish.id, "space": "tea", "start": "2026-03-03T10:00:00+08:00"}
    assert _post(house, "/offers", in_time).status_code == 201


def test_it_is_said_from_when_a_group_can_check_in(house) -> None:
    house.book(start=house.clock.now() + 3_600_000)
    for act in ("check-in", "keep"):
        refused = _post(house, f"/bookings/b1/{act}")
        assert refused.status_code == 409
        assert "from 2026-03-03 09:45 on" in refused.json()["detail"]
    house.clock.advance(45 * 60)
    assert _post(house, "/bookings/b1/check-in").status_code == 200


def test_the_same_wish_again_is_made_once(house) -> None:
    wish = {
        "id": "mine",
        "site": "lane",
        "group": "书友会",
        "people": 6,
        "duration_min": 30,
        "earliest": "2026-03-03T09:00:00+08:00",
        "latest_end": "2026-03-03T12:00:00+08:00",
    }
    first = _post(house, "/requests", wish)
    house.clock.advance(1)
    again = _post(house, "/requests", wish)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert _post(house, "/requests", wish | {"duration_min": 60}).status_code == 409


@pytest.mark.parametrize("path", ["bookings", "requests", "offers", "decisions"])
def test_a_cursor_that_names_nothing_is_refused(house, path: str) -> None:
    answer = house.client.get(f"{V1}/{path}?after=nothing&lang=en", headers=house.as_("viewer"))
    assert answer.status_code == 422
    assert "after: nothing" in answer.json()["detail"]


def test_undo_is_offered_only_while_it_would_work(house) -> None:
    house.book()
    cancelled = _post(house, "/bookings/b1/cancel").json()
    assert cancelled["undo"]["possible"] is True
    house.book("b2")
    assert _get(house, f"/decisions/{cancelled['id']}")["undo"]["possible"] is False
    assert _post(house, f"/decisions/{cancelled['id']}/undo").status_code == 409


def test_undo_is_over_when_its_time_is(house) -> None:
    house.book()
    made = _post(house, "/bookings/b1/cancel").json()
    house.clock.advance(3600)
    assert _get(house, f"/decisions/{made['id']}")["undo"]["possible"] is False
    assert _post(house, f"/decisions/{made['id']}/undo").status_code == 409


def test_a_wish_is_offered_and_taken(house) -> None:
    wish = {
        "site": "lane",
        "group": "书友会",
        "title": "读书",
        "people": 6,
        "duration_min": 30,
        "earliest": "2026-03-03T09:00:00+08:00",
        "latest_end": "2026-03-03T12:00:00+08:00",
    }
    request = _post(house, "/requests", wish).json()
    assert request["state"] == "waiting"
    offer = _post(house, "/offers", {"request": request["id"], "space": "tea"})
    assert offer.status_code == 201
    taken = _post(house, f"/offers/{offer.json()['id']}/take").json()
    assert taken["kind"] == "offer_taken"
    [booking] = _get(house, "/bookings")["items"]
    assert (booking["space"], booking["from_offer"]) == ("tea", offer.json()["id"])
    assert _get(house, "/requests?state=served")["items"][0]["booking"] == booking["id"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"latest_end": "2026-03-03T08:00:00+08:00"}, "latest_end must be after earliest"),
        ({"duration_min": 240}, "240 minutes do not fit"),
        ({"space": "room-a", "functions": ["disco"]}, "expected one of: reading"),
        ({"space": "tea", "people": 11}, "holds 10 people"),
        ({"site": "elsewhere"}, "no site elsewhere"),
    ],
)
def test_a_wish_that_cannot_be_meant(house, change: dict[str, Any], says: str) -> None:
    wish = {
        "site": "lane",
        "group": "g",
        "title": "t",
        "people": 6,
        "duration_min": 30,
        "earliest": "2026-03-03T09:00:00+08:00",
        "latest_end": "2026-03-03T12:00:00+08:00",
    }
    answer = _post(house, "/requests", wish | change)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_a_partner_lends_in_their_own_name(house) -> None:
    window = {
        "id": "w1",
        "site": "lane",
        "space": "tea",
        "owner": "token-partner",
        "functions": ["reading"],
        "start": "13:00",
        "end": "15:00",
    }
    partner, staff = house.as_("partner"), house.as_("admin")
    refused = house.client.post(f"{V1}/supply", headers=partner, json=window | {"owner": "somebody"})
    assert refused.status_code == 403
    refused = house.client.post(f"{V1}/supply", headers=partner, json=window)
    assert refused.status_code == 403, "whose space it is, staff say with its first window"
    first = window | {"id": "w0", "start": "08:00", "end": "09:00"}
    assert house.client.post(f"{V1}/supply", headers=staff, json=first).status_code == 201
    assert house.client.post(f"{V1}/supply", headers=partner, json=window).status_code == 201
    assert house.client.post(f"{V1}/supply", headers=partner, json=window).status_code == 409
    assert [one["id"] for one in _get(house, "/supply")["items"]] == ["w0", "w1"]
    assert house.client.delete(f"{V1}/supply/lane/w1", headers=partner).status_code == 204
    assert [one["id"] for one in _get(house, "/supply")["items"]] == ["w0"]


def test_a_device_is_added_once(house) -> None:
    device = {"id": "pir-b", "site": "lane", "space": "room-b", "kind": "motion"}
    admin = house.as_("admin")
    assert house.client.post(f"{V1}/devices", headers=admin, json=device).status_code == 201
    assert house.client.post(f"{V1}/devices", headers=admin, json=device).status_code == 409
    unknown = house.client.post(f"{V1}/devices", headers=admin, json=device | {"kind": "oracle"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "kind")
    assert [one["id"] for one in _get(house, "/devices?space=room-b")["items"]] == ["pir-b"]


def test_the_account_balances_from_the_first_day(house) -> None:
    books = _get(house, "/account")
    assert books == {"received": 0, "stored": 0, "duplicate": 0, "quarantined": 0, "pending": 0, "devices": []}
    assert _get(house, "/quarantine") == {"items": [], "next": None}


def test_usage_tells_what_became_of_the_time(house) -> None:
    house.book()
    house.clock.advance(7200)
    [row] = _get(house, "/usage?site=lane")["items"]
    assert (row["space"], row["booked_min"]) == ("room-a", 60)
    backwards = f"{V1}/usage?from=2026-03-03T09:00:00Z&to=2026-03-02T09:00:00Z"
    assert house.client.get(backwards, headers=house.as_("viewer")).status_code == 422
