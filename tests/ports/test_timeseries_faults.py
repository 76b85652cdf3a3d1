"""What an InfluxDB, or a proxy before it, does wrong: who is to blame, what is kept, for how long to wait."""

import json
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest

from services.contracts.errors import SettingsError
from services.timeseries.influx import InfluxTimeseries
from services.timeseries.influx_address import parse
from services.timeseries.influx_points import reading_line
from services.timeseries.influx_server import InfluxServer
from services.timeseries.open import open_timeseries
from services.timeseries.ports import ReadingPoint, SinkUnavailableError, StatePoint
from tests.httpfake import Answer, Asked, HttpFake
from tests.servers import InfluxBehindNginx, free_port

Answers = Callable[[Asked], Answer | None]


def reading(seq: int) -> ReadingPoint:
    return ReadingPoint("s", "hall", "d", "presence", 1000 + seq, None, 1000, "b", seq, seq, {"present": True})


def series(fake: HttpFake, token: str = "secret-token", read_ms: int = 10_000) -> InfluxTimeseries:
    return InfluxTimeseries(InfluxServer(parse(f"influxdb://127.0.0.1:{fake.port}/org/bucket"), token, read_ms=read_ms))


def test_a_killed_influxdb_has_every_point_once_when_they_are_written_again(influx: InfluxBehindNginx) -> None:
    influx.query("CREATE DATABASE killed")
    opened = open_timeseries(influx.url("killed"))
    points = [reading(seq) for seq in range(1000)]
    assert opened.write(points[:600], []) == []
    influx.influxdb.stop(signal.SIGKILL)
    with pytest.raises(SinkUnavailableError, match="502"):
        opened.write(points[600:], [])
    influx.influxdb.start()
    assert opened.readings("s", "hall", 0, 9999, 9999) == points[:600]
    assert opened.write(points[500:], []) == []
    assert opened.readings("s", "hall", 0, 9999, 9999) == points
    opened.close()


def test_a_real_influxdb_refuses_a_type_that_somebody_else_fixed_and_takes_the_rest(influx: InfluxBehindNginx) -> None:
    influx.query("CREATE DATABASE choosy")
    server = InfluxServer(parse(influx.url("choosy")), "")
    server.write(b'readings,site=other lux="bright" 1000000000')
    points = [reading(seq) for seq in range(100)]
    points[3] = replace(points[3], fields={"lux": 5.0})
    points[71] = replace(points[71], fields={"lux": 6.0})
    opened = InfluxTimeseries(server)
    refused = opened.write(points, [])
    assert [item.point for item in refused] == [points[3], points[71]]
    assert "field type conflict" in refused[0].reason
    taken = [point for point in points if "lux" not in point.fields]
    assert opened.readings("s", "hall", 0, 9999, 9999) == taken
    opened.close()


def test_a_real_influxdb_refuses_what_is_older_than_its_retention(influx: InfluxBehindNginx) -> None:
    influx.query('CREATE DATABASE "short" WITH DURATION 1d')
    opened = open_timeseries(influx.url("short"))
    refused = opened.write([reading(seq) for seq in range(500)], [])
    assert len(refused) == 500
    assert "beyond retention policy" in refused[0].reason
    opened.close()


def problem(message: str) -> bytes:
    return json.dumps({"code": "invalid", "message": message}).encode()


def refusing(status: int, guilty: set[int], *, counts: bool = False) -> tuple[Answers, set[bytes]]:
    """Answer as a server that stores all lines but the guilty ones; return what it stored as well."""
    wrong = {reading_line(reading(seq)) for seq in guilty}
    stored: set[bytes] = set()

    def answer(asked: Asked) -> Answer:
        lines = set(asked.body.split(b"\n"))
        bad = lines & wrong
        if not bad or counts:
            stored.update(lines - wrong)
        if not bad:
            return Answer()
        return Answer(status, problem("partial write: too odd" + (f" dropped={len(bad)}" if counts else "")))

    return answer, stored


@pytest.mark.parametrize("status", [400, 422, 413])
@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("guilty", [{123}, {0, 499}, {7, 8, 9, 300}])
def test_the_guilty_points_of_500_are_found_and_the_others_stored(status: int, counts: bool, guilty: set[int]) -> None:
    answer, stored = refusing(status, guilty, counts=counts)
    with HttpFake(answer) as fake:
        refused = series(fake).write([reading(seq) for seq in range(500)], [])
        assert {item.point.seq for item in refused if isinstance(item.point, ReadingPoint)} == guilty
        assert all("too odd" in item.reason for item in refused)
        assert stored - {b"foldspace_probe ok=true"} == {
            reading_line(reading(seq)) for seq in range(500) if seq not in guilty
        }
        assert len(fake.asked) <= 2 + 2 * 9 * len(guilty)


def test_a_server_that_counts_needs_not_be_asked_for_each_point() -> None:
    answer, _ = refusing(422, set(range(500)), counts=True)
    with HttpFake(answer) as fake:
        refused = series(fake).write([reading(seq) for seq in range(500)], [])
        assert len(refused) == 500
        assert len(fake.asked) == 2


def test_who_rejects_even_the_probe_is_no_judge_of_points() -> None:
    page = b"<html><title>400</title><p>The plain HTTP request was sent to HTTPS port</p></html>"
    with HttpFake(lambda _: Answer(400, page)) as fake:
        with pytest.raises(SinkUnavailableError, match=r"rejects whatever is written .*plain HTTP request was sent"):
            series(fake).write([reading(seq) for seq in range(50)], [])
        assert len(fake.asked) == 2


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"Retry-After": "17"}, 17.0),
        (503, {"Retry-After": "Mon, 02 Mar 2026 08:01:30 GMT", "Date": "Mon, 02 Mar 2026 08:00:00 GMT"}, 90.0),
        (503, {"Retry-After": "Mon, 02 Mar 2026 07:00:00 GMT", "Date": "Mon, 02 Mar 2026 08:00:00 GMT"}, 0.0),
        (503, {"Retry-After": "soon"}, None),
        (500, {}, None),
        (502, {}, None),
    ],
)
def test_a_server_in_trouble_is_left_alone_for_as_long_as_it_asks(
    status: int, headers: dict[str, str], wait_s: float | None
) -> None:
    with HttpFake(lambda _: Answer(status, problem("busy"), headers)) as fake:
        with pytest.raises(SinkUnavailableError, match=f"answered {status}: busy") as caught:
            series(fake).write([reading(1)], [])
        assert caught.value.retry_after_s == wait_s
        assert len(fake.asked) == 1


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "missing or wrong"), (403, "may not do this"), (404, "doctor --fix"), (302, "answered 302")],
)
def test_what_a_person_has_to_mend_is_said_and_nothing_refused(status: int, advice: str) -> None:
    with HttpFake(lambda _: Answer(status, problem("no"), {"Location": "http://127.0.0.1:1/"})) as fake:
        with pytest.raises(SinkUnavailableError, match=advice) as caught:
            series(fake).write([reading(1)], [])
        assert "secret-token" not in str(caught.value)


def test_trouble_in_the_middle_of_a_search_gives_the_whole_batch_back() -> None:
    answer, _ = refusing(400, {3})
    requests = iter(range(100))

    def failing(asked: Asked) -> Answer | None:
        return answer(asked) if next(requests) < 4 else Answer(503)

    with HttpFake(failing) as fake, pytest.raises(SinkUnavailableError, match="503"):
        series(fake).write([reading(seq) for seq in range(500)], [])


def test_a_reset_connection_is_unavailable_and_the_next_write_connects_anew() -> None:
    answers: list[Answer | None] = [None, Answer()]
    with HttpFake(lambda _: answers.pop(0)) as fake:
        opened = series(fake)
        with pytest.raises(SinkUnavailableError, match="cannot be reached"):
            opened.write([reading(1)], [])
        assert opened.write([reading(1)], []) == []


def test_a_body_that_does_not_come_is_given_up() -> None:
    with HttpFake(lambda _: Answer(200, b'{"results": []}', cut=True)) as fake:
        opened = series(fake, read_ms=100)
        with pytest.raises(SinkUnavailableError, match="timed out"):
            opened.write([reading(1)], [])
        with pytest.raises(SinkUnavailableError, match="timed out"):
            opened.readings("s", "hall", 0, 1, 1)


def test_nobody_there_is_unavailable() -> None:
    opened = InfluxTimeseries(InfluxServer(parse(f"influxdb://127.0.0.1:{free_port()}/o/b"), ""))
    with pytest.raises(SinkUnavailableError, match=r"InfluxDB http://127.0.0.1:\d+ bucket 'b': cannot be reached"):
        opened.write([reading(1)], [])


def test_tls_asked_of_a_server_without_it_is_unavailable() -> None:
    with HttpFake(lambda _: Answer()) as fake, pytest.raises(SinkUnavailableError, match="SSL"):
        InfluxTimeseries(InfluxServer(parse(f"influxdbs://127.0.0.1:{fake.port}/o/b"), "")).write([reading(1)], [])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"results": [{"error": "database not found: bucket"}]}', "doctor --fix"),
        (b'{"results": [{"error": "timeout"}]}', "timeout"),
        (b'{"results": [{"series": [{"columns": ["time"], "values": [[1]], "partial": true}]}]}', "max-row-limit"),
        (b'{"results": [{"series": [{"columns": ["time"], "values": [[1]]}]}]}', "did not write"),
        (b"[]", "expected an object"),
        (b"<html>hello</html>", "expected an object"),
        (b"\xff\xfe", "cannot be reached"),
    ],
)
def test_an_answer_that_makes_no_sense_is_unavailable(body: bytes, words: str) -> None:
    with HttpFake(lambda _: Answer(200, body)) as fake, pytest.raises(SinkUnavailableError, match=words):
        series(fake).readings("s", "hall", 0, 1, 1)


def test_what_goes_over_the_wire_is_what_version_2_documents() -> None:
    with HttpFake(lambda _: Answer()) as fake:
        series(fake).write([reading(1)], [StatePoint("s", "hall", 5, "vacant", None, 0.5, True)])
        (asked,) = fake.asked
    assert (asked.method, asked.path) == ("POST", "/api/v2/write")
    assert asked.query == {"org": "org", "bucket": "bucket", "precision": "ns"}
    assert asked.headers["Authorization"] == "Token secret-token"
    assert len(asked.body.split(b"\n")) == 2


def test_a_token_that_no_header_may_carry_is_a_setting_to_mend() -> None:
    with pytest.raises(SettingsError, match="FOLDSPACE_INFLUX_TOKEN") as caught:
        InfluxServer(parse("influxdb://h/o/b"), "line\nfeed")
    assert "feed" not in str(caught.value)
