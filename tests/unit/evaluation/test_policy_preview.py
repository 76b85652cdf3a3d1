"""Two policies over the same day: who would be released, who was seen afterwards, and what would happen soon."""

import pytest

from services.bookings.records import Booking, BookingState, Request
from services.contracts.community import parse_community
from services.contracts.names import DAY, HOUR, MINUTE, Millis
from services.contracts.policy import Policy
from services.contracts.states import Occupancy, RoomState
from services.evaluation.preview import Answer, Day, OutOfTimeError, as_planned, compare_day, soon

MIDNIGHT = 20_000 * DAY
NINE = MIDNIGHT + 9 * HOUR
COMMUNITY = parse_community(
    {
        "sites": [{"id": "lane", "name": "里弄", "timezone": "UTC"}],
        "spaces": [{"id": "den", "site": "lane", "name": "小屋", "capacity": 9}],
    },
    "test",
)
USUAL, QUICK, NEVER = Policy(), Policy(grace_min=2, warn_min=1), Policy(never_release=("den",))


def booking(id: str = "b", start: Millis = NINE, **more: object) -> Booking:
    return Booking(id, "lane", "den", "书友会", "读书", 4, start, start + HOUR, **more)  # type: ignore[arg-type]  # fields


def state(at: Millis, occupancy: Occupancy) -> RoomState:
    return RoomState(
        site="lane", space="den", occupancy=occupancy, confidence=0.9, release_grade=occupancy == "vacant",
        since=at, as_of=at,
    )  # fmt: skip


def both(day: Day, would: Policy):
    return compare_day(COMMUNITY, USUAL, would, day, lambda: True)


def test_a_quicker_policy_wins_minutes_and_releases_who_comes_late() -> None:
    # Empty until 09:08, then the group comes: the usual grace lets them, the quick one has released them.
    day = Day(MIDNIGHT, [state(NINE - HOUR, "vacant"), state(NINE + 8 * MINUTE, "occupied")], [booking()])
    present, would, [differs] = both(day, QUICK)
    assert (present.released, would.released, would.false_released) == (0, 1, 1)
    assert (differs.was, differs.would, differs.seen_later) == ("kept", "reclaimed", True)


def test_a_no_show_is_released_by_one_and_spared_by_the_other() -> None:
    day = Day(MIDNIGHT, [state(NINE - HOUR, "vacant")], [booking()])
    present, would, [differs] = both(day, NEVER)
    assert (present.released, present.false_released, would.released) == (1, 0, 0)
    assert present.recovered_min == 45
    assert (differs.was, differs.was_at, differs.would) == ("released", NINE + 15 * MINUTE, "kept")


def test_what_people_did_themselves_is_done_again() -> None:
    day = Day(MIDNIGHT, [state(NINE - HOUR, "vacant")], [booking()], answers=[Answer(NINE + MINUTE, "b", "keep")])
    assert both(day, QUICK)[2] == []


def test_a_room_nobody_knows_of_releases_nothing() -> None:
    present, would, differs = both(Day(MIDNIGHT, [state(NINE - HOUR, "unknown")], [booking()]), QUICK)
    assert (present.released, would.released, differs) == (0, 0, [])


def test_whoever_was_seen_in_a_room_that_was_given_on_is_not_the_old_group() -> None:
    taken = booking("o", NINE + 20 * MINUTE, from_offer="offer")
    seen = [state(NINE - HOUR, "vacant"), state(NINE + 25 * MINUTE, "occupied")]
    present, _, _ = both(Day(MIDNIGHT, seen, [booking()], reused=[taken]), QUICK)
    assert (present.released, present.false_released) == (1, 0)


def test_those_who_wait_are_served_by_what_is_released() -> None:
    wish = Request("r", "lane", "棋社", "下棋", 4, 30, NINE, NINE + HOUR, NINE - HOUR, "den")
    present, would, _ = both(Day(MIDNIGHT, [state(NINE - HOUR, "vacant")], [booking()], [wish]), NEVER)
    assert (present.offers, present.served, would.offers) == (1, 1, 0)


def test_bookings_are_as_they_were_before_their_day() -> None:
    extended = booking("e", planned_end=NINE + HOUR - 30 * MINUTE, state=BookingState.RELEASED)
    planned, reused = as_planned(
        [extended, booking("c", state=BookingState.CANCELLED), booking("x-1"), booking("o", from_offer="q")]
    )
    assert [(one.id, one.end, one.state) for one in planned] == [("e", NINE + 30 * MINUTE, BookingState.BOOKED)]
    assert [one.id for one in reused] == ["o"]


def test_soon_tells_both_instants_and_nothing_of_a_booking_that_was_kept() -> None:
    rooms = [state(NINE - HOUR, "vacant")]
    told = soon(COMMUNITY, USUAL, QUICK, [booking()], rooms, NINE)
    assert [(one.kind, one.present_at, one.would_at) for one in told] == [
        ("warn", NINE + 10 * MINUTE, NINE + 2 * MINUTE),
        ("release", NINE + 15 * MINUTE, NINE + 3 * MINUTE),
    ]
    assert soon(COMMUNITY, USUAL, QUICK, [booking(kept_at=NINE)], rooms, NINE) == ()


def test_a_day_there_is_no_time_for_is_not_half_told() -> None:
    with pytest.raises(OutOfTimeError):
        compare_day(COMMUNITY, USUAL, QUICK, Day(MIDNIGHT, [], [booking()]), lambda: False)
