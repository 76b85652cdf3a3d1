"""A space is lost: what is proposed, agreed to, declined and taken back, over HTTP."""

from typing import Any

import pytest

from services.contracts.names import HOUR, MINUTE
from tests.unit.api.conftest import NINE

V1 = "/api/v1"
LOST = {
    "site": "lane", "space": "room-a", "start": "2026-03-03T09:00:00+08:00", "end": "2026-03-03T18:00:00+08:00",
    "cause": "closed", "why": "水管爆了",
}  # fmt: skip

OTHERS = {"room-b", "tea"}


def post(house: Any, path: str, body: object = None, role: str = "steward") -> Any:
    return house.client.post(f"{V1}{path}?lang=en", headers=house.as_(role), json=body)


@pytest.fixture
def proposed(house: Any) -> dict[str, Any]:
    """甲室 is lost for the day; the choir of ten o'clock would go to another."""
    house.book(start=NINE + HOUR)
    answer = post(house, "/disturbances", LOST)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_proposal_says_who_goes_where_and_that_fewer_moves_are_not_enough(proposed: dict[str, Any]) -> None:
    [move] = proposed["moves"]
    assert (move["booking"], move["from"]["space"]) == ("b1", "room-a")
    assert move["to"]["space"] in OTHERS
    assert (proposed["proven"], proposed["lost"], proposed["state"]) == (True, [], "open")
    assert "水管爆了" in proposed["summary"]
    assert "1 would change" in proposed["summary"]


def test_agreed_all_of_it_happens_and_each_move_can_be_taken_back(house: Any, proposed: dict[str, Any]) -> None:
    id = proposed["id"]
    assert post(house, f"/proposals/{id}/agree").json()["kind"] == "agree"
    assert post(house, f"/proposals/{id}/agree").status_code == 200, "once more changes nothing"
    assert house.deps.bookings.booking("b1").space in OTHERS
    taken = post(house, "/bookings", {**LOST_BOOKING, "space": "room-a"})
    assert taken.status_code == 409, "nobody books a room that is lost"
    moved = house.deps.bookings.last_decision(booking="b1", kinds=("move",))
    assert post(house, f"/decisions/{moved.id}/undo").status_code == 409, "the room is still lost"
    assert post(house, f"/proposals/{id}/decline").status_code == 409


LOST_BOOKING = {
    "site": "lane", "group": "书友会", "people": 8,
    "start": "2026-03-03T14:00:00+08:00", "end": "2026-03-03T15:00:00+08:00",
}  # fmt: skip


def test_declined_everything_stays(house: Any, proposed: dict[str, Any]) -> None:
    told = post(house, f"/proposals/{proposed['id']}/decline").json()
    assert told["kind"] == "decline"
    assert told["summary"].endswith("the proposal is declined, everything stays as it is.")
    assert house.deps.bookings.booking("b1").space == "room-a"
    listed = house.client.get(f"{V1}/proposals?state=declined", headers=house.as_("viewer")).json()["items"]
    assert [one["id"] for one in listed] == [proposed["id"]]


def test_at_once_when_that_is_asked_for_and_what_was_held_for_others_goes_with_it(house: Any) -> None:
    house.book(start=NINE + HOUR)
    wish = house.wish()
    held = house.deps.operations.offer(wish.id, "user:li", NINE, space="room-a", start=NINE + 2 * HOUR)
    answer = post(house, "/disturbances", {**LOST, "apply": "auto"})
    assert answer.json()["state"] == "agreed"
    assert house.deps.bookings.booking("b1").space in OTHERS
    assert house.deps.bookings.offer(held.offer).state.value == "withdrawn"
    assert house.deps.bookings.request(wish.id).state.value == "waiting"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"space": "nowhere"}, "nowhere"),
        ({"end": LOST["start"]}, "after"),
        ({"start": "2026-03-03T09:01:00+08:00"}, "start"),
        ({"end": "2026-04-03T09:00:00+08:00"}, "14 days"),
        ({"start": "2026-03-01T09:00:00+08:00", "end": "2026-03-01T10:00:00+08:00"}, "already past"),
        ({"cause": "boredom"}, "cause"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(house: Any, changed: dict[str, str], fault: str) -> None:
    answer = post(house, "/disturbances", {**LOST, **changed})
    assert answer.status_code == 422, answer.text
    assert fault in answer.text
    assert house.client.get(f"{V1}/proposals", headers=house.as_("viewer")).json()["items"] == []


def test_a_partner_takes_back_what_it_lends_and_nothing_else(house: Any) -> None:
    assert post(house, "/disturbances", {**LOST, "cause": "recall"}, "partner").status_code == 403
    assert post(house, "/disturbances", LOST, "viewer").status_code == 403


def test_whoever_is_late_with_an_answer_is_told(house: Any, proposed: dict[str, Any]) -> None:
    house.clock.at = NINE + 31 * MINUTE
    answer = post(house, f"/proposals/{proposed['id']}/agree")
    assert answer.status_code == 409
    assert "expired" in answer.text
