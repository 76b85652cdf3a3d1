"""What the search relies on: prices bound every plan, cuts cut off none, and every road leads to the same optimum."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.clock import WallClock
from services.planner import optimise as optimising
from services.planner.board import Board
from services.planner.candidates import Candidates, candidates
from services.planner.components import components
from services.planner.cuts import broken_cuts
from services.planner.exact import best_choice
from services.planner.gate import Gate
from services.planner.optimise import Found, optimise
from services.planner.prices import Descent, Prices
from services.planner.reading import read_instance
from tests.planning import Raw, best, problem, problems, request, space, value

_TRIED = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def table_of(raw: Raw) -> Candidates:
    return candidates(read_instance(raw))


def crowded(seed: int, n_rooms: int = 8, n_requests: int = 70) -> Raw:
    """Return a day in which about half the requests find a place: rooms with a hall, windows of a few hours."""
    rng = np.random.default_rng(seed)
    rooms = [space(f"s{n}", int(rng.integers(8, 40)), open_at=((540, 1080),)) for n in range(n_rooms)]
    halls = [space("hall", 60, parts=("s0", "s1"), open_at=((600, 1080),))]
    wishes = []
    for number in range(n_requests):
        start = 540 + 15 * int(rng.integers(0, 30))
        length = int(rng.choice([45, 60, 90, 150]))
        window = (start, start + length + 15 * int(rng.integers(0, 10)))
        wishes.append(
            request(f"r{number}", int(rng.integers(3, 45)), length, window=window, weight=int(rng.integers(1, 4)))
        )
    return problem(rooms + halls, wishes)


def optimum(table: Candidates) -> int:
    outcome = best_choice(table, np.arange(len(table)), Gate(), 60.0)
    assert outcome.closed
    assert outcome.bound is not None
    return outcome.bound


def found(table: Candidates) -> Found:
    clock = WallClock()
    return optimise(table, np.zeros(0, dtype=np.int64), clock, clock.now() + 60_000, lambda: False)


@_TRIED
@given(problems(), st.integers(0, 2**32 - 1))
def test_no_plan_is_worth_more_than_whatever_prices_say(raw: Raw, seed: int) -> None:
    table = table_of(raw)
    if not len(table):
        return
    descent, rng = Descent(table), np.random.default_rng(seed)
    cells = rng.exponential(500.0, (table.n_rooms, table.n_slots)) * rng.integers(0, 2, (table.n_rooms, table.n_slots))
    descent.prices = Prices(cells, np.zeros(0))
    weighed = descent.weigh(np.ones(len(table), dtype=bool))
    assert (weighed.cells.sum() + weighed.best.sum()) // weighed.fraction >= optimum(table)


def test_a_plan_falls_short_of_the_bound_by_what_its_placements_lose() -> None:
    table = table_of(crowded(1))
    descent = Descent(table)
    descent.run(120, 100.0, 3.0, lambda: False)
    weighed = descent.weigh(np.ones(len(table), dtype=bool))
    board = Board(table)
    board.fill(np.random.default_rng(0).permutation(len(table)))
    lost = (
        weighed.loss[board.rows()].sum() + weighed.best[board.placed < 0].sum() + weighed.cells[board.holder < 0].sum()
    )
    bound = weighed.cells.sum() + weighed.best.sum()
    assert bound - lost == board.value() * weighed.fraction


@pytest.mark.parametrize("seed", range(3))
def test_descent_and_cuts_come_close_to_the_optimum(seed: int) -> None:
    table = table_of(crowded(seed))
    alive, best_plan = np.ones(len(table), dtype=bool), optimum(table)
    descent, bounds = Descent(table), []
    for _ in range(4):
        descent.add(broken_cuts(table, descent.wish, {cut.key for cut in descent.cuts}))
        descent.run(300, 60.0, 1.0, lambda: False)
        weighed = descent.weigh(alive)
        bounds.append((weighed.cells.sum() + weighed.cuts.sum() + weighed.best.sum()) / weighed.fraction)
    assert best_plan <= min(bounds) <= 1.03 * best_plan
    assert min(bounds) <= bounds[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_holds_one_member_of_a_cut_at_most(seed: int) -> None:
    table = table_of(crowded(seed))
    descent = Descent(table)
    descent.run(200, 60.0, 1.0, lambda: False)
    cuts = broken_cuts(table, descent.wish, set())
    assert cuts
    for cut in cuts:
        room, first, last, owner = cut.key
        for one in cut.members.tolist():
            for other in cut.members.tolist():
                same = table.owner[one] == table.owner[other]
                apart = table.start[one] + table.length[one] <= table.start[other]
                assert same or not apart or not room_shared(table, one, other, room), (first, last, owner)


def room_shared(table: Candidates, one: int, other: int, room: int) -> bool:
    return room in table.rooms[table.space[one]] and room in table.rooms[table.space[other]]


@pytest.mark.parametrize("seed", range(2))
def test_the_road_over_prices_reaches_what_the_solver_proves(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimising, "_SMALL", 0)
    table = table_of(crowded(seed, n_rooms=6, n_requests=40))
    result = found(table)
    assert result.value == result.bound == optimum(table)


@_TRIED
@given(problems())
def test_the_road_over_prices_reaches_what_enumeration_finds(raw: Raw) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimising, "_SMALL", 0)
        result = found(table_of(raw))
    scale = read_instance(raw).scale
    fixed = {each["request"]: (each["space"], 0.0) for each in raw["fixed"]}
    assert result.value == result.bound
    assert result.value / scale == pytest.approx(best(raw) - value(raw, fixed))


def test_days_fall_apart_and_what_shares_a_room_at_once_does_not() -> None:
    morning, evening = (540, 640), (1000, 1100)
    spaces = [space("a", open_at=(morning, evening)), space("b", open_at=(morning,))]
    wishes = [request("m1", window=morning), request("m2", window=morning), request("e", window=evening)]
    table = table_of(problem(spaces, wishes))
    label, of_cell = components(table, np.arange(len(table)))
    assert label[0] == label[1] != label[2]
    assert set(of_cell.ravel().tolist()) <= {-1, *label.tolist()}
    for row in range(len(table)):
        rooms, slots = table.cells(row)
        assert (of_cell[rooms, slots] == label[table.owner[row]]).all()


def test_a_closed_gate_lets_no_search_through() -> None:
    table, gate = table_of(crowded(0)), Gate()
    gate.close()
    outcome = best_choice(table, np.arange(len(table)), gate, 60.0)
    assert (outcome.rows, outcome.bound, outcome.closed) == (None, None, False)


def test_above_the_optimum_there_is_nothing() -> None:
    table = table_of(crowded(2, n_requests=20))
    most = optimum(table)
    outcome = best_choice(table, np.arange(len(table)), Gate(), 60.0, above=most)
    assert (outcome.rows, outcome.bound, outcome.closed) == (None, most, True)
