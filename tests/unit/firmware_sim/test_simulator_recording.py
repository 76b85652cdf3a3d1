"""A recording on disk: whole or not there, the same bytes every time, and what the other commands read."""

import gzip
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_sim.recorder import VirtualSimulation
from firmware_sim.recording import write_recording
from firmware_sim.scenario import Scenario, load_scenario
from services.cli.main import foldspace
from services.contracts.community import load_community
from services.contracts.errors import FileError
from services.contracts.files import read_recording, read_truth

DAY = date(2026, 6, 1)


@pytest.fixture
def evening(small: Callable[..., Scenario]) -> Scenario:
    """An evening of the small community: five hours, with a delay in it."""
    fault = {"device": "a-presence", "at": "19:10", "what": "delays", "value": 5}
    return small(scenario={"seed": 7, "site": "s", "start": "19:00"}, faults=[fault])


@pytest.mark.parametrize("name", ["r.ndjson", "r.ndjson.gz"])
def test_the_files_hold_what_was_simulated_and_read_back(evening: Scenario, tmp_path: Path, name: str) -> None:
    recorded = write_recording(evening, DAY, 1, tmp_path / name, tmp_path / "truth.csv")
    simulation = VirtualSimulation(evening, DAY)
    messages = simulation.advance(evening.instant(DAY, "24:00"))
    assert list(read_recording(tmp_path / name)) == messages
    assert recorded.messages == len(messages)
    truth = read_truth(tmp_path / "truth.csv")
    assert truth[: len(simulation.truth)] == simulation.truth
    last = {row.space: (row.at, row.people) for row in truth}
    assert last == {space: (recorded.end, simulation.people(space)) for space in simulation.spaces}
    assert recorded.end == evening.instant(DAY, "24:00")
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, "truth.csv"]


def test_the_same_days_are_the_same_bytes(evening: Scenario, tmp_path: Path) -> None:
    made = []
    for name in ("first.ndjson.gz", "second.ndjson.gz"):
        write_recording(evening, DAY, 1, tmp_path / name)
        made.append((tmp_path / name).read_bytes())
    write_recording(evening, date(2026, 6, 2), 1, tmp_path / "other.ndjson.gz")
    assert made[0] == made[1] != (tmp_path / "other.ndjson.gz").read_bytes()


def test_arrival_is_in_order_while_device_time_need_not_be(evening: Scenario, tmp_path: Path) -> None:
    write_recording(evening, DAY, 1, tmp_path / "r.ndjson")
    messages = list(read_recording(tmp_path / "r.ndjson"))
    assert all(message.at <= later.at for message, later in pairwise(messages))
    assert any(b'"ts":%d' % message.at not in message.payload for message in messages if b'"ts"' in message.payload)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(evening: Scenario, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"nowhere/r\.ndjson: cannot be written: No such file"):
        write_recording(evening, DAY, 1, tmp_path / "nowhere" / "r.ndjson")
    with pytest.raises(FileError, match=r"nowhere/t\.csv: cannot be written"):
        write_recording(evening, DAY, 1, tmp_path / "r.ndjson", tmp_path / "nowhere" / "t.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_recording_truth_and_community(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("r.ndjson.gz", "t.csv", "c.toml")]
    options = [f"--{option}={path}" for option, path in zip(("record", "truth", "community"), files, strict=True)]
    result = CliRunner().invoke(
        foldspace, ["simulate", "house", *options, "--days", "1", "--from", "2026-06-01"], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "1 day from 2026-06-01" in result.output
    assert load_community(files[2]) == load_scenario("house").community
    assert {row.space for row in read_truth(files[1])} == {"reading", "studio", "office", "gym", "tea"}
    with gzip.open(files[0], "rt") as lines:
        assert next(lines).startswith('{"at":"2026-06-01T00:00:05.000+08:00","topic":"fs/v1/house/dev/')


@pytest.mark.parametrize(
    "options",
    [
        ["--record", "r.ndjson", "--mqtt", "mqtt://localhost"],
        ["--record", "r.ndjson", "--speed", "1"],
        ["--record", "r.ndjson", "--days", "0"],
        ["--record", "r.ndjson", "--from", "yesterday"],
        ["--truth", "t.csv"],
        ["--days", "3"],
    ],
    ids=" ".join,
)
def test_wrong_usage_of_the_recorder_is_2(options: list[str]) -> None:
    result = CliRunner().invoke(foldspace, ["simulate", "house", *options])
    assert result.exit_code == 2
    assert len([line for line in result.output.splitlines() if line.startswith("Error:")]) == 1
