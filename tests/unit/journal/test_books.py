"""The account as another process reads it: balanced at every look, whatever is being written meanwhile."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from services.contracts.errors import ConflictError, NotFoundError
from services.journal.books import Books
from services.journal.journal import Journal, JournalReader
from services.journal.ledger import Ledger
from services.journal.lives import DeviceLife
from services.journal.ranges import Ranges
from services.journal.records import (
    Account,
    Arrival,
    BootSequence,
    Checkpoint,
    QuarantineRow,
    QuarantineTally,
    SequenceKey,
    Settlement,
)
from services.journal.schema import books_path

Make = Callable[..., list[Arrival]]


def rows(*ids: int, kind: str = "payload") -> list[QuarantineRow]:
    return [QuarantineRow(id_, 1000 + id_, f"t/{id_}", b"raw", kind, "r") for id_ in ids]


def test_before_the_first_message_everything_is_empty(path: Path) -> None:
    books = Books(path)
    assert books.account() == Account()
    assert (books.quarantine(), books.unclaimed()) == ([], [])
    assert books.quarantine_tally() == ([], 0)
    assert books.sizes() == {"journal": 0, "books": 0}
    with pytest.raises(NotFoundError):
        books.quarantined(1)
    assert not path.exists()


def test_what_the_intake_alone_has_written_is_pending(journal: Journal, path: Path, arrivals: Make) -> None:
    journal.append(arrivals(3))
    account = Books(path).account()
    assert (account.received, account.pending, account.devices) == (3, 3, [])
    with pytest.raises(NotFoundError):
        Books(path).quarantined(1)


def test_a_device_shows_its_gaps_and_its_last_word(journal: Journal, ledger: Ledger, path: Path) -> None:
    life = DeviceLife(1003, True, "b1", "1.2", 80.0, -60.0)
    ledger.checkpoint(
        Checkpoint(
            0,
            {SequenceKey("s", "d", "b1"): BootSequence(Ranges([(2, 5), (8, 8)]), 1003)},
            {("s", "d"): life, ("s", "mute"): DeviceLife(5, False)},
        )
    )
    assert Books(path).account().as_json()["devices"] == [
        {
            "site": "s", "device": "d", "boot": "b1", "last_seq": 8, "gaps": [[0, 1], [6, 7]], "last_seen": 1003,
            "online": True, "battery_pct": 80.0, "rssi_dbm": -60.0, "fw": "1.2",
        },
        {
            "site": "s", "device": "mute", "boot": None, "last_seq": None, "gaps": [], "last_seen": 5,
            "online": False, "battery_pct": None, "rssi_dbm": None, "fw": None,
        },
    ]  # fmt: skip


@pytest.mark.parametrize("meanwhile", ["settle", "append", "replay", "backlog"])
def test_the_account_balances_whatever_happens_between_its_two_reads(
    journal: Journal, ledger: Ledger, path: Path, arrivals: Make, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    journal.append(arrivals(6))
    ledger.settle(Settlement(2, 1, 0, rows(2)))
    ledger.settle(Settlement(3, backlog=[("reading", "[]")]))
    opened: list[Path] = []
    original = Books._open

    def interrupted(stack: ExitStack, file: Path) -> sqlite3.Connection | None:
        if opened:  # the first file is read, the second is not yet
            match meanwhile:
                case "settle":
                    ledger.settle(Settlement(6, 2, 1))
                case "append":
                    journal.append(arrivals(5))
                case "replay":
                    journal.replay(rows(2)[0])
                case "backlog":
                    ledger.caught_up(ledger.backlog(9))
        opened.append(file)
        return original(stack, file)

    monkeypatch.setattr(Books, "_open", staticmethod(interrupted))
    account = Books(path).account()
    assert opened == [books_path(path), path]
    assert account.received == account.stored + account.duplicate + account.quarantined + account.pending
    assert account.pending == {"settle": 4, "append": 9, "replay": 5, "backlog": 4}[meanwhile]


def test_replaying_moves_from_quarantine_to_pending_and_is_not_received_again(
    journal: Journal, ledger: Ledger, path: Path, arrivals: Make, numbers: Any
) -> None:
    journal.append(arrivals(3))
    ledger.settle(Settlement(3, 1, 0, rows(2, 3)))
    books = Books(path)
    with Journal.open(path, owner=False) as other:
        assert other.replay(books.quarantined(2)) == 4
        with pytest.raises(ConflictError, match="quarantine 2: was replayed before"):
            other.replay(rows(2)[0])
    assert numbers(path) == (3, 1, 0, 1, 1)
    assert [kept.id for kept in books.quarantine()] == [3]
    with pytest.raises(NotFoundError):
        books.quarantined(2)
    reader = JournalReader(path)
    (entry,) = reader.after(3, 10)
    reader.close()
    assert (entry.at, entry.topic, entry.payload, entry.live) == (1002, "t/2", b"raw", False)
    ledger.settle(Settlement(4, quarantined=rows(4)))  # the fault was not mended after all
    assert numbers(path) == (3, 1, 0, 2, 0)
    assert [kept.id for kept in books.quarantine()] == [4, 3]


def test_quarantine_is_paged_newest_first_and_by_kind(journal: Journal, ledger: Ledger, path: Path) -> None:
    ledger.settle(Settlement(6, quarantined=[*rows(1, 2, 3, 4), *rows(5, 6, kind="clock")]))
    journal.replay(rows(3)[0])
    books = Books(path)
    assert [row.id for row in books.quarantine(limit=2)] == [6, 5]
    assert [row.id for row in books.quarantine(5, 10)] == [4, 2, 1]
    assert [row.id for row in books.quarantine(kind="clock")] == [6, 5]
    assert [row.id for row in books.quarantine(4, 1, "payload")] == [2]
    assert books.quarantine(kind="identity") == []


def test_the_tally_counts_by_kind_without_what_was_replayed(journal: Journal, ledger: Ledger, path: Path) -> None:
    ledger.settle(Settlement(7, quarantined=[*rows(1, 2), *rows(3, 4, 5, kind="clock"), *rows(6, kind="size")]))
    journal.replay(rows(4)[0])
    journal.replay(rows(6)[0])
    assert Books(path).quarantine_tally() == (
        [QuarantineTally("clock", 2, 1005), QuarantineTally("payload", 2, 1002)],
        0,
    )


def test_sizes_are_those_on_disk(journal: Journal, ledger: Ledger, path: Path) -> None:
    sizes = Books(path).sizes()
    assert sizes == {"journal": path.stat().st_size, "books": books_path(path).stat().st_size}
