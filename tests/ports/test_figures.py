"""Figures for drawing, in memory and on a real InfluxDB; and every query of every Grafana board, run for real."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.contracts.names import SECOND, Millis
from services.timeseries.memory import MemoryFigures
from services.timeseries.open import open_figures, open_timeseries
from services.timeseries.ports import FigurePoint, FigureSink, ReadingPoint, StatePoint
from tests.figures import SITE, figures
from tests.servers import InfluxBehindNginx

ROOT = Path(__file__).parents[2]
BOARDS = sorted((ROOT / "dashboards" / "grafana" / "boards").glob("*.json"))
_HEALTH = {"battery_pct": 40.0, "rssi_dbm": -70.0}


@pytest.fixture(params=["memory", "influxdb"])
def sink(request: pytest.FixtureRequest) -> Iterator[FigureSink]:
    """Each place for figures, new and empty."""
    if request.param == "memory":
        yield MemoryFigures()
        return
    server: InfluxBehindNginx = request.getfixturevalue("influx")
    server.query('DROP DATABASE "figures"')
    server.query('CREATE DATABASE "figures"')
    opened = open_figures(server.url("figures"))
    assert opened is not None
    yield opened
    opened.close()


def test_the_newest_is_known_and_repeats_change_nothing(sink: FigureSink) -> None:
    assert sink.newest("decisions") is None
    sink.note([])
    points = [FigurePoint("decisions", {"site": SITE}, {"n": 1, "id": f"d{n}"}, n * 1_000_000) for n in (3, 5, 4)]
    sink.note(points)
    sink.note(points[:1])
    assert sink.newest("decisions") == 5
    assert sink.newest("account") is None


def test_sqlite_has_no_place_for_figures(tmp_path: Path) -> None:
    assert open_figures(f"sqlite:///{tmp_path / 'ts.sqlite'}") is None


@pytest.fixture(scope="module")
def filled(influx: InfluxBehindNginx) -> InfluxBehindNginx:
    """An InfluxDB with an hour of everything in it, as the parts write it."""
    influx.query('CREATE DATABASE "boards"')
    now: Millis = int(time.time()) * SECOND - 10 * SECOND
    series, sink = open_timeseries(influx.url("boards")), open_figures(influx.url("boards"))
    assert sink is not None
    kinds: dict[str, dict[str, Any]] = {
        "health": _HEALTH, "climate": {"co2_ppm": 700.0}, "charging": {"power_w": 12.0, "port": 1, "state": "charging"},
    }  # fmt: skip
    readings = [
        ReadingPoint(SITE, "hall", f"d-{kind}", kind, now - age * SECOND, now - age * SECOND, now - age * SECOND + 250,
                     "b1", 1000 - age, 1000 - age, dict(fields))
        for kind, fields in kinds.items()
        for age in (5, 600)
    ]  # fmt: skip
    states = [StatePoint(SITE, "hall", now - age * SECOND, "occupied", 3, 0.9, False) for age in (5, 600)]
    assert series.write(readings, states) == []
    sink.note(figures(now))
    for opened in (series, sink):
        opened.close()
    return influx


def _filled_in(query: str) -> str:
    """Return a query as Grafana sends it, with everything chosen."""
    return (
        query.replace("$timeFilter", "time > now() - 1h").replace("$__interval", "1m")
        .replace("/^$site$/", "/^.*$/").replace("/^$space$/", "/^.*$/")
    )  # fmt: skip


def _answer(server: InfluxBehindNginx, query: str) -> list[dict[str, Any]]:
    answer: Any = server.query(_filled_in(query), "boards")
    [result] = answer["results"]
    assert "error" not in result, f"{query}: {result}"
    return list(result.get("series", ()))


def _queries() -> list[tuple[str, str]]:
    found = []
    for board in BOARDS:
        panels = json.loads(board.read_text(encoding="utf-8"))["panels"]
        found += [(f"{board.stem}: {p['title']}", target["query"]) for p in panels for target in p["targets"]]
    return found


@pytest.mark.parametrize(("panel", "query"), _queries(), ids=lambda value: re.sub(r"\W+", "-", value)[:40])
def test_every_panel_has_something_to_draw(filled: InfluxBehindNginx, panel: str, query: str) -> None:
    drawn = _answer(filled, query)
    values = [row[1:] for series in drawn for row in series["values"]]
    assert any(value is not None for row in values for value in row), f"{panel}: {query}"


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_every_choice_of_a_board_can_be_made(filled: InfluxBehindNginx, board: Path) -> None:
    for variable in json.loads(board.read_text(encoding="utf-8"))["templating"]["list"]:
        drawn = _answer(filled, variable["query"])
        assert [value for series in drawn for _, value in series["values"]] in ([SITE], ["hall"]), variable["query"]


def test_the_books_that_are_drawn_balance(filled: InfluxBehindNginx) -> None:
    board = json.loads((ROOT / "dashboards/grafana/boards/accounting.json").read_text(encoding="utf-8"))
    [panel] = [one for one in board["panels"] if "balance" in one["title"]]
    drawn = _answer(filled, panel["targets"][0]["query"])
    assert {row[1] for series in drawn for row in series["values"]} == {0}
