"""The tables of a period: what they add up to, and what outsiders are not shown of them."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bookings.records import Booking, BookingState, Offer, OfferState
from services.contracts.names import HOUR, MINUTE
from services.timeseries.ports import StatePoint
from services.usage.figures import Room, Tables, of_some, tables
from services.usage.heat import heat
from services.usage.measured import measure
from services.usage.partners import contributions
from services.usage.promised import Promise, promises_of
from services.usage.sums import Piece, quantile
from tests.unit.usage.conftest import DAY, ZONE, at, believed, solvable, whole


def room(id: str, *days: Sequence[StatePoint], rooms: Sequence[str] = (), first: date = DAY) -> Room:
    """Return a space with what was believed of it on days that follow each other, open from 9 to 21."""
    shown = [whole(first + timedelta(days=shift)) for shift in range(len(days))]
    opened = [(day.start + 9 * HOUR, day.start + 21 * HOUR) for day in shown]
    measured = [measure(points, day, ZONE) for points, day in zip(days, shown, strict=True)]
    return Room(id, frozenset({id, *rooms}), opened, measured)


def used(people: int, start: str = "10:00", end: str = "12:00") -> list[StatePoint]:
    return [believed("00:00", "vacant", 0), believed(start, "occupied", people), believed(end, "vacant", 0)]


def promise(space: str = "a", who: str = "g", clock: str = "10:00", **more: Any) -> Promise:
    start = at(clock)
    kept = Promise(space, DAY, "reading", who, 6, who, start, start + 2 * HOUR, 2 * HOUR, came=True)
    return replace(kept, **more)


def table(rooms: Sequence[Room], promises: Sequence[Promise] = (), k: int | None = None) -> Tables:
    claims = {one.id: one.rooms for one in rooms}
    return tables(rooms, promises, claims, frozenset(one.id for one in rooms), k)


def test_the_figures_of_one_space() -> None:
    found = table([room("a", used(6))], [promise()])
    [row] = found.spaces
    assert row.use is not None
    assert row.watched is not None
    assert (row.use.occupied_h, row.use.vacant_h, row.use.person_h) == (2, 22, 12)
    assert (row.use.open_used_share, row.watched.open_h) == (round(2 / 12, 3), 12)
    assert (row.use.peak, row.use.typical, row.use.visits, row.use.visit_min, row.use.heads) == (6, 6, 1, 120, 6)
    assert (row.use.booked_used_h, row.use.unbooked_h) == (2, 0)
    assert row.booked.bookings.bookings == 1
    assert found.total == replace(row, key="total")


def test_a_space_nobody_observed_has_no_figures_of_use() -> None:
    [row] = table([room("a", [])]).spaces
    assert row.use is not None
    assert row.watched is not None
    assert (row.use.occupied_h, row.use.vacant_h, row.use.occupied_share) == (None, None, None)
    assert (row.watched.unobserved_h, row.watched.observed_share) == (24, 0)


def test_a_whole_is_not_counted_beside_its_parts() -> None:
    hall = room("hall", used(9), rooms=("a", "b"))
    found = table([hall, room("a", used(4)), room("b", used(5))])
    assert found.in_total == {"a", "b"}
    assert found.total.use is not None
    assert found.total.use.occupied_h == 4
    assert table([hall]).in_total == {"hall"}
    apart = tables([hall, room("a", [])], [], {}, frozenset({"hall"}), None)
    assert apart.in_total == {"hall", "a"}  # nobody watches the part: the whole knows better


def test_a_booking_of_the_whole_is_a_booking_of_its_parts_time() -> None:
    hall = room("hall", used(9), rooms=("a", "b"))
    found = table([hall, room("a", used(4)), room("b", used(5))], [promise("hall")])
    by_space = {row.key: row for row in found.spaces}
    assert [by_space[id].use.booked_used_h for id in ("hall", "a", "b")] == [2, 2, 2]  # type: ignore[union-attr]  # all measured
    assert [by_space[id].booked.bookings.bookings for id in ("hall", "a", "b")] == [1, 0, 0]


@pytest.mark.parametrize(("part", "people"), [(0.5, 2), (0.74, 2), (0.76, 9), (1.0, 9)])
def test_typical_is_weighed_by_time(part: float, people: int) -> None:
    assert quantile({2: 75 * MINUTE, 9: 25 * MINUTE}, part) == people
    assert quantile({}, part) is None


def test_what_became_of_bookings() -> None:
    start = at("10:00")
    base = Booking("b", "lane", "a", "g-1", "t", 8, start, start + HOUR, BookingState.ENDED, checked_in_at=start)
    ghost = replace(base, id="ghost", checked_in_at=None, state=BookingState.RELEASED, released_at=start + HOUR // 4)
    taken = replace(base, id="taken", group="R-K7M4PX", from_offer="o", start=start + HOUR // 4)
    ignored = [replace(base, id="gone", state=BookingState.CANCELLED), replace(base, id="x-1")]
    offer = Offer("o", "1", "r", "lane", "a", "R-K7M4PX", start, start + HOUR, 0, 0, OfferState.TAKEN, "ghost", "taken")
    found = promises_of([base, ghost, taken, *ignored], [offer], {"taken"}, {"g-1": "合唱团"}, ZONE)
    assert [(one.group, one.came, one.walk_in) for one in found] == [
        ("合唱团", True, False), ("合唱团", False, False), ("", True, True),
    ]  # fmt: skip
    total = table([room("a", used(6))], found).total.booked
    assert (total.ghosts.ghosts, total.ghosts.ghost_h, total.ghosts.seen) == (1, 1, 3)
    assert (total.released.released_h, total.released.reused_h, total.released.share) == (0.75, 0.75, 1)
    assert (total.walk_ins.walk_ins, total.groups.groups) == (1, 2)


def test_staff_see_small_figures_and_groups_outsiders_do_not() -> None:
    rooms = [room("a", used(3)), room("b", used(9)), room("c", used(8))]
    booked = [promise("b", f"g{number}") for number in range(6)]
    staff, outside = table(rooms, booked), table(rooms, booked, 5)
    assert [row.use.suppressed for row in staff.spaces if row.use] == [False, False, False]
    hidden = {row.key for row in outside.spaces if row.use and row.use.suppressed}
    assert hidden == {"a", "c"}  # c with it, or a could be worked out from the total
    assert len(staff.groups) == 6
    assert outside.groups == []
    assert outside.total.booked.bookings.bookings == 6
    row = asdict(next(row for row in outside.spaces if row.key == "a"))
    assert {name for name, value in row["use"].items() if value is not None} == {"suppressed"}


def test_asking_for_some_tells_no_more_than_asking_for_all() -> None:
    rooms = [room("a", used(3)), room("b", used(9)), room("c", used(8))]
    everything = table(rooms, (), 5)
    alone = of_some(everything, table(rooms[2:], (), 5))
    assert [row.use.suppressed for row in alone.spaces if row.use] == [True]
    assert alone.total.use is not None
    assert alone.total.use.suppressed
    assert all(row.use.suppressed for row in alone.days if row.use)
    free = of_some(everything, table(rooms[1:2], (), 5))
    assert [row.use.occupied_h for row in free.spaces if row.use] == [2]


def _heads(counts: list[list[int]]) -> list[Room]:
    return [
        room(f"r{place}", *(_on(DAY + timedelta(days=shift), people) for shift, people in enumerate(days)))
        for place, days in enumerate(counts)
    ]


def _on(day: date, people: int) -> list[StatePoint]:
    used_ = [believed("10:00", "occupied", people, day), believed("12:00", "vacant", 0, day)] if people else []
    return [believed("00:00", "vacant", 0, day), *used_]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 8), min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_answer_tells_of_a_row_of_fewer_than_five(counts: list[list[int]]) -> None:
    rooms = _heads(counts)
    shown, real = table(rooms, (), 5), table(rooms)
    assert shown.total.use is not None
    figures = {("space", row.key): row.use for row in shown.spaces} | {("day", row.key): row.use for row in shown.days}
    for row in (*real.spaces, *real.days):
        assert row.use is not None
        table_ = "space" if row in real.spaces else "day"
        told = figures[table_, row.key]
        assert told is not None
        most = max(counts[int(row.key[1:])]) if table_ == "space" else max(
            days[(date.fromisoformat(row.key) - DAY).days] for days in counts
        )  # fmt: skip
        assert told.suppressed or told == row.use
        if 0 < most < 5:
            assert told.suppressed
    for rows in (shown.spaces, shown.days):
        gone = [row for row in rows if row.use and row.use.suppressed]
        if gone and not shown.total.use.suppressed:
            assert len(gone) > 1
    # The same by plain algebra: what a reader could work out from all that is shown.
    atoms = {
        (f"r{place}", (DAY + timedelta(days=shift)).isoformat())
        for place, days in enumerate(counts)
        for shift, people in enumerate(days)
        if people
    }
    rows_ = {
        **{("space", row.key): frozenset(atom for atom in atoms if atom[0] == row.key) for row in real.spaces},
        **{("day", row.key): frozenset(atom for atom in atoms if atom[1] == row.key) for row in real.days},
    }
    known = [rows_[key] for key, use in figures.items() if use and not use.suppressed]
    if not shown.total.use.suppressed:
        known.append(frozenset(atoms))
    for of in rows_.values():
        most = max((counts[int(id[1:])][(date.fromisoformat(day) - DAY).days] for id, day in of), default=0)
        assert not 0 < most < 5 or not solvable(known, of)


def pieces(rooms: Sequence[Room], promises: Sequence[Promise] = ()) -> list[Piece]:
    from services.usage.figures import pieces_of

    return [piece for one in rooms for piece in pieces_of(one, promises, {})]


def test_the_heat_map_adds_people_over_spaces_and_averages_over_days() -> None:
    rooms = [room("a", used(6), used(4)), room("b", used(10))]
    cells = heat(pieces([replace(rooms[0], days=[measure(used(6), whole(), ZONE)]), rooms[1]]), None)
    assert len(cells) == 168
    tuesday = cells[24 + 10]
    assert (tuesday.people, tuesday.occupied_share, tuesday.observed_share, tuesday.days) == (16, 1, 1, 1)
    assert cells[24 + 13].people == 0
    assert (cells[0].observed_share, cells[0].people) == (None, None)


def test_a_heat_cell_says_when_nobody_looked_nobody_counted_or_few_came() -> None:
    unseen = heat(pieces([room("a", [believed("10:30", "vacant", 0)])]), None)
    assert (unseen[24 + 9].observed_share, unseen[24 + 9].occupied_share) == (0, None)
    assert unseen[24 + 10].observed_share == 0.5
    uncounted = heat(pieces([room("a", [believed("00:00", "occupied")])]), None)[24 + 9]
    assert (uncounted.people, uncounted.occupied_share) == (None, 1)
    few = heat(pieces([room("a", used(4))]), 5)
    assert few[24 + 10].suppressed
    assert few[24 + 10].people is None
    assert not few[24 + 9].suppressed


def test_a_party_that_came_counts_where_no_sensor_counts() -> None:
    found = table([room("a", [believed("00:00", "vacant", 0), believed("10:00", "occupied")])], [promise(people=12)], 5)
    assert found.total.use is not None
    assert not found.total.use.suppressed


def test_what_partners_lend_and_what_of_it_is_used() -> None:
    lent = {("茶楼", "a"): [(at("09:00"), at("11:00"))], ("书店", "b"): [(at("09:00"), at("12:00"))]}
    by_space = {"a": pieces([room("a", used(6))]), "b": pieces([room("b", [])])}
    booked = [promise("a", clock="10:00"), promise("a", clock="14:00")]
    total, *rows = contributions(lent, by_space, booked, None)
    assert (total.lent_h, total.used_h, total.booked_h, total.bookings) == (5, 1, 1, 1)
    assert [(row.owner, row.space) for row in rows] == [("书店", ""), ("书店", "b"), ("茶楼", ""), ("茶楼", "a")]
    assert (rows[1].observed_h, rows[1].used_h) == (0, None)
    hidden = contributions(lent, by_space, booked, 5)
    assert [row.suppressed for row in hidden] == [True, False, False, True, True]
    assert hidden[4].lent_h == 2  # the offer itself is no secret
