"""A rehearsed release is judged by what happened afterwards, and not at all where nobody can tell."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.records import Booking, BookingState, Decision
from services.bookings.rehearsals import STAY, Judgement, Seen, judge, until
from services.contracts.names import HOUR, MINUTE
from services.contracts.states import Occupancy

START, END = 9 * HOUR, 11 * HOUR
AT = START + 15 * MINUTE
BOOKING = Booking("b1", "lane", "room-a", "合唱团", "排练", 8, START, END)
RELEASE = Decision(
    "d1", AT, "lane", "room-a", "release", "no_show.release/1", "b1", shadow=True,
    params={"start_at": START, "end_at": END},
)  # fmt: skip
LATER = END + MINUTE


def _seen(*spells: tuple[float, Occupancy | None]) -> list[Seen]:
    """Spells one after the other from the decision on, each of so many minutes."""
    found, at = [], AT
    for minutes, occupancy in spells:
        found.append(Seen(at, at + int(minutes * MINUTE), occupancy))
        at = found[-1].end
    return found


def _verdict(found: Judgement) -> tuple[str, str]:
    return found.verdict, found.reason


def test_a_room_that_stayed_empty_was_rightly_released() -> None:
    found = judge(RELEASE, BOOKING, _seen((105, "vacant")), LATER)
    assert _verdict(found) == ("right", "unused")
    assert (found.used, found.freed) == (0, 105 * MINUTE)


def test_who_looks_in_for_a_moment_has_not_used_it() -> None:
    assert judge(RELEASE, BOOKING, _seen((60, "vacant"), (4, "occupied"), (41, "vacant")), LATER).verdict == "right"


def test_people_who_stay_make_it_wrong_as_soon_as_they_have() -> None:
    seen = _seen((20, "vacant"), (6, "occupied"))
    assert _verdict(judge(RELEASE, BOOKING, seen, AT + 26 * MINUTE)) == ("wrong", "used")


def test_a_group_that_checks_in_after_all_makes_it_wrong() -> None:
    came = replace(BOOKING, state=BookingState.ENDED, checked_in_at=AT + 10 * MINUTE, ended_at=END)
    assert _verdict(judge(RELEASE, came, _seen((105, "vacant")), LATER)) == ("wrong", "came")
    before = replace(came, checked_in_at=START)
    assert judge(replace(RELEASE, kind="end_early"), before, _seen((105, "vacant")), LATER).verdict == "right"


def test_while_its_time_runs_it_is_open() -> None:
    assert _verdict(judge(RELEASE, BOOKING, _seen((30, "vacant")), AT + 30 * MINUTE)) == ("open", "running")


@pytest.mark.parametrize("gap", ["unknown", None])
def test_a_gap_in_which_somebody_may_have_come_cannot_be_told(gap: Occupancy | None) -> None:
    assert judge(RELEASE, BOOKING, _seen((50, "vacant"), (5, gap), (50, "vacant")), LATER).verdict == "untold"
    assert judge(RELEASE, BOOKING, _seen((50, "vacant"), (4, gap), (51, "vacant")), LATER).verdict == "right"
    assert judge(RELEASE, BOOKING, [], LATER).verdict == "untold"


def test_what_the_group_gave_up_itself_is_judged_until_then() -> None:
    gone = replace(BOOKING, state=BookingState.CANCELLED, ended_at=AT + 20 * MINUTE)
    assert until(RELEASE, gone) == AT + 20 * MINUTE
    found = judge(RELEASE, gone, _seen((20, "vacant"), (85, "occupied")), LATER)
    assert _verdict(found) == ("right", "given_back")


def test_a_booking_that_went_elsewhere_or_is_gone_cannot_be_told() -> None:
    assert judge(RELEASE, replace(BOOKING, space="tea"), _seen((105, "vacant")), LATER).reason == "moved"
    assert judge(RELEASE, None, [], LATER).reason == "gone"


spells = st.lists(
    st.tuples(st.floats(0.1, 60, allow_nan=False), st.sampled_from(["occupied", "vacant", "unknown", None])), max_size=8
)


@given(spells, st.integers(0, 200))
def test_a_verdict_holds_what_it_says(told: list[tuple[float, Occupancy | None]], minutes: int) -> None:
    now = AT + minutes * MINUTE
    found = judge(RELEASE, BOOKING, _seen(*told), now)
    assert 0 <= found.used <= max(0, min(now, END) - AT)
    match found.verdict:
        case "right":
            assert now >= END
            assert found.used < STAY
        case "wrong":
            assert found.used >= STAY
        case "open":
            assert now < END
        case "untold":
            assert now >= END


@given(spells)
def test_more_people_never_make_a_release_right(told: list[tuple[float, Occupancy | None]]) -> None:
    more = [(minutes, "occupied") for minutes, _ in told]
    if judge(RELEASE, BOOKING, _seen(*told), LATER).verdict == "wrong":
        assert judge(RELEASE, BOOKING, _seen(*more), LATER).verdict == "wrong"
