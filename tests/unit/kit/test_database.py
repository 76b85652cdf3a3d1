"""Opening the database: migrated to the newest revision, refused when it is newer than the program."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from services.contracts.errors import SettingsError, StartError
from services.kit.database import open_engine, upgrade


def test_an_empty_database_is_migrated_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'f.sqlite'}")
    upgrade(engine)
    first = sa.inspect(engine).get_table_names()
    upgrade(engine)
    assert "alembic_version" in first
    assert sa.inspect(engine).get_table_names() == first


def test_a_database_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'f.sqlite'}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'from-the-future'")
    with pytest.raises(StartError, match=r"f\.sqlite: was written by a newer foldspace"):
        upgrade(engine)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.sqlite").write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    with pytest.raises(StartError, match="cannot be opened"):
        upgrade(open_engine(f"sqlite:///{tmp_path / 'f.sqlite'}"))


@pytest.mark.parametrize("url", ["", "nonsense", "oracle9://x"])
def test_a_bad_url_names_the_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="FOLDSPACE_DB_URL"):
        open_engine(url)
