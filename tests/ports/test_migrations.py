"""The migrations make exactly the tables that the rooms declare, up and down, on SQLite and PostgreSQL."""

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import services.bookings.tables
import services.catalogue.tables
import services.commands.tables  # noqa: F401  # importing declares the tables
from services.kit.database import metadata, migrations, upgrade


def _empty(engine: sa.Engine) -> None:
    metadata.drop_all(engine)


def test_migrations_and_declarations_agree(engine: sa.Engine) -> None:
    _empty(engine)
    upgrade(engine)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrations_go_down_again_and_up_again(engine: sa.Engine) -> None:
    _empty(engine)
    upgrade(engine)
    config = migrations()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)
    assert set(metadata.tables) <= set(sa.inspect(engine).get_table_names())
