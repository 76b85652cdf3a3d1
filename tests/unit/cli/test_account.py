"""The account says which gaps are lost and why, and asks no database that is not there."""

from pathlib import Path

import pytest

from services.cli.operations import print_account
from services.journal.ledger import Ledger
from services.journal.lives import DeviceLife
from services.journal.ranges import Ranges
from services.journal.records import BootSequence, Checkpoint, SequenceKey
from services.kit.clock import ManualClock
from services.kit.database import open_engine, upgrade
from services.kit.settings import Settings
from services.twins.records import GONE, GapRepair
from services.twins.store import TwinStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose books know a device with two gaps."""
    sequence = BootSequence(Ranges([(0, 2), (6, 7), (9, 9)]), 5)
    with Ledger.open(tmp_path / "journal.sqlite") as ledger:
        ledger.checkpoint(Checkpoint(0, {SequenceKey("s", "radar", "b"): sequence}, {("s", "radar"): DeviceLife(5)}))
    return tmp_path


def lost(first: int, last: int, reason: str) -> GapRepair:
    return GapRepair("s", "radar", "b", first, last, last - first + 1, "unrepairable", 5, reason=reason)


def test_what_cannot_be_recovered_is_named_with_its_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_engine(Settings(data=str(folder)).database)
    upgrade(engine)
    TwinStore(engine, ManualClock()).keep((), [lost(3, 5, GONE), lost(8, 8, "no\x1b[2J")])
    print_account(Settings(), str(folder), as_json=False)
    out = capsys.readouterr().out
    assert "never seen 3–5, 8–8" in out
    assert "3–5 cannot be recovered: the device no longer holds these readings" in out
    assert "8–8 cannot be recovered: no\\x1b[2J" in out


def test_books_without_a_database_make_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_account(Settings(), str(folder), as_json=False)
    assert "never seen 3–5, 8–8" in capsys.readouterr().out
    assert not (folder / "foldspace.sqlite").exists()


def test_a_database_that_cannot_be_read_does_not_hide_the_account(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "foldspace.sqlite").write_bytes(b"")
    print_account(Settings(), str(folder), as_json=False)
    said = capsys.readouterr()
    assert "never seen 3–5, 8–8" in said.out
    assert "unknown: database: does not answer" in said.err
