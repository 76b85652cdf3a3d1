"""The writer of the journal: appends what arrives and settles what became of it, each in one transaction."""

import fcntl
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

from services.contracts.errors import ConflictError, NotFoundError, StartError
from services.journal.ranges import Ranges
from services.journal.records import (
    Arrival,
    BacklogRow,
    BootSequence,
    DeviceLife,
    Entry,
    JournalError,
    OutboxRow,
    SequenceKey,
    Settlement,
)
from services.journal.schema import PENDING, open_writable

KEEP_ROWS = 200_000
"""Drained messages kept for looking back, about 60 MB; older ones are pruned, the counters stay."""

KEEP_BYTES = 256 * 1024 * 1024
"""Drained payloads kept at most, so that megabyte messages cannot fill a small disk."""

PRUNE_ROWS = 5_000
"""Pruned at once at most: a pause of some ten milliseconds."""


_columns = attrgetter("last_seen", "online", "boot", "fw", "battery_pct", "rssi_dbm", "status")


class Journal:
    """The journal's file, open for writing. The gateway owns it; others may only replay."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: IO[str] | None) -> None:
        self.path = path
        self.cursor = 0
        self._db = connection
        self._lock = lock
        self.cursor = self._number("SELECT n FROM books WHERE name = 'cursor'")

    @classmethod
    def open(cls, path: Path, *, owner: bool) -> "Journal":
        """Open or create the journal. `owner`: this process drains it, and no second one may.

        Raises StartError naming the file and what is wrong with it.
        """
        connection = open_writable(path)
        lock: IO[str] | None = None
        if owner:
            lock = path.with_name(path.name + ".lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                connection.close()
                raise StartError(
                    f"journal {path}: is in use by another gateway; one gateway drains a journal"
                ) from None
        return cls(path, connection, lock)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- receiving

    def append(self, arrivals: Sequence[Arrival]) -> list[Entry]:
        """Write all arrivals durably and return them with their ids. Raises JournalError, and wrote none."""
        with self._transaction():
            self._db.executemany("INSERT INTO messages(at, topic, payload, live) VALUES (?, ?, ?, ?)", arrivals)
            last = self._number("SELECT last_insert_rowid()") if arrivals else 0
            self._count("received", len(arrivals))
        first = last - len(arrivals) + 1
        return [Entry(first + index, *arrival) for index, arrival in enumerate(arrivals)]

    # -- draining

    def pending(self, limit: int) -> list[Entry]:
        """Return the entries behind the cursor, oldest first. Raises JournalError."""
        rows = self._rows(
            "SELECT id, at, topic, payload, live FROM messages WHERE id > ? ORDER BY id LIMIT ?", self.cursor, limit
        )
        return [Entry(id_, at, topic, payload, bool(live)) for id_, at, topic, payload, live in rows]

    def settle(self, done: Settlement) -> list[OutboxRow]:
        """Settle a step of the drain whole, or raise JournalError; return its outbox entries with their ids."""
        outbox: list[OutboxRow] = []
        with self._transaction():
            self._db.execute("UPDATE books SET n = ? WHERE name = 'cursor'", (done.cursor,))
            self._count("stored", done.stored)
            self._count("duplicate", done.duplicate)
            self._count("quarantined", len(done.quarantined))
            self._db.executemany(
                "INSERT OR REPLACE INTO quarantine(id, at, topic, raw, kind, reason) VALUES (?, ?, ?, ?, ?, ?)",
                [(row.id, row.at, row.topic, row.raw, row.kind, row.reason) for row in done.quarantined],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO sequences VALUES (?, ?, ?, ?, ?)",
                [(*key, json.dumps(item.seen.spans), item.last_seen) for key, item in done.sequences.items()],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(*key, *_columns(life)) for key, life in done.devices.items()],
            )
            self._db.executemany("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", done.snapshots.items())
            for topic, payload in done.outbox:
                added = self._db.execute("INSERT INTO outbox(topic, payload) VALUES (?, ?)", (topic, payload))
                outbox.append(OutboxRow(int(added.lastrowid or 0), topic, payload))
            self._db.executemany("INSERT INTO backlog(kind, body) VALUES (?, ?)", done.backlog)
        self.cursor = done.cursor
        return outbox

    def unsettled(self) -> int:
        """Return how many messages are pending: not drained yet, or kept for the time series."""
        return self._number(PENDING)

    def sequences(self) -> dict[SequenceKey, BootSequence]:
        """Return the sequence numbers seen so far."""
        rows = self._rows("SELECT site, device, boot, seen, last_seen FROM sequences")
        return {
            SequenceKey(site, device, boot): BootSequence(Ranges([(low, high) for low, high in json.loads(seen)]), last)
            for site, device, boot, seen, last in rows
        }

    def devices(self) -> dict[tuple[str, str], DeviceLife]:
        """Return the last word about every device, by (site, device)."""
        rows = self._rows(
            "SELECT site, device, last_seen, online, boot, fw, battery_pct, rssi_dbm, status FROM devices"
        )
        return {
            (site, device): DeviceLife(seen, None if online is None else bool(online), *rest)
            for site, device, seen, online, *rest in rows
        }

    def snapshots(self) -> dict[str, str]:
        """Return the fold snapshots settled last, by name."""
        return dict(self._rows("SELECT name, body FROM snapshots"))

    # -- what still has to go out

    def outbox(self) -> list[OutboxRow]:
        """Return the events nobody acknowledged yet."""
        return [OutboxRow(*row) for row in self._rows("SELECT id, topic, payload FROM outbox ORDER BY id")]

    def sent(self, ids: Sequence[int]) -> None:
        """Take events the broker acknowledged out of the outbox. Raises JournalError."""
        with self._transaction():
            self._db.executemany("DELETE FROM outbox WHERE id = ?", [(id_,) for id_ in ids])

    def backlog(self, limit: int) -> list[BacklogRow]:
        """Return points the time series still lacks, oldest first."""
        return [BacklogRow(*row) for row in self._rows("SELECT id, kind, body FROM backlog ORDER BY id LIMIT ?", limit)]

    def caught_up(self, rows: Sequence[BacklogRow]) -> None:
        """The time series has these now: count the readings as stored. Raises JournalError."""
        with self._transaction():
            self._db.executemany("DELETE FROM backlog WHERE id = ?", [(row.id,) for row in rows])
            self._count("stored", sum(row.kind == "reading" for row in rows))

    # -- care

    def replay(self, id_: int) -> int:
        """Give a quarantined message another chance, after the fault was mended; return its new journal id.

        It was received once and stays received once: it moves from quarantined to pending, so the books
        stay balanced. Its row stays for the record. Raises NotFoundError, ConflictError, JournalError.
        """
        with self._transaction():
            row = self._db.execute("SELECT at, topic, raw, replayed FROM quarantine WHERE id = ?", (id_,)).fetchone()
            if row is None:
                raise NotFoundError(f"quarantine {id_}: there is no such message")
            at, topic, raw, replayed = row
            if replayed:
                raise ConflictError(f"quarantine {id_}: was replayed before")
            added = self._db.execute(
                "INSERT INTO messages(at, topic, payload, live) VALUES (?, ?, ?, 0)", (at, topic, raw)
            )
            self._db.execute("UPDATE quarantine SET replayed = 1 WHERE id = ?", (id_,))
            self._count("quarantined", -1)
        return int(added.lastrowid or 0)

    def prune(self, keep_rows: int = KEEP_ROWS, keep_bytes: int = KEEP_BYTES) -> int:
        """Drop the oldest drained messages beyond the bounds, a batch at most; return how many. Raises JournalError."""
        oldest = self._number("SELECT coalesce(min(id), 0) FROM messages")
        if oldest == 0 or oldest > self.cursor:
            return 0
        bound = max(self.cursor - keep_rows, self._bytes_bound(keep_bytes))
        if bound < oldest:
            return 0
        with self._transaction():
            gone = self._db.execute("DELETE FROM messages WHERE id <= ?", (min(bound, oldest + PRUNE_ROWS - 1),))
        return gone.rowcount

    def _bytes_bound(self, keep_bytes: int) -> int:
        # The page count is free to read; the sum over all payloads is taken only when the file is large.
        size = self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")
        if size * self._number("PRAGMA page_size") <= keep_bytes:
            return 0
        return self._number(
            "SELECT coalesce(max(id), 0) FROM (SELECT id, sum(length(payload) + length(topic) + 30)"
            " OVER (ORDER BY id DESC) AS total FROM messages WHERE id <= ?) WHERE total > ?",
            self.cursor,
            keep_bytes,
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have rolled back already
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise JournalError(f"journal {self.path}: cannot be written: {error}") from None

    def _count(self, name: str, more: int) -> None:
        if more:
            self._db.execute("UPDATE books SET n = n + ? WHERE name = ?", (more, name))

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        try:
            return self._db.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"journal {self.path}: cannot be read: {error}") from None

    def _number(self, sql: str, *parameters: object) -> int:
        return int(self._rows(sql, *parameters)[0][0])
