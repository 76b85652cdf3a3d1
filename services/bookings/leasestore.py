"""The lease in the relational database: taken, renewed, released, and the fence that a leader's changes must pass."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.bookings.leases import FencedError, Lease, taken
from services.bookings.queries import answering
from services.bookings.tables import leases
from services.contracts.names import DAY, SECOND, Millis
from services.kit.database import reading

_NAME = "scheduler"
"""The one lease there is."""

DatabaseClock = Callable[[sa.Connection], Millis]


class LeaseStore:
    """Keeps the lease in the records' database. Safe to share between threads."""

    def __init__(self, engine: sa.Engine, clock: DatabaseClock | None = None) -> None:
        """`clock` stands for the database's own in tests."""
        self._engine = engine
        self._clock = clock or database_clock

    def take(self, holder: str, length: Millis) -> Lease | None:
        """Take the lease for `length`; None: somebody else leads. Raises DatabaseUnavailableError."""
        try:
            with answering(), self._engine.begin() as connection:
                before = _read(connection, lock=True)
                lease = taken(before, holder, self._clock(connection), length)
                if lease is not None:
                    write = sa.insert(leases) if before is None else sa.update(leases).where(leases.c.name == _NAME)
                    connection.execute(write.values(name=_NAME, **_row(lease)))
                return lease
        except IntegrityError:  # the very first one, and somebody else was first
            return None

    def renew(self, lease: Lease, length: Millis) -> Lease:
        """Hold the lease for `length` from now on, also when it ran out and nobody took it.

        Raises FencedError when somebody did, DatabaseUnavailableError.
        """
        with answering(), self._engine.begin() as connection:
            now = self._clock(connection)
            renewed = replace(lease, renewed_at=now, expires=now + length)
            self._write(connection, renewed)
            return renewed

    def release(self, lease: Lease) -> None:
        """Let the next one take the lease at once. Raises FencedError, DatabaseUnavailableError."""
        with answering(), self._engine.begin() as connection:
            now = self._clock(connection)
            self._write(connection, replace(lease, holder="", renewed_at=now, expires=now))

    def current(self) -> tuple[Lease | None, Millis]:
        """Return the lease, and what time it is by its clock. Raises DatabaseUnavailableError."""
        with answering(), reading(self._engine) as connection:
            return _read(connection), self._clock(connection)

    def _write(self, connection: sa.Connection, lease: Lease) -> None:
        update = sa.update(leases).where(leases.c.name == _NAME, leases.c.token == lease.token)
        if connection.execute(update.values(**_row(lease))).rowcount != 1:
            raise _fenced(lease.token)


def fence(connection: sa.Connection, token: int) -> None:
    """Let a transaction write only while `token` leads, and nobody take over before it has ended. Raises FencedError.

    The first statement of the transaction. PostgreSQL locks the row for it; SQLite has one writer at a time.
    """
    query = sa.select(leases.c.token).where(leases.c.name == _NAME).with_for_update(read=True)
    if connection.execute(query).scalar() != token:
        raise _fenced(token)


def database_clock(connection: sa.Connection) -> Millis:
    """Return the time of the database server; of the machine, where that is a file."""
    if connection.dialect.name == "sqlite":
        days: float = connection.exec_driver_sql("SELECT julianday('now') - 2440587.5").scalar_one()
        return round(days * DAY)
    seconds: Decimal = connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one()
    return round(seconds * SECOND)


def _fenced(token: int) -> FencedError:
    return FencedError(f"scheduler with token {token}: another one leads by now; nothing was changed")


def _read(connection: sa.Connection, *, lock: bool = False) -> Lease | None:
    query = sa.select(leases.c.holder, leases.c.token, leases.c.renewed_at, leases.c.expires)
    query = query.where(leases.c.name == _NAME)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else Lease(*row)


def _row(lease: Lease) -> dict[str, str | int]:
    return {
        "holder": lease.holder, "token": lease.token, "renewed_at": lease.renewed_at, "expires": lease.expires,
    }  # fmt: skip
