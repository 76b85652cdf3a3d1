"""The readers' side: account, quarantine, strangers and what was learned, from any process, at any time."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from services.contracts.errors import NotFoundError
from services.journal.learned import KEPT_AT, LearnedSpace, of_snapshot
from services.journal.ranges import Ranges
from services.journal.records import Account, DeviceAccount, JournalError, QuarantineRow, QuarantineTally
from services.journal.schema import QUARANTINE_COLUMNS, books_path, open_readable
from services.journal.unclaimed import UNCLAIMED, UnclaimedDevice
from services.journal.unclaimed import of_row as unclaimed_of


class Books:
    """Reads journal and ledger while a gateway may be writing them. Before the first message everything is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def account(self) -> Account:
        """Return the account of one instant. Raises StartError (not a journal, newer), JournalError.

        The ledger is read first: what the drain settles while we read is then still counted as pending, never twice.
        """
        with self._snapshot() as (journal, ledger):
            counts = {} if ledger is None else dict(ledger.execute("SELECT name, n FROM books"))
            waiting = 0
            devices: list[DeviceAccount] = []
            if ledger is not None:
                waiting = ledger.execute("SELECT count(*) FROM backlog WHERE kind = 'reading'").fetchone()[0]
                devices = [_device(*row) for row in ledger.execute(_DEVICES)]
            if journal is None:
                return Account(devices=devices)
            intake = dict(journal.execute("SELECT name, n FROM intake"))
            # Counted from what waits, not computed from the other four: so that the books can fail to balance.
            behind = journal.execute("SELECT count(*) FROM messages WHERE id > ?", (counts.get("cursor", 0),))
            return Account(
                intake["received"],
                counts.get("stored", 0),
                counts.get("duplicate", 0),
                counts.get("quarantined", 0) - intake["replayed"],
                behind.fetchone()[0] + waiting,
                devices,
            )

    def quarantine(self, after: int | None = None, limit: int = 100, kind: str | None = None) -> list[QuarantineRow]:
        """Return messages in quarantine, newest first, below the id `after`. Raises StartError, JournalError."""
        with self._snapshot() as (journal, ledger):
            if ledger is None:
                return []
            found: list[QuarantineRow] = []
            for row in ledger.execute(
                f"SELECT {QUARANTINE_COLUMNS} FROM quarantine WHERE id < ? AND (?2 IS NULL OR kind = ?2)"
                " ORDER BY id DESC",
                (2**62 if after is None else after, kind),
            ):
                if not _replayed(journal, row[0]):
                    found.append(QuarantineRow(*row))
                if len(found) == limit:
                    break
            return found

    def quarantined(self, id_: int) -> QuarantineRow:
        """Return one message in quarantine. Raises NotFoundError, StartError, JournalError."""
        with self._snapshot() as (journal, ledger):
            rows = ledger and ledger.execute(f"SELECT {QUARANTINE_COLUMNS} FROM quarantine WHERE id = ?", (id_,))
            row = rows and rows.fetchone()
            if not row or _replayed(journal, id_):
                raise NotFoundError(key="no_quarantined", id=id_)
            return QuarantineRow(*row)

    def quarantine_tally(self) -> tuple[list[QuarantineTally], int]:
        """Return how many of each fault are in quarantine, the most first, and how many were dropped for room."""
        with self._snapshot() as (journal, ledger):
            if ledger is None:
                return [], 0
            replays = set() if journal is None else {row[0] for row in journal.execute(_REPLAYS)}
            rows = ledger.execute("SELECT kind, count(*), max(at) FROM quarantine GROUP BY kind").fetchall()
            gone: dict[str, int] = {}
            for id_ in replays:
                for (kind,) in ledger.execute("SELECT kind FROM quarantine WHERE id = ?", (id_,)):
                    gone[kind] = gone.get(kind, 0) + 1
            dropped = ledger.execute("SELECT n FROM books WHERE name = 'quarantine_dropped'").fetchone()[0]
        tallies = [QuarantineTally(kind, count - gone.get(kind, 0), at) for kind, count, at in rows]
        return sorted((t for t in tallies if t.count), key=lambda t: (-t.count, t.kind)), dropped

    def unclaimed(self) -> list[UnclaimedDevice]:
        """Return the devices that speak and are not in the catalogue. Raises StartError, JournalError."""
        with self._snapshot() as (_, ledger):
            if ledger is None:
                return []
            return [unclaimed_of(row) for row in ledger.execute(UNCLAIMED)]

    def learned(self, site: str, space: str) -> LearnedSpace | None:
        """Return what the fold had learned of a space by its last checkpoint; None before the first.

        Raises StartError, JournalError.
        """
        name = f"{site}/{space}"
        with self._snapshot() as (_, ledger):
            query = "SELECT name, body FROM snapshots WHERE name IN (?, ?)"
            kept = {} if ledger is None else dict(ledger.execute(query, (name, KEPT_AT)))
        return of_snapshot(name, kept[name], int(kept[KEPT_AT])) if len(kept) == 2 else None

    def sizes(self) -> dict[str, int]:
        """Return the bytes of both files on disk, by `journal` and `books`."""
        files = {"journal": self.path, "books": books_path(self.path)}
        return {name: file.stat().st_size if file.exists() else 0 for name, file in files.items()}

    @contextmanager
    def _snapshot(self) -> Iterator[tuple[sqlite3.Connection | None, sqlite3.Connection | None]]:
        with ExitStack() as stack:
            try:
                ledger = self._open(stack, books_path(self.path))
                journal = self._open(stack, self.path)
                yield journal, ledger
            except sqlite3.Error as error:
                raise JournalError(f"journal {self.path}: cannot be read: {error}") from None

    @staticmethod
    def _open(stack: ExitStack, path: Path) -> sqlite3.Connection | None:
        connection = open_readable(path)
        if connection is not None:
            stack.callback(connection.close)
            connection.execute("BEGIN")
            # The snapshot of WAL begins with the first read, not with BEGIN.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection


_DEVICES = (
    "SELECT site, device, s.boot, s.seen, s.last_seen, d.body FROM devices d LEFT JOIN sequences s USING (site, device)"
    " ORDER BY site, device, s.last_seen, s.boot"
)
_REPLAYS = "SELECT quarantine_id FROM replays"


def _replayed(journal: sqlite3.Connection | None, id_: int) -> bool:
    return journal is not None and bool(
        journal.execute("SELECT 1 FROM replays WHERE quarantine_id = ?", (id_,)).fetchone()
    )


def _device(
    site: str, device: str, boot: str | None, seen: str | None, boot_seen: int | None, body: str
) -> DeviceAccount:
    ranges = Ranges([(low, high) for low, high in json.loads(seen)] if seen else [])
    return DeviceAccount(
        site=site,
        device=device,
        boot=boot,
        last_seq=ranges.last,
        gaps=ranges.gaps(),
        last_seen=json.loads(body)["last_seen"] if boot_seen is None else boot_seen,
        body=body,
    )
