"""A quarantined message is shown whole enough to judge it, and cannot steer the terminal it is shown on."""

from pathlib import Path

import pytest

from services.cli.quarantine import show_quarantined
from services.journal.journal import Journal
from services.journal.ledger import Ledger
from services.journal.records import Arrival, QuarantineRow, Settlement
from services.kit.settings import Settings


def shown(folder: Path, raw: bytes, capsys: pytest.CaptureFixture[str]) -> str:
    path, topic = folder / "journal.sqlite", "fs/\x1b]0;x"
    with Journal.open(path, owner=True) as journal, Ledger.open(path) as ledger:
        id_ = journal.append([Arrival(1, topic, raw)])
        ledger.settle(Settlement(id_, quarantined=[QuarantineRow(id_, 1, topic, raw, "payload", "got '\x9b2J'")]))
    show_quarantined(Settings(), str(folder), id_)
    return capsys.readouterr().out


def test_control_characters_are_escaped_and_chinese_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(tmp_path, "\x1b[2J\r\n会客厅\u202e".encode(), capsys)
    assert all(c.isprintable() for line in out.split("\n") for c in line)
    assert "text    \\x1b[2J\\r\\n会客厅\\u202e\n" in out
    assert "topic   fs/\\x1b]0;x\n" in out


@pytest.mark.parametrize(("size", "note"), [(256, ""), (300, " … and 44 bytes more")])
def test_hex_is_cut_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str], size: int, note: str) -> None:
    out = shown(tmp_path, b"a" * size, capsys)
    assert f"hex     {' '.join(['61'] * 256)}{note}\n" in out
