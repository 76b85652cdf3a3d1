"""Series over HTTP: begun, changed from a day on, extended, ended; and what the community does again and again."""

from typing import Any

import pytest

from services.bookings.series.standing import StandingKeeper
from services.contracts.community import Community, Standing
from services.contracts.names import DAY
from tests.unit.api.conftest import NINE

V1 = "/api/v1"
SERIES: dict[str, Any] = {
    "id": "reading", "site": "lane", "space": "tea", "group": "书友会", "people": 8, "start": "19:00", "end": "20:30",
    "rrule": "FREQ=WEEKLY;BYDAY=TU", "dtstart": "2026-03-03", "until": "2026-03-31", "function": "reading",
}  # fmt: skip


def _ask(house, method: str, path: str, body: dict[str, Any] | None = None, role: str = "steward") -> Any:
    return house.client.request(method, f"{V1}{path}", headers=house.as_(role), json=body)


def _days(series: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["occurrence"], one["start"][11:16]) for one in series["occurrences"] if one["state"] != "cancelled"]


def test_a_series_is_booked_whole_and_once(house) -> None:
    made = _ask(house, "POST", "/series", SERIES)
    assert made.status_code == 201, made.text
    assert [day for day, _ in _days(made.json())] == [
        "2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24", "2026-03-31",
    ]  # fmt: skip
    again = _ask(house, "POST", "/series", SERIES)
    assert (again.status_code, again.json()["occurrences"]) == (200, made.json()["occurrences"])
    assert _ask(house, "POST", "/series", SERIES | {"people": 9}).status_code == 409
    assert len(_ask(house, "GET", "/bookings").json()["items"]) == 5
    [listed] = _ask(house, "GET", "/series?site=lane", role="viewer").json()["items"]
    assert listed["segments"][0]["rrule"] == "FREQ=WEEKLY;BYDAY=TU"
    assert "code" not in _ask(house, "GET", "/series/reading", role="viewer").json()["occurrences"][0]
    assert _ask(house, "GET", "/series/nothing").status_code == 404


def test_what_cannot_be_had_is_named_and_nothing_is_half_done(house) -> None:
    house.book("other", "tea", NINE + 7 * DAY + 10 * 3_600_000)  # 10 March, 19:00
    holiday = {"id": "h", "site": "lane", "name": "清明", "first_day": "2026-03-24"}
    assert _ask(house, "POST", "/holidays", holiday).status_code == 201
    refused = _ask(house, "POST", "/series?lang=en", SERIES)
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("2 occurrences cannot be had")
    assert refused.json()["problems"] == [
        {"day": "2026-03-10", "why": "This time is taken on 2026-03-10."},
        {"day": "2026-03-24", "why": "茶楼 is closed on 2026-03-24: 清明."},
    ]
    assert _ask(house, "GET", "/series").json()["items"] == []
    assert len(_ask(house, "GET", "/bookings").json()["items"]) == 1
    some = _ask(house, "POST", "/series", SERIES | {"all_or_nothing": False})
    assert some.status_code == 201
    assert [day for day, _ in _days(some.json())] == ["2026-03-03", "2026-03-17", "2026-03-31"]
    assert [one["day"] for one in some.json()["problems"]] == ["2026-03-10", "2026-03-24"]


def test_exceptions_stay_through_change_extension_and_end(house) -> None:
    _ask(house, "POST", "/series", SERIES)
    assert _ask(house, "POST", "/bookings/reading.20260310/cancel").status_code == 200
    assert _ask(
        house, "POST", "/bookings/reading.20260317/move", {"start": "2026-03-18T19:00:00+08:00"}
    ).status_code == 200  # fmt: skip
    body = {"from": "2026-03-17", "start": "18:00", "end": "20:00"}
    changed = _ask(house, "POST", "/series/reading/change", body).json()
    assert _days(changed) == [
        ("2026-03-03", "19:00"), ("2026-03-17", "19:00"), ("2026-03-24", "18:00"), ("2026-03-31", "18:00"),
    ]  # fmt: skip
    assert [one["end"][11:16] for one in changed["occurrences"]][-1] == "20:00"
    assert changed["exceptions"] == ["2026-03-10", "2026-03-17"]
    longer = _ask(house, "POST", "/series/reading/extend", {"until": "2026-04-14"}).json()
    assert _days(longer)[-2:] == [("2026-04-07", "18:00"), ("2026-04-14", "18:00")]
    ended = _ask(house, "POST", "/series/reading/cancel", {"from": "2026-03-10"}).json()
    assert _days(ended) == [("2026-03-03", "19:00"), ("2026-03-17", "19:00")]
    assert [one["exception"] for one in ended["occurrences"]] == [False, True, True, False, False, False, False]
    shorter = _ask(house, "POST", "/series/reading/extend?lang=en", {"until": "2026-03-01"})
    assert (shorter.status_code, "expected a day after 2026-03-09" in shorter.json()["detail"]) == (422, True)


def test_a_change_that_meets_others_changes_nothing_unless_the_rest_will_do(house) -> None:
    _ask(house, "POST", "/series", SERIES)
    house.book("other", "room-a", NINE + 7 * DAY + 10 * 3_600_000)
    refused = _ask(house, "POST", "/series/reading/change", {"space": "room-a"})
    assert (refused.status_code, [one["day"] for one in refused.json()["problems"]]) == (409, ["2026-03-10"])
    assert {one["space"] for one in _ask(house, "GET", "/series/reading").json()["occurrences"]} == {"tea"}
    assert _ask(house, "GET", "/series/reading").json()["version"] == 0
    some = _ask(house, "POST", "/series/reading/change", {"space": "room-a", "all_or_nothing": False}).json()
    assert [one["space"] for one in some["occurrences"]] == ["room-a", "tea", "room-a", "room-a", "room-a"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rrule": "FREQ=HOURLY"}, "rrule: FREQ is HOURLY"),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never falls on any day"),
        ({"rrule": "FREQ=DAILY", "until": "2028-03-03"}, "has 732 occurrences until 2028-03-03: expected at most 400"),
        ({"until": "2026-03-02"}, "has no occurrence after now"),
        ({"start": "19:02"}, "5-minute grid"),
        ({"start": "25:00"}, "start: "),
        ({"space": "attic"}, "no space lane/attic"),
        ({"exdate": ["2026-03-03"], "until": "2026-03-04"}, "has no occurrence after now"),
    ],
)
def test_a_series_that_cannot_be_meant_is_refused(house, change: dict[str, Any], says: str) -> None:
    answer = _ask(house, "POST", "/series?lang=en", SERIES | change)
    assert (answer.status_code, says in answer.json()["detail"]) == (422, True), answer.text
    assert "\n" not in answer.json()["detail"]
    assert _ask(house, "GET", "/bookings").json()["items"] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "expected space, start, end, rrule"),
        ({"dtstart": "2026-03-04"}, "dtstart: expected with an rrule|expected space"),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "series reading: rrule: .* never falls on any day"),
        ({"space": "attic"}, "no space lane/attic"),
    ],
)
def test_a_change_that_cannot_be_meant_is_refused(house, change: dict[str, Any], says: str) -> None:
    _ask(house, "POST", "/series", SERIES)
    answer = _ask(house, "POST", "/series/reading/change?lang=en", change)
    assert answer.status_code == 422, answer.text
    assert _ask(house, "GET", "/series/reading").json()["version"] == 0


STANDING: dict[str, Any] = {
    "id": "morning", "site": "lane", "space": "room-a", "group": "晨读", "title": "晨读", "people": 12,
    "start": "07:00", "end": "08:00", "rrule": "FREQ=WEEKLY;BYDAY=SA", "dtstart": "2026-01-03", "function": "reading",
}  # fmt: skip


def test_standing_activities_are_kept_booked_some_weeks_ahead(house) -> None:
    def community(**change: Any) -> Community:
        return Community(standing=(Standing.model_validate(STANDING | change),))

    store = house.deps.catalogue_store
    store.import_community(community())
    keeper = StandingKeeper(house.deps.series_operations, store.export, house.clock)
    keeper.fill(NINE)
    keeper.fill(NINE)
    [series] = _ask(house, "GET", "/series").json()["items"]
    assert series["standing"] == "morning"
    path = f"/series/{series['id']}"
    first = _days(_ask(house, "GET", path).json())
    assert (len(first), first[0]) == (8, ("2026-03-07", "07:00"))
    assert all(one["protected"] for one in _ask(house, "GET", path).json()["occurrences"])
    keeper.fill(NINE + 14 * DAY)
    later = _days(_ask(house, "GET", path).json())
    assert later[: len(first)] == first
    assert len(later) == 10
    store.import_community(community(start="07:30"))
    keeper.fill(NINE + 14 * DAY)
    assert [at for _, at in _days(_ask(house, "GET", path).json())] == ["07:00"] * 2 + ["07:30"] * 8


def test_a_standing_activity_yields_to_who_has_the_place(house) -> None:
    house.book("other", "room-a", NINE + 4 * DAY - 2 * 3_600_000)  # Saturday 7 March, 07:00
    house.deps.catalogue_store.import_community(Community(standing=(Standing.model_validate(STANDING),)))
    keeper = StandingKeeper(house.deps.series_operations, house.deps.catalogue_store.export, house.clock)
    keeper.fill(NINE)
    [series] = _ask(house, "GET", "/series").json()["items"]
    assert _days(_ask(house, "GET", f"/series/{series['id']}").json())[0][0] == "2026-03-14"
    assert _ask(house, "GET", "/bookings?space=room-a").json()["items"][0]["id"] == "other"


def test_a_seasons_wishes_are_an_instance_for_the_planner(house) -> None:
    wish = {"id": "night-school", "site": "lane", "group": "夜校", "people": 8, "duration_min": 90,
            "rrule": "FREQ=WEEKLY;COUNT=3",
            "earliest": "2026-03-03T18:00:00+08:00", "latest_end": "2026-03-03T21:00:00+08:00"}  # fmt: skip
    made = _ask(house, "POST", "/requests", wish)
    assert (made.status_code, made.json()["season"]) == (201, "night-school")
    ids = [f"night-school.202603{day}" for day in ("03", "10", "17")]
    assert [one["id"] for one in made.json()["items"]] == ids
    assert _ask(house, "POST", "/requests", wish).status_code == 200
    assert _ask(house, "POST", "/requests", wish | {"people": 9}).status_code == 409
    longer = _ask(house, "POST", "/requests?lang=en", wish | {"rrule": "FREQ=WEEKLY;COUNT=4"})
    assert (longer.status_code, "others of its season" in longer.json()["detail"]) == (409, True)
    house.book()
    query = "site=lane&from=2026-03-03T00:00:00%2B08:00&to=2026-04-01T00:00:00%2B08:00&grid_min=30"
    instance = _ask(house, "GET", f"/planner/instance?{query}").json()
    assert [one["id"] for one in instance["requests"]] == [*ids, "b1"]
    assert instance["fixed"] == [{"request": "b1", "space": "room-a", "start": "2026-03-03T09:00:00.000+08:00"}]
    assert instance["grid_min"] == 30
    for query, says in (
        ("site=x", "no site x"),
        ("from=2026-03-03T00:00:00Z&to=2026-03-02T00:00:00Z", "to must be after from"),
        ("from=2026-03-03T00:00:00Z&to=2027-03-02T00:00:00Z", "At most 200 days"),
    ):
        refused = _ask(house, "GET", f"/planner/instance?lang=en&{query}")
        assert (refused.status_code, says in refused.json()["detail"]) == (422, True), refused.text
