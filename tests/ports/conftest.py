"""The stores of the port suites: relational over SQLite and a real PostgreSQL, time series over SQLite and InfluxDB."""

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from services.kit.database import metadata, open_engine
from services.timeseries.memory import MemoryTimeseries
from services.timeseries.open import Timeseries, open_timeseries
from services.timeseries.sqlite import SqliteTimeseries
from tests.servers import InfluxBehindNginx, influxdb

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """A scratch PostgreSQL cluster on a free port; the URL of its `postgres` database."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL's initdb and pg_ctl are not on this machine (apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    initdb, pg_ctl = programs
    # initdb refuses to run as root, and `postgres` cannot enter the folders pytest makes.
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="fs-pg-"))  # short: it also holds the socket, whose path is limited
    if become:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    port = _free_port()
    # Nothing here outlives the tests, so nothing needs to reach the disk.
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    try:
        _run([*become, initdb, "-D", str(data), "-U", "foldspace", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"])
        _run([*become, pg_ctl, "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start"])
        try:
            yield sa.URL.create("postgresql+psycopg", "foldspace", host="127.0.0.1", port=port, database="postgres")
        finally:
            _run([*become, pg_ctl, "-D", str(data), "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database with all tables."""
    url = f"sqlite:///{tmp_path / 'foldspace.sqlite'}"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgresql_server"))
    engine = open_engine(url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def new_database(server: sa.URL) -> str:
    name = f"test_{next(_NUMBERS)}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return server.set(database=name).render_as_string(hide_password=False)


def _programs() -> tuple[str, str] | None:
    # Debian keeps them off the PATH, by version; the newest one wins.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    path = os.pathsep.join([*map(str, reversed(folders)), os.environ.get("PATH", "")])
    initdb, pg_ctl = shutil.which("initdb", path=path), shutil.which("pg_ctl", path=path)
    return (initdb, pg_ctl) if initdb and pg_ctl else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str]) -> None:
    # The server keeps what it inherits: a captured pipe would never end, and its working folder must be one that
    # `postgres` may enter.
    with tempfile.TemporaryFile() as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd="/", check=False).returncode
        if code:
            output.seek(0)
            pytest.fail(f"{' '.join(command)} ended with {code}: {output.read().decode(errors='replace')}")


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxBehindNginx]:
    """A real InfluxDB."""
    with influxdb(tmp_path_factory.mktemp("influx")) as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "influxdb"])
def series(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Timeseries]:
    """Each time series, new and empty."""
    opened: Timeseries
    match request.param:
        case "memory":
            opened = MemoryTimeseries()
        case "sqlite":
            opened = SqliteTimeseries(tmp_path / "ts.sqlite")
        case _:
            server: InfluxBehindNginx = request.getfixturevalue("influx")
            bucket = f"suite {next(_NUMBERS)}"
            server.query(f'CREATE DATABASE "{bucket}"')
            opened = open_timeseries(server.url(quote(bucket)))
    yield opened
    opened.close()
