"""What people do, over the store in memory: idempotent, and one clear sentence when it cannot be."""

import pytest

from services.bookings import machine
from services.bookings.memory import MemoryLedger
from services.bookings.operations import Operations
from services.bookings.reasons import Why
from services.bookings.records import BookingState, OfferState
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.policy import Policy
from tests.unit.bookings.promise_records import NINE, TEN, a_booking, a_request, claims, minutes

WANG = "user:wang"
NOW = NINE + minutes(2)


@pytest.fixture
def ledger() -> MemoryLedger:
    ledger = MemoryLedger(claims)
    ledger.book(a_booking(), WANG, NINE)
    ledger.add_request(a_request())
    ledger.add_request(a_request("r2"))
    return ledger


@pytest.fixture
def operations(ledger: MemoryLedger) -> Operations:
    return Operations(ledger, claims, Policy)


def release(ledger: MemoryLedger) -> None:
    why = Why("test/1")
    ledger.commit(machine.warn(ledger.booking("b1"), NOW, NOW, why))
    ledger.commit(machine.release(ledger.booking("b1"), NOW, why))


@pytest.mark.parametrize("what", ["check_in", "keep", "end", "cancel"])
def test_repeating_returns_the_decision_that_holds(operations: Operations, what: str) -> None:
    do = getattr(operations, what)
    first = do("b1", WANG, NOW)
    assert do("b1", WANG, NOW + 1) == first
    assert first.actor == WANG


def test_check_in_of_a_released_booking_has_it_back(operations: Operations, ledger: MemoryLedger) -> None:
    release(ledger)
    operations.offer("r1", WANG, NOW, booking_id="b1")
    assert operations.check_in("b1", WANG, NOW).kind == "reclaim"
    assert [offer.state for offer in ledger.offers] == [OfferState.WITHDRAWN]
    assert ledger.booking("b1").state is BookingState.IN_USE


def test_claim_by_code_is_idempotent_and_blocks_the_way_back(operations: Operations, ledger: MemoryLedger) -> None:
    release(ledger)
    offer = ledger.offer(operations.offer("r1", WANG, NOW, booking_id="b1").offer or "")
    taken = operations.claim(offer.code, "group", NOW, space="rongqu")
    assert operations.claim(offer.id, "group", NOW) == taken
    with pytest.raises(ConflictError, match="was taken by 组r1"):
        operations.check_in("b1", WANG, NOW)
    operations.cancel(taken.booking or "", WANG, NOW)
    assert operations.check_in("b1", WANG, NOW).kind == "reclaim"


def test_held_time_is_nobody_elses(operations: Operations, ledger: MemoryLedger) -> None:
    release(ledger)
    operations.offer("r1", WANG, NOW, booking_id="b1")
    with pytest.raises(ConflictError, match="space wuhan/rongqu: is taken"):
        ledger.book(a_booking("b2", group="别人"), WANG, NOW)
    with pytest.raises(ConflictError, match="space wuhan/rongqu: is taken"):
        operations.offer("r2", WANG, NOW, space="rongqu")


def test_offer_needs_a_place_and_a_time(operations: Operations) -> None:
    with pytest.raises(InvalidError, match="expected a space"):
        operations.offer("r1", WANG, NOW)
    with pytest.raises(InvalidError, match="not in the catalogue"):
        operations.offer("r1", WANG, NOW, space="attic")
    with pytest.raises(InvalidError, match="latest_end"):
        operations.offer("r1", WANG, NOW, space="council", start=NINE + minutes(230))
    with pytest.raises(ConflictError, match="has not been released"):
        operations.offer("r1", WANG, NOW, booking_id="b1")


def test_undo_is_idempotent_and_refused_once_taken(operations: Operations, ledger: MemoryLedger) -> None:
    ended = operations.end("b1", WANG, NOW)
    undone = operations.undo(ended.id, WANG, NOW)
    assert operations.undo(ended.id, WANG, NOW) == undone
    assert ledger.decision(ended.id).undone_by == undone.id
    again = operations.end("b1", WANG, NOW)
    ledger.book(a_booking("b2", start=NINE + minutes(30), group="别人"), WANG, NOW)
    with pytest.raises(ConflictError, match="is taken"):
        operations.undo(again.id, WANG, NOW)


def test_undo_of_an_offer_takes_it_back(operations: Operations, ledger: MemoryLedger) -> None:
    made = operations.offer("r1", WANG, NOW, space="council")
    assert operations.undo(made.id, WANG, NOW).kind == "undo"
    assert ledger.request("r1").state == "waiting"


def test_move_into_a_taken_space_is_refused(operations: Operations, ledger: MemoryLedger) -> None:
    ledger.book(a_booking("b2", space="events"), WANG, NINE)
    with pytest.raises(ConflictError, match="is taken"):
        operations.move("b1", "hall", None, WANG, NOW)
    assert operations.move("b1", "council", None, WANG, NOW).params["space"] == "council"
    assert ledger.book(a_booking("b3", start=NINE + minutes(5)), WANG, NOW).kind == "book"


def test_withdrawing_a_request_frees_what_was_held_for_it(operations: Operations, ledger: MemoryLedger) -> None:
    operations.offer("r1", WANG, NOW, space="council")
    operations.withdraw_request("r1", WANG, NOW)
    assert ledger.request("r1").state == "withdrawn"
    assert ledger.book(a_booking("b2", space="council"), WANG, NOW).kind == "book"


def test_unknown_names_are_named(operations: Operations) -> None:
    for what in (operations.check_in, operations.undo):
        with pytest.raises(NotFoundError, match="nothing: does not exist"):
            what("nothing", WANG, NOW)
    with pytest.raises(NotFoundError, match="offer 9999: does not exist"):
        operations.claim("9999", "group", NOW)


def test_off_grid_is_refused(ledger: MemoryLedger) -> None:
    with pytest.raises(InvalidError, match=r"start .* expected an instant on the 5-minute grid"):
        ledger.book(a_booking("b2", start=NINE + 1), WANG, NINE)
    with pytest.raises(InvalidError, match="expected an instant after start"):
        ledger.book(a_booking("b2", start=TEN, end=NINE), WANG, NINE)
