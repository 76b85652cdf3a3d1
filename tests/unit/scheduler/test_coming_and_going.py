"""Check-in, early end, reclaim and overrun by what the room says."""

from services.bookings.records import BookingState, OfferState
from services.contracts.names import MINUTE
from services.scheduler.policy import replay
from tests.unit.scheduler.stories import Story, a_booking, a_request, at, tell


def test_early_people_count_when_nobody_holds_the_room() -> None:
    story = tell([a_booking()])
    story.room("vacant")
    story.until("08:44")
    story.room("occupied")
    assert story.until("08:50") == ["08:45 check_in"]


def test_early_people_do_not_count_while_others_hold_it() -> None:
    story = tell([a_booking("b0", "08:00", "09:00", group="太极队"), a_booking()])
    story.room("occupied")
    assert story.until("09:00") == ["08:30 check_in", "08:55 overrun", "09:00 end"]
    assert story.last("overrun").params["next_title"] == "晨练合唱"


def after_others(end: str = "09:00") -> Story:
    """The group before has used the room until its end, and people are still there."""
    story = tell([a_booking("b0", "08:00", end, group="太极队"), a_booking()])
    story.room("occupied")
    story.until(end)
    return story


def test_people_of_the_group_before_do_not_check_the_next_one_in() -> None:
    story = after_others()
    assert story.until("09:09") == []
    assert story.until("09:10") == ["09:10 check_in"]
    assert story.last("check_in").booking == "b1"
    assert replay(story.last("check_in")) == story.last("check_in")


def test_nor_when_they_stay_into_the_break_before_it() -> None:
    assert after_others("08:50").until("09:09") == ["08:55 overrun", "09:00 end"]  # of those who stayed


def test_once_the_room_was_empty_whoever_comes_is_the_next_group() -> None:
    story = after_others()
    story.now += MINUTE
    story.room("vacant", grade=False)
    assert story.until("09:02") == []
    story.room("occupied")
    assert story.until("09:02") == ["09:02 check_in"]


def test_who_left_before_the_end_left_the_room_to_the_next_group() -> None:
    story = tell([a_booking("b0", "08:00", "09:00", group="太极队"), a_booking()])
    story.room("occupied")
    story.until("08:57")
    story.room("vacant")
    story.until("09:03")
    story.room("occupied")
    assert story.until("09:03") == ["09:03 check_in"]


def test_the_next_group_may_say_itself_that_it_is_there() -> None:
    story = after_others()
    pressed = story.press("check_in")
    assert pressed is not None
    assert (pressed.kind, pressed.booking) == ("check_in", "b1")


def test_a_group_that_ended_by_hand_has_left() -> None:
    story = tell([a_booking("b0", "08:00", "09:00", group="太极队"), a_booking()])
    story.room("occupied")
    story.until("08:50")
    story.press("end")
    assert story.until("08:51") == ["08:50 check_in"]


def test_early_end_gives_the_rest_to_the_next_in_line() -> None:
    story = tell([a_booking(end="10:30")], [a_request()])
    story.room("occupied")
    story.until("09:25")
    story.room("vacant")
    assert story.until("09:40") == ["09:35 end_early", "09:35 offer", "09:40 offer_expired"]
    assert story.last("offer").rule == "offer.released/1"


def test_early_end_spares_who_was_never_seen_since_check_in() -> None:
    story = tell([a_booking()])
    story.room("vacant")
    story.until("09:02")
    story.press("check_in")
    assert story.until("09:59") == []


def test_early_end_waits_for_the_booking_to_have_begun() -> None:
    story = tell([a_booking()])
    story.room("occupied")
    story.until("08:46")
    story.room("vacant")
    assert story.until("09:15") == ["09:10 end_early"]


def test_reclaim_withdraws_the_offer() -> None:
    story = tell([a_booking()], [a_request()])
    story.room("vacant")
    story.until("09:17")
    story.room("occupied")
    assert story.until("09:18") == ["09:17 reclaim"]
    assert story.scheduler.offers[0].state is OfferState.WITHDRAWN
    assert story.scheduler.ledger.booking("b1").state is BookingState.IN_USE


def test_reclaim_ends_when_the_time_is_taken() -> None:
    story = tell([a_booking()], [a_request()])
    story.room("vacant")
    story.until("09:15")
    story.press("claim")
    story.room("occupied")
    assert story.until("09:20") == ["09:15 check_in"]
    assert story.scheduler.ledger.booking("b1").state is BookingState.RELEASED


def test_reclaim_has_its_window() -> None:
    story = tell([a_booking()])
    story.room("vacant")
    story.until("09:30")
    story.room("occupied")
    assert story.until("09:40") == []


def test_people_who_come_back_after_an_early_end_are_left_alone() -> None:
    story = tell([a_booking(end="11:00")])
    story.room("occupied")
    story.until("09:20")
    story.room("vacant")
    assert story.until("09:32") == ["09:30 end_early"]
    story.room("occupied")
    assert story.until("09:33") == ["09:32 reclaim"]
    story.room("vacant")
    assert story.until("10:59") == []


def test_nobody_reclaims_what_was_ended_by_hand() -> None:
    story = tell([a_booking()])
    story.room("occupied")
    story.until("09:20")
    ended = story.press("end")
    assert ended is not None
    assert story.until("09:25") == []


def test_part_and_whole_hold_each_other() -> None:
    story = tell([a_booking("whole", space="hall"), a_booking("part", "10:00", "11:00", space="council")])
    for space in ("hall", "council", "events"):
        story.room("occupied", space)
    assert story.until("09:55") == ["08:45 check_in", "09:55 overrun"]
    assert story.last("overrun").params["next_title"] == "晨练合唱"


def test_what_its_host_has_not_answered_lapses_in_time_and_is_free_again() -> None:
    asked = a_booking(state=BookingState.ASKED, answer_by=at("08:45"))
    story = tell([asked])
    story.room("occupied")
    assert story.until("09:30") == ["08:45 lapse"]
    assert story.last("lapse").params["answer_by_at"] == at("08:45")
    story.scheduler.ledger.book(a_booking("b2", start="09:30"), "user:w", at("09:30"))
