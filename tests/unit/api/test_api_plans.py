"""A week planned at once: a proposal, agreed to, and everybody has a room or a reason."""

from dataclasses import replace
from typing import Any

import pytest

from services.bookings.records import RequestState
from services.contracts.names import HOUR
from tests.unit.api.conftest import NINE

V1 = "/api/v1"


def post(house: Any, path: str, body: object = None) -> Any:
    return house.client.post(f"{V1}{path}?lang=en", headers=house.as_("steward"), json=body)


@pytest.fixture
def planned(house: Any) -> dict[str, Any]:
    """Three wish for a room from nine to ten, and there are three for them: 甲室, 乙室 and 茶楼; a choir has one."""
    house.book("choir", "room-a")
    for number in range(4):
        house.deps.bookings.add_request(_wish(house, number))
    answer = post(house, "/plans", {"site": "lane", "seconds": 5})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _wish(house: Any, number: int) -> Any:
    return replace(
        house.wish("template"), id=f"r{number}", people=8, duration_min=60, earliest=NINE, latest_end=NINE + HOUR
    )


def test_most_are_served_it_is_proven_and_who_is_not_has_a_reason(planned: dict[str, Any]) -> None:
    assert planned["gap"] == 0
    served = {one["request"] for one in planned["assigned"]}
    assert "choir" in served
    assert len(served & {"r0", "r1", "r2", "r3"}) == 2
    assert all(one["reason"] for one in planned["unserved"])
    assert planned["proposal"]["state"] == "open"
    assert len(planned["proposal"]["adds"]) == len(planned["proposal"]["serves"])


def test_nothing_is_booked_before_somebody_agrees_and_then_all_of_it(house: Any, planned: dict[str, Any]) -> None:
    proposal = planned["proposal"]
    assert [one.id for one in house.deps.bookings.bookings("lane")] == ["choir"]
    assert post(house, f"/proposals/{proposal['id']}/agree").status_code == 200
    for request, booking in proposal["serves"].items():
        assert house.deps.bookings.request(request).state is RequestState.SERVED
        assert house.deps.bookings.booking(booking).group == "书友会"


def test_a_wish_withdrawn_meanwhile_makes_it_void_and_nothing_half_done(house: Any, planned: dict[str, Any]) -> None:
    gone = next(iter(planned["proposal"]["serves"]))
    house.deps.operations.withdraw_request(gone, "user:li", NINE)
    answer = post(house, f"/proposals/{planned['proposal']['id']}/agree")
    assert answer.status_code == 409
    assert "has changed since" in answer.text
    assert [one.id for one in house.deps.bookings.bookings("lane")] == ["choir"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"site": "nowhere"}, 422),
        ({"site": "lane", "seconds": 0}, 422),
        ({"site": "lane", "from": "2026-03-04T09:00:00+08:00", "to": "2026-03-03T09:00:00+08:00"}, 422),
        ({"site": "lane", "from": "2026-03-04T09:00:00+08:00", "to": "2027-03-03T09:00:00+08:00"}, 422),
    ],
)
def test_what_cannot_be_planned_is_refused(house: Any, body: dict[str, Any], status: int) -> None:
    assert post(house, "/plans", body).status_code == status


def test_nobody_waits_nothing_to_agree_to(house: Any) -> None:
    answer = post(house, "/plans", {"site": "lane", "from": "2026-03-09T00:00:00+08:00", "seconds": 2})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["proposal"], answer.json()["value"]) == (None, 0)


def test_a_quota_and_a_host_are_kept(house: Any) -> None:
    window = {
        "id": "w", "site": "lane", "space": "tea", "owner": "老茶馆", "functions": ["reading"],
        "start": "00:00", "end": "24:00", "approval": "host",
    }  # fmt: skip
    assert house.client.post(f"{V1}/supply", headers=house.as_("admin"), json=window).status_code == 201
    house.deps.bookings.add_request(replace(_wish(house, 1), space="tea"))
    answer = post(house, "/plans", {"site": "lane", "seconds": 2}).json()
    assert answer["proposal"] is None or "r1" not in answer["proposal"]["serves"]
    reasons = {one["request"]: one["reason"] for one in answer["unserved"]}
    assert "approval" in reasons["r1"]


def test_what_is_held_for_others_is_not_planned_away(house: Any) -> None:
    held = house.wish("held")
    house.deps.operations.offer(held.id, "user:li", NINE, space="tea", start=NINE, hold_min=200)
    house.deps.bookings.add_request(replace(_wish(house, 1), space="tea"))
    answer = post(house, "/plans", {"site": "lane", "seconds": 2}).json()
    assert answer["proposal"] is None or "r1" not in answer["proposal"]["serves"]


@pytest.mark.parametrize("at", ["9999-12-31T23:10:00-12:00", "0001-01-01T00:00:00+14:00"])
def test_instants_beyond_every_clock_are_refused(house: Any, at: str) -> None:
    wish = {"site": "lane", "group": "g", "people": 2, "duration_min": 30, "earliest": at, "latest_end": at}
    assert post(house, "/requests", wish).status_code == 422
    assert post(house, "/plans", {"site": "lane", "from": at}).status_code == 422
    path = f"{V1}/spaces/lane/tea/availability"
    assert house.client.get(path, params={"from": at}, headers=house.as_("viewer")).status_code == 422


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"functions": ["swim"]}, "swim"), ({"features": ["jacuzzi"]}, "jacuzzi"), ({"people": 9000}, "9000"),
     ({"group": "g\u0007"}, "printed")],
)  # fmt: skip
def test_a_wish_that_no_space_can_ever_serve_is_told_at_once(house: Any, changed: dict[str, Any], said: str) -> None:
    wish = {
        "site": "lane", "group": "g", "people": 2, "duration_min": 30,
        "earliest": "2026-03-03T10:00:00+08:00", "latest_end": "2026-03-03T12:00:00+08:00", **changed,
    }  # fmt: skip
    answer = post(house, "/requests", wish)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_group_leaves_the_line_and_lets_an_offer_go(house: Any) -> None:
    wish = house.wish()
    offer = house.deps.operations.offer(wish.id, "user:li", NINE, space="tea", start=NINE).offer
    assert post(house, f"/offers/{offer}/decline").json()["rule"] == "person.decline/1"
    assert house.client.get(f"{V1}/requests/r1", headers=house.as_("viewer")).json()["state"] == "waiting"
    assert post(house, "/requests/r1/withdraw").status_code == 200
    assert house.deps.bookings.request("r1").state is RequestState.WITHDRAWN
