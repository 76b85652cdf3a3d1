"""Who is next, and with how much of what they wished for."""

from dataclasses import replace
from typing import Any

import pytest

from services.bookings.records import Alternative, Request, RequestState
from services.contracts.community import Community, parse_community
from services.contracts.names import MINUTE
from services.contracts.policy import Policy
from services.scheduler.offering import next_offer
from services.scheduler.policy import replay
from services.scheduler.virtual import VirtualScheduler
from tests.unit.scheduler.stories import Story, a_booking, a_community, a_request, at, tell


def idle(requests: list[Request], *bookings: Any, community: Community | None = None) -> Story:
    """融趣园 has been empty since half past eight."""
    story = (
        tell(list(bookings), requests)
        if community is None
        else Story(VirtualScheduler(community, None, bookings, requests))
    )
    story.room("vacant")
    return story


def with_tables(**tables: Any) -> Community:
    raw = a_community().model_dump(mode="json", by_alias=True)
    return parse_community({**raw, **tables}, "test")


def made(story: Story) -> list[tuple[str, str, str]]:
    """Return the offers: to which request, from when, until when."""
    zero = at("00:00")
    shown = [(o.request, (o.start - zero) // MINUTE, (o.end - zero) // MINUTE) for o in story.scheduler.offers]
    return [(request, f"{a // 60:02}:{a % 60:02}", f"{b // 60:02}:{b % 60:02}") for request, a, b in shown]


def test_less_time_than_wished_for_is_offered_to_who_said_it_would_do() -> None:
    short = a_request("short", duration_min=90, min_duration_min=45)
    strict = a_request("strict", duration_min=90, created_at=at("07:00"))
    story = idle([short, strict], a_booking("next", "10:00", "11:00"))
    story.until("09:00")
    assert made(story) == [("short", "09:00", "10:00")]
    offer = story.last("offer")
    assert offer.rule == "offer.part/1"
    assert replay(offer) == offer
    whole = a_request("whole", duration_min=60, created_at=at("08:20"))
    story = idle([short, whole], a_booking("next", "10:00", "11:00"))
    story.until("09:00")
    assert made(story)[0] == ("whole", "09:00", "10:00"), "the whole time comes before a part of it"


def test_what_was_wished_for_comes_before_what_would_do_as_well() -> None:
    elsewhere = a_request("elsewhere", space="tea", alternatives=(Alternative(space="rongqu"),), created_at=at("07:00"))
    here = a_request("here", created_at=at("08:20"))
    story = idle([elsewhere, here])
    story.until("09:00")
    assert made(story)[0] == ("here", "09:00", "09:30")
    story = idle([elsewhere])
    story.until("09:00")
    assert made(story) == [("elsewhere", "09:00", "09:30")]
    assert story.last("offer").considered[0]["choice"] == 1


def test_a_wish_with_another_time_lapses_when_both_are_over() -> None:
    two = a_request(
        "two", latest_end=at("10:00"), alternatives=(Alternative(earliest=at("11:00"), latest_end=at("12:00")),)
    )
    story = tell([], [two])
    assert story.until("11:30") == []
    assert story.until("11:35") == ["11:35 cancel"]
    assert story.scheduler.ledger.request("two").state is RequestState.LAPSED


def test_points_make_up_for_one_turn_and_no_more() -> None:
    community = with_tables(
        groups=[
            {"id": "helpers", "site": "wuhan", "name": "志愿者", "points": 500},
            {"id": "others", "site": "wuhan", "name": "书友会"},
        ]
    )
    helpers = a_request("h", group="志愿者", created_at=at("08:20"))
    others = a_request("o", group="书友会", created_at=at("07:00"))
    story = idle([helpers, others], community=community)
    view = story.scheduler._core.look(story.now)
    for served, first in ((0, "h"), (1, "o"), (2, "o")):
        offer = next_offer(replace(view, served={"志愿者": served}), story.now, Policy(vacant_for_release_min=0))
        assert offer is not None
        assert offer.decision.request == first
        assert {one["group"]: one["bonus"] for one in offer.decision.considered} == {"志愿者": 1.0, "书友会": 0.0}


def test_who_asked_together_is_drawn_by_a_lot_that_anybody_can_draw_again() -> None:
    requests = [a_request(f"r{n}", created_at=at("08:00") + n) for n in range(6)]
    story = idle(requests)
    story.until("09:00")
    ranked = [one for one in story.last("offer").considered if one["rank"]]
    assert [one["lot"] for one in ranked] == sorted(one["lot"] for one in ranked)
    assert [one["request"] for one in ranked] != [request.id for request in requests]
    again = idle(requests[::-1])
    again.until("09:00")
    assert again.last("offer").considered == story.last("offer").considered


@pytest.mark.parametrize(("wished", "begins"), [("class", "10:00"), ("dance", "10:20")])
def test_between_two_functions_there_is_time_to_change_over(wished: str, begins: str) -> None:
    raw = a_community().model_dump(mode="json", by_alias=True)
    for space in raw["spaces"]:
        if space["id"] == "rongqu":
            space["functions"] = ["class", "dance"]
    changeover = [{"site": "wuhan", "from": "class", "to": "dance", "minutes": 20}]
    community = parse_community({**raw, "changeover": changeover}, "test")
    wish = a_request("w", functions=(wished,), earliest=at("09:30"), latest_end=at("12:00"))
    before = a_booking("b1", "09:00", "10:00", function="class")
    story = Story(VirtualScheduler(community, Policy(extend_min=0), [before], [wish]))
    story.room("occupied")
    story.until("10:00")
    story.room("vacant")
    story.until("10:30")
    assert made(story)[0][:2] == ("w", begins)


def test_somebody_at_the_door_answers_sooner() -> None:
    story = idle([a_request("door", walk_in=True)])
    story.until("09:00")
    (offer,) = story.scheduler.offers
    assert offer.expires - offer.made_at == 2 * MINUTE


def test_for_some_functions_fewer_people_fit() -> None:
    raw = a_community().model_dump(mode="json", by_alias=True)
    for space in raw["spaces"]:
        if space["id"] == "rongqu":
            space |= {"functions": ["class", "dance"], "capacity_by_function": {"dance": 6}}
    community = parse_community(raw, "test")
    for wished, offered in (("class", 1), ("dance", 0)):
        story = idle([a_request("w", functions=(wished,), people=8)], community=community)
        story.until("09:00")
        assert len(story.scheduler.offers) == offered
