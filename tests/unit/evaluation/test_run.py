"""A recording through fold and policy in virtual time: same input, same output, and every figure of the contract."""

import json
from collections.abc import Iterator

import pytest

from services.contracts.community import Community, parse_community
from services.contracts.errors import ConflictError
from services.contracts.files import BookingRow, RecordedMessage, TruthRow
from services.contracts.instants import to_datetime
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.evaluation.run import evaluate, report

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
