"""One SQLite file as journal and ledger use it: transactions whole or not at all, errors in one sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from services.journal.records import JournalError


class SqliteFile:
    """A connection and its path. Not for several threads."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.db = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write what is done inside, or nothing of it. Raises JournalError."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:  # an interrupt as well leaves no half transaction
                with suppress(sqlite3.Error):  # a full disk may have rolled back already
                    self.db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise JournalError(f"journal {self.path}: cannot be written: {error}") from None

    def rows(self, sql: str, *parameters: object) -> list[Any]:
        """Return the rows of a query. Raises JournalError."""
        try:
            return self.db.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"journal {self.path}: cannot be read: {error}") from None

    def number(self, sql: str, *parameters: object) -> int:
        """Return the first number of a query's answer. Raises JournalError."""
        return int(self.rows(sql, *parameters)[0][0])

    def used_bytes(self) -> int:
        """Return the bytes in use, without the free pages inside the file: cheap to ask."""
        pages = self.number("PRAGMA page_count") - self.number("PRAGMA freelist_count")
        return pages * self.number("PRAGMA page_size")

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()
