"""The duties of a Ledger, over SQLite, PostgreSQL and memory; then what only a database does."""

import itertools
import threading
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.bookings import machine, promises, proposals
from services.bookings.memory import MemoryLedger
from services.bookings.neighbours import CrowdedError
from services.bookings.operations import Operations
from services.bookings.ports import Ledger
from services.bookings.reasons import Why
from services.bookings.records import (
    Alternative,
    Booking,
    BookingState,
    Change,
    Move,
    OfferState,
    Proposal,
    ProposalState,
    Request,
    RequestState,
)
from services.bookings.store import BookingStore
from services.catalogue.availability import Availability
from services.contracts.community import parse_community
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.names import DAY, HOUR, MINUTE, Millis
from services.contracts.policy import Policy
from services.kit.database import DatabaseUnavailableError, open_engine

NINE: Millis = 20_000 * DAY + 9 * HOUR
TEN: Millis = NINE + HOUR
NOW: Millis = NINE + 12 * MINUTE
WHY = Why("test/1", inputs={"room": "vacant"}, considered=({"request": "r1"},), would_change=({"text": "x"},))
_CLAIMS = {
    "hall": frozenset({"hall", "council", "events"}),
    "council": frozenset({"council"}),
    "events": frozenset({"events"}),
}


def claims(site: str, space: str) -> frozenset[str]:
    if space not in _CLAIMS:
        raise NotFoundError(f"space {site}/{space} is not in the catalogue")
    return _CLAIMS[space]


def booking(id: str = "b1", space: str = "council", start: Millis = NINE, end: Millis = TEN) -> Booking:
    return Booking(id, "wuhan", space, "合唱团", "晨练合唱", 8, start, end)


def request(id: str = "r1") -> Request:
    return Request(
        id, "wuhan", "书法组", "书法课", 8, 30, NINE, TEN, NINE - HOUR, features=("piano",), functions=("class",),
        alternatives=(Alternative("events"), Alternative(None, NINE, TEN)), min_duration_min=20, walk_in=True,
        season="s1",
    )  # fmt: skip


@pytest.fixture
def store(engine: sa.Engine) -> BookingStore:
    return BookingStore(engine, claims)


every_ledger = pytest.mark.parametrize("engine", ["sqlite", "postgresql", "memory"], indirect=True)


@pytest.fixture
def ledger(request: pytest.FixtureRequest, store: BookingStore) -> Ledger:
    """The store over the engine of this run, or the one in memory, which leaves its engine alone."""
    return MemoryLedger(claims) if request.node.callspec.params["engine"] == "memory" else store


def released(ledger: Ledger) -> Booking:
    ledger.book(booking(), "user:wang", NINE)
    ledger.commit(machine.warn(ledger.booking("b1"), NOW, NOW, WHY))
    ledger.commit(machine.release(ledger.booking("b1"), NOW, WHY))
    return ledger.booking("b1")


def offered(ledger: Ledger) -> Change:
    ledger.add_request(request())
    change = promises.make_offer(
        request(), "council", NINE + 10 * MINUTE, TEN, NOW + 5 * MINUTE, NOW, WHY, released=released(ledger)
    )
    ledger.commit(change)
    return change


@every_ledger
def test_records_come_back_as_they_were_written(ledger: Ledger) -> None:
    change = offered(ledger)
    offer = change.offers[0]
    assert ledger.request("r1") == change.requests[0]
    assert ledger.offer(offer.id) == offer
    assert ledger.decision(change.decision.id) == change.decision
    assert ledger.last_decision(offer=offer.id) == change.decision
    assert ledger.last_decision(booking="b1", kinds=("release",)) is not None
    assert ledger.last_decision(booking="b1", kinds=("move",)) is None


@every_ledger
@pytest.mark.parametrize(("first", "second"), [("council", "council"), ("hall", "council"), ("events", "hall")])
def test_time_is_promised_once_also_between_part_and_whole(ledger: Ledger, first: str, second: str) -> None:
    ledger.book(booking("b1", first), "user:wang", NINE)
    with pytest.raises(ConflictError, match="is taken for a part of this time"):
        ledger.book(booking("b2", second, TEN - 5 * MINUTE, TEN + HOUR), "user:li", NINE)
    with pytest.raises(NotFoundError):
        ledger.booking("b2")
    ledger.book(booking("b3", second, TEN, TEN + HOUR), "user:li", NINE)


@every_ledger
def test_released_time_is_free_from_now_on_and_held_for_the_offer(ledger: Ledger) -> None:
    offer, asked = offered(ledger).offers[0], ledger.request("r1")
    late = booking("b2", start=NINE + 10 * MINUTE)
    with pytest.raises(ConflictError, match="is taken"):
        ledger.book(late, "user:li", NOW)
    ledger.commit(promises.expire_offer(offer, asked, 0, NOW, WHY))
    assert ledger.book(late, "user:li", NOW)[1]
    with pytest.raises(ConflictError, match="is taken"):
        ledger.commit(machine.reclaim(ledger.booking("b1"), (), NOW, WHY))
    assert ledger.booking("b1").state is BookingState.RELEASED


@every_ledger
def test_taking_an_offer_hands_its_time_over(ledger: Ledger) -> None:
    change = offered(ledger)
    taken = promises.take_offer(change.offers[0], change.requests[0], NOW, WHY)
    ledger.commit(taken)
    assert ledger.booking(taken.bookings[0].id) == taken.bookings[0]
    assert [offer.state for offer, _ in ledger.offers_on("wuhan", "hall", NOW, TEN)] == [OfferState.TAKEN]
    with pytest.raises(ConflictError, match="is taken"):
        ledger.book(booking("b2", "hall", NINE + 30 * MINUTE), "user:li", NOW)


@every_ledger
def test_second_writer_of_a_version_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    ledger.book(booking(), "user:wang", NINE)
    old = ledger.booking("b1")
    ledger.commit(machine.keep(old, NOW, WHY))
    with pytest.raises(ConflictError, match="booking b1: somebody else changed it first"):
        ledger.commit(machine.cancel(old, NOW, WHY))
    assert ledger.booking("b1").state is BookingState.BOOKED
    with pytest.raises(ConflictError, match="is taken"):
        ledger.book(booking("b2"), "user:li", NOW)


@every_ledger
def test_undo_marks_what_it_undid_once(ledger: Ledger) -> None:
    kept = released(ledger)
    made = ledger.last_decision(booking="b1", kinds=("release",))
    assert made is not None
    back = machine.undo(made, kept, (), NOW, WHY)
    ledger.commit(back)
    assert ledger.decision(made.id).undone_by == back.decision.id
    with pytest.raises(ConflictError):
        ledger.commit(back)


@every_ledger
def test_near_has_what_matters_and_nothing_else(ledger: Ledger) -> None:
    change = offered(ledger)
    ledger.book(booking("far", start=NINE + 2 * DAY, end=TEN + 2 * DAY), "user:wang", NINE)
    ledger.book(booking("next", "events", TEN, TEN + HOUR), "user:wang", NINE)
    served = replace(request("r0"), state=RequestState.SERVED)
    ledger.add_request(served)
    near = ledger.near(NOW)
    assert {one.id for one in near.bookings} == {"b1", "next"}
    assert near.requests == change.requests
    assert near.offers == change.offers
    assert near.served == {"书法组": 1}
    assert {one.id for one in ledger.near(NINE + 2 * DAY).bookings} >= {"far"}
    assert "b1" not in {one.id for one in ledger.near(NINE + 2 * DAY).bookings}


@every_ledger
def test_shadow_twin_is_kept_until_the_booking_changes(ledger: Ledger) -> None:
    ledger.book(booking(), "user:wang", NINE)
    shadow = machine.warn(ledger.booking("b1"), NOW, NOW, replace(WHY, shadow=True))
    ledger.commit(Change(shadow.decision, twins=shadow.bookings))
    assert ledger.near(NOW).twins == shadow.bookings
    assert ledger.booking("b1").state is BookingState.BOOKED
    ledger.commit(machine.keep(ledger.booking("b1"), NOW, WHY))
    assert ledger.near(NOW).twins == ()


@every_ledger
def test_booking_the_same_again_is_no_error_even_when_it_was_moved_since(ledger: Ledger) -> None:
    first, new = ledger.book(booking(), "user:wang", NINE)
    assert new
    ledger.commit(machine.move(ledger.booking("b1"), "events", TEN, NINE, WHY))
    assert ledger.book(booking(), "user:wang", NINE) == (first, False)
    assert ledger.booking("b1").space == "events"
    assert ledger.add_request(request())
    assert not ledger.add_request(replace(request(), created_at=NOW))
    assert ledger.request("r1") == request()


@every_ledger
@pytest.mark.parametrize(
    "other",
    [
        {"space": "events"},
        {"start": NINE + 30 * MINUTE},
        {"end": TEN + HOUR},
        {"function": "class"},
        {"protected": True},
        {"group": "别人"},
        {"people": 9},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_promise_under_an_id_that_is_taken_is_a_conflict(ledger: Ledger, other: dict[str, object]) -> None:
    ledger.book(booking(), "user:wang", NINE)
    with pytest.raises(ConflictError, match="booking b1: there is another booking with this id"):
        ledger.book(replace(booking(), **other), "user:wang", NINE)  # type: ignore[arg-type]  # fields by name
    assert ledger.booking("b1") == booking()


@every_ledger
@pytest.mark.parametrize("other", [{"space": "events"}, {"duration_min": 45}, {"priority": 1}, {"features": ()}])
def test_another_wish_under_an_id_that_is_taken_is_a_conflict(ledger: Ledger, other: dict[str, object]) -> None:
    ledger.add_request(request())
    with pytest.raises(ConflictError, match="request r1: there is another request with this id"):
        ledger.add_request(replace(request(), **other))  # type: ignore[arg-type]  # fields by name
    assert ledger.request("r1") == request()


@every_ledger
def test_what_a_change_would_take_can_be_asked_before(ledger: Ledger) -> None:
    kept = released(ledger)
    back = machine.reclaim(kept, (), NOW, WHY)
    assert not ledger.taken(back)
    ledger.book(booking("b2", "hall", NINE + 30 * MINUTE), "user:li", NOW)
    assert ledger.taken(back)
    assert not ledger.taken(machine.cancel(ledger.booking("b2"), NOW, WHY))


@every_ledger
def test_bookings_on_a_time_are_those_that_had_or_have_it(ledger: Ledger) -> None:
    released(ledger)
    ledger.book(booking("b2", "hall", NINE + 30 * MINUTE), "user:li", NOW)
    ledger.book(booking("b3", "events", TEN, TEN + HOUR), "user:li", NOW)
    assert {one.id for one in ledger.bookings_on("wuhan", "council", NINE, TEN + HOUR)} == {"b1", "b2"}
    assert {one.id for one in ledger.bookings_on("wuhan", "council", NOW, TEN)} == {"b2"}
    ledger.commit(machine.cancel(ledger.booking("b2"), NOW, WHY))
    assert ledger.bookings_on("wuhan", "council", NOW, TEN) == []


@every_ledger
def test_a_used_booking_is_near_for_a_while_after_its_end(ledger: Ledger) -> None:
    ledger.book(booking(), "user:wang", NINE)
    ledger.book(booking("unused", "events"), "user:wang", NINE)
    ledger.commit(machine.check_in(ledger.booking("b1"), NOW, WHY))
    for id in ("b1", "unused"):
        ledger.commit(machine.end(ledger.booking(id), TEN, WHY))
    assert [one.id for one in ledger.near(TEN + MINUTE).bookings] == ["b1"]
    assert ledger.near(TEN + 2 * HOUR).bookings == ()


HOUSE = Availability(
    parse_community(
        {
            "sites": [{"id": "wuhan", "name": "江湖里", "timezone": "Asia/Shanghai"}],
            "spaces": [
                {"id": "council", "site": "wuhan", "name": "议事厅", "capacity": 20, "functions": ["tea", "rehearsal"]},
                {"id": "events", "site": "wuhan", "name": "活动厅", "capacity": 20, "cleaning_min": 10},
                {"id": "hall", "site": "wuhan", "name": "会客厅", "capacity": 40, "parts": ["council", "events"]},
            ],
            "changeover": [{"site": "wuhan", "from": "*", "to": "*", "minutes": 20}],
            "groups": [{"id": "choir", "site": "wuhan", "name": "合唱团", "weekly_quota_min": 120}],
        },
        "test",
    )
)


@pytest.fixture
def careful(request: pytest.FixtureRequest, engine: sa.Engine) -> Ledger:
    """A ledger of a community with changeover and quotas."""
    if request.node.callspec.params["engine"] == "memory":
        return MemoryLedger(claims, lambda: HOUSE)
    return BookingStore(engine, claims, lambda: HOUSE)


@every_ledger
def test_changeover_cleaning_and_quota_are_kept_by_every_ledger(careful: Ledger) -> None:
    careful.book(replace(booking(), function="tea"), "user:wang", NINE)
    near = replace(booking("b2", "council", TEN + 15 * MINUTE, TEN + HOUR), function="rehearsal", group="别人")
    with pytest.raises(CrowdedError, match="needs 20 minutes"):
        careful.book(near, "user:li", NINE)
    with pytest.raises(NotFoundError):
        careful.booking("b2")
    with pytest.raises(CrowdedError, match="may use 120 minutes a week"):
        careful.book(replace(near, group="choir", start=TEN + HOUR, end=TEN + 2 * HOUR + 5 * MINUTE), "user:li", NINE)
    wish = replace(request(), functions=("rehearsal",))
    careful.add_request(wish)
    offer = promises.make_offer(wish, "hall", TEN + 20 * MINUTE, TEN + HOUR, TEN, NOW, WHY)
    careful.commit(replace(offer, keeps_distance=True))
    with pytest.raises(CrowdedError, match="needs 20 minutes"):
        careful.book(replace(near, function="tea", start=TEN + HOUR + 15 * MINUTE, end=TEN + 2 * HOUR), "user:li", NINE)
    careful.commit(machine.check_in(careful.booking("b1"), NOW, WHY))
    careful.commit(machine.end(careful.booking("b1"), NOW, WHY))
    with pytest.raises(CrowdedError, match="needs 20 minutes after"):
        careful.book(replace(near, id="b3", start=NOW + 3 * MINUTE, end=NINE + 30 * MINUTE), "user:li", NOW)


@every_ledger
def test_several_changes_are_written_whole_or_not_at_all(careful: Ledger) -> None:
    ones = [booking(f"b{hour}", "council", NINE + hour * DAY, TEN + hour * DAY) for hour in range(3)]
    free = [machine.booked(replace(one, group=f"组{one.id}"), NOW, WHY) for one in ones]
    careful.commit(free[1])
    changes = [free[0], machine.booked(replace(ones[1], id="b9"), NOW, WHY), free[2], free[1]]
    failures = careful.commit_all(changes)
    assert [failure is None for failure in failures] == [True, False, True, False]
    assert careful.commit_all([free[0]], rehearse=True) == (None,)
    for id in ("b0", "b9", "b2"):
        with pytest.raises(NotFoundError):
            careful.booking(id)
    assert list(map(str, careful.commit_all(changes, whole=False))) == list(map(str, failures))
    assert careful.last_decision(booking="b2", kinds=("book",)) == free[2].decision
    assert careful.booking("b0") == free[0].bookings[0]


@every_ledger
def test_an_unanswered_booking_is_near_when_its_answer_is_due(careful: Ledger) -> None:
    far = replace(booking(start=NINE + 9 * DAY, end=TEN + 9 * DAY), state=BookingState.ASKED, answer_by=NOW)
    careful.book(far, "user:wang", NINE)
    assert careful.near(NOW - 1).bookings == ()
    assert careful.near(NOW).bookings == (far,)


def test_neighbours_who_book_at_the_same_moment_never_squeeze_the_changeover(engine: sa.Engine) -> None:
    """Between 9 and 12 every quarter of an hour somebody wants half an hour, in the rooms or the whole hall."""
    store = BookingStore(engine, claims, lambda: HOUSE)
    start, errors = threading.Barrier(24), list[Exception]()

    def book(number: int) -> None:
        begins = NINE + number % 12 * 15 * MINUTE
        one = replace(
            booking(f"b{number}", ("council", "hall")[number // 12], begins, begins + 30 * MINUTE),
            function=("tea", "rehearsal")[number % 2],
            group=f"组{number}",
        )
        start.wait()
        try:
            store.book(one, "user:wang", NINE)
        except ConflictError:
            pass
        except Exception as error:  # noqa: BLE001  # anything else, such as a deadlock, fails the test below
            errors.append(error)

    threads = [threading.Thread(target=book, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = store.bookings(limit=100)
    assert errors == []
    assert len(made) >= 3
    for first, second in itertools.pairwise(made):  # all share the room `council`
        assert second.start - first.end >= (0 if first.function == second.function else 20) * MINUTE


def test_a_quota_is_not_passed_by_booking_at_the_same_moment(engine: sa.Engine) -> None:
    store = BookingStore(engine, claims, lambda: HOUSE)
    start, refused = threading.Barrier(6), list[str]()

    def book(number: int) -> None:
        one = booking(f"b{number}", "council", NINE + number * 2 * HOUR, NINE + (number * 2 + 1) * HOUR)
        start.wait()
        try:
            store.book(replace(one, group="合唱团"), "user:wang", NINE)
        except CrowdedError as error:
            refused.append(error.key)

    threads = [threading.Thread(target=book, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(store.bookings()), refused) == (2, ["over_quota"] * 4)


def test_a_cursor_that_names_nothing_is_refused(store: BookingStore) -> None:
    for page in (store.bookings, store.requests, store.offers, store.decisions):
        with pytest.raises(InvalidError, match="after: nothing is in no such list"):
            page(after="nothing")


def test_what_cannot_be_meant_is_refused(store: BookingStore) -> None:
    with pytest.raises(InvalidError, match="space wuhan/attic: is not in the catalogue"):
        store.book(booking(space="attic"), "user:wang", NINE)
    with pytest.raises(InvalidError, match="5-minute grid"):
        store.book(booking(start=NINE + 1), "user:wang", NINE)
    with pytest.raises(InvalidError, match="is 25 h long: expected at most 24 h"):
        store.book(booking(end=NINE + 25 * HOUR), "user:wang", NINE)
    with pytest.raises(InvalidError, match="expected duration_min to fit"):
        store.add_request(replace(request(), duration_min=61))


def test_lists_page_in_order(store: BookingStore) -> None:
    for hour in range(5):
        store.book(booking(f"b{hour}", start=NINE + hour * HOUR, end=TEN + hour * HOUR), "user:wang", NINE)
    first = store.bookings(limit=2)
    assert [one.id for one in first] == ["b0", "b1"]
    assert [one.id for one in store.bookings(after="b1", limit=9)] == ["b2", "b3", "b4"]
    assert [one.id for one in store.bookings("wuhan", "council", NINE + HOUR, NINE + 3 * HOUR)] == ["b1", "b2"]
    assert store.bookings(states=[BookingState.CANCELLED]) == []
    newest = store.decisions(limit=2)
    assert [one.booking for one in newest] == ["b4", "b3"]
    assert [one.booking for one in store.decisions("wuhan", "council", after=newest[-1].id)] == ["b2", "b1", "b0"]


def test_decisions_are_found_by_time_kind_and_who_made_them(store: BookingStore) -> None:
    for number, actor in enumerate(("scheduler", "user:li", "user:li_na", "user%")):
        start = NINE + number * HOUR
        store.book(booking(f"b{number}", start=start, end=start + HOUR), actor, NOW + number * MINUTE)

    def found(**asked: Any) -> list[str | None]:
        return [one.booking for one in store.decisions("wuhan", **asked)]

    assert found(start=NOW + MINUTE, end=NOW + 3 * MINUTE) == ["b2", "b1"]
    assert found(actor="user:li") == ["b1"]
    assert found(actor="user") == ["b2", "b1"]
    assert found(actor="user%") == ["b3"]  # nothing in it stands for anything else
    assert found(kinds=("release",)) == found(shadow=True) == []
    assert found(kinds=("book",), shadow=False, limit=2) == ["b3", "b2"]


def test_decisions_wait_until_they_were_published(store: BookingStore) -> None:
    released(store)
    waiting = store.unpublished()
    assert [one.kind for one in waiting] == ["book", "warn", "release"]
    store.mark_published(one.id for one in waiting[:2])
    assert [one.kind for one in store.unpublished()] == ["release"]


def test_press_is_remembered_for_a_week(store: BookingStore) -> None:
    store.remember_press("button/x/1", NOW)
    store.remember_press("button/x/1", NOW)
    assert store.pressed("button/x/1")
    store.remember_press("button/x/2", NOW + 8 * DAY)
    assert not store.pressed("button/x/1")


def test_usage_adds_up(store: BookingStore) -> None:
    change = offered(store)
    store.commit(promises.take_offer(change.offers[0], change.requests[0], NOW, WHY))
    (used,) = store.usage("wuhan", NINE, NINE + DAY)
    assert (used.space, used.booked_min, used.released_min, used.reused_min) == ("council", 60, 48, 50)
    assert store.usage("wuhan", NINE + DAY, NINE + 2 * DAY) == []


def test_walk_ins_are_told_from_other_bookings(store: BookingStore) -> None:
    change = offered(store)
    request = replace(change.requests[0], walk_in=True)
    taken = promises.take_offer(change.offers[0], request, NOW, WHY)
    store.commit(taken)
    (mine,) = taken.bookings
    assert store.walk_ins("wuhan", NINE, NINE + DAY) == {mine.id}
    assert store.walk_ins("wuhan", NINE + DAY, NINE + 2 * DAY) == frozenset()
    assert store.walk_ins("elsewhere", NINE, NINE + DAY) == frozenset()


def test_of_twenty_at_once_exactly_one_books(store: BookingStore) -> None:
    start, won, lost = threading.Barrier(20), [], []

    def book(number: int) -> None:
        start.wait()
        try:
            # Whole and part in turn: they must exclude each other as well.
            won.append(store.book(booking(f"b{number}", ("hall", "council")[number % 2]), "user:wang", NINE)[0])
        except ConflictError:
            lost.append(number)

    threads = [threading.Thread(target=book, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 19)
    assert [one.id for one in store.bookings()] == [won[0].booking]


def test_of_many_claims_at_once_exactly_one_counts(store: BookingStore) -> None:
    offer = offered(store).offers[0]
    operations = Operations(store, claims, Policy)
    start, made, refused = threading.Barrier(8), set(), []

    def claim() -> None:
        start.wait()
        try:
            made.add(operations.claim(offer.id, "group", NOW).id)
        except ConflictError:
            refused.append(1)

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(store.bookings(states=[BookingState.BOOKED])) == 1


def test_silent_database_is_one_clear_sentence(tmp_path: object) -> None:
    store = BookingStore(open_engine(f"sqlite:///{tmp_path}/empty.sqlite"), claims)
    with pytest.raises(DatabaseUnavailableError, match="does not answer"):
        store.near(NOW)


def proposed(ledger: Ledger) -> Proposal:
    """Two bookings that would go elsewhere at once, and a third that would take the room they leave."""
    ledger.book(booking("b1"), "user:wang", NINE)
    ledger.book(booking("b2", start=TEN, end=TEN + HOUR), "user:wang", NINE)
    moves = tuple(
        Move(one.id, one.group, one.space, one.start, "events", one.start)
        for one in (ledger.booking("b1"), ledger.booking("b2"))
    )
    block = replace(booking("block", end=TEN + HOUR), group="staff", code="1234")
    made = Proposal(
        "p-1", "wuhan", "council", "repair.closed/1", NOW, NOW + HOUR, moves, adds=(block,), params={"why": "水管"}
    )
    ledger.commit(proposals.propose(made, NOW, WHY))
    return made


@every_ledger
def test_a_proposal_comes_back_as_it_was_written_and_is_near_while_it_is_open(ledger: Ledger) -> None:
    made = proposed(ledger)
    assert ledger.proposal("p-1") == made
    assert ledger.near(NOW).proposals == (made,)
    assert ledger.near(NOW + 2 * DAY).proposals == (made,)
    ledger.commit(proposals.decline(made, NOW, WHY))
    assert ledger.near(NOW).proposals[0].state is ProposalState.DECLINED
    assert ledger.near(NOW + 2 * DAY).proposals == ()


def test_proposals_are_listed_by_whom_they_ask(store: BookingStore) -> None:
    made = proposed(store)
    asked = replace(made, id="p-2", group="R-K7M4PX", adds=())
    store.commit(proposals.propose(asked, NOW, WHY))
    assert store.proposals() == [made, asked]
    assert store.proposals(group="R-K7M4PX", states=(ProposalState.OPEN,)) == [asked]
    assert store.proposals(group="R-AAAAAA") == []


@every_ledger
def test_an_approval_makes_all_moves_at_once_and_each_can_be_undone(ledger: Ledger) -> None:
    made = proposed(ledger)
    bookings = {id: ledger.booking(id) for id in ("b1", "b2")}
    ledger.commit(proposals.agree(made, bookings, {}, NOW, WHY))
    assert [ledger.booking(id).space for id in ("b1", "b2", "block")] == ["events", "events", "council"]
    assert ledger.proposal("p-1").state is ProposalState.AGREED
    moved = ledger.last_decision(booking="b2", kinds=("move",))
    assert moved is not None
    with pytest.raises(ConflictError):
        ledger.commit(proposals.agree(made, bookings, {}, NOW, WHY))


@every_ledger
def test_an_approval_that_cannot_be_done_whole_changes_nothing(ledger: Ledger) -> None:
    made = proposed(ledger)
    bookings = {id: ledger.booking(id) for id in ("b1", "b2")}
    ledger.book(booking("late", "events", TEN + 30 * MINUTE, TEN + HOUR), "user:li", NOW)
    with pytest.raises(ConflictError, match="is taken"):
        ledger.commit(proposals.agree(made, bookings, {}, NOW, WHY))
    assert [ledger.booking(id).space for id in ("b1", "b2")] == ["council", "council"]
    assert ledger.proposal("p-1").state is ProposalState.OPEN
    with pytest.raises(NotFoundError):
        ledger.booking("block")


@every_ledger
def test_what_nobody_saw_counts_neither_as_coming_nor_as_staying_away(ledger: Ledger) -> None:
    released(ledger)
    ledger.book(booking("seen", start=TEN, end=TEN + HOUR), "user:wang", NINE)
    ledger.commit(machine.check_in(ledger.booking("seen"), TEN, WHY))
    ledger.commit(machine.end(ledger.booking("seen"), TEN + HOUR, WHY))
    ledger.book(booking("unseen", "events"), "user:wang", NINE)
    ledger.commit(machine.end(ledger.booking("unseen"), TEN, WHY))
    found = ledger.outcomes(NINE, NINE + DAY)
    assert sorted((one.start, one.no_show) for one in found) == [(NINE, True), (TEN, False)]
    ledger.commit(machine.excuse(ledger.booking("b1"), "radar", TEN, WHY))
    assert [one.no_show for one in ledger.outcomes(NINE, NINE + DAY)] == [False]
    assert ledger.outcomes(NINE + DAY, NINE + 2 * DAY) == []


def test_what_others_changed_is_read_again_and_nothing_else_is(store: BookingStore, engine: sa.Engine) -> None:
    other = BookingStore(engine, claims)
    for hour in range(3):
        other.book(booking(f"b{hour}", start=NINE + hour * HOUR, end=TEN + hour * HOUR), "user:wang", NINE)
    before = {one.id: one for one in store.near(NINE).bookings}
    other.commit(machine.check_in(other.booking("b0"), NINE, WHY))
    other.commit(machine.cancel(other.booking("b1"), NINE, WHY))
    other.book(booking("b3", "events"), "user:li", NINE)
    after = {one.id: one for one in store.near(NINE).bookings}
    assert after == {id: other.booking(id) for id in ("b0", "b2", "b3")}
    assert after["b2"] is before["b2"]


def test_allocation_tells_who_got_what(store: BookingStore) -> None:
    change = offered(store)
    store.commit(promises.take_offer(change.offers[0], change.requests[0], NOW, WHY))
    store.book(booking("far", "events", NINE + 9 * DAY, TEN + 9 * DAY), "user:wang", NINE)
    shares = {share.group: share for share in store.allocation("wuhan", NINE, NINE + DAY)}
    assert (shares["合唱团"].booked, shares["合唱团"].released, shares["合唱团"].released_min) == (1, 1, 48)
    assert (shares["书法组"].requested, shares["书法组"].served, shares["书法组"].booked_min) == (1, 1, 50)
