"""The files people see: the staff board. Fed by nothing; served by services/api."""

from pathlib import Path


def staff_files() -> Path:
    """Return the folder of the staff pages."""
    return Path(__file__).parent / "staff"
