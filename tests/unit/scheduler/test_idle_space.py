"""Idle space finds the next who needs it, within opening, fit and supply."""

from typing import Any

import pytest

from tests.unit.scheduler.stories import a_booking, a_request, at, tell


def test_idle_supply_window_is_offered_inside_its_time_only() -> None:
    story = tell([], [a_request(space=None, functions=("class",), people=10, earliest=at("08:00"))])
    story.room("vacant", "tea")
    assert story.until("09:00") == ["09:00 offer"]
    assert story.last("offer").rule == "offer.idle/1"


def test_supply_window_is_closed_on_other_days_and_for_other_functions() -> None:
    story = tell([], [a_request(space="tea", functions=("talk",))])
    story.room("vacant", "tea")
    assert story.until("11:00") == []
    tuesday = tell([], [a_request(space="tea", earliest=at("09:00", day=3), latest_end=at("11:00", day=3))])
    tuesday.now = at("08:50", day=3)
    tuesday.room("vacant", "tea")
    tuesday.now = at("09:10", day=3)
    assert tuesday.scheduler.step(tuesday.now) == []


def test_window_must_hold_the_whole_wish() -> None:
    story = tell([], [a_request(space="tea", duration_min=90, earliest=at("10:00"), latest_end=at("13:00"))])
    story.room("vacant", "tea")
    assert story.until("11:20") == []


@pytest.mark.parametrize(
    "wish",
    [
        {"people": 13},
        {"features": ("piano",)},
        {"functions": ("dance",)},
        {"space": "council"},
        {"duration_min": 90},
        {"latest_end": at("09:40")},
    ],
)
def test_what_does_not_fit_is_not_offered(wish: dict[str, Any]) -> None:
    story = tell([a_booking(), a_booking("b2", "10:30", "12:00")], [a_request(**{"earliest": at("09:15"), **wish})])
    story.room("vacant")
    assert "offer" not in [line.split()[1] for line in story.until("09:20")]


def test_small_place_goes_first_and_one_request_gets_one_offer() -> None:
    story = tell([], [a_request(space=None, functions=("class", "dance"), people=6)])
    for space in ("rongqu", "events", "council"):
        story.room("vacant", space)
    story.until("08:34")
    assert [offer.space for offer in story.scheduler.offers] == ["rongqu"]


def test_unknown_and_occupied_space_is_not_offered() -> None:
    story = tell([], [a_request()])
    story.room("unknown")
    assert story.until("08:40") == []
    story.room("occupied")
    assert story.until("08:50") == []


def test_next_booking_is_respected() -> None:
    story = tell([a_booking("later", "08:55", "10:00")], [a_request(earliest=at("08:00"))])
    story.room("vacant")
    assert story.until("08:40") == []


def test_request_nobody_answers_for_lapses() -> None:
    wish = a_request(space=None, functions=("class", "dance", "council"), people=6)
    story = tell([], [wish])
    for space in ("rongqu", "events", "council"):
        story.room("vacant", space)
    story.until("09:00")
    assert [offer.space for offer in story.scheduler.offers] == ["rongqu", "council", "events"]
    assert story.last("offer_expired").params["lapsed"] is True
    assert story.scheduler.ledger.request("r1").state == "lapsed"


def test_request_that_comes_too_late_lapses() -> None:
    story = tell([], [a_request(earliest=at("08:00"), latest_end=at("09:00"))])
    assert story.until("08:40") == ["08:35 cancel"]


def test_offer_waits_until_its_time_is_near() -> None:
    story = tell([], [a_request(earliest=at("10:00"))])
    story.room("vacant")
    assert story.until("09:32") == ["09:30 offer"]
    assert story.scheduler.offers[0].start == at("10:00")
