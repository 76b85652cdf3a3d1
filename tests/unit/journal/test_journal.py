"""The journal: durable before it is acknowledged, in order, bounded, and one gateway's alone."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.contracts.errors import StartError
from services.journal.books import Books
from services.journal.journal import PRUNE_ROWS, Journal, JournalReader
from services.journal.ledger import Ledger
from services.journal.records import Arrival, JournalError, JournalFullError

Make = Callable[..., list[Arrival]]
Use = Callable[[Path], object]


def test_what_is_appended_comes_back_in_order_by_cursor(journal: Journal, path: Path, arrivals: Make) -> None:
    assert journal.append(arrivals(3)) == 3
    assert journal.append(arrivals(2, 3)) == 5
    reader = JournalReader(path)
    entries = reader.after(0, 10)
    assert [(entry.id, *entry[1:]) for entry in entries] == [(n + 1, *a) for n, a in enumerate(arrivals(5))]
    assert reader.after(0, 2) == entries[:2]
    assert reader.after(1, 10, upto=4) == entries[1:4]
    assert reader.after(5, 10) == []
    assert reader.last_id() == journal.last_id() == 5
    reader.close()


def test_a_reader_before_the_first_message_finds_nothing_and_then_what_comes(path: Path, arrivals: Make) -> None:
    reader = JournalReader(path)
    assert (reader.last_id(), reader.after(0, 10)) == (0, [])
    with Journal.open(path, owner=True) as journal:
        assert reader.last_id() == 0
        journal.append(arrivals(2))
        assert (reader.last_id(), len(reader.after(0, 10))) == (2, 2)
    reader.close()


def test_an_empty_append_changes_nothing(journal: Journal, path: Path, arrivals: Make, numbers: Any) -> None:
    assert journal.append([]) == 0
    journal.append(arrivals(1))
    assert journal.append([]) == 1
    assert numbers(path) == (1, 0, 0, 0, 1)


def test_a_second_start_carries_on(path: Path, arrivals: Make) -> None:
    for _ in range(2):
        with Journal.open(path, owner=True) as journal:
            journal.append(arrivals(2))
    reader = JournalReader(path)
    assert [entry.id for entry in reader.after(0, 10)] == [1, 2, 3, 4]
    reader.close()


def test_ids_are_never_used_again_not_even_those_of_the_newest(path: Path, journal: Journal, arrivals: Make) -> None:
    journal.append(arrivals(3))
    assert journal.prune(3, keep_bytes=0) == 3
    assert journal.last_id() == 3
    assert journal.append(arrivals(1)) == 4


@pytest.mark.parametrize(("drained", "left"), [(0, 10), (6, 4), (10, 0)])
def test_pruning_never_goes_beyond_what_is_drained(
    journal: Journal, path: Path, arrivals: Make, numbers: Any, drained: int, left: int
) -> None:
    journal.append(arrivals(10))
    assert journal.prune(drained, keep_bytes=0) == 10 - left
    reader = JournalReader(path)
    assert [entry.id for entry in reader.after(0, 20)] == list(range(11 - left, 11))
    reader.close()
    assert numbers(path)[0] == 10


def test_what_is_drained_stays_for_looking_back_while_there_is_room(journal: Journal) -> None:
    journal.append([Arrival(1, "t", bytes(100_000))] * 6)
    assert journal.prune(6) == 0
    assert journal.prune(6, keep_bytes=1_000_000) == 0
    assert journal.prune(4, keep_bytes=500_000) == 4


def test_a_long_past_is_pruned_in_steps(journal: Journal, arrivals: Make) -> None:
    count = 2 * PRUNE_ROWS + 10
    journal.append(arrivals(count))
    steps = [journal.prune(count - 1, keep_bytes=0) for _ in range(4)]
    assert steps == [PRUNE_ROWS, PRUNE_ROWS, 9, 0]


def test_a_full_journal_takes_nothing_and_goes_on_after_pruning(path: Path, numbers: Any) -> None:
    large = [Arrival(1, "t", bytes(50_000))]
    with Journal.open(path, owner=True, max_bytes=1_000_000) as journal:
        while journal.fill_percent() < 100:
            journal.append(large)
        held = journal.last_id()
        assert 15 <= held <= 20
        with pytest.raises(JournalFullError, match="holds 0 MiB undrained, its bound is 0 MiB"):
            journal.append(large)
        with pytest.raises(JournalFullError):
            journal.append([])  # how the intake asks whether it may go on
        assert numbers(path) == (held, 0, 0, 0, held)
        assert journal.prune(held) == held
        assert journal.fill_percent() < 10
        assert journal.append(large) == held + 1


def test_one_gateway_owns_a_journal_and_others_may_still_open_it(journal: Journal, path: Path) -> None:
    with pytest.raises(StartError, match="in use by another gateway"):
        Journal.open(path, owner=True)
    with Journal.open(path, owner=False) as other:
        assert other.last_id() == 0


def test_a_closed_journal_may_be_owned_again(path: Path) -> None:
    Journal.open(path, owner=True).close()
    with Journal.open(path, owner=True) as journal:
        assert journal.last_id() == 0


_READERS: list[Use] = [
    lambda path: Books(path).account(),
    lambda path: JournalReader(path).last_id(),
    lambda path: Journal.open(path, owner=True),
    lambda path: Journal.open(path, owner=False),
]


@pytest.mark.parametrize("use", _READERS)
@pytest.mark.parametrize(
    ("prepare", "words"),
    [("PRAGMA user_version=99", "newer foldspace"), ("CREATE TABLE other(x)", "something else")],
)
def test_a_file_that_is_not_ours_is_refused(path: Path, prepare: str, words: str, use: Use) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute(prepare)
    db.close()
    with pytest.raises(StartError, match=words):
        use(path)


@pytest.mark.parametrize("use", _READERS)
def test_garbage_is_refused(path: Path, use: Use) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database, whatever its name says" * 50)
    with pytest.raises(StartError, match=r"journal .*journal\.sqlite: cannot be"):
        use(path)


@pytest.mark.parametrize("below", ["journal.sqlite", "data/journal.sqlite"])
@pytest.mark.parametrize(
    "use", [lambda path: Journal.open(path, owner=True), lambda path: Journal.open(path, owner=False), Ledger.open]
)
def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path, below: str, use: Use) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be opened for writing"):
        use(tmp_path / "file" / below)


def test_a_write_that_fails_says_so_and_leaves_nothing_half(path: Path, arrivals: Make, numbers: Any) -> None:
    with Journal.open(path, owner=True) as journal, sqlite3.connect(path) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON messages WHEN new.at = 1001"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        with pytest.raises(JournalError, match="disk full"):
            journal.append(arrivals(3))
        db.execute("DROP TRIGGER full")
        db.commit()
        assert numbers(path) == (0, 0, 0, 0, 0)
        assert journal.append(arrivals(1)) == 1
    db.close()
