"""The time series on one machine: readings and beliefs in one SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from services.contracts.errors import StartError
from services.contracts.names import Millis
from services.timeseries.ports import ReadingPoint, Refused, SinkUnavailableError, StatePoint

VERSION = 1

# Rows lie in the order in which they are read; there is no second index to keep. A missing boot or seq is stored
# as a value, because NULLs would make two equal points differ; `unnamed` is the journal id of points without them.
_TABLES = """
CREATE TABLE readings(
  site TEXT, space TEXT, at INTEGER, device TEXT, kind TEXT, boot TEXT, seq INTEGER, unnamed INTEGER,
  journal_id INTEGER NOT NULL, device_at INTEGER, received_at INTEGER NOT NULL, fields TEXT NOT NULL,
  PRIMARY KEY(site, space, at, device, kind, boot, seq, unnamed)) WITHOUT ROWID;
CREATE TABLE states(
  site TEXT, space TEXT, at INTEGER, occupancy TEXT NOT NULL, people INTEGER, confidence REAL NOT NULL,
  release_grade INTEGER NOT NULL, PRIMARY KEY(site, space, at)) WITHOUT ROWID;
"""


class SqliteTimeseries:
    """ReadingSink and History over one file. May be used from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=15, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise StartError(f"time series {path}: cannot be opened: {error}") from None
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise StartError(f"time series {path}: cannot be opened: {error}") from None
        except StartError:
            self._db.close()
            raise

    def write(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        """Store all points in one durable transaction; none is ever refused. Raises SinkUnavailableError."""
        reading_rows = [
            (
                point.site,
                point.space,
                point.at,
                point.device,
                point.kind,
                *_identity(point),
                point.journal_id,
                point.device_at,
                point.received_at,
                json.dumps(point.fields, ensure_ascii=False, separators=(",", ":")),
            )
            for point in readings
        ]
        state_rows = [(p.site, p.space, p.at, p.occupancy, p.people, p.confidence, p.release_grade) for p in states]
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany(
                    "INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", reading_rows
                )
                # Of two beliefs in one millisecond the later one held.
                self._db.executemany("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?, ?, ?)", state_rows)
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):  # a full disk may have rolled back already
                    self._db.execute("ROLLBACK")
                raise SinkUnavailableError(f"time series {self.path}: cannot be written: {error}") from None
        return []

    def states(self, site: str, space: str, start: Millis, end: Millis) -> list[StatePoint]:
        """Return the beliefs from `start` to `end`, led by the one that held at `start`."""
        rows = self._read(
            "SELECT site, space, at, occupancy, people, confidence, release_grade FROM states"
            " WHERE site = ?1 AND space = ?2 AND at <= ?4 AND at >= coalesce("
            "(SELECT max(at) FROM states WHERE site = ?1 AND space = ?2 AND at <= ?3), ?3) ORDER BY at",
            (site, space, start, end),
        )
        return [
            StatePoint(site, space, at, occupancy, people, confidence, bool(release_grade))
            for site, space, at, occupancy, people, confidence, release_grade in rows
        ]

    def readings(
        self, site: str, space: str, start: Millis, end: Millis, limit: int, kind: str | None = None
    ) -> list[ReadingPoint]:
        """Return readings from `start` to `end` in order of `at`, at most `limit`; of one kind or all."""
        rows = self._read(
            "SELECT site, space, at, device, kind, boot, seq, journal_id, device_at, received_at, fields FROM readings"
            " WHERE site = ?1 AND space = ?2 AND at BETWEEN ?3 AND ?4 AND (?5 IS NULL OR kind = ?5)"
            " ORDER BY at, device, kind, boot, seq, unnamed LIMIT ?6",
            (site, space, start, end, kind, limit),
        )
        return [
            ReadingPoint(
                site=site,
                space=space,
                device=device,
                kind=kind_,
                at=at,
                device_at=device_at,
                received_at=received_at,
                boot=boot or None,
                seq=None if seq < 0 else seq,
                journal_id=journal_id,
                fields=json.loads(fields),
            )
            for site, space, at, device, kind_, boot, seq, journal_id, device_at, received_at, fields in rows
        ]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _read(self, sql: str, parameters: tuple[object, ...]) -> list[Any]:
        with self._lock:
            try:
                return self._db.execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                raise SinkUnavailableError(f"time series {self.path}: cannot be read: {error}") from None

    def _prepare(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise StartError(
                f"time series {self.path}: was written by a newer foldspace (version {version}, this one knows"
                f" {VERSION}); update foldspace or use another file"
            )
        if version == 0 and self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StartError(f"time series {self.path}: is a database of something else")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("BEGIN IMMEDIATE")
        if int(self._db.execute("PRAGMA user_version").fetchone()[0]) == 0:
            for statement in _TABLES.split(";\n"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version={VERSION}")
        self._db.execute("COMMIT")


def _identity(point: ReadingPoint) -> tuple[str, int, int]:
    """Return boot and seq, or the journal id without those: what names the point."""
    if point.boot is not None and point.seq is not None:
        return point.boot, point.seq, 0
    return point.boot or "", -1 if point.seq is None else point.seq, point.journal_id
