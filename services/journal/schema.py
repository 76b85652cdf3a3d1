"""The journal's file: its tables, how it is opened, and what refuses to open."""

import sqlite3
from pathlib import Path

from services.contracts.errors import StartError

VERSION = 1
"""`PRAGMA user_version` of the files this code writes."""

_TABLES = """
CREATE TABLE messages(
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
  live INTEGER NOT NULL);
CREATE TABLE books(name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO books VALUES ('received', 0), ('stored', 0), ('duplicate', 0), ('quarantined', 0), ('cursor', 0);
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, topic TEXT NOT NULL, raw BLOB NOT NULL, kind TEXT NOT NULL,
  reason TEXT NOT NULL, replayed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE sequences(
  site TEXT, device TEXT, boot TEXT, seen TEXT NOT NULL, last_seen INTEGER NOT NULL,
  PRIMARY KEY(site, device, boot)) WITHOUT ROWID;
CREATE TABLE devices(
  site TEXT, device TEXT, last_seen INTEGER NOT NULL, online INTEGER, boot TEXT, fw TEXT, battery_pct REAL,
  rssi_dbm REAL, status BLOB, PRIMARY KEY(site, device)) WITHOUT ROWID;
CREATE TABLE snapshots(name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE backlog(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX backlog_readings ON backlog(id) WHERE kind = 'reading';
"""

PENDING = """
SELECT (SELECT count(*) FROM messages WHERE id > (SELECT n FROM books WHERE name = 'cursor'))
     + (SELECT count(*) FROM backlog WHERE kind = 'reading')
"""
"""Counted from what waits, not computed from the other four numbers: so that the books can fail to balance."""


def open_writable(path: Path) -> sqlite3.Connection:
    """Open the journal for writing, creating it when there is none.

    Raises StartError naming the file: no permission, not a journal, written by a newer foldspace.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=15, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StartError(f"journal {path}: cannot be opened for writing: {error}") from None
    try:
        check_version(connection, path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in _TABLES.split(";\n"):
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
    """Open the journal for reading only; None when there is none yet. Raises StartError naming the file."""
    if not path.exists():
        return None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=15, isolation_level=None)
    except sqlite3.Error as error:
        raise StartError(f"journal {path}: cannot be read: {error}") from None
    try:
        if check_version(connection, path) == 0:  # created this very moment, its tables not yet written
            connection.close()
            return None
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
