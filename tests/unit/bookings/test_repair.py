"""A room is lost: most bookings are saved, with the fewest moves, and what cannot be saved is said before."""

from dataclasses import replace
from typing import Any

import pytest

from services.bookings import grid
from services.bookings.records import Booking, BookingState, Offer
from services.bookings.repair import Disturbance, Repair, repair
from services.catalogue.view import CatalogueView
from services.contracts.community import Community, parse_community
from services.contracts.errors import ConflictError, InvalidError
from services.contracts.names import HOUR, MINUTE, Millis
from tests.unit.bookings.promise_records import NINE, TEN, a_booking

NOW = NINE - 24 * HOUR
SPACES = [
    {"id": "hall", "capacity": 60, "parts": ["council", "events"], "functions": ["meeting"]},
    {"id": "council", "capacity": 20, "functions": ["meeting"]},
    {"id": "events", "capacity": 40, "functions": ["meeting", "dance"]},
    {"id": "rongqu", "capacity": 12, "functions": ["meeting"]},
    {"id": "tea", "capacity": 10, "functions": ["meeting"]},
]


def community(**tables: Any) -> Community:
    return parse_community(
        {
            "sites": [{"id": "wuhan", "name": "江湖里", "timezone": "Asia/Shanghai"}],
            "spaces": [{**space, "site": "wuhan", "name": space["id"]} for space in SPACES],
            **tables,
        },
        "test",
    )


def lose(
    bookings: list[Booking],
    space: str = "rongqu",
    start: Millis = NINE,
    end: Millis = TEN + HOUR,
    offers: list[Offer] | None = None,
    now: Millis = NOW,
    known: Community | None = None,
    **values: Any,
) -> Repair:
    view = CatalogueView(1, known or community())
    lost = Disturbance("wuhan", space, start, end, **{"cause": "closed", "why": "水管爆了", **values})
    return repair(lost, bookings, offers or [], view.community.spaces, view.availability, view.claims, now, seconds=5)


def moves(found: Repair) -> list[tuple[str, str | None, int]]:
    """Return who goes where, and by how many minutes."""
    return [(m.booking, m.space, (m.start - m.from_start) // MINUTE) for m in found.proposal.moves]


def test_who_loses_the_room_goes_to_one_that_is_free_and_nobody_else_moves() -> None:
    others = [a_booking("b2", space="tea"), a_booking("b3", space="events", people=30)]
    found = lose([a_booking("b1"), *others])
    assert moves(found) == [("b1", "council", 0)]
    assert (found.proven, found.lost) == (True, ())
    (block,) = found.proposal.adds
    assert (block.space, block.start, block.end, block.protected) == ("rongqu", NINE, TEN + HOUR, True)


def test_another_may_have_to_make_room_and_that_is_the_fewest_there_is() -> None:
    small = a_booking("small", space="council", people=5)
    large = a_booking("large", space="events", people=18)
    found = lose([small, large], "events")
    assert sorted(moves(found)) in (
        [("large", "council", 0), ("small", "rongqu", 0)], [("large", "council", 0), ("small", "tea", 0)]
    )  # fmt: skip
    assert found.proven


def test_whom_no_room_is_left_for_is_told_so_before_anybody_agrees() -> None:
    found = lose([a_booking("big", space="events", people=35), a_booking("b2")], "events")
    assert moves(found) == [("big", None, 0)]
    assert found.lost == ("big",)
    assert (found.proposal.params["lost"], found.proposal.params["displaced"]) == (1, 1)


def test_time_may_be_shifted_only_when_that_is_allowed() -> None:
    dancers = a_booking("dance", space="events", function="dance", people=30)
    assert moves(lose([dancers], "events", end=TEN)) == [("dance", None, 0)]
    shifted = lose([dancers], "events", end=TEN, max_shift_min=90)
    assert [(booking, space, abs(by)) for booking, space, by in moves(shifted)] == [("dance", "events", 60)]


def test_only_who_has_to_is_moved_in_time() -> None:
    """The dancers have to wait an hour for the one room they can dance in; the readers have other rooms at nine."""
    dancers = a_booking("dance", space="events", function="dance", people=30)
    readers = a_booking("read", space="events", people=12, start=TEN, end=TEN + HOUR)
    lost = lose([dancers, readers], "events", end=TEN + HOUR, max_shift_min=180)
    assert {booking: by for booking, _, by in moves(lost)} in ({"dance": 120, "read": 0}, {"dance": -60, "read": 0})
    assert lost.proven


def test_a_lost_part_takes_the_whole_with_it_and_the_other_way_round() -> None:
    whole = a_booking("whole", space="hall", people=15)
    assert moves(lose([whole], "council")) == [("whole", "events", 0)]
    part = a_booking("part", space="council", people=9)
    found = lose([part], "hall", cause="whole")
    assert found.proposal.moves[0].space in ("rongqu", "tea")
    assert found.proposal.rule == "repair.whole/1"


def test_what_is_in_use_protected_or_odd_stays_where_it_is() -> None:
    using = a_booking("using", space="council", state=BookingState.IN_USE)
    odd = a_booking("odd", space="tea", people=99)
    kept = a_booking("kept", space="events", protected=True)
    found = lose([a_booking("b1"), using, odd, kept], now=NINE)
    assert moves(found) == [("b1", None, 0)]


def test_nobody_there_nothing_to_move() -> None:
    found = lose([a_booking("b1", start=TEN + 2 * HOUR, end=TEN + 3 * HOUR)])
    assert (moves(found), found.proven) == ([], True)
    assert len(found.proposal.adds) == 1


@pytest.mark.parametrize(
    ("start", "end", "fault"),
    [
        (NINE, NINE, "after start"),
        (NINE + 1, TEN, "5-minute grid"),
        (NINE, NINE + 15 * grid.LONGEST, "longer than 14 days"),
    ],
)
def test_a_span_that_cannot_be_is_refused_in_one_sentence(start: Millis, end: Millis, fault: str) -> None:
    with pytest.raises(InvalidError, match=fault):
        lose([], start=start, end=end)


LENT = {
    "id": "tea-all", "site": "wuhan", "space": "tea", "owner": "老茶馆", "functions": ["meeting"],
    "start": "00:00", "end": "24:00",
    "recall": [{"before_min": 48 * 60}, {"before_min": 120, "with_replacement": True}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("ahead_h", "people", "allowed"), [(50, 8, True), (24, 8, True), (1, 8, False), (50, 10, True), (24, 10, True)]
)
def test_a_partner_recalls_by_the_terms_it_lent_on(ahead_h: int, people: int, allowed: bool) -> None:
    known, booked = community(supply=[LENT]), a_booking("b1", space="tea", people=people)
    now = NINE - ahead_h * HOUR
    if allowed:
        assert lose([booked], "tea", now=now, known=known, cause="recall").lost == ()
    else:
        with pytest.raises(ConflictError, match="48 h before"):
            lose([booked], "tea", now=now, known=known, cause="recall")


def test_with_replacement_means_with_replacement() -> None:
    known = community(supply=[LENT])
    full = [a_booking(f"o{space}", space=space) for space in ("rongqu", "council", "events")]
    crowd = [replace(one, protected=True) for one in full]
    with pytest.raises(ConflictError, match="with an equal space instead"):
        lose([a_booking("b1", space="tea"), *crowd], "tea", known=known, cause="recall")
    early = lose([a_booking("b1", space="tea"), *crowd], "tea", now=NINE - 50 * HOUR, known=known, cause="recall")
    assert early.lost == ("b1",)


def test_a_room_that_is_lost_already_is_not_lost_twice() -> None:
    first = lose([a_booking("b1")])
    (block,) = first.proposal.adds
    with pytest.raises(ConflictError, match="is lost already"):
        lose([block], start=NINE + 30 * MINUTE)


def test_who_waits_for_a_host_is_moved_as_well() -> None:
    asked = a_booking("b1", state=BookingState.ASKED, answer_by=NINE)
    assert [booking for booking, _, _ in moves(lose([asked]))] == ["b1"]


def test_nobody_is_moved_into_a_window_that_asks_for_its_host() -> None:
    hosted = {**LENT, "approval": "host"}
    everywhere = [a_booking(f"o{space}", space=space, protected=True) for space in ("council", "events")]
    found = lose([a_booking("b1"), *everywhere], known=community(supply=[hosted]))
    assert found.lost == ("b1",)


def test_in_the_middle_of_a_day_rooms_are_as_free_as_before_it() -> None:
    using = a_booking("using", space="council", state=BookingState.IN_USE)
    later = a_booking("later", start=TEN + HOUR, end=TEN + 2 * HOUR)
    found = lose([using, later], start=TEN, end=TEN + 4 * HOUR, now=NINE + 30 * MINUTE)
    assert found.lost == ()
    assert found.proven
