"""Every arrow between states, and every one that is not there."""

from collections.abc import Callable

import pytest

from services.bookings import machine, promises
from services.bookings.reasons import Why, by_person, decision_id
from services.bookings.records import Booking, BookingState, Change, Offer, OfferState, Request, RequestState
from services.contracts.errors import ConflictError, InvalidError
from services.contracts.names import Millis
from tests.unit.bookings.promise_records import NINE, TEN, a_booking, a_request, minutes

WHY = Why("test/1")
LATER = NINE + minutes(12)
S = BookingState

SAID = {
    S.ASKED: "waiting for its host's approval",
    S.BOOKED: "not in use",
    S.WARNED: "about to be released",
    S.IN_USE: "in use",
    S.RELEASED: "released",
    S.ENDED: "already over",
    S.CANCELLED: "cancelled",
}

ARROWS: dict[str, tuple[Callable[[Booking], Change], set[BookingState], BookingState]] = {
    "check_in": (lambda b: machine.check_in(b, LATER, WHY), {S.BOOKED, S.WARNED}, S.IN_USE),
    "warn": (lambda b: machine.warn(b, LATER, LATER + 1, WHY), {S.BOOKED}, S.WARNED),
    "hold": (lambda b: machine.hold(b, LATER, WHY), {S.WARNED}, S.BOOKED),
    "keep": (lambda b: machine.keep(b, LATER, WHY), {S.BOOKED, S.WARNED}, S.BOOKED),
    "release": (lambda b: machine.release(b, LATER, WHY), {S.WARNED}, S.RELEASED),
    "end_early": (lambda b: machine.end_early(b, LATER, NINE, WHY), {S.IN_USE}, S.ENDED),
    "end": (lambda b: machine.end(b, LATER, WHY), {S.ASKED, S.BOOKED, S.WARNED, S.IN_USE}, S.ENDED),
    "overrun": (lambda b: machine.overrun(b, a_booking("b2"), LATER, WHY), {S.IN_USE}, S.IN_USE),
    "reclaim": (lambda b: machine.reclaim(b, (), LATER, WHY), {S.RELEASED, S.ENDED}, S.IN_USE),
    "cancel": (lambda b: machine.cancel(b, LATER, WHY), {S.ASKED, S.BOOKED, S.WARNED, S.IN_USE}, S.CANCELLED),
    "approve": (lambda b: machine.approve(b, LATER, WHY), {S.ASKED}, S.BOOKED),
    "refuse": (lambda b: machine.refuse(b, LATER, WHY), {S.ASKED}, S.CANCELLED),
    "lapse": (lambda b: machine.lapse(b, LATER, WHY), {S.ASKED}, S.CANCELLED),
}


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("kind", list(ARROWS))
def test_arrow(kind: str, state: BookingState) -> None:
    transition, allowed, after = ARROWS[kind]
    booking = a_booking(state=state, version=3)
    if state not in allowed:
        with pytest.raises(ConflictError, match=f"booking b1: cannot .*it is {SAID[state]}"):
            transition(booking)
        return
    change = transition(booking)
    assert [(b.state, b.version) for b in change.bookings] == [(after, 4)]
    assert change.decision.kind == kind
    assert change.decision.id == decision_id(kind, "b1", 4)
    assert change == transition(booking)


@pytest.mark.parametrize("guard", [{"protected": True}, {"kept_at": NINE}, {"reclaimed_at": NINE}])
def test_protected_kept_and_reclaimed_bookings_are_never_released(guard: dict[str, object]) -> None:
    for state, kind in ((S.BOOKED, "warn"), (S.WARNED, "release")):
        with pytest.raises(ConflictError, match="cannot be released"):
            ARROWS[kind][0](a_booking(state=state, **guard))


@pytest.mark.parametrize("kind", ["check_in", "keep", "cancel", "reclaim"])
def test_nothing_begins_when_the_time_is_over(kind: str) -> None:
    booking = a_booking(state=S.RELEASED if kind == "reclaim" else S.BOOKED, end=LATER)
    with pytest.raises(ConflictError, match="its time is over"):
        ARROWS[kind][0](booking)


def test_release_says_how_much_is_free_and_can_be_undone_until_its_end() -> None:
    change = machine.release(a_booking(state=S.WARNED), NINE + minutes(15.5), WHY)
    assert change.decision.params["minutes"] == 45
    assert change.decision.undo_until == TEN


def test_move_takes_as_long_as_before() -> None:
    moved = machine.move(a_booking(state=S.WARNED, warned_at=NINE), "council", TEN, LATER, WHY)
    new = moved.bookings[0]
    assert (new.space, new.start, new.end, new.state) == ("council", TEN, TEN + minutes(60), S.BOOKED)
    assert moved.decision.params["from_space"] == "rongqu"
    with pytest.raises(InvalidError, match="5-minute grid"):
        machine.move(a_booking(), "council", TEN + 1, LATER, WHY)
    with pytest.raises(ConflictError, match="cannot move in time"):
        machine.move(a_booking(state=S.IN_USE), "council", TEN, LATER, WHY)


def offered(now: Millis = LATER) -> tuple[Offer, Request]:
    change = promises.make_offer(a_request(), "rongqu", NINE, TEN, now + minutes(5), now, WHY)
    return change.offers[0], change.requests[0]


def test_offer_is_taken_once_and_in_time() -> None:
    offer, request = offered()
    change = promises.take_offer(offer, request, LATER + minutes(1), WHY)
    booking = change.bookings[0]
    assert (booking.group, booking.from_offer, booking.end) == ("组r1", offer.id, TEN)
    assert booking.start == NINE + minutes(10)
    assert change.requests[0].booking == booking.id
    assert change.requests[0].state is RequestState.SERVED
    with pytest.raises(ConflictError, match="it is taken, expected held"):
        promises.take_offer(change.offers[0], request, LATER, WHY)
    with pytest.raises(ConflictError, match="it expired"):
        promises.take_offer(offer, request, offer.expires, WHY)


def test_request_that_ignores_offers_waits_again_until_it_lapses() -> None:
    offer, request = offered()
    assert promises.expire_offer(offer, request, 1, LATER, WHY).requests[0].state is RequestState.WAITING
    assert promises.expire_offer(offer, request, 2, LATER, WHY).requests[0].state is RequestState.LAPSED
    with pytest.raises(ConflictError, match="it is offered"):
        promises.make_offer(request, "rongqu", NINE, TEN, LATER, LATER, WHY)


def test_reclaim_withdraws_held_offers_and_yields_to_taken_ones() -> None:
    held = offered()
    released = a_booking(state=S.RELEASED, released_at=NINE)
    change = machine.reclaim(released, (held,), LATER, WHY)
    assert [offer.state for offer in change.offers] == [OfferState.WITHDRAWN]
    assert [request.state for request in change.requests] == [RequestState.WAITING]
    taken = promises.take_offer(*held, LATER, WHY)
    with pytest.raises(ConflictError, match="its time was taken by 组r1"):
        machine.reclaim(released, ((taken.offers[0], taken.requests[0]),), LATER, WHY)


STAFF = by_person("undo", "user:wang")


@pytest.mark.parametrize(
    ("made", "after"),
    [
        (machine.warn(a_booking(), LATER, TEN, WHY), (S.BOOKED, True)),
        (machine.release(a_booking(state=S.WARNED), LATER, WHY), (S.BOOKED, True)),
        (machine.end_early(a_booking(state=S.IN_USE, checked_in_at=NINE), LATER, NINE, WHY), (S.IN_USE, False)),
        (machine.end(a_booking(state=S.IN_USE, checked_in_at=NINE), LATER, WHY), (S.IN_USE, False)),
        (machine.cancel(a_booking(), LATER, WHY), (S.BOOKED, False)),
    ],
)
def test_undo_gives_back(made: Change, after: tuple[BookingState, bool]) -> None:
    undone = machine.undo(made.decision, made.bookings[0], (), LATER + 1, STAFF)
    booking = undone.bookings[0]
    assert (booking.state, booking.kept_at is not None) == after
    assert (undone.undoes, undone.decision.kind) == (made.decision.id, "undo")
    assert undone.decision.params["undone_kind"] == made.decision.kind


def test_undo_of_a_move_moves_back() -> None:
    made = machine.move(a_booking(), "council", TEN, NINE, WHY)
    back = machine.undo(made.decision, made.bookings[0], (), NINE + 1, STAFF).bookings[0]
    assert (back.space, back.start) == ("rongqu", NINE)


def test_what_has_no_way_back_says_so() -> None:
    checked = machine.check_in(a_booking(), LATER, WHY)
    with pytest.raises(ConflictError, match="no way back"):
        machine.undo(checked.decision, checked.bookings[0], (), LATER, STAFF)
    released = machine.release(a_booking(state=S.WARNED), LATER, WHY)
    with pytest.raises(ConflictError, match="no way back"):
        machine.undo(released.decision, released.bookings[0], (), TEN, STAFF)


ASKED = a_booking(state=S.ASKED, answer_by=NINE)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (machine.approve(ASKED, NINE, WHY), S.CANCELLED),
        (machine.refuse(ASKED, NINE, WHY), S.BOOKED),
        (machine.lapse(ASKED, NINE, WHY), S.BOOKED),
    ],
    ids=lambda value: value.decision.kind if isinstance(value, Change) else "",
)
def test_an_answer_can_be_taken_back(change: Change, state: BookingState) -> None:
    [booking] = change.bookings
    assert booking.answer_by is None
    [back] = machine.undo(change.decision, booking, (), LATER, WHY).bookings
    assert back.state is state


def test_a_move_asks_the_host_of_the_new_place_and_back_where_it_was_nobody() -> None:
    moved = machine.move(a_booking(), "council", TEN, NINE, WHY, answer_by=TEN)
    assert [(b.state, b.answer_by) for b in moved.bookings] == [(S.ASKED, TEN)]
    back = machine.undo(moved.decision, moved.bookings[0], (), NINE, WHY)
    assert [(b.state, b.answer_by, b.start) for b in back.bookings] == [(S.BOOKED, None, NINE)]
    waits = machine.move(ASKED, "council", TEN, NINE, WHY)
    assert [(b.state, b.answer_by) for b in waits.bookings] == [(S.ASKED, NINE)]
    inside = machine.move(a_booking(state=S.IN_USE), "council", NINE, LATER, WHY, answer_by=TEN)
    assert [(b.state, b.answer_by) for b in inside.bookings] == [(S.IN_USE, None)]
