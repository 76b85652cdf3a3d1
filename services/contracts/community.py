"""The community file: sites, spaces, devices, supply, groups and policy, checked as a whole."""

import tomllib
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator

from services.contracts.communityfaults import Fault, faults
from services.contracts.entries import WEEKDAYS, Entry, LocalTime, Weekday
from services.contracts.errors import FieldError, FileError
from services.contracts.names import Name
from services.contracts.policy import Policy
from services.contracts.readings import READING_KINDS, first_fault
from services.contracts.supply import Changeover, Group, Holiday, Hours, Standing, Supply

__all__ = [
    "DEVICE_KINDS", "WEEKDAYS", "Changeover", "Community", "Device", "Group", "Holiday", "Hours", "LocalTime", "Site",
    "Space", "Standing", "Supply", "UnfitError", "Weekday", "load_community", "parse_community",
]  # fmt: skip

DEVICE_KINDS = frozenset({*READING_KINDS, "screen"} - {"health"})
"""What a device may mainly be. Every device may send `health`; a screen sends nothing else."""


class Site(Entry):
    """One community (社区)."""

    id: Name
    name: str
    timezone: str
    hours: Annotated[tuple[Hours, ...], Field(description="of every space without hours of its own; none: always")] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            raise FieldError("zone_unknown") from None
        return value


class Space(Entry):
    """A bookable or watched place. `parts` are the spaces it is made of."""

    id: Name
    site: Name
    name: str
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    functions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    parts: tuple[Name, ...] = ()
    hours: Annotated[tuple[Hours, ...], Field(description="instead of the site's")] = ()
    cleaning_min: Annotated[int, Field(ge=0, le=1440, description="after every use")] = 0
    capacity_by_function: Annotated[
        dict[str, Annotated[int, Field(ge=1)]], Field(default_factory=dict, description="where fewer fit")
    ]
    group: Annotated[str, Field(description="the heading on the board")] = ""


class Device(Entry):
    """Something with an MQTT identity. `heartbeat_s` is how often it owes a message."""

    id: Name
    site: Name
    space: Name
    kind: str
    codec: str | None = None
    topic: str | None = None
    heartbeat_s: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if value not in DEVICE_KINDS:
            raise FieldError("device_kind", known=", ".join(sorted(DEVICE_KINDS)))
        return value


class Community(Entry):
    """A whole community file."""

    sites: tuple[Site, ...] = ()
    spaces: tuple[Space, ...] = ()
    devices: tuple[Device, ...] = ()
    supply: tuple[Supply, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    changeover: tuple[Changeover, ...] = ()
    groups: tuple[Group, ...] = ()
    standing: tuple[Standing, ...] = ()
    policy: Policy = Policy()


class UnfitError(FileError):
    """The tables of a community do not fit together: `faults` are all there are, the message tells the first."""

    def __init__(self, source: str, faults: list[Fault]) -> None:
        super().__init__(f"{source}: {faults[0]}")
        self.faults = faults

    def said(self, language: str) -> str:
        """Return the first fault in a language."""
        return self.faults[0].sentence(language)


def load_community(path: Path) -> Community:
    """Read and check a community file. Raises FileError naming file, entry and what was expected."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: not TOML: {error}") from None
    return parse_community(raw, str(path))


def parse_community(raw: dict[str, object], source: str) -> Community:
    """Check a community given as plain tables. Raises FileError; `source` names it in the message."""
    try:
        community = Community.model_validate(raw)
    except ValidationError as error:
        raise FileError(f"{source}: {first_fault(error)}") from None
    found = list(faults(community))
    if found:
        raise UnfitError(source, found)
    return community
