"""InfluxData's own corpus of line protocol: our lines to the letter, and every valid line through a real InfluxDB."""

import gzip
import json
import os
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from services.timeseries import lineprotocol
from services.timeseries.influx_answers import identifier
from services.timeseries.lineprotocol import Scalar
from tests.servers import InfluxBehindNginx

FOLDER = Path(os.environ.get("FOLDSPACE_RECORDINGS", Path(__file__).parents[3] / "shared" / "data" / "recordings"))
FILE = FOLDER.parent / "line_protocol_corpus.json.gz"

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not FILE.exists(), reason="the corpus is not at hand; it lies beside the recordings"),
]

Tags = tuple[tuple[str, str], ...]
Series = tuple[str, Tags]
Case = dict[str, Any]

# What version 1.6 does not take, though later versions do: unsigned integers, a tag called time, lines ending in CR LF.
_NOT_IN_1_6 = ("invalid number", "invalid tag key", "invalid boolean", "missing fields")
_PRECISIONS = {"1ns": "ns", "1µs": "us", "1ms": "ms", "1s": "s"}


@pytest.fixture(scope="module")
def corpus() -> dict[str, list[Case]]:
    groups: dict[str, dict[str, Case]] = json.loads(gzip.decompress(FILE.read_bytes()))
    return {name: list(cases.values()) for name, cases in groups.items()}


@pytest.fixture(scope="module")
def valid(corpus: dict[str, list[Case]]) -> list[Case]:
    return [case for case in corpus["decode"] if "error" not in case["output"]]


def test_every_point_of_the_corpus_is_encoded_to_the_letter(corpus: dict[str, list[Case]]) -> None:
    wanted: list[object] = []
    got: list[object] = []
    for case in corpus["encode"]:
        wanted.append(case["output"].get("result", "an error"))
        try:
            got.append(encoded(case["input"]["point"]))
        except ValueError:
            got.append("an error")
    assert len(got) == 115
    assert got == wanted


def test_every_valid_line_is_read_back_equal(influx: InfluxBehindNginx, valid: list[Case]) -> None:
    assert len(valid) == 396
    refused = written_and_read_back(influx, valid, "raw", lambda case: case["input"]["text"], with_default_time=False)
    assert all(any(known in reason for known in _NOT_IN_1_6) for reason in refused), refused
    assert len(valid) - len(refused) == 374


def test_every_valid_line_encoded_by_us_is_read_back_equal(influx: InfluxBehindNginx, valid: list[Case]) -> None:
    def ours(case: Case) -> str:
        return "\n".join(encoded(point) for point in case["output"]["result"])

    points = [case for case in valid if case["output"]["result"] and not unsigned(case)]
    nanoseconds = [{**case, "input": {**case["input"], "precision": "1ns"}} for case in points]
    refused = written_and_read_back(influx, nanoseconds, "ours", ours, with_default_time=True)
    assert all("invalid tag key" in reason for reason in refused), refused
    assert len(nanoseconds) - len(refused) > 350


def written_and_read_back(
    influx: InfluxBehindNginx, cases: list[Case], name: str, text: Callable[[Case], str], *, with_default_time: bool
) -> list[str]:
    """Write the text of every case, read everything back, compare; return why cases were refused."""
    refused: list[str] = []
    for number, packed in enumerate(pack(cases)):
        database = f"{name} {number}"
        influx.query(f'CREATE DATABASE "{database}"')
        expected: dict[Series, list[tuple[int | None, dict[str, Scalar]]]] = {}
        for case in packed:
            reason = write(influx, database, text(case), case["input"]["precision"])
            if reason is None:
                expected |= outcome(case, with_default_time)
            else:
                refused.append(reason)
        found = read(influx, database)
        assert found.keys() == expected.keys()
        for series, points in expected.items():
            assert [fields for _, fields in found[series]] == [fields for _, fields in points], series
            for (at, _), (wanted, _) in zip(found[series], points, strict=True):
                assert wanted in {at, None}, series
    return refused


def pack(cases: list[Case]) -> list[list[Case]]:
    """Spread cases over few databases, so that they share no series and no name with two types or as tag and field."""
    packs: list[tuple[list[Case], set[Series], dict[tuple[str, str], str]]] = []
    for case in cases:
        series = {series_of(point) for point in case["output"]["result"]}
        types = {
            (point["name"], field["key"]): next(iter(field["value"]))
            for point in case["output"]["result"]
            for field in point["fields"]
        }
        types |= {(point["name"], tag["key"]): "tag" for point in case["output"]["result"] for tag in point["tags"]}
        for packed, taken, known in packs:
            if not series & taken and all(known.get(key, kind) == kind for key, kind in types.items()):
                packed.append(case)
                taken |= series
                known |= types
                break
        else:
            packs.append(([case], set(series), dict(types)))
    return [packed for packed, _, _ in packs]


def outcome(case: Case, with_default_time: bool) -> dict[Series, list[tuple[int | None, dict[str, Scalar]]]]:
    """Return the points by series and time; a time that the server chose is None."""
    chosen = case["input"]["defaultTime"]
    merged: dict[Series, dict[int, dict[str, Scalar]]] = defaultdict(lambda: defaultdict(dict))
    for point in case["output"]["result"]:
        merged[series_of(point)][point["time"]] |= {field["key"]: scalar(field["value"]) for field in point["fields"]}
    coarse = case["input"]["precision"] != "1ns" and case["input"]["text"].endswith("value=1.0")
    return {
        series: [
            (None if not with_default_time and (at == chosen or coarse) else at, fields)
            for at, fields in sorted(points.items())
        ]
        for series, points in merged.items()
    }


def read(influx: InfluxBehindNginx, database: str) -> dict[Series, list[tuple[int, dict[str, Scalar]]]]:
    found: dict[Series, list[tuple[int, dict[str, Scalar]]]] = {}
    measurements: Any = influx.query("SHOW MEASUREMENTS", database)
    names = [name for table in measurements["results"][0].get("series", []) for (name,) in table["values"]]
    if not names:
        return found
    # One by one: in a query over several measurements a name has one type, and values of another are left out.
    answer: Any = influx.query(";".join(f"SELECT * FROM {identifier(name)} GROUP BY *" for name in names), database)
    for table in (table for result in answer["results"] for table in result.get("series", [])):
        tags = tuple(sorted((key, value) for key, value in table.get("tags", {}).items() if value != ""))
        found[table["name"], tags] = [
            (row[0], {key: v for key, v in zip(table["columns"][1:], row[1:], strict=True) if v is not None})
            for row in table["values"]
        ]
    return found


def write(influx: InfluxBehindNginx, database: str, text: str, precision: str) -> str | None:
    """Write by the path of version 2; return why the server refused."""
    query = urlencode({"org": "o", "bucket": database, "precision": _PRECISIONS[precision]}, quote_via=quote)
    url = influx.url("").replace("influxdb://", "http://").removesuffix("/community/")
    try:
        urllib.request.urlopen(f"{url}/api/v2/write?{query}", text.encode(), timeout=10).close()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    return None


def encoded(point: Case) -> str:
    return lineprotocol.encode(
        point["name"],
        [(tag["key"], tag["value"]) for tag in point["tags"]],
        [(field["key"], scalar(field["value"])) for field in point["fields"]],
        point["time"],
    )


def scalar(value: dict[str, Any]) -> Scalar:
    ((kind, content),) = value.items()
    number: Scalar = float(content) if kind == "float" else content
    return number


def series_of(point: Case) -> Series:
    return point["name"], tuple(sorted((tag["key"], tag["value"]) for tag in point["tags"]))


def unsigned(case: Case) -> bool:
    return any("uint" in field["value"] for point in case["output"]["result"] for field in point["fields"])
