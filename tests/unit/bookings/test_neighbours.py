"""Changeover, cleaning and quota around a new booking, against what a steward would reckon."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bookings import machine, promises
from services.bookings.memory import MemoryLedger
from services.bookings.neighbours import CrowdedError, stay_of, week_of
from services.bookings.operations import Operations
from services.bookings.reasons import Why
from services.bookings.records import Booking, BookingState
from services.catalogue.availability import Availability
from services.contracts.community import parse_community
from services.contracts.errors import ConflictError
from services.contracts.names import DAY, HOUR, MINUTE
from services.contracts.policy import Policy
from tests.unit.bookings.promise_records import NINE, TEN, a_booking, a_request, claims, minutes

WHY = Why("test/1")
_FUNCTIONS = ["tea", "rehearsal", "class"]
HOUSE = Availability(
    parse_community(
        {
            "sites": [{"id": "wuhan", "name": "江湖里", "timezone": "UTC"}],
            "spaces": [
                {"id": "rongqu", "site": "wuhan", "name": "融趣园", "capacity": 40, "functions": _FUNCTIONS},
                {"id": "council", "site": "wuhan", "name": "议事厅", "capacity": 20, "functions": _FUNCTIONS},
                {"id": "events", "site": "wuhan", "name": "活动厅", "capacity": 20, "cleaning_min": 10},
                {"id": "hall", "site": "wuhan", "name": "会客厅", "capacity": 40, "parts": ["council", "events"]},
            ],
            "changeover": [
                {"site": "wuhan", "from": "tea", "to": "rehearsal", "minutes": 20},
                {"site": "wuhan", "from": "rehearsal", "to": "tea", "minutes": 5},
            ],
            "groups": [{"id": "choir", "site": "wuhan", "name": "合唱团", "weekly_quota_min": 120}],
        },
        "test",
    )
)


def ledger(*bookings: Booking) -> MemoryLedger:
    kept = MemoryLedger(claims, lambda: HOUSE)
    for booking in bookings:
        kept.book(booking, "user:w", NINE - HOUR)
    return kept


def a_use(id: str, start: int, end: int, **values: Any) -> Booking:
    return a_booking(id, start=NINE + minutes(start), end=NINE + minutes(end), group=f"组{id}", **values)


TEA = a_use("b1", 0, 60, function="tea")


@pytest.mark.parametrize(
    ("booking", "says"),
    [
        (a_use("b2", 75, 120, function="rehearsal"), "needs 20 minutes after .*can begin from 10:20 on"),
        (a_use("b2", 80, 120, function="rehearsal"), None),
        (a_use("b2", 60, 120, function="class"), None),
        (a_use("b2", -60, 0, function="rehearsal"), "needs 5 minutes before .*has to end by 08:55"),
        (a_use("b2", -60, -5, function="rehearsal"), None),
        (a_use("b2", 60, 120, function="rehearsal", space="council"), None),
    ],
)
def test_changeover_is_kept_towards_both_neighbours(booking: Booking, says: str | None) -> None:
    kept = ledger(TEA)
    if says is None:
        assert kept.book(booking, "user:w", NINE - HOUR)[1]
        return
    with pytest.raises(CrowdedError, match=says):
        kept.book(booking, "user:w", NINE - HOUR)
    assert [one.id for one in kept.bookings] == ["b1"]


def test_cleaning_lies_between_a_room_and_the_hall_it_is_part_of() -> None:
    kept = ledger(a_use("b1", 0, 60, space="events"))
    with pytest.raises(CrowdedError, match="needs 10 minutes"):
        kept.book(a_use("b2", 65, 120, space="hall"), "user:w", NINE - HOUR)
    assert kept.book(a_use("b2", 70, 120, space="hall"), "user:w", NINE - HOUR)[1]


@settings(deadline=None)  # how long it takes is no promise
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6), st.sampled_from(_FUNCTIONS)), max_size=12))
def test_whatever_is_booked_every_pair_keeps_its_distance(wishes: list[tuple[int, int, str]]) -> None:
    kept = ledger()
    for number, (start, length, function) in enumerate(wishes):
        booking = a_use(f"b{number}", start * 5, (start + length) * 5, function=function)
        alone = all(
            second.start - first.end
            >= {("tea", "rehearsal"): 20, ("rehearsal", "tea"): 5}.get((first.function, second.function), 0) * MINUTE
            for other in kept.bookings
            for first, second in [sorted((booking, other), key=lambda one: (one.start, one.end))]
        )
        try:
            kept.book(booking, "user:w", NINE - HOUR)
        except ConflictError as error:
            assert not alone, error
        else:
            assert alone


def test_moving_and_offering_keep_their_distance_and_what_was_there_before_comes_back() -> None:
    kept = ledger(TEA, a_use("b2", 120, 180, function="rehearsal"))
    operations = Operations(kept, claims, Policy)
    with pytest.raises(CrowdedError, match="can begin from 10:20 on"):
        operations.move("b2", None, TEN, "user:w", NINE)
    moved = operations.move("b2", None, TEN + 20 * MINUTE, "user:w", NINE)
    assert moved.kind == "move"
    kept.add_request(a_request(functions=("rehearsal",), earliest=NINE - HOUR, latest_end=NINE + 8 * HOUR))
    with pytest.raises(CrowdedError, match="融趣园 needs 5 minutes before"):
        operations.offer("r1", "user:w", NINE - HOUR, space="rongqu", start=NINE - 30 * MINUTE)
    assert operations.undo(moved.id, "user:w", NINE).kind == "undo"


def test_only_a_use_that_took_place_has_to_be_cleared_away() -> None:
    over = a_booking(state=BookingState.ENDED, ended_at=NINE + minutes(30))
    assert stay_of(over) is None
    used = stay_of(replace(over, checked_in_at=NINE))
    assert used is not None
    assert used.end == NINE + minutes(30)
    assert stay_of(a_booking(state=BookingState.CANCELLED)) is None
    offer = promises.make_offer(a_request(functions=("tea",)), "rongqu", NINE, TEN, TEN, NINE, WHY).offers[0]
    held = stay_of(offer, a_request(functions=("tea",)))
    assert held is not None
    assert held.function == "tea"


def test_a_group_has_its_weeks_share_under_either_name() -> None:
    kept = ledger(a_booking("b1", group="合唱团"))  # an hour
    later = a_booking("b2", group="choir", start=NINE + DAY, end=NINE + DAY + HOUR + 5 * MINUTE)
    with pytest.raises(CrowdedError, match=r"合唱团 may use 120 minutes a week; .*it has 60, and 65 more are too many"):
        kept.book(later, "user:w", NINE - HOUR)
    assert kept.book(replace(later, protected=True), "user:w", NINE - HOUR)[1]
    assert kept.book(replace(later, id="b3", end=NINE + DAY + HOUR, space="council"), "user:w", NINE - HOUR)[1]
    kept.add_request(a_request(group="合唱团", duration_min=90, latest_end=NINE + DAY))
    with pytest.raises(CrowdedError, match="may use 120 minutes a week"):
        Operations(kept, claims, Policy).offer("r1", "user:w", NINE - HOUR, space="events", start=NINE + 3 * HOUR)
    monday, next_monday = week_of(NINE, "UTC")
    assert monday <= NINE < next_monday
    following = replace(later, id="b4", start=next_monday, end=next_monday + 2 * HOUR)
    assert kept.book(following, "user:w", NINE - HOUR)[1]


def test_cancelling_and_releasing_give_the_share_back() -> None:
    kept = ledger(a_booking("b1", group="合唱团"), a_booking("b2", group="合唱团", start=TEN, end=TEN + HOUR))
    kept.commit(machine.cancel(kept.booking("b2"), NINE, WHY))
    assert kept.book(a_booking("b3", group="合唱团", start=TEN, end=TEN + HOUR), "user:w", NINE)[1]


def test_all_are_written_or_none() -> None:
    kept = ledger(TEA)
    changes = [machine.booked(a_use(f"b{n}", n * 60, n * 60 + 60, function="class"), NINE, WHY) for n in (3, 2)]
    clash = machine.booked(a_use("b9", 30, 90), NINE, WHY)
    before = (kept.bookings, kept.decisions, kept.near(NINE))
    failures = kept.commit_all([*changes, clash])
    assert [failure is None for failure in failures] == [True, True, False]
    assert (kept.bookings, kept.decisions, kept.near(NINE)) == before
    kept.commit_all([*changes, clash], whole=False)
    assert {one.id for one in kept.near(NINE).bookings} == {"b1", "b2", "b3"}


def test_an_unanswered_booking_matters_however_far_off_it_is() -> None:
    far = a_booking("b1", start=NINE + 10 * DAY, end=NINE + 10 * DAY + HOUR, state=BookingState.ASKED, answer_by=NINE)
    kept = ledger(far)
    assert [one.id for one in kept.near(NINE - 1).bookings] == []
    assert [one.id for one in kept.near(NINE).bookings] == ["b1"]
    kept.commit(machine.lapse(far, NINE, WHY))
    assert kept.near(NINE).bookings == ()
