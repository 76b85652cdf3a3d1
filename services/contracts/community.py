"""The community file: sites, spaces, devices, supply windows and policy, checked as a whole."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from services.contracts.errors import FileError
from services.contracts.names import Name
from services.contracts.policy import Policy
from services.contracts.readings import READING_KINDS, first_fault

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", description="HH:MM in the site's zone")]

DEVICE_KINDS = frozenset({*READING_KINDS, "screen"} - {"health"})
"""What a device may mainly be. Every device may send `health`; a screen sends nothing else."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(_Entry):
    """One community (社区)."""

    id: Name
    name: str
    timezone: str

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            raise ValueError("expected a zone of the IANA database such as Asia/Shanghai") from None
        return value


class Space(_Entry):
    """A bookable or watched place. `parts` are the spaces it is made of."""

    id: Name
    site: Name
    name: str
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    functions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    parts: tuple[Name, ...] = ()
    group: Annotated[str, Field(description="the heading on the board")] = ""


class Device(_Entry):
    """Something with an MQTT identity. `heartbeat_s` is how often it owes a message."""

    id: Name
    site: Name
    space: Name
    kind: str
    codec: str | None = None
    topic: str | None = None
    heartbeat_s: Annotated[float | None, Field(gt=0)] = None

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if value not in DEVICE_KINDS:
            raise ValueError(f"expected one of {', '.join(sorted(DEVICE_KINDS))}")
        return value


class Supply(_Entry):
    """A supply window: on these days, between these local times, an owner or partner lends the space."""

    id: Name
    site: Name
    space: Name
    owner: str
    functions: tuple[str, ...]
    days: tuple[Weekday, ...] = WEEKDAYS
    start: LocalTime
    end: LocalTime
    terms: str = ""


class Community(_Entry):
    """A whole community file."""

    sites: tuple[Site, ...] = ()
    spaces: tuple[Space, ...] = ()
    devices: tuple[Device, ...] = ()
    supply: tuple[Supply, ...] = ()
    policy: Policy = Policy()


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
    for fault in _faults(community):
        raise FileError(f"{source}: {fault}")
    return community


def _faults(community: Community) -> list[str]:
    """Return what is wrong between the tables, in the order of the file."""
    faults: list[str] = []
    sites = {site.id for site in community.sites}
    spaces = {(space.site, space.id): space for space in community.spaces}
    names = {space.id for space in community.spaces}

    def unique(table: str, keys: list[object]) -> None:
        seen: set[object] = set()
        for index, key in enumerate(keys):
            if key in seen:
                faults.append(f"{table}.{index}.id: {key!r} is there twice")
            seen.add(key)

    unique("sites", [site.id for site in community.sites])
    unique("spaces", [(space.site, space.id) for space in community.spaces])
    unique("devices", [(device.site, device.id) for device in community.devices])
    unique("supply", [(window.site, window.id) for window in community.supply])
    for index, space in enumerate(community.spaces):
        if space.site not in sites:
            faults.append(f"spaces.{index}.site: {space.site!r} is not a site of this file")
        for part in space.parts:
            if (space.site, part) not in spaces or part == space.id:
                faults.append(f"spaces.{index}.parts: {part!r} is not another space of site {space.site!r}")
            elif _contains(spaces, (space.site, part), space.id):
                faults.append(f"spaces.{index}.parts: {part!r} is itself made of {space.id!r}")
    for index, device in enumerate(community.devices):
        if (device.site, device.space) not in spaces:
            faults.append(f"devices.{index}.space: {device.site}/{device.space} is not a space of this file")
    for index, window in enumerate(community.supply):
        lent = spaces.get((window.site, window.space))
        if lent is None:
            faults.append(f"supply.{index}.space: {window.site}/{window.space} is not a space of this file")
            continue
        for function in window.functions:
            if function not in lent.functions:
                known = ", ".join(lent.functions) or "none"
                faults.append(
                    f"supply.{index}.functions: {function!r} is not a function of {lent.id!r} (known: {known})"
                )
        if window.start >= window.end:
            faults.append(f"supply.{index}.end: {window.end} is not after start {window.start}")
    for key in ("never_release", "shadow"):
        for name in getattr(community.policy, key):
            if name not in names:
                faults.append(f"policy.{key}: {name!r} is not a space of this file")
    return faults


def _contains(spaces: dict[tuple[str, str], Space], outer: tuple[str, str], inner: str) -> bool:
    """Tell whether `inner` is a part of `outer`, or of its parts."""
    waiting, seen = [outer], set[tuple[str, str]]()
    while waiting:
        key = waiting.pop()
        if key in seen or key not in spaces:
            continue
        seen.add(key)
        if inner in spaces[key].parts:
            return True
        waiting += [(key[0], part) for part in spaces[key].parts]
    return False
