"""`foldspace evaluate`: tables, JSON, the drawing, what is left out; and one line for what cannot be."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from services.cli.main import foldspace
from tests.unit.evaluation.telling import TellingTruth

COMMUNITY = """
[[sites]]
id = "s"
name = "s"
timezone = "Asia/Shanghai"
[[spaces]]
id = "room"
site = "s"
name = "room"
capacity = 5
[[devices]]
id = "radar"
site = "s"
space = "room"
kind = "presence"
heartbeat_s = 60
[[devices]]
id = "pir"
site = "s"
space = "room"
kind = "motion"
heartbeat_s = 60
"""

NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An hour in which somebody sits for half an hour; the radar sees it, the PIR sees the arrival."""
    monkeypatch.setattr("services.evaluation.run.RoomTruth", TellingTruth)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.chdir(tmp_path)
    lines = []
    for minute in range(90):
        at = (NINE + timedelta(minutes=minute)).isoformat()
        for device, kind, payload in (
            ("radar", "presence", {"present": 10 <= minute < 40}),
            ("pir", "motion", {"motion": minute == 10}),
        ):
            lines.append(json.dumps({"at": at, "topic": f"fs/v1/s/dev/{device}/up/{kind}", "payload": payload}))
    (tmp_path / "r.ndjson").write_text("\n".join(lines))
    (tmp_path / "c.toml").write_text(COMMUNITY)
    rows = ((0, "0"), (10, "1"), (40, "0"), (89, ""))
    truth = [f"{(NINE + timedelta(minutes=minute)).isoformat()},s,room,{people}" for minute, people in rows]
    (tmp_path / "t.csv").write_text("\n".join(["at,site,space,people", *truth]))
    return tmp_path


def evaluate(*arguments: str) -> Result:
    return CliRunner().invoke(foldspace, ["evaluate", "r.ndjson", "--community", "c.toml", *arguments])


def test_the_tables_show_both_grades_the_kinds_and_the_departures(folder: Path) -> None:
    result = evaluate("--truth", "t.csv")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].split("  ")[0] == "space"
    assert [line.split()[0] for line in lines[1:5]] == ["s/room", "release", "total", "release"]
    assert any("recognised" in line for line in lines)
    kinds = lines[lines.index("Each kind of evidence by itself") + 2 :]
    assert [line.split()[:2] for line in kinds[:1]] == [["s/room", "motion"]]
    assert lines[-1] == "messages: 180 stored, 0 duplicate, 0 quarantined"


def test_chinese_columns_are_aligned_by_what_a_terminal_shows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    lines = evaluate("--truth", "t.csv").output.splitlines()
    assert "误报空闲" in lines[0]

    def places(line: str) -> int:
        return sum(2 if ord(character) > 0x2E80 else 1 for character in line)

    assert len({places(line) for line in lines[:5]}) == 1


def test_what_is_left_out_is_run_again_and_compared(folder: Path) -> None:
    figures = json.loads(
        evaluate("--truth", "t.csv", "--json", "--ablate", "presence", "--ablate", "s/pir", "--ablate", "s/pir").output
    )
    assert list(figures["ablations"]) == ["presence", "s/pir"]
    without = figures["ablations"]["presence"]
    assert without["left_out"] == 90
    assert without["messages"]["stored"] == 90
    assert without["messages"]["quarantined"] == 0
    assert set(without["spaces"]["s/room"]["kinds"]) == {"motion"}
    for key in ("held_min", "false_vacant_pct", "not_releasable_min"):
        expected = without["total"][key] - figures["total"][key]
        assert without["difference"]["total"][key] == pytest.approx(expected)
    shown = evaluate("--truth", "t.csv", "--ablate", "presence").output
    assert "Without presence (90 messages)" in shown
    assert "Difference: without presence" in shown


def test_without_truth_there_is_a_table_of_what_was_said(folder: Path) -> None:
    shown = evaluate("--ablate", "s/pir").output
    assert "said vacant min" in shown
    assert "Without s/pir (90 messages)" in shown


def test_the_curve_is_drawn_and_everything_is_the_same_the_second_time(folder: Path) -> None:
    arguments = ("--truth", "t.csv", "--ablate", "motion", "--curve", "out.svg", "--json")
    outputs = [(evaluate(*arguments).output, (folder / "out.svg").read_bytes()) for _ in range(2)]
    assert outputs[0] == outputs[1]
    root = ElementTree.fromstring(outputs[0][1].decode())
    assert "Source: r.ndjson; 30 occupied and 59 vacant minutes" in [element.text for element in root.iter()]
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ablate", "telepathy"], "expected a kind"),
        (["--ablate", "s/nobody"], "SITE/DEVICE of the community file"),
        (["--curve", "out.svg"], "expected --truth as well"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_asked_for_is_wrong_usage(arguments: list[str], said: str, folder: Path) -> None:
    result = evaluate(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert not (folder / "out.svg").exists()


def test_a_drawing_that_cannot_be_written_is_named(folder: Path) -> None:
    result = evaluate("--truth", "t.csv", "--curve", "no/such/folder/out.svg")
    assert "no/such/folder/out.svg: cannot be written" in str(result.exception)
    assert "s/room" in result.output  # the figures are not lost with it


def test_a_truth_without_rows_is_no_truth(folder: Path) -> None:
    (folder / "empty.csv").write_text("at,site,space,people\n")
    assert "empty.csv: holds no row" in str(evaluate("--truth", "empty.csv").exception)


def test_a_policy_is_compared_with_the_one_of_the_community(folder: Path) -> None:
    span = {"start": NINE.isoformat(), "end": (NINE + timedelta(minutes=85)).isoformat()}
    (folder / "b.json").write_text(
        json.dumps([{"id": "b", "site": "s", "space": "room", "group": "g", "people": 2, **span}])
    )
    asked = {"earliest": span["start"], "latest_end": span["end"], "duration_min": 30}
    wish = {"id": "w", "site": "s", "space": "room", "group": "w", "people": 2, **asked}
    (folder / "w.json").write_text(json.dumps([wish]))
    (folder / "p.toml").write_text("early_end_min = 60\n")
    told = ("--truth", "t.csv", "--bookings", "b.json", "--requests", "w.json", "--policy", "p.toml")
    figures = json.loads(evaluate(*told, "--json").output)
    current, new = figures["compare"]["current"], figures["compare"]["new"]
    assert (current["served"], new["served"], current["requests"]) == (1, 0, 1)  # they left at 40 past
    assert current["reused_min"] > new["reused_min"] == 0
    assert {"total", "spaces", "messages"} <= figures.keys()
    lines = evaluate(*told).output.splitlines()
    table = lines[lines.index("Who got the idle time") + 1 :]
    assert table[0].split() == ["figure", "current", "policy", "new", "policy", "difference"]
    assert any(line.split() == ["served", "1", "0", "-1"] for line in table)


def test_requests_for_a_space_that_is_not_there(folder: Path) -> None:
    span = {"earliest": NINE.isoformat(), "latest_end": (NINE + timedelta(minutes=10)).isoformat()}
    wish = {"id": "w", "site": "s", "group": "w", "people": 2, "duration_min": 30, **span}
    (folder / "w.json").write_text(json.dumps([wish]))
    fault = str(evaluate("--requests", "w.json").exception)
    assert fault == "w.json: 0.latest_end: leaves less than duration_min after earliest"
    (folder / "w.json").write_text(json.dumps([{**wish, "duration_min": 5, "space": "attic"}]))
    fault = str(evaluate("--requests", "w.json").exception)
    assert fault == "w.json: request w: s/attic is not a space of c.toml"
