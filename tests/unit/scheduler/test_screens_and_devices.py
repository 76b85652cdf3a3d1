"""What doors show and devices do about decisions, and what a press of the button means."""

import pytest

from services.contracts.instants import local_clock
from services.scheduler.actions import orders
from services.scheduler.screens import same
from tests.unit.scheduler.stories import ZONE, Story, a_booking, a_request, a_state, at, tell


def shown(story: Story) -> tuple[str | None, str | None, str | None, str | None]:
    """Return title now, title next, notice and its countdown of the room's screen."""
    screen = next(one for one in story.scheduler.screens(story.now) if one.space == "rongqu")
    until = None if screen.notice_until is None else local_clock(screen.notice_until, ZONE)
    return screen.now and screen.now.title, screen.next and screen.next.title, screen.notice, until


def test_screen_tells_the_story() -> None:
    story = tell([a_booking(), a_booking("b2", "10:00", "11:00", title="夜校")], [a_request()])
    story.room("vacant")
    story.until("08:59")
    assert shown(story) == (None, "晨练合唱", None, None)
    story.until("09:12")
    assert shown(story) == ("晨练合唱", "夜校", "screens.warn", "09:15")
    story.until("09:15")
    assert shown(story) == (None, "夜校", "screens.held", "09:20")
    story.until("09:20")
    assert shown(story) == (None, "夜校", "screens.released", "09:30")
    story.until("09:31")
    assert shown(story) == (None, "夜校", None, None)
    story.room("occupied")
    story.until("10:00")
    assert shown(story) == ("夜校", None, None, None)


def test_countdown_leaves_the_screen_when_nobody_can_tell() -> None:
    story = tell([a_booking()])
    story.room("vacant")
    story.until("09:12")
    story.room("vacant", grade=False)
    assert shown(story) == ("晨练合唱", None, None, None)


def test_screen_says_when_the_next_group_comes() -> None:
    story = tell([a_booking(), a_booking("b2", "10:00", "11:00", title="夜校")])
    story.room("occupied")
    story.until("09:56")
    assert shown(story) == ("晨练合唱", "夜校", "screens.overrun", "10:00")


def test_screens_that_only_grew_older_are_the_same() -> None:
    story = tell([a_booking()])
    before, after = (story.scheduler.screens(at(clock))[3] for clock in ("08:40", "08:41"))
    assert same(before, after)
    story.room("occupied")
    assert not same(before, story.scheduler.screens(at("08:41"))[3])
    assert not same(None, before)


@pytest.mark.parametrize(
    ("occupancy", "free", "expected"),
    [
        ("vacant", True, ["charging_off", "eco_on"]),
        ("vacant", False, []),
        ("occupied", True, []),
        ("unknown", True, []),
    ],
)
def test_power_is_cut_only_when_empty_beyond_doubt(occupancy: str, free: bool, expected: list[str]) -> None:
    story = tell([a_booking()], extend_min=0)
    story.room(occupancy)
    story.until("10:00")
    devices = story.scheduler._places.devices("wuhan", "rongqu")
    room = story.scheduler._core.rooms.at(story.now)["wuhan/rongqu"]
    ended = story.last("end" if occupancy != "vacant" else "release")
    assert [order.do for order in orders(ended, {}, devices, room, free=free) if order.do != "show"] == expected


def test_group_that_is_there_gets_door_and_power() -> None:
    story = tell([a_booking()])
    story.room("occupied")
    story.until("09:00")
    devices = story.scheduler._places.devices("wuhan", "rongqu")
    made = orders(story.last("check_in"), {}, devices, None, free=False)
    assert [(order.device, order.do) for order in made] == [
        ("rongqu-door", "unlock"), ("rongqu-port", "charging_on"), ("rongqu-air", "eco_off"),
    ]  # fmt: skip


def test_shadow_decision_orders_nothing() -> None:
    story = tell([a_booking()], shadow=["rongqu"])
    story.room("vacant")
    story.until("09:15")
    devices = story.scheduler._places.devices("wuhan", "rongqu")
    assert orders(story.last("release"), {}, devices, None, free=True) == []


def test_press_means_the_booking_of_its_space_or_its_code() -> None:
    story = tell([a_booking("whole", space="hall", code="2468"), a_booking()])
    story.now = at("09:01")
    assert story.press("check_in", space="council", code="1357") is None
    by_part = story.press("check_in", space="council")
    assert by_part is not None
    assert by_part.booking == "whole"
    by_code = story.press("check_in", code="1357")
    assert by_code is not None
    assert by_code.booking == "b1"
    assert story.press("end", space="tea") is None


def test_press_before_the_check_in_time_means_nothing() -> None:
    story = tell([a_booking()])
    story.now = at("08:44")
    assert story.press("check_in") is None


def test_claim_without_a_code_needs_one_offer_here() -> None:
    story = tell([], [a_request(), a_request("r2", space="council")])
    assert story.press("claim") is None
    story.scheduler.on_state(a_state("rongqu", "vacant", at("08:00")))
    story.until("08:31")
    assert story.press("claim", space="council") is None
    taken = story.press("claim", space="rongqu")
    assert taken is not None
    assert taken.request == "r1"
