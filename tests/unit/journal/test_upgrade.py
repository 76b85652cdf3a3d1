"""A journal of version 1, a single file, becomes two and loses nothing on the way."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.contracts.errors import ConflictError, StartError
from services.journal import upgrade as upgrade_module
from services.journal.books import Books
from services.journal.journal import Journal, JournalReader
from services.journal.ledger import Ledger
from services.journal.lives import DeviceLife
from services.journal.records import QuarantineRow, SequenceKey
from services.journal.schema import books_path

VERSION_1 = """
CREATE TABLE messages(
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
  live INTEGER NOT NULL);
CREATE TABLE books(name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO books VALUES ('received', 0), ('stored', 0), ('duplicate', 0), ('quarantined', 0), ('cursor', 0);
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, topic TEXT NOT NULL, raw BLOB NOT NULL, kind TEXT NOT NULL,
  reason TEXT NOT NULL, replayed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE sequences(
  site TEXT, device TEXT, boot TEXT, seen TEXT NOT NULL, last_seen INTEGER NOT NULL,
  PRIMARY KEY(site, device, boot)) WITHOUT ROWID;
CREATE TABLE devices(
  site TEXT, device TEXT, last_seen INTEGER NOT NULL, online INTEGER, boot TEXT, fw TEXT, battery_pct REAL,
  rssi_dbm REAL, status BLOB, PRIMARY KEY(site, device)) WITHOUT ROWID;
CREATE TABLE snapshots(name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE backlog(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX backlog_readings ON backlog(id) WHERE kind = 'reading';
"""
"""The tables of version 1, as that version wrote them."""

POINT = {"site": "s", "space": "hall", "device": "d", "kind": "motion", "at": 5, "fields": {"motion": True}}


@pytest.fixture
def old(path: Path) -> Path:
    """A journal of version 1 in the middle of its work: 10 received, 2 of 3 quarantined still there, 3 pending."""
    path.parent.mkdir()
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript(VERSION_1)
    messages = [(n, 1000 + n, f"t/{n}", bytes([n]), n % 2) for n in range(3, 11)]  # 1 and 2 are pruned
    messages.append((11, 1004, "t/4", b"\x04", 0))  # the replay of 4
    db.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", messages)
    counts = {"received": 10, "stored": 4, "duplicate": 1, "quarantined": 2, "cursor": 9}
    db.executemany("UPDATE books SET n = ? WHERE name = ?", [(n, name) for name, n in counts.items()])
    quarantine = [(n, 1000 + n, f"t/{n}", bytes([n]), "payload", "r", n == 4) for n in (4, 6, 8)]
    db.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?)", quarantine)
    db.execute("INSERT INTO sequences VALUES ('s', 'd', 'b1', '[[0, 3], [6, 7]]', 1009)")
    db.execute("INSERT INTO devices VALUES ('s', 'd', 1009, 1, 'b1', '1.2', 80.0, -60.0, ?)", (b"\xff{}",))
    db.execute("INSERT INTO devices VALUES ('s', 'mute', 5, NULL, NULL, NULL, NULL, NULL, NULL)")
    db.execute("INSERT INTO snapshots VALUES ('s/hall', '{\"a\": 1}')")
    db.execute("INSERT INTO outbox VALUES (7, 'fs/v1/s/events/button', x'78')")
    db.execute("INSERT INTO backlog VALUES (3, 'reading', ?)", (json.dumps(POINT),))
    db.execute("INSERT INTO backlog VALUES (4, 'state', '{\"space\": \"hall\"}')")
    db.execute("PRAGMA user_version=1")
    db.commit()
    db.close()
    return path


def check(path: Path, numbers: Any) -> None:
    """Every number, device, snapshot, row of backlog and replay of `old` is there."""
    with Ledger.open(path) as ledger, Journal.open(path, owner=True) as journal:
        assert numbers(path) == (10, 4, 1, 2, 3)  # messages 10 and 11, and one in the backlog
        assert (ledger.cursor, ledger.checkpoint_cursor) == (9, 9)
        assert ledger.sequences()[SequenceKey("s", "d", "b1")].seen.spans == [(0, 3), (6, 7)]
        assert ledger.devices() == {
            ("s", "d"): DeviceLife(1009, True, "b1", "1.2", 80.0, -60.0, "\xff{}"),
            ("s", "mute"): DeviceLife(5),
        }
        assert ledger.snapshots() == {"s/hall": '{"a": 1}'}
        assert [tuple(row) for row in ledger.outbox()] == [(7, "fs/v1/s/events/button", b"x")]
        backlog = ledger.backlog(9)
        assert [(row.kind, json.loads(row.body)) for row in backlog] == [
            ("reading", [POINT]),
            ("state", {"space": "hall"}),
        ]
        books = Books(path)
        assert books.quarantine() == [QuarantineRow(n, 1000 + n, f"t/{n}", bytes([n]), "payload", "r") for n in (8, 6)]
        with pytest.raises(ConflictError):
            journal.replay(QuarantineRow(4, 1004, "t/4", b"\x04", "payload", "r"))
        reader = JournalReader(path)
        assert [(e.id, e.at, e.payload, e.live) for e in reader.after(9, 9)] == [
            (10, 1010, b"\x0a", False),
            (11, 1004, b"\x04", False),
        ]
        reader.close()
        ledger.caught_up(backlog)
        assert numbers(path) == (10, 5, 1, 2, 2)
        assert journal.append([]) == 11


def test_the_gateway_upgrades_as_it_starts(old: Path, numbers: Any) -> None:
    check(old, numbers)
    check_again = Books(old).account()
    assert (check_again.received, check_again.pending) == (10, 2)


def test_before_the_upgrade_readers_say_what_to_do(old: Path) -> None:
    with pytest.raises(StartError, match="is of version 1, expected 2; the gateway upgrades it as it starts"):
        Books(old).account()


@pytest.mark.parametrize("first", [lambda path: Journal.open(path, owner=False), Ledger.open])
def test_whoever_opens_it_first_upgrades_it(old: Path, numbers: Any, first: Callable[[Path], Any]) -> None:
    first(old).close()
    check(old, numbers)


def test_the_books_a_starting_drain_has_open_are_not_made_anew_below_it(old: Path, numbers: Any) -> None:
    with Ledger.open(old) as ledger:
        with Journal.open(old, owner=True) as journal:
            journal.append([])
        ledger.caught_up(ledger.backlog(9))
        assert numbers(old) == (10, 5, 1, 2, 2)


def test_interrupted_between_the_two_files_it_begins_again(
    old: Path, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(upgrade_module, "MESSAGES", None)  # what is read first for the second file
        with pytest.raises(AttributeError):
            Journal.open(old, owner=True)
    assert books_path(old).exists()
    with sqlite3.connect(old) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    db.close()
    check(old, numbers)


def test_interrupted_while_the_books_are_written_it_begins_again(old: Path, numbers: Any) -> None:
    books_path(old).write_bytes(b"half a page")
    books_path(old).with_name(books_path(old).name + "-wal").write_bytes(b"half a frame")
    check(old, numbers)
