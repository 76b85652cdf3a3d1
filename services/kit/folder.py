"""The data folder: made, checked and locked, so that two programs never write the same files."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from services.contracts.errors import StartError


class DataFolder:
    """A context manager that owns the folder until it ends. Raises StartError naming folder and cause."""

    def __init__(self, path: Path, owner: str) -> None:
        self.path = path
        self._lock_file = path / f"{owner}.lock"
        self._fd: int | None = None

    def __enter__(self) -> "DataFolder":
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)  # password hashes and who booked what
            self._fd = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartError(f"data folder {self.path}: cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._fd)
            raise StartError(
                f"data folder {self.path}: another foldspace is using it; stop that one or choose another with --data"
            ) from None
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._fd is not None:
            os.close(self._fd)


def write_private(path: Path, text: str) -> None:
    """Write a secret readable by its owner alone, whole or not at all."""
    part = path.with_name(path.name + ".part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(fd, text.encode())
        os.fsync(fd)
    finally:
        os.close(fd)
    part.replace(path)
