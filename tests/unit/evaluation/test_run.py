"""A recording through fold and policy in virtual time: same input, same output, and every figure of the contract."""

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest

from services.contracts.community import Community, parse_community
from services.contracts.errors import ConflictError
from services.contracts.files import BookingRow, RecordedMessage, TruthRow
from services.contracts.instants import to_datetime
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.evaluation.report import difference, report, trade_off
from services.evaluation.result import Evaluation
from services.evaluation.run import evaluate
from services.evaluation.score import Belief
from tests.unit.evaluation.telling import PROBABLE, TellingTruth

NINE: Millis = 1_767_229_200_000  # 2026-01-01T09:00:00+08:00


def community() -> Community:
    return parse_community(
        {
            "sites": [{"id": "s", "name": "s", "timezone": "Asia/Shanghai"}],
            "spaces": [{"id": "room", "site": "s", "name": "room", "capacity": 10}],
            "devices": [{"id": "radar", "site": "s", "space": "room", "kind": "presence", "heartbeat_s": 60}],
        },
        "test",
    )


def messages(present_from: int, present_to: int, minutes: int = 90) -> Iterator[RecordedMessage]:
    for minute in range(-5, minutes):
        payload = {"boot": "b", "seq": minute + 5, "present": present_from <= minute < present_to}
        yield RecordedMessage(NINE + minute * MINUTE, "fs/v1/s/dev/radar/up/presence", json.dumps(payload).encode())


def truth(present_from: int, present_to: int, minutes: int = 90) -> list[TruthRow]:
    rows = [(-5, 0), (present_from, 3), (present_to, 0), (minutes, None)]
    return [TruthRow(NINE + minute * MINUTE, "s", "room", people) for minute, people in rows if minute < 1000]


def booking(start: int, end: int, id_: str = "b1") -> BookingRow:
    at = [to_datetime(NINE + minute * MINUTE) for minute in (start, end)]
    return BookingRow(id=id_, site="s", space="room", group="g", people=4, start=at[0], end=at[1])


def test_an_unused_booking_is_released_and_its_idle_minutes_counted() -> None:
    rows = [booking(0, 60)]
    figures = report(evaluate(messages(2000, 3000), community(), rows), [*truth(70, 80)], rows)
    room = figures["spaces"]["s/room"]
    assert (room["released"], room["false_released"]) == (1, 0)
    assert 40 <= room["recovered_min"] <= 46  # 60 minutes less ten of grace and five of asking
    assert figures["total"]["released"] == 1


def test_a_used_booking_is_never_released() -> None:
    rows = [booking(0, 60)]
    figures = report(evaluate(messages(0, 60), community(), rows), truth(0, 60), rows)
    assert figures["total"]["released"] == 0
    assert figures["total"]["false_vacant_min"] == 0


def test_another_policy_gives_another_outcome() -> None:
    rows, patient = [booking(0, 60)], Policy(grace_min=50, warn_min=20)
    assert report(evaluate(messages(2000, 3000), community(), rows, patient), [], rows)["total"]["released"] == 0


def test_the_same_input_gives_the_same_output() -> None:
    rows = [booking(0, 60)]
    one, two = (report(evaluate(messages(20, 40), community(), rows), truth(20, 40), rows) for _ in range(2))
    assert json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)


def test_without_truth_only_what_was_said_is_counted() -> None:
    total = report(evaluate(messages(10, 50), community()), [], [])["total"]
    assert set(total) == {"said_occupied_min", "said_vacant_min", "unknown_min"}
    assert total["said_occupied_min"] == pytest.approx(40, abs=2)


def test_verdicts_on_messages_are_counted() -> None:
    stream = [*messages(0, 10, 20)]
    stream = [*stream, stream[-1], RecordedMessage(stream[-1].at, "fs/v1/s/dev/radar/up/presence", b"garbage")]
    assert evaluate(stream, community()).messages == {"stored": 25, "duplicate": 1, "quarantined": 1}


def test_bookings_that_overlap_are_refused() -> None:
    with pytest.raises(ConflictError, match="taken"):
        evaluate(messages(0, 10), community(), [booking(0, 60), booking(30, 90, "b2")])


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.evaluation.run.RoomTruth", TellingTruth)


@pytest.mark.usefixtures("telling")
@pytest.mark.parametrize("rows", [[], [booking(0, 60)]], ids=["alone", "with bookings"])
def test_sampling_changes_nothing_that_is_believed_or_decided(rows: list[BookingRow]) -> None:
    plain = evaluate(messages(20, 40), community(), rows)
    sampled = evaluate(messages(20, 40), community(), rows, sampled=True)
    assert plain.beliefs == sampled.beliefs
    assert [(d.at, d.kind) for d in plain.decisions] == [(d.at, d.kind) for d in sampled.decisions]
    assert plain.kinds == {}


@pytest.mark.usefixtures("telling")
def test_probabilities_follow_the_beliefs_change_by_change() -> None:
    result = evaluate(messages(20, 40), community(), sampled=True)
    samples = result.probabilities["s", "room"]
    believed = {belief.at: round(1e6 * PROBABLE[belief.occupancy]) for belief in result.beliefs["s", "room"]}
    seen = dict(zip(samples.at, samples.millionths, strict=True))
    assert {20_000, 900_000} <= set(seen.values())
    assert all(believed[at] == value for at, value in seen.items())
    assert all(one != other for one, other in pairwise(samples.millionths))


@pytest.mark.usefixtures("telling")
def test_each_kind_is_scored_by_its_own_words() -> None:
    base = community()
    pir = base.devices[0].model_copy(update={"id": "pir", "kind": "motion"})
    both = base.model_copy(update={"devices": (*base.devices, pir)})
    blind = [RecordedMessage(each.at, "fs/v1/s/dev/pir/up/motion", b'{"motion":false}') for each in messages(0, 0)]
    stream = sorted([*messages(20, 40), *blind], key=lambda message: message.at)
    figures = report(evaluate(stream, both, sampled=True), truth(20, 40), [])
    kinds = figures["spaces"]["s/room"]["kinds"]
    assert set(kinds) == {"presence", "motion"}
    assert kinds["presence"]["false_vacant_pct"] == 0
    assert kinds["presence"]["found_occupied_pct"] == 100
    assert kinds["presence"]["found_vacant_pct"] == 100
    assert kinds["motion"]["false_vacant_pct"] == 100
    assert kinds["motion"]["found_occupied_pct"] == 0
    assert figures["total"]["kinds"] == kinds


@pytest.mark.usefixtures("telling")
def test_the_curve_of_a_run_comes_back_to_its_own_score() -> None:
    result = evaluate(messages(20, 40), community(), sampled=True)
    rows = truth(25, 45)
    found = trade_off(result, rows)
    total = report(result, rows, [])["total"]
    assert found.shown is not None
    assert 100 * found.at(PROBABLE["vacant"]).false == pytest.approx(total["false_vacant_pct"], abs=1e-3)
    assert 100 * found.shown.false == pytest.approx(total["false_vacant_pct"], abs=1e-3)
    assert 100 * found.shown.missed == pytest.approx(total["held_unknown_pct"], abs=1e-3)


def test_shares_of_the_total_are_of_all_minutes_and_not_means_of_shares() -> None:
    base = community()
    hall = base.spaces[0].model_copy(update={"id": "hall"})
    two = base.model_copy(update={"spaces": (*base.spaces, hall)})
    rows = [*truth(0, 60), TruthRow(NINE, "s", "hall", 0), TruthRow(NINE + 20 * MINUTE, "s", "hall", 0)]
    figures = report(evaluate(messages(0, 60), two), rows, [])
    assert figures["spaces"]["s/hall"]["held_unknown_pct"] == 100
    assert figures["spaces"]["s/hall"]["false_vacant_pct"] is None
    total = figures["total"]
    idle_min = total["held_min"] + total["unknown_vacant_min"]
    assert total["held_unknown_pct"] == pytest.approx(100 * idle_min / total["vacant_min"], abs=1e-3)
    assert total["departures"] == 1


def test_a_difference_names_only_the_spaces_that_differ() -> None:
    def said(vacant_from: int) -> Evaluation:
        beliefs = [Belief(NINE, "occupied", False), Belief(NINE + vacant_from * MINUTE, "vacant", False)]
        return Evaluation(beliefs={("s", "room"): beliefs})

    rows = truth(0, 60)
    whole, worse = report(said(60), rows, []), report(said(50), rows, [])
    assert difference(whole, whole)["spaces"] == {}
    found = difference(whole, worse)
    assert found["spaces"]["s/room"]["false_vacant_min"] == 10
    assert found["total"]["false_vacant_min"] == 10
    assert found["total"]["occupied_min"] == 0
