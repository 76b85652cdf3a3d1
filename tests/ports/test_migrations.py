"""The migrations make exactly the tables that the rooms declare, up and down, on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import services.bookings.tables
import services.catalogue.tables
import services.commands.tables  # noqa: F401  # importing declares the tables
from services.kit.database import metadata, migrations, open_engine, upgrade


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


def test_parts_that_start_together_migrate_one_after_the_other(engine: sa.Engine) -> None:
    _empty(engine)
    engines = [open_engine(engine.url.render_as_string(hide_password=False)) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(upgrade, engines))
    assert set(metadata.tables) <= set(sa.inspect(engine).get_table_names())
    for one in engines:
        one.dispose()
