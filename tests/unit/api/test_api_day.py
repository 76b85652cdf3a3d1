"""The day of a site, how its spaces were used, where a booking could go, and what a rehearsal was worth."""

from typing import Any

import pytest

from services.api.history import stays
from services.bookings import machine
from services.bookings.reasons import Why
from services.contracts.names import HOUR, MINUTE
from services.timeseries.ports import StatePoint
from tests.unit.api.conftest import NINE

V1 = "/api/v1"


def _get(house, path: str, role: str = "steward") -> Any:
    answer = house.client.get(f"{V1}{path}", headers=house.as_(role))
    assert answer.status_code == 200, answer.text
    return answer.json()


def _rows(house, path: str = "/day?site=lane", role: str = "steward") -> dict[str, Any]:
    return {row["space"]: row for row in _get(house, path, role)["items"]}


def _point(at: int, occupancy: Any, people: int | None = None, grade: bool = False) -> StatePoint:
    return StatePoint("lane", "room-a", at, occupancy, people, 0.9, grade)


# -- the day


def test_a_day_has_a_row_for_every_space_between_its_own_midnights(house) -> None:
    day = _get(house, "/day?site=lane")
    assert (day["day"], day["zone"]) == ("2026-03-03", "Asia/Shanghai")
    assert (day["start"], day["end"]) == ("2026-03-03T00:00:00.000+08:00", "2026-03-04T00:00:00.000+08:00")
    assert [row["space"] for row in day["items"]] == ["hall", "room-a", "room-b", "tea"]
    assert day["items"][0]["open"] == [{"start": day["start"], "end": day["end"]}]


def test_a_booking_stands_in_the_row_of_every_space_that_shares_its_room(house) -> None:
    house.book()
    rows = _rows(house)
    assert [len(rows[space]["bookings"]) for space in ("hall", "room-a", "room-b", "tea")] == [1, 1, 0, 0]
    shown = rows["hall"]["bookings"][0]
    assert (shown["id"], shown["space"], shown["state"], shown["block"]) == ("b1", "room-a", "booked", False)
    assert "code" not in shown


def test_only_what_is_asked_for_and_of_that_day(house) -> None:
    house.book()
    house.book("b2", start=NINE + 24 * HOUR)
    assert list(_rows(house, "/day?site=lane&space=tea&space=room-a")) == ["room-a", "tea"]
    tomorrow = _rows(house, "/day?site=lane&day=2026-03-04")
    assert [one["id"] for one in tomorrow["room-a"]["bookings"]] == ["b2"]
    many = "".join(f"&space=s{number}" for number in range(61))
    for path, status in (("?site=nowhere", 404), ("?site=lane&space=gone", 404), ("?site=lane&day=soon", 422)):
        assert house.client.get(f"{V1}/day{path}", headers=house.as_("viewer")).status_code == status
    assert house.client.get(f"{V1}/day?site=lane{many}", headers=house.as_("viewer")).status_code == 422


def test_what_can_be_done_is_said_to_whom_it_is_open(house) -> None:
    house.book()
    house.book("b2", space="tea", start=NINE + 4 * HOUR)
    rows = _rows(house)
    assert rows["room-a"]["bookings"][0]["can"] == ["check_in", "keep", "move", "cancel"]
    assert rows["tea"]["bookings"][0]["can"] == ["move", "cancel"]
    assert _rows(house, role="viewer")["room-a"]["bookings"][0]["can"] == []
    house.deps.operations.check_in("b1", "user:li", NINE)
    assert _rows(house)["room-a"]["bookings"][0]["can"] == ["end", "move", "cancel"]
    house.clock.advance(3600)
    assert _rows(house)["room-a"]["bookings"][0]["can"] == []


def test_a_release_is_marked_and_its_time_can_be_had_back(house) -> None:
    booking = house.book()
    for step in (lambda b, now: machine.warn(b, now, now + 5 * MINUTE, Why("no_show.warn/1")),
                 lambda b, now: machine.release(b, now, Why("no_show.release/1"))):  # fmt: skip
        house.clock.advance(600)
        change = step(booking, house.clock.now())
        house.deps.bookings.commit(change)
        (booking,) = change.bookings
    row = _rows(house)["room-a"]
    (shown,) = row["bookings"]
    assert (shown["state"], shown["had_until"][11:16], shown["can"]) == ("released", "09:20", ["check_in"])
    (mark,) = row["marks"]
    assert (mark["kind"], mark["at"][11:16], mark["shadow"]) == ("release", "09:20", False)
    assert "合唱团" in mark["summary"]


def test_offers_stand_in_their_row(house) -> None:
    wish = house.wish()
    house.deps.operations.offer(wish.id, "user:li", house.clock.now(), space="tea")
    row = _rows(house)["tea"]
    assert [(one["group"], one["state"]) for one in row["offers"]] == [("书友会", "held")]
    assert [mark["kind"] for mark in row["marks"]] == ["offer"]


# -- how it was used


def test_use_is_told_in_whole_stays_until_now(house) -> None:
    points = [_point(NINE - 90 * MINUTE, "vacant"), _point(NINE - 60 * MINUTE, "occupied", 2)]
    points += [_point(NINE - 50 * MINUTE, "occupied", 5), _point(NINE - 20 * MINUTE, "vacant")]
    house.deps.history.write([], [*points, _point(NINE - 10 * MINUTE, "vacant", 0, grade=True)])
    (row,) = _get(house, "/day/use?site=lane&space=room-a")["items"]
    told = [(one["start"][11:16], one["end"][11:16], one["occupancy"], one["people"]) for one in row["spells"]]
    assert told == [
        ("07:30", "08:00", "vacant", None),
        ("08:00", "08:40", "occupied", 5),
        ("08:40", "09:00", "vacant", 0),
    ]
    (tomorrow,) = _get(house, "/day/use?site=lane&space=room-a&day=2026-03-04")["items"]
    assert tomorrow["spells"] == []


def test_stays_do_not_join_over_a_gap() -> None:
    assert stays([], 0, HOUR, "UTC") == []
    told = stays([_point(0, "occupied", 1), _point(MINUTE, "unknown"), _point(2 * MINUTE, "occupied")], 0, HOUR, "UTC")
    assert [(one["occupancy"], one["people"]) for one in told] == [
        ("occupied", 1),
        ("unknown", None),
        ("occupied", None),
    ]


# -- where it could go


def test_places_say_which_can_be_had_and_why_not_the_others(house) -> None:
    house.book()
    span = "start=2026-03-03T09:30:00%2B08:00&end=2026-03-03T10:30:00%2B08:00"
    places = {one["space"]: one for one in _get(house, f"/places?site=lane&{span}&people=12&lang=en")["items"]}
    assert {space: one["possible"] for space, one in places.items()} == {
        "hall": False, "room-a": False, "room-b": True, "tea": False,
    }  # fmt: skip
    assert "taken" in places["room-a"]["why_not"]
    assert "10" in places["tea"]["why_not"]
    assert places["room-b"]["why_not"] is None
    assert house.deps.bookings.bookings("lane") == [house.deps.bookings.booking("b1")]  # nothing was kept


def test_places_for_a_booking_that_moves_leave_its_own_time_free(house) -> None:
    house.book()
    path = "/places?site=lane&booking=b1"
    places = {one["space"]: one for one in _get(house, path)["items"]}
    assert (places["room-a"]["here"], places["room-a"]["possible"]) == (True, False)
    assert [space for space, one in places.items() if one["possible"]] == ["hall", "room-b", "tea"]
    later = {one["space"]: one for one in _get(house, f"{path}&start=2026-03-03T10:00:00%2B08:00")["items"]}
    assert later["room-a"]["possible"]
    house.deps.operations.move("b1", "tea", None, "user:li", NINE)
    assert house.deps.bookings.booking("b1").version == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("start=2198-12-31T23:59:00Z", 422),
        ("site=nowhere&start=2026-03-03T10:00:00Z&end=2026-03-03T11:00:00Z", 422),
        ("site=lane&start=2026-03-03T10:01:00Z&end=2026-03-03T11:00:00Z", 422),
        ("site=lane&start=2026-03-03T11:00:00Z&end=2026-03-03T10:00:00Z", 422),
        ("site=lane&booking=gone", 404),
        ("site=lane&booking=b1&start=1999-03-03T10:00:00Z", 422),
    ],
)
def test_places_refuse_what_cannot_be_meant(house, query: str, status: int) -> None:
    house.book()
    assert house.client.get(f"{V1}/places?{query}", headers=house.as_("steward")).status_code == status


# -- decisions by whom, when and in earnest


def test_decisions_are_found_by_kind_person_time_and_earnest(house) -> None:
    house.book()
    house.book("b2", space="tea")
    house.deps.operations.check_in("b1", "user:wang", NINE)
    house.deps.operations.cancel("b2", "user:li", NINE + MINUTE)

    def found(query: str) -> list[str]:
        return [one["kind"] for one in _get(house, f"/decisions?{query}")["items"]]

    assert found("kind=cancel&kind=check_in") == ["cancel", "check_in"]
    assert found("by=user:wang") == ["check_in"]
    assert found("by=user") == ["cancel", "check_in", "book", "book"]
    assert found("by=use") == found("by=user%25") == []
    assert found("from=2026-03-03T09:00:00%2B08:00") == ["cancel", "check_in"]
    assert found("to=2026-03-03T09:00:00%2B08:00") == ["book", "book"]
    assert found("shadow=true") == []
    assert found("site=lane&space=tea") == ["cancel", "book"]
    assert house.client.get(f"{V1}/decisions?kind=guess", headers=house.as_("viewer")).status_code == 422


# -- what a rehearsal was worth


def _rehearse(house, id: str, space: str, start: int) -> None:
    """A booking that the scheduler would have released ten minutes after its start."""
    booking = house.book(id, space=space, start=start)
    now = start + 10 * MINUTE
    warned = machine.warn(booking, now, now, Why("no_show.warn/1", shadow=True)).bookings[0]
    change = machine.release(warned, now, Why("no_show.release/1", shadow=True))
    house.deps.bookings.commit(type(change)(change.decision, twins=change.bookings))


def test_a_rehearsal_is_judged_by_what_happened_afterwards(house) -> None:
    for id, space, start in (("used", "room-a", NINE), ("unused", "room-b", NINE), ("dark", "tea", NINE),
                             ("runs", "room-b", NINE + 2 * HOUR)):  # fmt: skip
        _rehearse(house, id, space, start)
    house.deps.history.write([], [
        StatePoint("lane", "room-a", NINE, "vacant", 0, 0.9, True),
        StatePoint("lane", "room-a", NINE + 20 * MINUTE, "occupied", 3, 0.9, False),
        StatePoint("lane", "room-b", NINE, "vacant", 0, 0.9, True),
        StatePoint("lane", "tea", NINE + 30 * MINUTE, "vacant", 0, 0.9, True),
    ])  # fmt: skip
    house.clock.advance(2.5 * 3600)
    found = _get(house, "/decisions/shadow?site=lane&lang=en", "viewer")
    assert {one["space"]: one["verdict"] for one in found["items"] if one["decision"]} | {} == {
        "room-a": "wrong", "tea": "untold", "room-b": "right",
    }  # fmt: skip
    assert {name: found[name] for name in ("released", "right", "wrong", "open", "untold")} == {
        "released": 4, "right": 1, "wrong": 1, "open": 1, "untold": 1,
    }  # fmt: skip
    assert found["freed_min"] == 50
    assert found["summary"] == "Would have released 4, 1 of them rightly; 1 wrongly; 1 still open; 1 cannot be told."
    assert all("decide." not in one["text"] for one in found["items"])
    quiet = _get(house, "/decisions/shadow?site=lane&day=2026-03-01&lang=en")
    assert (quiet["released"], quiet["summary"]) == (0, "No release was rehearsed on that day.")


def test_the_clock_names_every_site_with_its_zone(house) -> None:
    assert _get(house, "/clock")["sites"] == [{"id": "lane", "name": "里弄社区", "zone": "Asia/Shanghai"}]
