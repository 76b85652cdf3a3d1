"""A no-show is warned, released, offered and re-used; what cannot be known is left alone."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from services.bookings.records import BookingState
from services.contracts.names import MINUTE
from services.scheduler.policy import replay
from services.scheduler.rooms import RoomWatch
from tests.unit.scheduler.stories import a_booking, a_request, a_state, at, tell


def test_no_show_is_warned_released_offered_and_taken() -> None:
    story = tell([a_booking()], [a_request()])
    story.room("vacant")
    assert story.until("09:15") == ["09:10 warn", "09:15 release", "09:15 offer"]
    offer = story.scheduler.offers[0]
    assert (offer.start, offer.end, offer.expires) == (at("09:15"), at("09:45"), at("09:20"))
    assert offer.released_booking == "b1"
    taken = story.press("claim", code=offer.code)
    assert taken is not None
    assert taken.kind == "offer_taken"
    booking = story.scheduler.ledger.booking(f"b-{offer.id}")
    assert (booking.group, booking.start, booking.end) == ("组r1", at("09:15"), at("09:45"))
    story.room("occupied")
    assert story.until("09:46") == ["09:15 check_in", "09:43 extend"]


def test_ignored_offer_passes_on_in_written_order() -> None:
    later = a_request("r2", created_at=at("08:06"))
    first = a_request("r3", created_at=at("08:20"), priority=1)
    story = tell([a_booking(end="11:00")], [a_request(), later, first])
    story.room("vacant")
    story.until("09:26")
    assert [offer.request for offer in story.scheduler.offers] == ["r3", "r1", "r2"]
    made = [decision for _, decision in story.said if decision.kind == "offer"]
    assert [(c["request"], c["rank"], c["text"]) for c in made[0].considered] == [
        ("r3", 1, "decisions.fit_first"),
        ("r1", 2, "decisions.fit_later"),
        ("r2", 3, "decisions.fit_later"),
    ]
    assert ("r3", None, "decisions.fit_passed") in [(c["request"], c["rank"], c["text"]) for c in made[1].considered]


def test_fewest_served_comes_before_who_asked_first() -> None:
    story = tell(
        [a_booking(end="11:00")],
        [
            a_request("old", group="甲", created_at=at("07:00")),
            a_request("again", group="甲", created_at=at("07:10")),
            a_request("new", group="乙", created_at=at("07:30")),
        ],
    )
    story.room("vacant")
    story.until("09:15")
    story.press("claim")
    story.press("end")
    story.until("09:19")
    assert [offer.request for offer in story.scheduler.offers] == ["old", "new"]


def test_unknown_room_never_releases_and_cancels_the_countdown() -> None:
    story = tell([a_booking()])
    story.room("vacant")
    assert story.until("09:12") == ["09:10 warn"]
    story.room("unknown")
    assert story.until("10:30") == ["09:12 hold", "10:00 end"]
    assert story.last("end").rule == "time.end_unused/1"


def test_room_known_again_is_warned_anew() -> None:
    story = tell([a_booking()])
    story.room("vacant")
    story.until("09:12")
    story.room("unknown")
    story.until("09:14")
    story.room("vacant")
    assert story.until("09:25") == ["09:16 warn", "09:21 release"]


@pytest.mark.parametrize("occupancy", ["unknown", "vacant"])
def test_room_without_release_grade_is_left_alone(occupancy: str) -> None:
    story = tell([a_booking()])
    story.room(occupancy, grade=False)
    assert story.until("09:59") == []


def test_room_nobody_heard_of_is_left_alone() -> None:
    assert tell([a_booking()]).until("09:59") == []


def test_a_moments_gap_takes_nothing() -> None:
    story = tell([a_booking()])
    story.until("09:09")
    story.room("vacant")
    assert story.until("09:11") == ["09:11 warn"]


@pytest.mark.parametrize(
    ("booking", "policy"),
    [
        (a_booking(protected=True), {}),
        (a_booking(start="09:00", end="16:00"), {}),
        (a_booking(), {"never_release": ["rongqu"]}),
    ],
)
def test_some_bookings_are_never_taken(booking: object, policy: dict[str, object]) -> None:
    story = tell([booking], **policy)  # type: ignore[list-item]  # parametrised with bookings
    story.room("vacant")
    assert story.until("09:59") == []


def test_keep_stops_it_for_good() -> None:
    story = tell([a_booking()])
    story.room("vacant")
    story.until("09:12")
    kept = story.press("keep")
    assert kept is not None
    assert kept.kind == "keep"
    assert story.until("09:59") == []


def test_group_that_comes_while_warned_is_checked_in() -> None:
    story = tell([a_booking()])
    story.room("vacant")
    story.until("09:12")
    story.room("occupied")
    assert story.until("09:13") == ["09:12 check_in"]


def test_offered_group_has_longer_grace() -> None:
    story = tell([a_booking(end="11:00")], [a_request(duration_min=60)])
    story.room("vacant")
    story.until("09:15")
    story.press("claim")
    assert story.until("10:00") == ["09:35 warn", "09:40 release"]


def test_shadow_space_records_once_and_does_nothing() -> None:
    story = tell([a_booking()], [a_request()], shadow=["rongqu"])
    story.room("vacant")
    assert story.until("09:58") == ["09:10 warn", "09:15 release"]
    assert story.last("release").shadow
    assert story.scheduler.ledger.booking("b1").state is BookingState.BOOKED
    story.room("occupied")
    assert story.until("10:00") == ["10:00 end"]
    assert not story.last("end").shadow


def test_every_decision_can_be_decided_again_from_its_inputs() -> None:
    story = tell([a_booking(), a_booking("b2", "10:00", "11:00")], [a_request(), a_request("r2")])
    story.room("vacant")
    story.until("09:21")
    story.press("claim")
    story.room("occupied")
    story.until("09:55")
    story.room("vacant")
    story.until("10:05")
    story.room("occupied")
    story.until("10:20")
    story.room("vacant")
    story.until("11:10")
    kinds = {decision.kind for _, decision in story.said}
    assert kinds == {"warn", "release", "offer", "offer_expired", "check_in", "end_early", "end"}
    for _, decision in story.said:
        assert replay(decision) == decision


def test_no_decision_has_a_code_in_it() -> None:
    story = tell([a_booking(), a_booking("b2", "10:00", "11:00")], [a_request(), a_request("r2")], shadow=["events"])
    story.room("vacant")
    story.until("09:16")
    claimed = story.press("claim")
    story.room("occupied")
    story.until("09:30")
    offers = [offer.code for offer in story.scheduler.offers]
    assert claimed is not None
    assert offers
    for decision in story.scheduler.ledger.decisions:
        assert '"code"' not in json.dumps(asdict(decision))
        assert not {"1357", *offers} & set(_values(asdict(decision)))


def _values(value: object) -> Iterator[object]:
    """Yield every plain value inside."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from _values(item)
    else:
        yield value


def test_an_ignored_offer_says_whether_somebody_else_waits() -> None:
    for others, rule in (([], "offer.expire_alone/1"), ([a_request("r2")], "offer.expire/1")):
        story = tell([a_booking(end="11:00")], [a_request(), *others])
        story.room("vacant")
        story.until("09:20")
        assert story.last("offer_expired").rule == rule
        assert replay(story.last("offer_expired")) == story.last("offer_expired")


def test_silent_gateway_releases_nothing() -> None:
    watch = RoomWatch()
    watch.hear(a_state("rongqu", "vacant", at("09:00")))
    watch.hear(a_state("rongqu", "vacant", at("09:01"), since=at("09:00")))
    assert watch.at(at("09:04"))["wuhan/rongqu"].vacant_since == at("09:00")
    late = watch.at(at("09:04") + 1)["wuhan/rongqu"]
    assert late.unknown
    assert late.vacant_for(at("09:05")) is None
    watch.hear(a_state("rongqu", "vacant", at("09:10")))
    assert watch.at(at("09:10"))["wuhan/rongqu"].vacant_since == at("09:10")
    assert not watch.hear(a_state("rongqu", "occupied", at("09:10") - MINUTE))
