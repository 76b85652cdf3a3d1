"""The relational database: engine, the one metadata, migrations. SQLite on one machine, PostgreSQL beyond it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from services.contracts.errors import FoldspaceError, SettingsError, StartError

_MIGRATING = 7_305_811
"""Key of the advisory lock; any number nobody else uses."""

Engine = sa.Engine
Connection = sa.Connection
"""For signatures of those who only hand them on."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every room that keeps records declares its tables here; `services/migrations` creates them."""


def open_engine(url: str) -> sa.Engine:
    """Return an engine for a database URL, without connecting. Raises SettingsError."""
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            engine = sa.create_engine(parsed, connect_args={"timeout": 15, "check_same_thread": False})
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_immediate)
            return engine
        engine = sa.create_engine(parsed, pool_pre_ping=True)
        sa.event.listen(engine, "connect", _prepare_postgresql)
        return engine
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise SettingsError(f"FOLDSPACE_DB_URL: cannot be used: {error}") from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late for a write that must not fail half way; see _begin_immediate.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # A part that is paused or cut off in the middle of a transaction must not keep its locks for ever.
    connection.execute("SET idle_in_transaction_session_timeout = '15s'")
    connection.commit()


def _begin_immediate(connection: sa.Connection) -> None:
    # A read that later writes would fail with "database is locked" under a second writer; taking the lock
    # first makes it wait instead.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


class DatabaseUnavailableError(FoldspaceError):
    """The database does not answer now; the caller keeps what it knows and tries again."""

    kind = "database"


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that only reads. Raises DatabaseUnavailableError."""
    try:
        with engine.connect().execution_options(read_only=True) as connection, connection.begin():
            yield connection
    except OperationalError as error:
        cause = str(error.orig or error).splitlines()[0]
        raise DatabaseUnavailableError(f"database: does not answer: {cause}") from error


def row_of(engine: sa.Engine, key: sa.Column[str], value: str) -> sa.Row[Any] | None:
    """Return the row of the table in which a key has this value, if there is one. Raises DatabaseUnavailableError.

    PostgreSQL fails on a NUL even in a question: it is not asked about one.
    """
    if not value.isprintable():
        return None
    with reading(engine) as connection:
        return connection.execute(sa.select(key.table).where(key == value)).first()


def migrations() -> Config:
    """Return Alembic's configuration of our migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    return config


def upgrade(engine: sa.Engine) -> None:
    """Bring the database to the newest revision.

    Raises StartError when it cannot be opened, or was written by a newer foldspace.
    """
    config = migrations()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    where = engine.url.render_as_string(hide_password=True)
    try:
        with engine.connect() as connection, _alone(connection):
            current = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            if current is not None and current not in known:
                raise StartError(
                    f"database {where}: was written by a newer foldspace (revision {current}); "
                    "update foldspace or use another database"
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StartError(f"database {where}: cannot be opened: {cause}") from None


@contextmanager
def _alone(connection: sa.Connection) -> Iterator[None]:
    """Let one part migrate at a time: those of a deployment start together. In SQLite the transaction does the same."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATING})")
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_MIGRATING})")
        connection.commit()
