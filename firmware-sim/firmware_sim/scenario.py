"""A scenario: a community file with the story of its day, checked as a whole, and the bookings it starts from."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from firmware_sim.chance import stream
from firmware_sim.checks import faults_between
from firmware_sim.tables import Activity, Tables
from firmware_sim.templates import expand, merge
from services.contracts.community import Community, parse_community
from services.contracts.errors import FileError
from services.contracts.instants import to_millis
from services.contracts.names import HOUR, MINUTE, Millis
from services.contracts.readings import first_fault

_COMMUNITY_TABLES = frozenset(Community.model_fields)


@dataclass(frozen=True, slots=True)
class SeedBooking:
    """A booking that stands in the book before the day begins. The id holds the day: seeding twice adds none."""

    id: str
    site: str
    space: str
    group: str
    title: str
    people: int
    start: Millis
    end: Millis
    function: str
    protected: bool
    code: str


@dataclass(frozen=True, slots=True)
class SeedRequest:
    """A wish that waits before the day begins. The id holds the day: seeding twice adds none."""

    id: str
    site: str
    group: str
    title: str
    people: int
    duration_min: int
    earliest: Millis
    latest_end: Millis
    created_at: Millis
    space: str | None
    features: tuple[str, ...]
    functions: tuple[str, ...]
    priority: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario."""

    name: str
    community: Community
    tables: Tables

    @property
    def seed(self) -> int:
        """What all chance of the day comes from, together with the day."""
        return self.tables.scenario.seed

    @property
    def site(self) -> str:
        """The one site that is simulated."""
        return self.tables.scenario.site

    @property
    def zone(self) -> str:
        """The site's time zone."""
        return next(site.timezone for site in self.community.sites if site.id == self.site)

    @property
    def default_speed(self) -> float:
        """How fast the scenario wants to be watched."""
        return self.tables.scenario.default_speed

    def instant(self, day: date, local: str) -> Millis:
        """Return HH:MM (up to 24:00) on `day` at the site as an instant."""
        hour, minute = int(local[:2]), int(local[3:])
        start = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24, minute), ZoneInfo(self.zone))
        return to_millis(start)

    def start_at(self, day: date) -> Millis:
        """Return where the clock of a first start stands on `day`."""
        return self.instant(day, self.tables.scenario.start)

    def code(self, activity: Activity) -> str:
        """Return what the group types at the button."""
        return activity.code or f"{stream(self.seed, 'code', activity.id).randrange(10_000):04}"

    def bookings(self, day: date) -> list[SeedBooking]:
        """Return the bookings of `day`."""
        return [
            SeedBooking(
                id=f"{activity.id}-{day:%Y%m%d}",
                site=self.site,
                space=activity.space,
                group=activity.group,
                title=activity.title,
                people=activity.people,
                start=self.instant(day, activity.start),
                end=self.instant(day, activity.end),
                function=activity.function,
                protected=activity.protected,
                code=self.code(activity),
            )
            for activity in self.tables.activities
            if activity.has_booking and activity.is_of(day)
        ]

    def requests(self, day: date) -> list[SeedRequest]:
        """Return the waitlist of `day`; its order in the file is the order in which they asked, the evening before."""
        evening = self.instant(day, "00:00") - 6 * HOUR
        return [
            SeedRequest(
                id=f"{entry.id}-{day:%Y%m%d}",
                site=self.site,
                group=entry.group,
                title=entry.title,
                people=entry.people,
                duration_min=entry.duration_min,
                earliest=self.instant(day, entry.earliest),
                latest_end=self.instant(day, entry.latest_end),
                created_at=evening + index * MINUTE,
                space=entry.space,
                features=entry.features,
                functions=entry.functions,
                priority=entry.priority,
            )
            for index, entry in enumerate(self.tables.waitlist)
        ]


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a built-in scenario by its name, or a scenario file. Raises FileError naming file and entry."""
    raw = _read(name_or_path)
    if "extends" in raw:
        base = _read(str(raw.pop("extends")))
        if "extends" in base:
            raise FileError(f"{name_or_path}: extends: expected a scenario that extends no other")
        raw = merge(base, raw)
    return parse_scenario(raw, str(name_or_path))


def built_in_scenarios() -> list[str]:
    """Return the names of the scenarios that come with the simulator."""
    entries = (files("firmware_sim") / "scenarios").iterdir()
    return sorted(entry.name.removesuffix(".toml") for entry in entries if entry.name.endswith(".toml"))


def _read(name_or_path: str | Path) -> dict[str, object]:
    names = built_in_scenarios()
    try:
        if str(name_or_path) in names:
            text = (files("firmware_sim") / "scenarios" / f"{name_or_path}.toml").read_text(encoding="utf-8")
        else:
            text = Path(name_or_path).read_text(encoding="utf-8")
        return tomllib.loads(text)
    except OSError as error:
        known = ", ".join(names)
        raise FileError(
            f"{name_or_path}: cannot be read: {error.strerror}; expected a scenario file or one of: {known}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{name_or_path}: not TOML: {error}") from None


def parse_scenario(raw: dict[str, object], source: str) -> Scenario:
    """Check a scenario given as plain tables. Raises FileError; `source` names it in the message."""
    raw = expand(raw, source)
    community = parse_community({key: raw[key] for key in raw if key in _COMMUNITY_TABLES}, source)
    try:
        tables = Tables.model_validate({key: raw[key] for key in raw if key not in _COMMUNITY_TABLES})
    except ValidationError as error:
        raise FileError(f"{source}: {first_fault(error)}") from None
    for fault in faults_between(community, tables):
        raise FileError(f"{source}: {fault}")
    return Scenario(source, community, tables)
