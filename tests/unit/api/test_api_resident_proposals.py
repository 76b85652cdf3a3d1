"""What the scheduler proposes about a resident's booking, they answer; what concerns others is staff's."""

from dataclasses import replace
from typing import Any

import pytest

from services.bookings.records import BookingState, Move, Proposal, ProposalState
from services.contracts.names import HOUR, MINUTE
from services.scheduler.core import Core
from services.scheduler.places import Places
from services.scheduler.rooms import RoomWatch
from tests.unit.api.conftest import COMMUNITY, NINE, SITE, House
from tests.unit.api.person import API, ROOM, Person

TWO = NINE + 5 * HOUR


@pytest.fixture
def wang(house: House) -> Person:
    person = Person(house)
    person.client.headers["accept-language"] = "en"
    return person.signs_up()


def proposed(house: House, person: Person, space: str | None = "tea", start: int = TWO, **said: Any) -> Proposal:
    """Let their booking of two o'clock in room-a be wanted elsewhere, or not at all."""
    booked = person.post("/me/bookings", 201, **ROOM, at="14:00")["id"]
    handle = person.account["handle"]
    record = Proposal(
        "p-1", SITE, "room-a", "overrun.move_next/1", NINE, NINE + HOUR,
        (Move(booked, handle, "room-a", TWO, space, start),), handle,
        params={"group": handle, "before": "合唱团", "to_space": space, "title": "阅读"},
    )  # fmt: skip
    record = replace(record, **said)
    house.deps.operations.propose(record, "scheduler", NINE)
    return record


def test_they_are_asked_with_what_would_change_and_until_when_and_learn_nothing_of_others(
    house: House, wang: Person
) -> None:
    record = proposed(house, wang)
    [asked] = wang.get("/me/proposals")["items"]
    assert (asked["id"], asked["name"], asked["start"]) == ("p-1", "甲室", "2026-03-03T14:00:00.000+08:00")
    assert asked["to"] == {
        "space": "tea", "name": "茶楼",
        "start": "2026-03-03T14:00:00.000+08:00", "end": "2026-03-03T15:00:00.000+08:00",
    }  # fmt: skip
    assert asked["expires"] == "2026-03-03T10:00:00.000+08:00"
    assert asked["why"] == "Those before you are still in 甲室, and a place that suits as well is free."
    assert "合唱团" not in str(asked)
    assert wang.get("/me/news")["items"][0]["said"].startswith("Those before you were still in 甲室")
    assert record.moves[0].booking == asked["booking"]


@pytest.mark.parametrize(
    ("rule", "params", "why"),
    [
        ("partial_use.fold/1", {"people": 3, "capacity": 20, "waiting": "合唱团"}, "甲室 holds 20 and 3 are there now"),
        ("some.new_rule/2", {"waiting": "合唱团"}, "Things at 甲室 have to be arranged anew."),
    ],
)
def test_every_rule_says_why(house: House, wang: Person, rule: str, params: dict[str, Any], why: str) -> None:
    proposed(house, wang, rule=rule, params=params)
    [asked] = wang.get("/me/proposals")["items"]
    assert asked["why"].startswith(why)
    assert "合唱团" not in asked["why"]


def test_agreed_it_is_done_in_their_name_and_once(house: House, wang: Person) -> None:
    record = proposed(house, wang, start=TWO + HOUR)
    booking = wang.post("/me/proposals/p-1/agree")
    assert (booking["space"], booking["start"]) == ("tea", "2026-03-03T15:00:00.000+08:00")
    who = f"resident:{wang.account['handle']}"
    moved = house.deps.bookings.last_decision(booking=record.moves[0].booking, kinds=("move",))
    agreed = house.deps.bookings.last_decision(booking=record.moves[0].booking, kinds=("agree",))
    assert moved is not None
    assert agreed is not None
    assert (moved.actor, agreed.actor) == (who, who)
    assert wang.get("/me/proposals")["items"] == []
    assert wang.post("/me/proposals/p-1/agree") == booking, "once more changes nothing"
    wang.post("/me/proposals/p-1/decline", 409)
    assert "You agreed to the change." in [one["said"] for one in wang.get("/me/news")["items"]]


def test_declined_everything_stays_as_it_is(house: House, wang: Person) -> None:
    proposed(house, wang)
    booking = wang.post("/me/proposals/p-1/decline")
    assert (booking["space"], booking["state"]) == ("room-a", "booked")
    assert house.deps.bookings.proposal("p-1").state is ProposalState.DECLINED
    assert wang.get("/me/proposals")["items"] == []
    said = wang.post("/me/proposals/p-1/agree", 409)["detail"]
    assert said == "It is too late to answer, or things have changed; your booking stays as it is."
    assert wang.get("/me/news")["items"][0]["said"] == "You left it as it is: 甲室 stays yours."


def test_without_a_room_it_would_be_cancelled(house: House, wang: Person) -> None:
    record = proposed(house, wang, space=None)
    [asked] = wang.get("/me/proposals")["items"]
    assert asked["to"] is None
    assert wang.post("/me/proposals/p-1/agree")["state"] == "cancelled"
    assert house.deps.bookings.booking(record.moves[0].booking).state is BookingState.CANCELLED


def test_somebody_elses_does_not_exist(house: House, wang: Person) -> None:
    proposed(house, wang)
    other = Person(house).signs_up("李明", "13900139000")
    assert other.get("/me/proposals")["items"] == []
    for act in ("agree", "decline"):
        for id in ("p-1", "nothing", "%00"):
            assert other.client.post(f"{API}/me/proposals/{id}/{act}").status_code in {404, 422}, id
    assert house.deps.bookings.proposal("p-1").state is ProposalState.OPEN


@pytest.mark.parametrize("asked", ["staff", "others too", "a block besides", "nothing of theirs"])
def test_what_concerns_others_is_for_staff(house: House, wang: Person, asked: str) -> None:
    other = house.book("b9", "room-b", NINE + 8 * HOUR)
    moves = Move(other.id, other.group, "room-b", other.start, "tea", other.start)
    handle = wang.account["handle"]
    said: dict[str, Any] = {
        "staff": {"group": ""},
        "others too": {"moves": (Move("b8", handle, "room-a", TWO, "tea", TWO), moves)},
        "a block besides": {"adds": (replace(other, id="block-1"),)},
        "nothing of theirs": {"moves": ()},
    }[asked]
    proposed(house, wang, **said)
    assert wang.get("/me/proposals")["items"] == []
    wang.post("/me/proposals/p-1/agree", 404)


def test_what_cannot_be_done_any_more_is_not_asked(house: House, wang: Person) -> None:
    record = proposed(house, wang)
    house.clock.at = NINE + HOUR
    assert wang.get("/me/proposals")["items"] == []
    wang.post("/me/proposals/p-1/agree", 409)
    house.clock.at = NINE
    assert len(wang.get("/me/proposals")["items"]) == 1
    wang.post(f"/me/bookings/{record.moves[0].booking}/cancel")
    assert wang.get("/me/proposals")["items"] == []
    wang.post("/me/proposals/p-1/agree", 409)


def test_a_place_that_was_taken_meanwhile_is_said_and_nothing_is_lost(house: House, wang: Person) -> None:
    record = proposed(house, wang)
    house.book("b9", "tea", TWO)
    assert "too late" in wang.post("/me/proposals/p-1/agree", 409)["detail"]
    assert house.deps.bookings.booking(record.moves[0].booking).space == "room-a"


def test_the_scheduler_asks_a_resident_when_those_before_them_are_still_there(house: House, wang: Person) -> None:
    before = house.book("b9", "room-a", NINE)
    house.deps.operations.check_in(before.id, "user:li", NINE)
    mine = wang.post("/me/bookings", 201, **ROOM, at="10:00")["id"]
    scheduler = Core(house.deps.bookings, RoomWatch(), lambda: Places(COMMUNITY))
    for minute in range(76):
        now = NINE + minute * MINUTE
        house.clock.at = now
        scheduler.rooms.hear(house.hear("occupied", "room-a", now))
        for space in ("room-b", "tea"):
            scheduler.rooms.hear(house.hear("vacant", space, now).model_copy(update={"release_grade": True}))
        scheduler.step(now)
        if house.deps.bookings.proposals(group=wang.account["handle"]):
            break
    [asked] = wang.get("/me/proposals")["items"]
    assert asked["booking"] == mine
    assert wang.post(f"/me/proposals/{asked['id']}/agree")["space"] == asked["to"]["space"] != "room-a"
