"""The journal and its books: what is written is counted, settled as a whole, and readable by others."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts.errors import ConflictError, NotFoundError, StartError
from services.journal.books import Books
from services.journal.journal import Journal
from services.journal.ranges import Ranges
from services.journal.records import (
    Account,
    Arrival,
    BootSequence,
    DeviceLife,
    JournalError,
    QuarantineRow,
    SequenceKey,
    Settlement,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal.open(path, owner=True) as opened:
        yield opened


def arrivals(count: int, start: int = 0) -> list[Arrival]:
    return [Arrival(1000 + n, f"fs/v1/s/dev/d/up/{n}", bytes([n % 256])) for n in range(start, start + count)]


def numbers(path: Path) -> tuple[int, int, int, int, int]:
    account = Books(path).account()
    return account.received, account.stored, account.duplicate, account.quarantined, account.pending


def test_before_the_first_message_everything_is_empty(path: Path) -> None:
    books = Books(path)
    assert books.account() == Account()
    assert books.quarantine() == []
    with pytest.raises(NotFoundError):
        books.quarantined(1)
    assert not path.exists()


def test_what_is_appended_is_pending_and_comes_back_in_order(journal: Journal, path: Path) -> None:
    entries = journal.append(arrivals(3)) + journal.append(arrivals(2, 3))
    assert [entry.id for entry in entries] == [1, 2, 3, 4, 5]
    assert journal.pending(10) == entries
    assert journal.pending(2) == entries[:2]
    assert numbers(path) == (5, 0, 0, 0, 5)
    assert journal.unsettled() == 5


def test_an_empty_append_changes_nothing(journal: Journal, path: Path) -> None:
    journal.append(arrivals(1))
    assert journal.append([]) == []
    assert numbers(path)[0] == 1


def test_a_settlement_counts_and_is_found_again(journal: Journal, path: Path) -> None:
    entries = journal.append(arrivals(4))
    key = SequenceKey("s", "d", "b1")
    life = DeviceLife(1003, True, "b1", "1.2", 80.0, -60.0, b"{}")
    sent = journal.settle(
        Settlement(
            cursor=entries[2].id,
            stored=1,
            duplicate=1,
            quarantined=[QuarantineRow(3, 1002, "t", b"\xff", "payload", "not JSON")],
            sequences={key: BootSequence(Ranges([(2, 5), (8, 8)]), 1003)},
            devices={("s", "d"): life},
            snapshots={"s/hall": "{}"},
            outbox=[("fs/v1/s/events/button", b"x"), ("fs/v1/s/events/alert", b"y")],
        )
    )
    assert numbers(path) == (4, 1, 1, 1, 1)
    assert journal.cursor == 3
    assert journal.pending(10) == entries[3:]
    assert journal.sequences()[key].seen.spans == [(2, 5), (8, 8)]
    assert journal.devices() == {("s", "d"): life}
    assert journal.snapshots() == {"s/hall": "{}"}
    assert journal.outbox() == sent
    journal.sent([sent[0].id])
    assert journal.outbox() == sent[1:]
    account = Books(path).account().as_json()
    assert account["pending"] == 1
    assert account["devices"] == [
        {
            "site": "s", "device": "d", "boot": "b1", "last_seq": 8, "gaps": [[0, 1], [6, 7]], "last_seen": 1003,
            "online": True, "battery_pct": 80.0, "rssi_dbm": -60.0, "fw": "1.2",
        }
    ]  # fmt: skip


def test_a_second_start_carries_on(path: Path) -> None:
    with Journal.open(path, owner=True) as journal:
        journal.append(arrivals(3))
        journal.settle(Settlement(cursor=2, stored=2))
    with Journal.open(path, owner=True) as journal:
        assert journal.cursor == 2
        assert [entry.id for entry in journal.append(arrivals(1))] == [4]
        assert [entry.id for entry in journal.pending(10)] == [3, 4]


def test_backlog_counts_as_stored_only_when_caught_up(journal: Journal, path: Path) -> None:
    journal.append(arrivals(2))
    journal.settle(Settlement(cursor=2, backlog=[("reading", "{}"), ("reading", "{}"), ("state", "{}")]))
    assert numbers(path) == (2, 0, 0, 0, 2)
    journal.caught_up(journal.backlog(10))
    assert numbers(path) == (2, 2, 0, 0, 0)
    assert journal.backlog(10) == []


def test_replaying_moves_from_quarantine_to_pending(journal: Journal, path: Path) -> None:
    journal.append(arrivals(2))
    row = QuarantineRow(2, 1001, "fs/v1/s/dev/new/up/motion", b"{}", "device", "unknown")
    journal.settle(Settlement(cursor=2, stored=1, quarantined=[row]))
    assert Books(path).quarantined(2) == row
    with Journal.open(path, owner=False) as other:
        assert other.replay(2) == 3
        with pytest.raises(ConflictError):
            other.replay(2)
        with pytest.raises(NotFoundError):
            other.replay(77)
    assert numbers(path) == (2, 1, 0, 0, 1)
    assert Books(path).quarantine() == []
    (entry,) = journal.pending(10)
    assert (entry.at, entry.topic, entry.payload, entry.live) == (1001, row.topic, row.raw, False)


def test_quarantine_is_paged_newest_first(journal: Journal, path: Path) -> None:
    journal.append(arrivals(5))
    rows = [QuarantineRow(n, n, "t", b"", "payload", "r") for n in range(1, 6)]
    journal.settle(Settlement(cursor=5, quarantined=rows))
    books = Books(path)
    assert [row.id for row in books.quarantine(None, 2)] == [5, 4]
    assert [row.id for row in books.quarantine(4, 10)] == [3, 2, 1]


def test_pruning_keeps_the_undrained_and_the_counts(journal: Journal, path: Path) -> None:
    journal.append(arrivals(10))
    assert journal.prune(keep_rows=0) == 0
    journal.settle(Settlement(cursor=6, stored=6))
    assert journal.prune(keep_rows=2) == 4
    assert [entry.id for entry in journal.pending(10)] == [7, 8, 9, 10]
    assert numbers(path) == (10, 6, 0, 0, 4)
    assert [entry.id for entry in journal.append(arrivals(1))] == [11]


def test_large_payloads_are_pruned_by_bytes(journal: Journal) -> None:
    journal.append([Arrival(1, "t", bytes(100_000))] * 6)
    journal.settle(Settlement(cursor=6, stored=6))
    assert journal.prune(keep_bytes=250_000) == 4


def test_one_gateway_owns_a_journal(journal: Journal, path: Path) -> None:
    with pytest.raises(StartError, match="another gateway"):
        Journal.open(path, owner=True)


@pytest.mark.parametrize(
    ("prepare", "words"),
    [("PRAGMA user_version=99", "newer foldspace"), ("CREATE TABLE other(x)", "something else")],
)
def test_a_file_that_is_not_ours_is_refused(path: Path, prepare: str, words: str) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute(prepare)
    with pytest.raises(StartError, match=words):
        Journal.open(path, owner=True)
    with pytest.raises(StartError, match=words):
        Books(path).account()


def test_garbage_and_a_folder_in_the_way_are_refused(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database, whatever its name says" * 50)
    with pytest.raises(StartError, match="journal"):
        Journal.open(path, owner=True)
    with pytest.raises(StartError, match="journal"):
        Books(path).account()
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be opened for writing"):
        Journal.open(tmp_path / "file" / "journal.sqlite", owner=True)


def test_a_write_that_fails_says_so_and_leaves_nothing_half(path: Path) -> None:
    with Journal.open(path, owner=True) as journal, sqlite3.connect(path) as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        with pytest.raises(JournalError, match="disk full"):
            journal.append(arrivals(1))
        db.execute("DROP TRIGGER full")
        db.commit()
        assert numbers(path) == (0, 0, 0, 0, 0)
        assert len(journal.append(arrivals(1))) == 1
