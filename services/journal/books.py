"""The readers' side of the journal: the account and the quarantine, from any process, at any time."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.contracts.errors import NotFoundError
from services.journal.ranges import Ranges
from services.journal.records import Account, DeviceAccount, JournalError, QuarantineRow
from services.journal.schema import PENDING, open_readable


class Books:
    """Reads a journal that a gateway may be writing. Before the first message everything is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def account(self) -> Account:
        """Return the account of one instant. Raises StartError (not a journal, newer), JournalError."""
        with self._snapshot() as db:
            if db is None:
                return Account()
            books = dict(db.execute("SELECT name, n FROM books"))
            pending = int(db.execute(PENDING).fetchone()[0])
            rows = db.execute(
                "SELECT site, device, s.boot, s.seen, s.last_seen,"
                " d.last_seen, d.online, d.battery_pct, d.rssi_dbm, d.fw"
                " FROM devices d LEFT JOIN sequences s USING (site, device) ORDER BY site, device, s.last_seen, s.boot"
            ).fetchall()
        return Account(
            books["received"],
            books["stored"],
            books["duplicate"],
            books["quarantined"],
            pending,
            [_device(*row) for row in rows],
        )

    def quarantine(self, after: int | None = None, limit: int = 100) -> list[QuarantineRow]:
        """Return messages in quarantine, newest first, below the id `after`. Raises StartError, JournalError."""
        with self._snapshot() as db:
            if db is None:
                return []
            rows = db.execute(
                "SELECT id, at, topic, raw, kind, reason FROM quarantine"
                " WHERE replayed = 0 AND id < ? ORDER BY id DESC LIMIT ?",
                (2**62 if after is None else after, limit),
            ).fetchall()
        return [QuarantineRow(*row) for row in rows]

    def quarantined(self, id_: int) -> QuarantineRow:
        """Return one message in quarantine. Raises NotFoundError, StartError, JournalError."""
        with self._snapshot() as db:
            rows = (
                db
                and db.execute(
                    "SELECT id, at, topic, raw, kind, reason FROM quarantine WHERE replayed = 0 AND id = ?", (id_,)
                ).fetchall()
            )
        if not rows:
            raise NotFoundError(f"quarantine {id_}: there is no such message")
        return QuarantineRow(*rows[0])

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection | None]:
        connection = open_readable(self.path)
        if connection is None:
            yield None
            return
        try:
            connection.execute("BEGIN")
            yield connection
        except sqlite3.Error as error:
            raise JournalError(f"journal {self.path}: cannot be read: {error}") from None
        finally:
            connection.close()


def _device(
    site: str,
    device: str,
    boot: str | None,
    seen: str | None,
    boot_seen: int | None,
    last_seen: int,
    online: int | None,
    battery_pct: float | None,
    rssi_dbm: float | None,
    fw: str | None,
) -> DeviceAccount:
    ranges = Ranges([(low, high) for low, high in json.loads(seen)] if seen else [])
    return DeviceAccount(
        site=site,
        device=device,
        boot=boot,
        last_seq=ranges.last,
        gaps=ranges.gaps(),
        last_seen=last_seen if boot_seen is None else boot_seen,
        online=None if online is None else bool(online),
        battery_pct=battery_pct,
        rssi_dbm=rssi_dbm,
        fw=fw,
    )
