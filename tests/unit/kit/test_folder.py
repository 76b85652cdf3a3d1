"""The data folder is made, checked and locked."""

import stat
from pathlib import Path

import pytest

from services.contracts.errors import StartError
from services.kit.folder import DataFolder, write_private


def test_two_programs_never_share_a_folder(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data", "up"), pytest.raises(StartError, match="another foldspace"):
        DataFolder(tmp_path / "data", "up").__enter__()
    with DataFolder(tmp_path / "data", "up"):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartError, match=r"data folder .*file/data: cannot be written"):
        DataFolder(tmp_path / "file" / "data", "up").__enter__()


def test_a_secret_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    write_private(tmp_path / "token", "secret")
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    assert (tmp_path / "token").read_text() == "secret"
