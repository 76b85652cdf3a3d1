"""`foldspace plan`: the contract's JSON, a table for people, one line for bad input, the best so far on a signal."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.cli.main import foldspace
from services.contracts.errors import FoldspaceError
from services.kit import logs
from tests.planning import clock, faults, problem, request, space

RAW = problem([space("a"), space("b", 30)], [request("r1", 20), request("r2", 30), request("r3", 31)])
INSTANCES = Path(os.environ.get("FOLDSPACE_INSTANCES", Path(__file__).parents[4] / "shared" / "data" / "planner"))


def run(*args: str) -> Result:
    return CliRunner().invoke(foldspace, ["plan", *args], env={"LC_ALL": "C"})


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    logs.configure("WARNING")
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("packed", [False, True])
def test_json_is_the_contracts(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / "i.json"
    text = json.dumps(RAW).encode()
    file.write_bytes(gzip.compress(text) if packed else text)
    result = run(str(file), "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert list(told) == ["value", "bound", "gap", "seconds", "assigned", "unserved"]
    assert faults(RAW, told) == []
    assert (told["value"], told["bound"], told["gap"]) == (3000, 3000, 0)


def test_a_repair_tells_what_moved_and_a_table_shows_it(tmp_path: Path) -> None:
    standing = [{"request": "r1", "space": "gone", "start": clock(540)}]
    raw = RAW | {"spaces": [*RAW["spaces"], space("gone", open_at=())], "current": standing}
    file = tmp_path / "i.json"
    file.write_text(json.dumps(raw))
    assert [each["request"] for each in json.loads(run(str(file), "--json").stdout)["moved"]] == ["r1"]
    table = run(str(file)).stdout
    assert "moved from" in table
    assert "2 of 3 requests served, worth 2400 of at most 2400 (gap 0.0000%)" in table
    assert "no space for 31: the largest holds 30" in table


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'{"spaces": [], "requests": [], "grid_min": NaN}', "holds NaN, expected JSON numbers alone"),
        (b"[" * 100_000, "is no instance that can be read"),
        (b"\x1f\x8b", "cannot be read"),
        (b"[]", "instance: is [], expected an object"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "i.json"
    file.write_bytes(content)
    result = run(str(file), "--json")
    assert result.exit_code != 0
    assert isinstance(result.exception, FoldspaceError)
    assert told in str(result.exception)
    assert str(file) in str(result.exception)
    assert result.stdout == ""


def test_a_signal_ends_it_with_the_best_so_far(tmp_path: Path) -> None:
    wishes = [request(f"r{n}", 5 + n % 31, (45, 60, 90)[n % 3], window=(540, 1260)) for n in range(400)]
    rooms = [space(f"s{n}", 36, open_at=((540, 1260),)) for n in range(12)]
    raw = problem(rooms, wishes)
    file = tmp_path / "i.json"
    file.write_text(json.dumps(raw))
    program = "import sys; from services.cli.main import main; sys.argv = ['foldspace', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", program, "plan", str(file), "--seconds", "600", "--json"]
    environment = os.environ | {"FOLDSPACE_LOG": "DEBUG", "FOLDSPACE_LOG_FORMAT": "json"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stderr is not None
        assert b"priced" in process.stderr.readline()  # prices are there, the search is on
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    told = json.loads(output)
    assert len(told["assigned"]) + len(told["unserved"]) == len(wishes)
    assert 0 < told["value"] <= told["bound"]


@pytest.mark.recordings
@pytest.mark.skipif(
    not INSTANCES.is_dir(), reason="the instances are not at hand; FOLDSPACE_INSTANCES names their folder"
)
@pytest.mark.parametrize("name", ["edge", "empty", "tiny-1", "tiny-2", "day-12x80-1"])
def test_an_independent_judge_finds_nothing(tmp_path: Path, name: str) -> None:
    file, output = INSTANCES / f"{name}.json.gz", tmp_path / "plan.json"
    output.write_text(run(str(file), "--seconds", "60", "--json").stdout)
    judge = [sys.executable, str(INSTANCES / "verify.py"), str(file), str(output), "--max-gap", "0", "--json"]
    verdict = subprocess.run(judge, capture_output=True, text=True, check=False)
    report = json.loads(verdict.stdout)
    assert (report["violations"], report["notes"]) == ([], [])


def test_the_trade_for_fairness_is_shown(tmp_path: Path) -> None:
    wishes = [request("big", 30, 180, group="one"), *(request(f"s{n}", 29, 60, group="two") for n in range(3))]
    file = tmp_path / "i.json"
    file.write_text(json.dumps(problem([space("a", 30)], wishes)))
    told = json.loads(run(str(file), "--fair", "5", "--json").stdout)
    assert told["fairness"]["value_before"] == told["bound"] == 5400
    assert told["value"] >= 0.95 * 5400
    assert told["fairness"]["after"]["measure"] >= told["fairness"]["before"]["measure"]
    assert "groups with nothing" in run(str(file), "--fair", "5").stdout


def test_planned_again_nobody_moves(tmp_path: Path) -> None:
    file = tmp_path / "i.json"
    file.write_text(json.dumps(RAW))
    before = json.loads(run(str(file), "--json").stdout)
    file.write_text(json.dumps(RAW | {"current": before["assigned"]}))
    again = json.loads(run(str(file), "--json").stdout)
    assert (again["moved"], again["value"]) == ([], before["value"])
