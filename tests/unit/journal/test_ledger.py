"""The ledger: each step of the drain as a whole, a checkpoint to go on from, a bounded quarantine."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.contracts.errors import StartError
from services.contracts.names import DAY
from services.journal import ledger as ledger_module
from services.journal.books import Books
from services.journal.journal import Journal
from services.journal.ledger import BOOTS_KEPT, QUARANTINE_RAW_BYTES, Ledger
from services.journal.lives import ClockTrack, DeviceLife, Trend
from services.journal.ranges import Ranges
from services.journal.records import (
    Arrival,
    BootSequence,
    Checkpoint,
    JournalError,
    QuarantineRow,
    SequenceKey,
    Settlement,
)
from services.journal.schema import books_path
from services.journal.unclaimed import UnclaimedDevice

Make = Callable[..., list[Arrival]]


def row(id_: int, kind: str = "payload", raw: bytes = b"\xff") -> QuarantineRow:
    return QuarantineRow(id_, 1000 + id_, "t", raw, kind, "not JSON")


def test_a_settlement_counts_and_is_found_again(
    journal: Journal, ledger: Ledger, path: Path, arrivals: Make, numbers: Any
) -> None:
    journal.append(arrivals(4))
    sent = ledger.settle(
        Settlement(3, 1, 1, [row(3)], [("fs/v1/s/events/button", b"x"), ("fs/v1/s/events/alert", b"y")])
    )
    assert numbers(path) == (4, 1, 1, 1, 1)
    assert (ledger.cursor, ledger.quarantined, ledger.quarantine_rows) == (3, 1, 1)
    assert ledger.outbox() == sent
    ledger.sent([sent[0].id])
    ledger.close()
    with Ledger.open(path) as again:
        assert (again.cursor, again.checkpoint_cursor, again.quarantined, again.quarantine_rows) == (3, 0, 1, 1)
        assert again.outbox() == sent[1:]


def test_a_step_that_fails_is_not_settled_at_all(
    journal: Journal, ledger: Ledger, path: Path, arrivals: Make, numbers: Any
) -> None:
    journal.append(arrivals(3))
    with sqlite3.connect(books_path(path)) as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON backlog BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        step = Settlement(3, 0, 1, [row(2)], [("t", b"x")], [("reading", "[]")])
        with pytest.raises(JournalError, match=r"books\.sqlite: cannot be written: disk full"):
            ledger.settle(step)
        assert numbers(path) == (3, 0, 0, 0, 3)
        assert (ledger.cursor, ledger.quarantine_rows, ledger.outbox()) == (0, 0, [])
        db.execute("DROP TRIGGER full")
        db.commit()
    db.close()
    ledger.settle(step)
    assert numbers(path) == (3, 0, 1, 1, 1)


def test_backlog_counts_as_stored_only_when_caught_up(
    journal: Journal, ledger: Ledger, path: Path, arrivals: Make, numbers: Any
) -> None:
    journal.append(arrivals(3))
    ledger.settle(Settlement(3, backlog=[("reading", "[1]"), ("reading", "[2]"), ("state", "3"), ("reading", "[4]")]))
    assert numbers(path) == (3, 0, 0, 0, 3)
    assert ledger.backlog_size() == 4
    rows = ledger.backlog(3)
    assert [(r.kind, r.body) for r in rows] == [("reading", "[1]"), ("reading", "[2]"), ("state", "3")]
    ledger.caught_up(rows, [row(2, "timeseries")])
    assert numbers(path) == (3, 1, 0, 1, 1)
    ledger.caught_up(ledger.backlog(9))
    assert numbers(path) == (3, 2, 0, 1, 0)
    assert (ledger.backlog(9), ledger.backlog_size(), ledger.quarantine_rows) == ([], 0, 1)


def test_a_checkpoint_is_what_a_new_start_begins_with(journal: Journal, ledger: Ledger, path: Path) -> None:
    key = SequenceKey("s", "d", "b1")
    life = DeviceLife(
        1003, True, "b1", "1.2", 80.0, -60.0, "{}", Trend([(1, 2.0)]), Trend(),
        ClockTrack("b1", -5, 1.5, 5, 900, 5, [(900, 5)]), {"rate": 5}, 7,
    )  # fmt: skip
    stranger = UnclaimedDevice("s", "new", "ABC", 1, 2, 3, frozenset({"motion", "status"}))
    ledger.checkpoint(
        Checkpoint(0, {key: BootSequence(Ranges([(2, 5), (8, 8)]), 1003)}, {("s", "d"): life}, {"s/a": "1"}, [stranger])
    )
    ledger.settle(Settlement(9, 9))
    ledger.checkpoint(Checkpoint(9, snapshots={"s/b": "2"}))
    ledger.close()
    with Ledger.open(path) as again:
        assert (again.cursor, again.checkpoint_cursor) == (9, 9)
        assert again.sequences()[key].seen.spans == [(2, 5), (8, 8)]
        assert again.sequences()[key].last_seen == 1003
        assert again.devices() == {("s", "d"): life}
        assert again.snapshots() == {"s/a": "1", "s/b": "2"}
        assert again.unclaimed() == Books(path).unclaimed() == [stranger]
        again.forget([("s", "new"), ("s", "never-there")])
        assert again.unclaimed() == Books(path).unclaimed() == []


def test_a_checkpoint_that_fails_leaves_the_last_one(journal: Journal, ledger: Ledger, path: Path) -> None:
    ledger.settle(Settlement(5, 5))
    ledger.checkpoint(Checkpoint(3, snapshots={"s/a": "1"}))
    with sqlite3.connect(books_path(path)) as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON snapshots BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    db.close()
    with pytest.raises(JournalError, match="disk full"):
        ledger.checkpoint(Checkpoint(5, snapshots={"s/a": "2"}))
    assert (ledger.checkpoint_cursor, ledger.snapshots()) == (3, {"s/a": "1"})


def test_the_quarantine_is_bounded_and_what_it_drops_is_counted(
    journal: Journal, ledger: Ledger, path: Path, arrivals: Make, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "QUARANTINE_ROWS", 3)
    journal.append(arrivals(6))
    ledger.settle(Settlement(2, quarantined=[row(1), row(2)]))
    ledger.settle(Settlement(5, quarantined=[row(3), row(4), row(5)]))
    assert [kept.id for kept in Books(path).quarantine()] == [5, 4, 3]
    assert Books(path).quarantine_tally()[1] == 2
    assert ledger.quarantine_rows == 3
    assert numbers(path) == (6, 0, 0, 5, 1)
    ledger.settle(Settlement(6, backlog=[("reading", "[]")]))
    ledger.caught_up(ledger.backlog(1), [row(6, "timeseries")])
    assert [kept.id for kept in Books(path).quarantine()] == [6, 5, 4]
    assert Books(path).quarantine_tally()[1] == 3
    assert numbers(path) == (6, 0, 0, 6, 0)


def test_of_an_endless_message_a_beginning_is_kept(journal: Journal, ledger: Ledger, path: Path) -> None:
    ledger.settle(Settlement(1, quarantined=[row(1, raw=b"x" * 1_000_000)]))
    assert len(Books(path).quarantined(1).raw) == QUARANTINE_RAW_BYTES


def test_boots_long_unheard_are_forgotten_but_never_the_newest_of_a_device(journal: Journal, ledger: Ledger) -> None:
    now = 100 * DAY
    long_ago = now - BOOTS_KEPT - 1
    seen = {("a", "old"): long_ago, ("a", "fresh"): now, ("b", "old"): long_ago - 1, ("b", "last"): long_ago}
    sequences = {SequenceKey("s", *key): BootSequence(Ranges([(0, 1)]), at) for key, at in seen.items()}
    ledger.checkpoint(Checkpoint(0, sequences))
    gone = [SequenceKey("s", "a", "old"), SequenceKey("s", "b", "old")]
    assert sorted(ledger.prune_boots(now)) == gone
    assert set(ledger.sequences()) == set(sequences) - set(gone)
    assert ledger.prune_boots(now) == []


def test_one_drain_at_a_time(ledger: Ledger, path: Path) -> None:
    with pytest.raises(StartError, match="in use by another gateway"):
        Ledger.open(path)
