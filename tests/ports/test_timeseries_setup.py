"""Setting an InfluxDB up: version 1 for real, version 2 as a fake of its documented API that keeps what is made."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.timeseries.influx_setup import check, fix
from services.timeseries.open import open_sink
from services.timeseries.ports import ReadingPoint, StatePoint
from tests.httpfake import Answer, Asked, HttpFake
from tests.servers import InfluxBehindNginx

_NAMES = itertools.count(1)
_NOON = 1_700_000_100_000  # a whole number of five minutes


@pytest.fixture
def bucket(influx: InfluxBehindNginx) -> str:
    return f"house-{next(_NAMES)}"


def ill(url: str, token: str = "") -> list[str]:
    return [finding.subject for finding in check(url, token) if not finding.well]


def test_version_1_is_set_up_once_and_is_well_then(influx: InfluxBehindNginx, bucket: str) -> None:
    url = influx.url(bucket)
    assert ill(url) == [f"database {bucket!r}", f"database '{bucket}_5m'"]
    assert len(fix(url)) == 4
    assert ill(url) == []
    assert [finding.subject for finding in check(url)][-2:] == ["means of readings", "means of states"]
    assert fix(url) == []


def test_version_1_keeps_longer_what_was_kept_too_short_and_never_the_other_way(
    influx: InfluxBehindNginx, bucket: str
) -> None:
    influx.query(f'CREATE DATABASE "{bucket}" WITH DURATION 7d')
    influx.query(f'CREATE DATABASE "{bucket}_5m"')
    url = influx.url(bucket)
    texts = {finding.subject: finding.text for finding in check(url)}
    assert texts[f"database {bucket!r}"] == "kept for 7 days, planned are 90"
    assert texts[f"database '{bucket}_5m'"].startswith("kept for ever")
    fix(url)
    texts = {finding.subject: finding.text for finding in check(url)}
    assert texts[f"database {bucket!r}"] == "kept for 90 days"
    assert texts[f"database '{bucket}_5m'"].startswith("kept for ever")


def test_version_1_replaces_a_continuous_query_of_another_foldspace(influx: InfluxBehindNginx, bucket: str) -> None:
    url = influx.url(bucket)
    fix(url)
    (name, _), _ = queries(influx, bucket)
    influx.query(f'DROP CONTINUOUS QUERY "{name}" ON "{bucket}"')
    old = f"foldspace_{bucket}_readings_5m_00000000"
    influx.query(
        f'CREATE CONTINUOUS QUERY "{old}" ON "{bucket}" BEGIN SELECT mean(lux) INTO x FROM readings'
        " GROUP BY time(5m) END"
    )
    assert ill(url) == ["means of readings"]
    fix(url)
    assert sorted(found for found, _ in queries(influx, bucket))[0] == name
    assert old not in dict(queries(influx, bucket))


def test_version_1_makes_the_means_that_are_planned(influx: InfluxBehindNginx, bucket: str) -> None:
    # In databases that keep for ever, as these points are old.
    influx.query(f'CREATE DATABASE "{bucket}"')
    influx.query(f'CREATE DATABASE "{bucket}_5m"')
    fix(influx.url(bucket))
    sink = open_sink(influx.url(bucket))
    climate = [
        ReadingPoint("s", "hall", "d", "climate", at, None, at, "b", seq, seq, {"co2_ppm": ppm, "lux": 5.0})
        for seq, (at, ppm) in enumerate([(_NOON, 400.0), (_NOON + 1000, 500.0), (_NOON + 300_000, 800.0)])
    ]
    counts = [ReadingPoint("s", "hall", "c", "count", _NOON, None, _NOON, "b", 0, 0, {"in": 7, "out": 3, "people": 4})]
    beliefs = [
        StatePoint("s", "hall", _NOON, "occupied", 4, 0.9, False),
        StatePoint("s", "hall", _NOON + 9000, "vacant", None, 0.8, True),
    ]
    assert sink.write(climate + counts, beliefs) == []
    sink.close()
    # The server runs them on the hour; the same statements over the time of the points must do the same.
    for _, query in queries(influx, bucket):
        body = re.search(r"BEGIN (.*) GROUP BY", query)
        assert body is not None
        when = f"WHERE time >= {_NOON}ms AND time < {_NOON + 600_000}ms"
        influx.query(f"{body[1]} {when} GROUP BY time(5m), *", bucket)
    answer: Any = influx.query("SELECT co2_ppm, \"in\", people FROM readings WHERE site = 's' ; SELECT * FROM states",
                               f"{bucket}_5m")  # fmt: skip
    (readings,), (states,) = (result["series"] for result in answer["results"])
    at, later = _NOON * 1_000_000, (_NOON + 300_000) * 1_000_000
    assert sorted(readings["values"], key=str) == sorted(
        [[at, 450, None, None], [at, None, 7, 4], [later, 800, None, None]], key=str
    )
    assert dict(zip(states["columns"], states["values"][0], strict=True)) == {
        "time": at, "site": "s", "space": "hall", "occupancy": "vacant", "people": -1, "confidence": 0.8,
        "release_grade": True,
    }  # fmt: skip


def queries(influx: InfluxBehindNginx, database: str) -> list[tuple[str, str]]:
    answer: Any = influx.query("SHOW CONTINUOUS QUERIES")
    tables = [table for table in answer["results"][0]["series"] if table["name"] == database]
    return [(name, query) for table in tables for name, query in table.get("values", [])]


class Version2:
    """As much of the management API of InfluxDB 2.7 as is documented for buckets, DBRP mappings and tasks."""

    def __init__(self) -> None:
        self.kept: dict[str, list[dict[str, Any]]] = {"buckets": [], "dbrps": [], "tasks": []}
        self.all_access = True
        self.names_missing_buckets = False

    def __call__(self, asked: Asked) -> Answer:
        parts = asked.path.strip("/").split("/")
        if asked.path == "/ping":
            return Answer(204, headers={"X-Influxdb-Version": "v2.7.12", "X-Influxdb-Build": "OSS"})
        if asked.headers.get("Authorization") != "Token good":
            return self._json(401, {"code": "unauthorized", "message": "unauthorized access"})
        kind = parts[2]
        if kind == "orgs":
            return self._json(200, {"orgs": [{"id": "0123", "name": "community"}]})
        if not self.all_access and kind != "buckets":
            return self._json(403, {"code": "forbidden", "message": "insufficient permissions"})
        kept = self.kept[kind]
        if asked.method == "GET":
            name, wanted = ("database", "db") if kind == "dbrps" else ("name", "name")
            found = [item for item in kept if item[name] == asked.query[wanted]]
            if kind == "buckets" and not found and self.names_missing_buckets:
                return self._json(404, {"code": "not found", "message": "bucket not found"})
            return self._json(200, {"content" if kind == "dbrps" else kind: found})
        body: dict[str, Any] = json.loads(asked.body)
        if kind == "tasks":
            body["name"] = re.search(r'name: "([^"]*)"', body["flux"])[1]  # type: ignore[index]  # a fake may fail
        if asked.method == "PATCH":
            next(item for item in kept if item["id"] == parts[3]).update(body)
            return self._json(200, {})
        kept.append({"id": f"{kind}{len(kept)}", **body})
        return self._json(201, kept[-1])

    @staticmethod
    def _json(status: int, body: dict[str, Any]) -> Answer:
        return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def version2() -> Version2:
    return Version2()


@pytest.fixture
def url(version2: Version2) -> Iterator[str]:
    with HttpFake(version2) as fake:
        yield f"influxdb://127.0.0.1:{fake.port}/community/house"


@pytest.mark.parametrize("names_missing", [False, True])
def test_version_2_is_set_up_once_and_is_well_then(version2: Version2, url: str, names_missing: bool) -> None:
    version2.names_missing_buckets = names_missing
    assert ill(url, "good") == ["bucket 'house'", "bucket 'house_5m'"]
    assert len(fix(url, "good")) == 6
    assert ill(url, "good") == []
    assert [bucket["retentionRules"] for bucket in version2.kept["buckets"]] == [
        [{"type": "expire", "everySeconds": days * 86_400}] for days in (90, 1095)
    ]
    assert {mapping["database"] for mapping in version2.kept["dbrps"]} == {"house", "house_5m"}
    flux = version2.kept["tasks"][0]["flux"]
    assert 'from(bucket: "house")' in flux
    assert 'to(bucket: "house_5m", org: "community")' in flux
    assert fix(url, "good") == []


def test_version_2_mends_what_somebody_changed_and_tells_what_it_cannot(version2: Version2, url: str) -> None:
    fix(url, "good")
    version2.kept["tasks"][0]["status"] = "inactive"
    version2.kept["buckets"][0]["retentionRules"] = [{"type": "expire", "everySeconds": 3600}]
    assert ill(url, "good") == ["bucket 'house'"]
    assert len(fix(url, "good")) == 2
    assert ill(url, "good") == []
    version2.kept["buckets"][0]["retentionRules"] = []
    version2.kept["tasks"][1] |= {"lastRunStatus": "failed", "lastRunError": "out of memory"}
    version2.kept["dbrps"][0]["bucketID"] = "another"
    assert ill(url, "good") == ["InfluxQL for 'house'"]
    assert fix(url, "good") == []
    version2.kept["dbrps"][0]["bucketID"] = version2.kept["buckets"][0]["id"]
    assert [finding.text for finding in check(url, "good")][-1].endswith("failed last: out of memory")


def test_version_2_with_a_small_token_says_what_cannot_be_seen(version2: Version2, url: str) -> None:
    fix(url, "good")
    version2.all_access = False
    hidden = [finding for finding in check(url, "good") if finding.well is None]
    assert [finding.subject for finding in hidden] == ["InfluxQL for 'house'", "InfluxQL for 'house_5m'"]
    assert all("all-access token" in finding.text for finding in hidden)


def test_version_2_with_a_wrong_token_says_so(url: str) -> None:
    (_, finding) = check(url, "bad")
    assert finding.well is False
    assert "FOLDSPACE_INFLUX_TOKEN is missing or wrong" in finding.text
    assert fix(url, "bad") == []


def test_version_3_is_told_honestly() -> None:
    with HttpFake(lambda _: Answer(200, headers={"x-influxdb-version": "3.8.0"})) as fake:
        url = f"influxdb://127.0.0.1:{fake.port}/-/house"
        assert [finding.well for finding in check(url)] == [True, None]
        assert fix(url) == []


def test_what_is_no_influxdb_is_no_influxdb() -> None:
    with HttpFake(lambda _: Answer(200)) as fake:
        (finding,) = check(f"influxdb://127.0.0.1:{fake.port}/-/house")
        assert finding.well is False
        assert "does not say that it is an InfluxDB" in finding.text
