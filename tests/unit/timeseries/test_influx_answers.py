"""What an InfluxDB's answers mean."""

import pytest

from services.timeseries.influx_answers import RejectedError, identifier, literal, reason, retry_after_s, rows
from services.timeseries.influx_setup_v1 import seconds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error":"partial write: points beyond retention policy dropped=3"}', "points beyond retention policy"),
        ('{"code":"invalid","message":"unable to parse \'m secret=1 x\': bad timestamp"}', "the line: bad timestamp"),
        ('{"error":"partial write of line protocol occurred","data":[{"error_message":"no fields"}]}', "no fields"),
        ("<html><h1>413 Request Entity\nToo Large</h1></html>", "413 Request Entity Too Large"),
        ("plain words", "plain words"),
        ("[1]", "[1]"),
    ],
)
def test_the_reason_is_found_in_what_each_version_answers(body: str, said: str) -> None:
    found = reason(body)
    assert said in found
    assert "secret" not in found
    assert "\n" not in found


def test_a_reason_without_end_is_cut() -> None:
    assert len(reason("x" * 10_000)) == 400


@pytest.mark.parametrize(("text", "count"), [("a dropped=12", 12), ("a dropped=1 b", 1), ("nothing was dropped", None)])
def test_the_count_of_dropped_points_is_read(text: str, count: int | None) -> None:
    assert RejectedError(400, text).dropped == count


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"retry-after": " 5 "}, 5.0),
        ({"RETRY-AFTER": "٣"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Mon, 02 Mar 2026 08:01:30 GMT"}, None),
        ({"Retry-After": "Mon, 02 Mar 2026 08:01:30 GMT", "Date": "Mon, 02 Mar 2026 08:01:00 GMT"}, 30.0),
        ({"Retry-After": "Mon, 02 Mar 2026 08:01:30 -0000", "Date": "Mon, 02 Mar 2026 08:01:00 GMT"}, 30.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_own_clock(
    headers: dict[str, str], wait_s: float | None
) -> None:
    assert retry_after_s(headers) == wait_s


def test_rows_carry_tags_and_leave_nulls_out() -> None:
    answer = {
        "results": [{"series": [{"columns": ["time", "a", "b"], "values": [[1, None, 2]], "tags": {"site": "s"}}]}, {}]
    }
    assert rows("here", answer) == [{"time": 1, "b": 2, "site": "s"}]


def test_names_and_texts_cannot_leave_their_quotes() -> None:
    assert literal("a' OR 1=1 --\\") == r"'a\' OR 1=1 --\\'"
    assert identifier('a"; DROP DATABASE "b') == r'"a\"; DROP DATABASE \"b"'


@pytest.mark.parametrize(("text", "found"), [("2160h0m0s", 7_776_000), ("0s", 0), ("1w2d", 777_600)])
def test_a_duration_of_version_1_is_read(text: str, found: int) -> None:
    assert seconds(text) == found
