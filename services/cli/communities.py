"""Loads a community file and makes sure that the devices in it can be understood, before anything is kept of it."""

from pathlib import Path

from gateway.codecs.registry import check
from services.contracts.community import Community, load_community
from services.contracts.errors import FileError


def load_understood(file: Path) -> Community:
    """Return a community whose codecs are known and well used. Raises FileError naming the first fault."""
    community = load_community(file)
    for fault in check(community):
        raise FileError(f"{file}: {fault}")
    return community
