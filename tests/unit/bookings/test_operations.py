"""What people do, over the store in memory: idempotent, and one clear sentence when it cannot be."""

import pytest

from services.bookings import machine
from services.bookings.memory import MemoryLedger
from services.bookings.operations import Operations
from services.bookings.permits import TooEarlyError, allowed
from services.bookings.reasons import Why
from services.bookings.records import BookingState, OfferState
from services.bookings.undoing import can_undo
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
    with pytest.raises(ConflictError, match="its time was taken by 别人"):
        operations.undo(again.id, WANG, NOW)


def test_a_release_is_not_undone_once_others_had_a_part_of_its_time(
    operations: Operations, ledger: MemoryLedger
) -> None:
    release(ledger)
    made = ledger.last_decision(booking="b1", kinds=("release",))
    assert made is not None
    assert can_undo(ledger, made, NOW)
    taken = operations.claim(operations.offer("r1", WANG, NOW, booking_id="b1").offer or "", "group", NOW)
    assert not can_undo(ledger, made, NOW)
    operations.check_in(taken.booking or "", WANG, NOW + minutes(5))
    operations.end(taken.booking or "", WANG, NOW + minutes(25))
    # Nobody has the rest of the time, but the hour is no longer theirs alone.
    assert not can_undo(ledger, made, NOW + minutes(30))
    with pytest.raises(ConflictError, match="its time was taken by 组r1"):
        operations.undo(made.id, WANG, NOW + minutes(30))


def test_a_release_can_be_undone_when_what_was_taken_was_cancelled(
    operations: Operations, ledger: MemoryLedger
) -> None:
    release(ledger)
    made = ledger.last_decision(booking="b1", kinds=("release",))
    assert made is not None
    taken = operations.claim(operations.offer("r1", WANG, NOW, booking_id="b1").offer or "", "group", NOW)
    operations.cancel(taken.booking or "", WANG, NOW)
    assert can_undo(ledger, made, NOW)
    assert operations.undo(made.id, WANG, NOW).kind == "undo"


def test_what_can_be_undone_is_what_undo_would_do(operations: Operations, ledger: MemoryLedger) -> None:
    cancelled = operations.cancel("b1", WANG, NOW)
    assert can_undo(ledger, cancelled, NOW)
    ledger.book(a_booking("b2", space="rongqu", group="别人"), WANG, NOW)
    assert not can_undo(ledger, cancelled, NOW)
    operations.cancel("b2", WANG, NOW)
    operations.undo(cancelled.id, WANG, NOW)
    assert not can_undo(ledger, ledger.decision(cancelled.id), NOW)
    moved = operations.move("b1", "council", None, WANG, NOW)
    operations.end("b1", WANG, NOW)
    assert not can_undo(ledger, moved, NOW)
    offered = operations.offer("r1", WANG, NOW, space="events")
    assert can_undo(ledger, offered, NOW)
    operations.claim(offered.offer or "", "group", NOW)
    assert not can_undo(ledger, offered, NOW)


@pytest.mark.parametrize("what", ["check_in", "keep"])
def test_nobody_checks_in_or_keeps_long_before_the_start(
    operations: Operations, ledger: MemoryLedger, what: str
) -> None:
    ledger.book(a_booking("b2", start=TEN, end=TEN + minutes(60), space="council"), WANG, NINE)
    opens = TEN - minutes(15)
    with pytest.raises(TooEarlyError, match=r"b2: cannot .* before ") as refused:
        getattr(operations, what)("b2", WANG, opens - 1)
    assert refused.value.opens_at == opens
    assert getattr(operations, what)("b2", WANG, opens).kind == what


def test_nobody_checks_in_while_others_still_use_a_room_of_it(operations: Operations, ledger: MemoryLedger) -> None:
    ledger.book(a_booking("part", space="council", group="议事会"), WANG, NINE)
    ledger.book(a_booking("whole", start=TEN, end=TEN + minutes(60), space="hall"), WANG, NINE)
    early = TEN - minutes(5)
    operations.check_in("part", WANG, NINE)
    whole, others = ledger.booking("whole"), ledger.bookings
    assert allowed(whole, others, claims, Policy(), early) == ["keep"]
    with pytest.raises(ConflictError, match="the space is still in use by 议事会"):
        operations.check_in("whole", WANG, early)
    operations.end("part", WANG, early)
    assert allowed(whole, ledger.bookings, claims, Policy(), early) == ["check_in", "keep"]
    assert operations.check_in("whole", WANG, early).kind == "check_in"
    assert allowed(ledger.booking("whole"), ledger.bookings, claims, Policy(), early) == ["end"]


def test_a_move_to_where_it_is_answers_what_brought_it_there(operations: Operations, ledger: MemoryLedger) -> None:
    operations.keep("b1", WANG, NOW)
    assert operations.move("b1", "rongqu", None, WANG, NOW).kind == "book"
    moved = operations.move("b1", "council", None, WANG, NOW)
    assert operations.move("b1", "council", None, WANG, NOW) == moved
    operations.undo(moved.id, WANG, NOW)
    with pytest.raises(ConflictError, match="it is there already"):
        operations.move("b1", "rongqu", None, WANG, NOW)


def test_undo_of_an_offer_takes_it_back(operations: Operations, ledger: MemoryLedger) -> None:
    made = operations.offer("r1", WANG, NOW, space="council")
    assert operations.undo(made.id, WANG, NOW).kind == "undo"
    assert ledger.request("r1").state == "waiting"


def test_move_into_a_taken_space_is_refused(operations: Operations, ledger: MemoryLedger) -> None:
    ledger.book(a_booking("b2", space="events"), WANG, NINE)
    with pytest.raises(ConflictError, match="is taken"):
        operations.move("b1", "hall", None, WANG, NOW)
    assert operations.move("b1", "council", None, WANG, NOW).params["space"] == "council"
    assert ledger.book(a_booking("b3", start=NINE + minutes(5)), WANG, NOW)[1]


def test_withdrawing_a_request_frees_what_was_held_for_it(operations: Operations, ledger: MemoryLedger) -> None:
    operations.offer("r1", WANG, NOW, space="council")
    operations.withdraw_request("r1", WANG, NOW)
    assert ledger.request("r1").state == "withdrawn"
    assert ledger.book(a_booking("b2", space="council"), WANG, NOW)[1]


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
