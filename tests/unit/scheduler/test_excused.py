"""A no-show on the word of a sensor that turns out to be broken is struck from the record."""

from services.bookings.records import BookingState
from tests.unit.scheduler.stories import Story, a_booking, tell


def no_show() -> Story:
    story = tell([a_booking()])
    story.room("vacant")
    assert story.until("09:20") == ["09:10 warn", "09:15 release"]
    return story


def test_the_sensor_that_said_nobody_is_doubted_and_the_no_show_no_longer_counts() -> None:
    story = no_show()
    ledger, core = story.scheduler.ledger, story.scheduler._core
    assert [one.no_show for one in ledger.outcomes(0, 2**62)] == [True]
    (excused,) = core.doubt("wuhan", "rongqu-p", story.now)
    assert (excused.kind, excused.params["device"], excused.booking) == ("excuse", "rongqu-p", "b1")
    assert ledger.booking("b1").excused_at == story.now
    assert ledger.booking("b1").state is BookingState.RELEASED, "the time is not given back: somebody may have it"
    assert ledger.outcomes(0, 2**62) == []
    assert core.doubt("wuhan", "rongqu-p", story.now) == [], "once is enough"


def test_another_sensor_and_another_site_are_no_excuse() -> None:
    story = no_show()
    assert story.scheduler._core.doubt("wuhan", "tea-p", story.now) == []
    assert story.scheduler._core.doubt("chengdu", "rongqu-p", story.now) == []


def test_who_came_after_all_needs_no_excuse() -> None:
    story = no_show()
    story.room("occupied")
    assert story.until("09:22") == ["09:20 reclaim"]
    assert story.scheduler._core.doubt("wuhan", "rongqu-p", story.now) == []
