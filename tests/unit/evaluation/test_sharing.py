"""What if the policy were another one: who would have got the idle time, and at whose cost."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.records import BookingState, RequestState
from services.contracts.community import Community, parse_community
from services.contracts.files import BookingRow, RecordedMessage, RequestRow, TruthRow
from services.contracts.instants import to_datetime
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.evaluation.report import by_space, report
from services.evaluation.result import Evaluation
from services.evaluation.run import evaluate
from services.evaluation.sharing import gini, sharing
from services.evaluation.waiting import ANSWERS_AFTER

NINE: Millis = 1_767_229_200_000  # 2026-01-01T09:00:00+08:00


def community() -> Community:
    return parse_community(
        {
            "sites": [{"id": "s", "name": "s", "timezone": "Asia/Shanghai"}],
            "spaces": [{"id": "room", "site": "s", "name": "room", "capacity": 10, "functions": ["class"]}],
            "devices": [{"id": "radar", "site": "s", "space": "room", "kind": "presence", "heartbeat_s": 60}],
        },
        "test",
    )


def messages(present_from: int, present_to: int) -> Iterator[RecordedMessage]:
    for minute in range(-5, 130):
        payload = {"boot": "b", "seq": minute + 5, "present": present_from <= minute < present_to}
        yield RecordedMessage(NINE + minute * MINUTE, "fs/v1/s/dev/radar/up/presence", json.dumps(payload).encode())


BOOKED = BookingRow(
    id="b1", site="s", space="room", group="g", people=4, start=to_datetime(NINE), end=to_datetime(NINE + 120 * MINUTE)
)


def wish(id_: str, group: str, duration_min: int = 30) -> RequestRow:
    """Who has the smaller number asked earlier: nothing is left to the lot."""
    span = [to_datetime(NINE), to_datetime(NINE + 120 * MINUTE)]
    asked = to_datetime(NINE - (10 - int(id_[1:])) * 10 * MINUTE)
    return RequestRow(
        id=id_, site="s", group=group, people=5, duration_min=duration_min, earliest=span[0], latest_end=span[1],
        created_at=asked,
    )  # fmt: skip


WISHES = [wish("r1", "choir"), wish("r2", "chess"), wish("r3", "choir"), wish("r4", "band", 90)]


def run(policy: Policy | None = None, present: tuple[int, int] = (1000, 1000)) -> Evaluation:
    return evaluate(messages(*present), community(), [BOOKED], policy, requests=WISHES)


def test_released_time_is_taken_by_those_who_wait() -> None:
    result = run()
    states = {request.id: request.state for request in result.requests}
    assert states == {
        "r1": RequestState.SERVED, "r2": RequestState.SERVED, "r3": RequestState.SERVED, "r4": RequestState.LAPSED
    }  # fmt: skip
    taken = [booking for booking in result.bookings if booking.from_offer is not None]
    assert all(booking.checked_in_at is not None for booking in taken)  # no sensor saw them, and nothing was taken back
    assert {booking.state for booking in taken} <= {BookingState.IN_USE, BookingState.ENDED}
    claims = [decision for decision in result.decisions if decision.kind == "offer"]
    assert taken[0].checked_in_at == claims[0].at + ANSWERS_AFTER
    figures = sharing(result, report(result, [], [BOOKED])["total"], {})
    assert (figures["released"], figures["requests"], figures["served"]) == (1, 4, 3)
    assert 85 <= figures["reused_min"] <= 90
    assert (figures["least_served_pct"], figures["came_after"]) == (0, None)


def test_an_impatient_policy_releases_over_those_who_come_late() -> None:
    late = [TruthRow(NINE, "s", "room", 0), TruthRow(NINE + 25 * MINUTE, "s", "room", 3)]
    late.append(TruthRow(NINE + 125 * MINUTE, "s", "room", 0))

    def came_after(policy: Policy) -> tuple[int, int]:
        result = run(policy, (25, 120))
        figures = sharing(result, report(result, late, [BOOKED])["total"], by_space(late))
        return figures["released"], figures["came_after"]

    assert came_after(Policy()) == (1, 1)
    assert came_after(Policy(grace_min=30)) == (0, 0)


def test_the_same_requests_give_the_same_outcome() -> None:
    one, two = run(), run()
    codes = [[replace(booking, code="") for booking in result.bookings] for result in (one, two)]
    assert codes[0] == codes[1]
    assert [replace(decision, inputs={}) for decision in one.decisions] == [
        replace(decision, inputs={}) for decision in two.decisions
    ]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_unevenness_is_between_none_and_all_to_one(shares: list[float]) -> None:
    assert -1e-9 <= gini(shares) <= 1 - 1 / len(shares) + 1e-9
    assert gini([0.3] * len(shares)) == pytest.approx(0)
