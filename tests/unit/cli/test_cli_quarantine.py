"""`foldspace quarantine`: listed, counted, replayed by number, kind or all, and exported whole."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.cli.main import foldspace
from services.journal.books import Books
from services.journal.journal import Journal
from services.journal.ledger import Ledger
from services.journal.records import Arrival, QuarantineRow, Settlement

KINDS = ["payload", "topic", "payload"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with messages 1 to 3 in quarantine."""
    path = tmp_path / "journal.sqlite"
    with Journal.open(path, owner=True) as journal, Ledger.open(path) as ledger:
        last = journal.append([Arrival(1, "a/\x1b[2J", bytes([number])) for number in range(3)])
        rows = [
            QuarantineRow(number, 1, "a/\x1b[2J", bytes([number - 1]), kind, f"bad {kind}")
            for number, kind in enumerate(KINDS, start=1)
        ]
        ledger.settle(Settlement(last, quarantined=rows))
    return tmp_path


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(foldspace, ["quarantine", *arguments, "--data", str(folder)])
    assert result.exit_code == code, result.output
    return result.output


def test_list_and_summary_count_by_kind_and_steer_no_terminal(folder: Path) -> None:
    assert [line.split()[0] for line in run(folder, "list").splitlines()] == ["3", "2", "1"]
    assert [line.split()[0] for line in run(folder, "list", "--kind", "topic").splitlines()] == ["2"]
    assert "\x1b" not in run(folder, "list")
    summary = run(folder, "summary").splitlines()
    assert [line.split()[:2] for line in summary] == [["2", "payload"], ["1", "topic"], ["3", "in"]]


@pytest.mark.parametrize(
    ("which", "left"), [(["3"], [2, 1]), (["--kind", "payload"], [2]), (["--all"], []), (["2", "1", "2"], [3])]
)
def test_replay_by_number_kind_or_all(folder: Path, which: list[str], left: list[int]) -> None:
    run(folder, "replay", *which)
    assert [row.id for row in Books(folder / "journal.sqlite").quarantine()] == left
    account = Books(folder / "journal.sqlite").account()
    assert (account.received, account.quarantined, account.pending) == (3, len(left), 3 - len(left))


def test_a_replay_that_cannot_names_the_message_and_does_the_others(folder: Path) -> None:
    said = run(folder, "replay", "9", "1", code=1)
    assert "quarantine 9: there is no such message" in said
    assert "1 pending again, 1 not" in said


@pytest.mark.parametrize("which", [[], ["1", "--all"], ["--all", "--kind", "topic"]])
def test_replay_wants_to_be_told_one_thing(folder: Path, which: list[str]) -> None:
    run(folder, "replay", *which, code=2)


def test_export_to_a_file_holds_every_byte(folder: Path) -> None:
    out = folder / "out.ndjson"
    assert "3 messages" in run(folder, "export", "-o", str(out))
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(one["id"], base64.b64decode(one["payload_base64"])) for one in lines] == [
        (3, b"\x02"), (2, b"\x01"), (1, b"\x00"),
    ]  # fmt: skip
    assert {one["topic"] for one in lines} == {"a/\x1b[2J"}
