"""What lets somebody in the first time: the staff user's first password and an admin token, both in the data folder."""

from pathlib import Path

from services.cli.records import Records
from services.contracts.errors import FileError
from services.kit.clock import WallClock
from services.kit.folder import write_private

STAFF = "staff"
_PASSWORD = "staff.password"
_TOKEN = "admin.token"


def first_password(folder: Path, records: Records) -> str | None:
    """Return the staff user's first password, as long as nobody chose another; make the user if there is none."""
    file = folder / _PASSWORD
    password = records.people.ensure_first_user(STAFF)
    if password is not None:
        write_private(file, password)
    return file.read_text(encoding="utf-8") if file.exists() else None


def forget_first_password(folder: Path, name: str) -> None:
    """Remove the first password after `name` chose another. Raises FileError."""
    file = folder / _PASSWORD
    if name != STAFF:
        return
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"{file}: cannot be removed: {error.strerror}") from None


def ensure_token(folder: Path, records: Records) -> None:
    """Leave an admin token in the data folder; one that still works is kept."""
    file = folder / _TOKEN
    now = WallClock().now()
    if file.exists() and records.people.token(file.read_text(encoding="utf-8").strip(), now) is not None:
        return
    if any(holder.name == _TOKEN for holder in records.people.tokens()):
        records.people.revoke_token(_TOKEN)
    write_private(file, records.people.issue_token(_TOKEN, "admin", now=now) + "\n")
