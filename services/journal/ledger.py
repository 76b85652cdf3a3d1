"""The ledger: what became of everything in the journal. The drain writes it, in whole steps; everybody may read."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from services.contracts.errors import StartError
from services.contracts.names import DAY, Millis
from services.journal import lives
from services.journal.lives import DeviceLife
from services.journal.ranges import Ranges
from services.journal.records import (
    BacklogRow,
    BootSequence,
    Checkpoint,
    OutboxRow,
    QuarantineRow,
    SequenceKey,
    Settlement,
)
from services.journal.schema import BOOKS, QUARANTINE_COLUMNS, books_path, claim, open_writable
from services.journal.sqlitefile import SqliteFile
from services.journal.unclaimed import UNCLAIMED, UnclaimedDevice
from services.journal.unclaimed import of_row as unclaimed_of
from services.journal.upgrade import upgrade

QUARANTINE_ROWS = 50_000
"""Messages kept in quarantine; the oldest beyond are dropped, counted and told about."""

QUARANTINE_RAW_BYTES = 64 * 1024
"""Of a quarantined message so much is kept: nothing longer is ever decoded."""

BOOTS_KEPT: Millis = 30 * DAY
"""Sequence numbers of a boot that was not heard for so long are forgotten; a broker redelivers within days."""


class Ledger:
    """The drain's own file, beside the journal. One drain at a time.

    It is written without a sync for every step (SQLite WAL, synchronous=NORMAL): after a power cut the last steps
    may be missing, whole; they are then done again from the journal, and the time series takes the same points twice
    as once.
    """

    def __init__(self, file: SqliteFile, lock: IO[str]) -> None:
        self._file = file
        self._lock = lock
        self.cursor = file.number("SELECT n FROM books WHERE name = 'cursor'")
        self.checkpoint_cursor = file.number("SELECT n FROM books WHERE name = 'checkpoint'")
        self.quarantined = file.number("SELECT n FROM books WHERE name = 'quarantined'")
        """Messages that ever went into quarantine."""
        self._quarantine_rows = file.number("SELECT count(*) FROM quarantine")

    @classmethod
    def open(cls, journal: Path) -> "Ledger":
        """Open or create the ledger of a journal. Raises StartError.

        A journal of version 1 is split here as well: the drain starts first, and an upgrade makes the books anew.
        """
        path = books_path(journal)
        lock = claim(path, journal)
        try:
            upgrade(journal)
            connection = open_writable(path, BOOKS, synchronous="NORMAL")
        except StartError:
            lock.close()
            raise
        return cls(SqliteFile(path, connection), lock)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        self._lock.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- steps of the drain

    def settle(self, done: Settlement) -> list[OutboxRow]:
        """Settle a step of the drain whole, or raise JournalError; return its outbox entries with their ids."""
        outbox: list[OutboxRow] = []
        file = self._file
        with file.transaction():
            file.db.executemany(
                "UPDATE books SET n = n + ? WHERE name = ?",
                [
                    (more, name)
                    for more, name in (
                        (done.cursor - self.cursor, "cursor"),
                        (done.stored, "stored"),
                        (done.duplicate, "duplicate"),
                        (len(done.quarantined), "quarantined"),
                    )
                    if more
                ],
            )
            dropped = self._quarantine(done.quarantined)
            for topic, payload in done.outbox:
                added = file.db.execute("INSERT INTO outbox(topic, payload) VALUES (?, ?)", (topic, payload))
                outbox.append(OutboxRow(int(added.lastrowid or 0), topic, payload))
            file.db.executemany("INSERT INTO backlog(kind, body) VALUES (?, ?)", done.backlog)
        self.cursor = done.cursor
        self.quarantined += len(done.quarantined)
        self._quarantine_rows += len(done.quarantined) - dropped
        return outbox

    def _quarantine(self, rows: Sequence[QuarantineRow]) -> int:
        """Write rows and drop the oldest beyond the bound; return how many were dropped."""
        if not rows:
            return 0
        db = self._file.db
        db.executemany(
            f"INSERT OR REPLACE INTO quarantine({QUARANTINE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
            [(r.id, r.at, r.topic, r.raw[:QUARANTINE_RAW_BYTES], r.kind, r.reason) for r in rows],
        )
        surplus = self._quarantine_rows + len(rows) - QUARANTINE_ROWS
        if surplus <= 0:
            return 0
        db.execute("DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine ORDER BY id LIMIT ?)", (surplus,))
        db.execute("UPDATE books SET n = n + ? WHERE name = 'quarantine_dropped'", (surplus,))
        return surplus

    def checkpoint(self, what: Checkpoint) -> None:
        """Keep what the fold remembers at a cursor, whole, or raise JournalError.

        This one is synced, and all steps before with it: up to here the journal may be pruned.
        """
        file = self._file
        file.db.execute("PRAGMA synchronous=FULL")
        try:
            self._keep(what)
        finally:
            file.db.execute("PRAGMA synchronous=NORMAL")
        self.checkpoint_cursor = what.cursor

    def _keep(self, what: Checkpoint) -> None:
        file = self._file
        with file.transaction():
            file.db.execute("UPDATE books SET n = ? WHERE name = 'checkpoint'", (what.cursor,))
            file.db.executemany(
                "INSERT OR REPLACE INTO sequences VALUES (?, ?, ?, ?, ?)",
                [(*key, json.dumps(item.seen.spans), item.last_seen) for key, item in what.sequences.items()],
            )
            file.db.executemany(
                "INSERT OR REPLACE INTO devices VALUES (?, ?, ?)",
                [(*key, lives.to_json(life)) for key, life in what.devices.items()],
            )
            file.db.executemany("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", what.snapshots.items())
            file.db.executemany(
                "INSERT OR REPLACE INTO unclaimed VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (s.site, s.device, s.code, s.first_seen, s.last_seen, s.messages, json.dumps(sorted(s.kinds)))
                    for s in what.strangers
                ],
            )

    # -- what the drain begins with

    def sequences(self) -> dict[SequenceKey, BootSequence]:
        """Return the sequence numbers seen up to the checkpoint."""
        rows = self._file.rows("SELECT site, device, boot, seen, last_seen FROM sequences")
        return {
            SequenceKey(site, device, boot): BootSequence(Ranges([(low, high) for low, high in json.loads(seen)]), last)
            for site, device, boot, seen, last in rows
        }

    def devices(self) -> dict[tuple[str, str], DeviceLife]:
        """Return the last word about every device, by (site, device), as of the checkpoint."""
        return {
            (site, device): lives.from_json(body)
            for site, device, body in self._file.rows("SELECT site, device, body FROM devices")
        }

    def snapshots(self) -> dict[str, str]:
        """Return the fold snapshots of the checkpoint, by name."""
        return dict(self._file.rows("SELECT name, body FROM snapshots"))

    # -- what still has to go out

    def outbox(self) -> list[OutboxRow]:
        """Return the events nobody acknowledged yet."""
        return [OutboxRow(*row) for row in self._file.rows("SELECT id, topic, payload FROM outbox ORDER BY id")]

    def sent(self, ids: Sequence[int]) -> None:
        """Take events the broker acknowledged out of the outbox. Raises JournalError."""
        with self._file.transaction():
            self._file.db.executemany("DELETE FROM outbox WHERE id = ?", [(id_,) for id_ in ids])

    def backlog(self, limit: int) -> list[BacklogRow]:
        """Return what the time series still lacks, oldest first."""
        rows = self._file.rows("SELECT id, kind, body FROM backlog ORDER BY id LIMIT ?", limit)
        return [BacklogRow(*row) for row in rows]

    def backlog_size(self) -> int:
        """Return about how many rows wait for the time series: cheap to ask."""
        (bounds,) = self._file.rows("SELECT min(id), max(id) FROM backlog")
        return 0 if bounds[0] is None else int(bounds[1] - bounds[0] + 1)

    def caught_up(self, rows: Sequence[BacklogRow], quarantined: Sequence[QuarantineRow] = ()) -> None:
        """The time series has these rows now, or refused the messages of `quarantined`. Raises JournalError."""
        messages = sum(row.kind == "reading" for row in rows)
        file = self._file
        with file.transaction():
            file.db.executemany("DELETE FROM backlog WHERE id = ?", [(row.id,) for row in rows])
            file.db.executemany(
                "UPDATE books SET n = n + ? WHERE name = ?",
                [(messages - len(quarantined), "stored"), (len(quarantined), "quarantined")],
            )
            dropped = self._quarantine(quarantined)
        self.quarantined += len(quarantined)
        self._quarantine_rows += len(quarantined) - dropped

    # -- care

    def forget(self, strangers: Iterable[tuple[str, str]]) -> None:
        """Take devices off the unclaimed list: they were claimed, or are gone for long. Raises JournalError."""
        with self._file.transaction():
            self._file.db.executemany("DELETE FROM unclaimed WHERE site = ? AND device = ?", list(strangers))

    def unclaimed(self) -> list[UnclaimedDevice]:
        """Return the devices that wait to be claimed."""
        return [unclaimed_of(row) for row in self._file.rows(UNCLAIMED)]

    def prune_boots(self, now: Millis) -> list[SequenceKey]:
        """Forget the sequence numbers of boots nobody hears any more; return them. The newest of a device stays."""
        old = self._file.rows(
            "SELECT site, device, boot FROM sequences s WHERE last_seen < ? AND EXISTS (SELECT 1 FROM sequences n"
            " WHERE n.site = s.site AND n.device = s.device AND n.last_seen > s.last_seen)",
            now - BOOTS_KEPT,
        )
        with self._file.transaction():
            self._file.db.executemany("DELETE FROM sequences WHERE site = ? AND device = ? AND boot = ?", old)
        return [SequenceKey(*row) for row in old]

    @property
    def quarantine_rows(self) -> int:
        """How many messages are kept in quarantine."""
        return self._quarantine_rows
