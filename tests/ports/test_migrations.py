"""The migrations make exactly the tables that the rooms declare, up and down, on SQLite and PostgreSQL."""

import subprocess
import sys

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import services.access.tables
import services.audit.tables
import services.bookings.tables
import services.calendars.tables
import services.catalogue.tables
import services.commands.tables
import services.notices.tables
import services.residents.tables
import services.signage.tables
import services.twins.tables  # noqa: F401  # importing declares the tables
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


def test_parts_that_start_together_migrate_one_after_the_other(engine: sa.Engine) -> None:
    _empty(engine)
    url = engine.url.render_as_string(hide_password=False)
    start = "import sys; from services.kit.database import open_engine, upgrade; upgrade(open_engine(sys.argv[1]))"
    parts = [subprocess.Popen([sys.executable, "-c", start, url], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(part.communicate(timeout=60)[1], part.returncode) for part in parts] == [("", 0)] * 3
    assert set(metadata.tables) <= set(sa.inspect(engine).get_table_names())


def test_going_down_keeps_what_the_older_tables_hold(engine: sa.Engine) -> None:
    _empty(engine)
    upgrade(engine)
    config = migrations()
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO sites (id, name, timezone, hours) VALUES ('s', 's', 'UTC', '[]')"))
        space = 'INSERT INTO spaces (site, id, name, capacity, functions, features, "group", hours, cleaning_min, {0}) '
        space += "VALUES ('s', 'room', 'room', 5, '[]', '[]', '', '[]', 10, '{{}}')"
        connection.execute(sa.text(space.format("capacity_by_function")))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        connection.commit()
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT site, id, cleaning_min FROM spaces")).all() == [("s", "room", 0)]
