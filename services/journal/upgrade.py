"""Brings a journal of version 1, a single file, into two."""

import sqlite3
from pathlib import Path

from services.contracts.errors import StartError
from services.journal.lives import DeviceLife, to_json
from services.journal.schema import BOOKS, MESSAGES, VERSION, books_path, check_version


def upgrade(path: Path) -> None:
    """Upgrade the journal at `path` if it is of version 1. Raises StartError.

    The books are written first, and anew if a crash came between: until the journal's version moves, nothing counts.
    """
    if not path.exists():
        return
    try:
        db = sqlite3.connect(path, timeout=15, isolation_level=None)
        try:
            if check_version(db, path) == 1:
                _split(db, path)
        finally:
            db.close()
    except sqlite3.Error as error:
        raise StartError(f"journal {path}: cannot be opened for writing: {error}") from None


def _split(db: sqlite3.Connection, path: Path) -> None:
    target = books_path(path)
    for stale in (target, target.with_name(target.name + "-wal"), target.with_name(target.name + "-shm")):
        stale.unlink(missing_ok=True)
    books = sqlite3.connect(target, isolation_level=None)
    try:
        books.execute("PRAGMA journal_mode=WAL")
        books.execute("BEGIN")
        for statement in BOOKS.split(";\n"):
            books.execute(statement)
        counts = dict(db.execute("SELECT name, n FROM books"))
        replayed = db.execute("SELECT count(*) FROM quarantine WHERE replayed = 1").fetchone()[0]
        counts["quarantined"] += replayed  # a replay is now counted by the journal
        counts["checkpoint"] = counts["cursor"]
        books.executemany(
            "UPDATE books SET n = ? WHERE name = ?", [(n, name) for name, n in counts.items() if name != "received"]
        )
        _copy(db, books, "quarantine", "id, at, topic, raw, kind, reason")
        _copy(db, books, "sequences", "site, device, boot, seen, last_seen")
        _copy(db, books, "snapshots", "name, body")
        _copy(db, books, "outbox", "id, topic, payload")
        for kind, body in db.execute("SELECT kind, body FROM backlog ORDER BY id"):
            rows = f"[{body}]" if kind == "reading" else body
            books.execute("INSERT INTO backlog(kind, body) VALUES (?, ?)", (kind, rows))
        for site, device, *life in db.execute(
            "SELECT site, device, last_seen, online, boot, fw, battery_pct, rssi_dbm, status FROM devices"
        ):
            seen, online, boot, fw, battery, rssi, status = life
            told = None if status is None else bytes(status).decode("latin-1")
            body = DeviceLife(seen, None if online is None else bool(online), boot, fw, battery, rssi, told)
            books.execute("INSERT INTO devices VALUES (?, ?, ?)", (site, device, to_json(body)))
        books.execute(f"PRAGMA user_version={VERSION}")
        books.execute("COMMIT")
    finally:
        books.close()
    db.execute("BEGIN IMMEDIATE")
    for statement in MESSAGES.split(";\n"):
        if "messages" not in statement:
            db.execute(statement)
    db.execute("UPDATE intake SET n = ? WHERE name = 'received'", (counts["received"],))
    db.execute("UPDATE intake SET n = ? WHERE name = 'replayed'", (replayed,))
    db.execute("INSERT INTO replays SELECT id, 0 FROM quarantine WHERE replayed = 1")
    for table in ("books", "quarantine", "sequences", "devices", "snapshots", "outbox", "backlog"):
        db.execute(f"DROP TABLE {table}")
    db.execute(f"PRAGMA user_version={VERSION}")
    db.execute("COMMIT")


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str, columns: str) -> None:
    marks = ", ".join("?" for _ in columns.split(","))
    target.executemany(
        f"INSERT INTO {table}({columns}) VALUES ({marks})", source.execute(f"SELECT {columns} FROM {table}")
    )
