"""The journal: everything received, appended before it is acknowledged. The intake writes it, the drain reads it."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from services.contracts.errors import ConflictError, StartError
from services.journal.records import Arrival, Entry, JournalFullError, QuarantineRow
from services.journal.schema import MESSAGES, claim, open_readable, open_writable
from services.journal.sqlitefile import SqliteFile
from services.journal.upgrade import upgrade

KEEP_BYTES = 256 * 1024 * 1024
"""Drained messages kept for looking back: a good million; older ones are pruned, the counters stay."""

MAX_BYTES = 8 * 1024 * 1024 * 1024
"""What the file may grow to: some 30 million undrained messages, eight hours at a thousand a second."""

PRUNE_ROWS = 5_000
"""Pruned at once at most: a pause of some ten milliseconds."""


class Journal:
    """The writer's side. The intake of one gateway owns it; others may only replay."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: IO[str] | None, max_bytes: int) -> None:
        self.path = path
        self._file = SqliteFile(path, connection)
        self._lock = lock
        self._max_bytes = max_bytes

    @classmethod
    def open(cls, path: Path, *, owner: bool, max_bytes: int = MAX_BYTES) -> "Journal":
        """Open or create the journal. `owner`: this process receives into it, and no second one may.

        Raises StartError naming the file and what is wrong with it.
        """
        lock = claim(path, path) if owner else None
        try:
            upgrade(path)
            connection = open_writable(path, MESSAGES)
        except StartError:
            if lock is not None:
                lock.close()
            raise
        return cls(path, connection, lock, max_bytes)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, arrivals: Sequence[Arrival]) -> int:
        """Write all arrivals durably and return the id of the last one; their ids are consecutive.

        Raises JournalError, JournalFullError: none was written.
        """
        file = self._file
        used = file.used_bytes()
        if used >= self._max_bytes:
            raise JournalFullError(
                f"journal {self.path}: holds {used // 2**20} MiB undrained, its bound is {self._max_bytes // 2**20} MiB"
            )
        with file.transaction():
            file.db.executemany("INSERT INTO messages(at, topic, payload, live) VALUES (?, ?, ?, ?)", arrivals)
            last = file.number("SELECT last_insert_rowid()") if arrivals else self.last_id()
            file.db.execute("UPDATE intake SET n = n + ? WHERE name = 'received'", (len(arrivals),))
        return last

    def last_id(self) -> int:
        """Return the id of the newest message; 0 before the first. Raises JournalError."""
        return self._file.number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages'")

    def fill_percent(self) -> int:
        """Return how much of its bound the journal holds, in percent. Raises JournalError."""
        return self._file.used_bytes() * 100 // self._max_bytes

    def replay(self, row: QuarantineRow) -> int:
        """Give a quarantined message another chance, after the fault was mended; return its new id.

        It was received once and stays received once: the account counts it as pending again and no longer as
        quarantined. Raises ConflictError when it was replayed before, JournalError.
        """
        file = self._file
        with file.transaction():
            if file.rows("SELECT 1 FROM replays WHERE quarantine_id = ?", row.id):
                raise ConflictError(key="quarantine_replayed", id=row.id)
            added = file.db.execute(
                "INSERT INTO messages(at, topic, payload, live) VALUES (?, ?, ?, 0)", (row.at, row.topic, row.raw)
            )
            file.db.execute("INSERT INTO replays VALUES (?, ?)", (row.id, added.lastrowid))
            file.db.execute("UPDATE intake SET n = n + 1 WHERE name = 'replayed'")
        return int(added.lastrowid or 0)

    def prune(self, drained: int, keep_bytes: int = KEEP_BYTES) -> int:
        """Drop the oldest messages up to `drained` while the file holds more than it shall keep; return how many.

        A batch at most, so that receiving is not held up. Raises JournalError.
        """
        file = self._file
        keep_bytes = min(keep_bytes, self._max_bytes // 2)  # or a journal with a low bound would stay full for ever
        oldest = file.number("SELECT coalesce(min(id), 0) FROM messages")
        if oldest == 0 or oldest > drained or file.used_bytes() <= keep_bytes:
            return 0
        with file.transaction():
            gone = file.db.execute("DELETE FROM messages WHERE id <= ?", (min(drained, oldest + PRUNE_ROWS - 1),))
        return gone.rowcount


class JournalReader:
    """The drain's side: entries by cursor, from another process than the writer's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: SqliteFile | None = None

    def after(self, cursor: int, limit: int, upto: int | None = None) -> list[Entry]:
        """Return entries behind `cursor`, up to `upto` if given, oldest first. Raises JournalError, StartError."""
        file = self._open()
        if file is None:
            return []
        rows = file.rows(
            "SELECT id, at, topic, payload, live FROM messages WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            cursor,
            2**62 if upto is None else upto,
            limit,
        )
        return [Entry(id_, at, topic, payload, live == 1) for id_, at, topic, payload, live in rows]

    def last_id(self) -> int:
        """Return the id of the newest message; 0 before the first. Raises JournalError, StartError."""
        file = self._open()
        if file is None:
            return 0
        return file.number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages'")

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> SqliteFile | None:
        if self._file is None:
            connection = open_readable(self.path)
            self._file = None if connection is None else SqliteFile(self.path, connection)
        return self._file
