"""Who got what, told from the decisions: what was undone or reclaimed was never let go."""

from dataclasses import replace

import pytest

from services.bookings import machine
from services.bookings.allocation import Allocation, allocation_of
from services.bookings.memory import MemoryLedger
from services.bookings.operations import Operations
from services.bookings.reasons import Why
from services.bookings.records import BookingState, RequestState
from services.contracts.names import HOUR
from services.contracts.policy import Policy
from tests.unit.bookings.promise_records import NINE, TEN, a_booking, a_request, claims, minutes

WHY = Why("test/1")


class House:
    """A ledger and what is done with it."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger(claims)
        self.do = Operations(self.ledger, claims, Policy)
        self.ledger.book(a_booking(), "user:w", NINE - HOUR)

    def release(self, at: int) -> str:
        self.ledger.commit(machine.warn(self.ledger.booking("b1"), at, at, WHY))
        change = machine.release(self.ledger.booking("b1"), at, WHY)
        self.ledger.commit(change)
        return change.decision.id

    def share(self) -> Allocation:
        [share] = allocation_of(self.ledger.decisions, self.ledger.requests)
        return share


WHOLE = Allocation("合唱团", booked=1, booked_min=60)


def test_a_booking_that_took_place_is_kept_whole() -> None:
    house = House()
    house.do.check_in("b1", "group", NINE)
    house.ledger.commit(machine.end(house.ledger.booking("b1"), TEN, Why("time.end/1")))
    assert house.share() == WHOLE
    assert house.share().kept_min == 60


def test_a_no_show_lets_go_of_the_rest_unless_the_group_came_back() -> None:
    house = House()
    released = house.release(NINE + minutes(15))
    assert house.share() == replace(WHOLE, released=1, released_min=45)
    house.do.check_in("b1", "group", NINE + minutes(20))
    assert house.share() == WHOLE
    assert released in {decision.id for decision in house.ledger.decisions}


def test_an_undone_release_was_none() -> None:
    house = House()
    house.do.undo(house.release(NINE + minutes(15)), "user:w", NINE + minutes(16))
    assert house.share() == WHOLE


@pytest.mark.parametrize(
    ("at", "minutes_back"), [(NINE - HOUR, 60), (NINE, 60), (NINE + minutes(40), 20)], ids=["early", "at", "late"]
)
def test_who_cancels_or_ends_early_gives_back_what_is_left(at: int, minutes_back: int) -> None:
    for way in ("cancel", "end"):
        house = House()
        getattr(house.do, way)("b1", "group", at)
        assert house.share() == replace(WHOLE, given_back=1, given_back_min=minutes_back)


def test_a_moved_booking_counts_as_it_was_in_the_end() -> None:
    house = House()
    moved = machine.move(house.ledger.booking("b1"), "council", TEN, NINE, WHY, end=TEN + 2 * HOUR)
    house.ledger.commit(moved)
    assert house.share().booked_min == 120


def test_what_a_host_refuses_is_no_booking() -> None:
    house = House()
    asked = a_booking("b2", space="council", group="茶友", state=BookingState.ASKED, answer_by=NINE)
    house.ledger.book(asked, "user:w", NINE - HOUR)
    house.do.refuse("b2", "user:w", NINE - HOUR)
    shares = allocation_of(house.ledger.decisions, [])
    assert shares == [WHOLE, Allocation("茶友", refused=1)]


def test_wishes_count_beside_bookings_under_one_name() -> None:
    house = House()
    wishes = [a_request("r1", group="choir", state=RequestState.SERVED), a_request("r2", group="choir")]
    name_of = {"choir": "合唱团"}
    shares = allocation_of(house.ledger.decisions, wishes, lambda name: name_of.get(name, name))
    assert shares == [replace(WHOLE, requested=2, served=1)]
    assert allocation_of([], wishes[1:]) == [Allocation("choir", requested=1)]
