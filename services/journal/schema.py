"""The two files of the journal: messages, which the intake writes, and books, which the drain writes.

One writer each, so that receiving never waits for settling. How they are opened, and what refuses to open.
"""

import fcntl
import sqlite3
from pathlib import Path
from typing import IO

from services.contracts.errors import StartError

VERSION = 2
"""`PRAGMA user_version` of both files; 1 was a single file."""

MESSAGES = """
CREATE TABLE messages(
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
  live INTEGER NOT NULL);
CREATE TABLE intake(name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO intake VALUES ('received', 0), ('replayed', 0);
CREATE TABLE replays(quarantine_id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL);
"""

BOOKS = """
CREATE TABLE books(name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO books VALUES
  ('stored', 0), ('duplicate', 0), ('quarantined', 0), ('cursor', 0), ('checkpoint', 0), ('quarantine_dropped', 0);
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, topic TEXT NOT NULL, raw BLOB NOT NULL, kind TEXT NOT NULL,
  reason TEXT NOT NULL);
CREATE INDEX quarantine_kinds ON quarantine(kind, at);
CREATE TABLE sequences(
  site TEXT, device TEXT, boot TEXT, seen TEXT NOT NULL, last_seen INTEGER NOT NULL,
  PRIMARY KEY(site, device, boot)) WITHOUT ROWID;
CREATE TABLE devices(site TEXT, device TEXT, body TEXT NOT NULL, PRIMARY KEY(site, device)) WITHOUT ROWID;
CREATE TABLE unclaimed(
  site TEXT, device TEXT, code TEXT, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  messages INTEGER NOT NULL, kinds TEXT NOT NULL, PRIMARY KEY(site, device)) WITHOUT ROWID;
CREATE TABLE snapshots(name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE backlog(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX backlog_readings ON backlog(id) WHERE kind = 'reading';
"""

QUARANTINE_COLUMNS = "id, at, topic, raw, kind, reason"
"""In the order of QuarantineRow."""


def books_path(journal: Path) -> Path:
    """Return where the books of a journal are."""
    return journal.with_suffix(".books.sqlite")


def claim(path: Path, journal: Path) -> IO[str]:
    """Become the one who writes `path`, a file of `journal`, until the returned lock is closed.

    Raises StartError: no permission, or another gateway does already.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("w")
    except OSError as error:
        raise StartError(f"journal {path}: cannot be opened for writing: {error}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StartError(f"journal {journal}: is in use by another gateway; one gateway drains a journal") from None
    return lock


def open_writable(path: Path, tables: str, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open a file for writing, creating it when there is none. `path` is named in errors.

    Raises StartError naming the file: no permission, not a journal, written by another version of foldspace.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=15, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StartError(f"journal {path}: cannot be opened for writing: {error}") from None
    try:
        check_version(connection, path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in tables.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.close()
        raise StartError(f"journal {path}: cannot be opened for writing: {error}") from None
    except StartError:
        connection.close()
        raise
    return connection


def open_readable(path: Path) -> sqlite3.Connection | None:
    """Open a file for reading only; None when there is none yet. Raises StartError naming the file."""
    if not path.exists():
        return None
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=15, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise StartError(f"journal {path}: cannot be read: {error}") from None
    try:
        version = check_version(connection, path)
        if version == 0:  # created this very moment, its tables not yet written
            connection.close()
            return None
        if version < VERSION:
            raise StartError(
                f"journal {path}: is of version {version}, expected {VERSION}; the gateway upgrades it as it starts"
            )
    except sqlite3.Error as error:
        connection.close()
        raise StartError(f"journal {path}: cannot be read: {error}") from None
    except StartError:
        connection.close()
        raise
    return connection


def check_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the file's version. Raises StartError when a newer foldspace wrote it or it is something else."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise StartError(
            f"journal {path}: was written by a newer foldspace (version {version}, this one knows {VERSION}); "
            "update foldspace or use another data folder"
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StartError(f"journal {path}: is a database of something else, expected a foldspace journal")
    return version
