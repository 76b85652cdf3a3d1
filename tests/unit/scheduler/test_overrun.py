"""They are still there when their time ends: they go on, or whoever comes next is helped."""

import pytest

from services.bookings.records import BookingState
from services.contracts.errors import ConflictError
from services.contracts.names import MINUTE
from services.scheduler.policy import replay
from tests.unit.scheduler.stories import Story, a_booking, a_request, at, tell

NEXT = {"start": "10:00", "end": "11:00", "function": "class", "group": "夜校", "title": "夜校"}


def test_nobody_needs_the_room_so_they_go_on_twice_and_no_more() -> None:
    story = tell([a_booking()])
    story.room("occupied")
    told = story.until("10:40")
    assert told == ["08:45 check_in", "09:58 extend", "10:13 extend", "10:30 end"]
    booking = story.scheduler.ledger.booking("b1")
    assert (booking.planned_end, booking.end) == (at("10:00"), at("10:30"))


def test_they_go_on_until_the_next_booking_and_no_longer() -> None:
    story = tell([a_booking(), a_booking("b2", "10:05", "11:00", group="夜校")])
    story.room("occupied")
    assert story.until("10:06") == ["08:45 check_in", "09:58 extend", "10:00 overrun", "10:05 end"]


def test_whoever_waits_comes_before_whoever_stays() -> None:
    story = tell([a_booking()], [a_request(earliest=at("09:30"))])
    story.room("occupied")
    assert story.until("10:00") == ["08:45 check_in", "10:00 end"]


def test_an_extension_can_be_undone_and_decided_again_from_its_record() -> None:
    story = tell([a_booking()])
    story.room("occupied")
    story.until("10:01")
    extended = story.last("extend")
    assert replay(extended) == extended
    story.scheduler.operations.undo(extended.id, "user:wang", story.now)
    assert story.scheduler.ledger.booking("b1").end == at("10:05")


def at_the_door(**policy: object) -> Story:
    """The tea class is still in 融趣园 at ten, where the night school comes next; the tea house is free."""
    story = tell([a_booking(), a_booking("b2", **NEXT)], **policy)
    story.room("occupied")
    story.room("vacant", "tea")
    return story


def test_the_next_group_is_asked_whether_it_takes_an_equal_room() -> None:
    story = at_the_door()
    assert story.until("10:03") == ["08:45 check_in", "09:55 overrun", "10:00 end", "10:03 propose"]
    (proposal,) = story.scheduler.ledger.proposals
    assert (proposal.group, [(move.booking, move.space) for move in proposal.moves]) == ("夜校", [("b2", "tea")])
    approved = story.scheduler.operations.agree(proposal.id, "group", story.now)
    assert story.scheduler.operations.agree(proposal.id, "group", story.now) == approved
    assert story.scheduler.ledger.booking("b2").space == "tea"
    moved = story.scheduler.ledger.last_decision(booking="b2", kinds=("move",))
    assert moved is not None
    story.room("vacant")
    story.scheduler.operations.undo(moved.id, "user:wang", story.now)
    assert story.scheduler.ledger.booking("b2").space == "rongqu"


def test_what_was_refused_or_not_answered_is_not_proposed_again() -> None:
    story = at_the_door()
    story.until("10:03")
    story.scheduler.operations.decline(story.scheduler.ledger.proposals[0].id, "group", story.now)
    assert story.until("10:30") == ["10:10 check_in"]  # by then those in the room are the new group
    silent = at_the_door()
    assert silent.until("10:09")[-2:] == ["10:03 propose", "10:08 decline"]


def test_a_policy_may_move_the_group_at_once_or_never() -> None:
    moved = at_the_door(move_next="auto")
    assert moved.until("10:03")[-1] == "10:03 agree"
    assert moved.scheduler.ledger.booking("b2").space == "tea"
    assert moved.last("agree").params["moved"] == 1
    assert at_the_door(move_next="never").until("10:09")[-1] == "10:00 end"


def test_no_equal_room_nothing_to_propose() -> None:
    story = at_the_door()
    story.until("10:00")
    story.room("occupied", "tea")
    assert story.until("10:09") == []


def test_an_approval_that_comes_too_late_changes_nothing() -> None:
    story = at_the_door()
    story.until("10:03")
    (proposal,) = story.scheduler.ledger.proposals
    story.scheduler.operations.cancel("b2", "user:wang", story.now)
    with pytest.raises(ConflictError, match="has changed since"):
        story.scheduler.operations.agree(proposal.id, "group", story.now)
    assert story.scheduler.ledger.booking("b2").state is BookingState.CANCELLED
    assert story.until("10:04") == ["10:03 decline"]
    with pytest.raises(ConflictError, match="expected open"):
        story.scheduler.operations.agree(proposal.id, "group", story.now + MINUTE)
