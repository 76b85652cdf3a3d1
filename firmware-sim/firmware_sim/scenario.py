"""A scenario: a community file with the story of its day, checked as a whole, and the bookings it starts from."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from firmware_sim.chance import stream
from firmware_sim.tables import ON_BATTERY, Activity, Tables
from services.contracts.community import WEEKDAYS, Community, Device, Space, parse_community
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
            if activity.has_booking
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
    built_in = files("firmware_sim") / "scenarios"
    names = sorted(entry.name.removesuffix(".toml") for entry in built_in.iterdir() if entry.name.endswith(".toml"))
    try:
        if str(name_or_path) in names:
            text = (built_in / f"{name_or_path}.toml").read_text(encoding="utf-8")
        else:
            text = Path(name_or_path).read_text(encoding="utf-8")
        return parse_scenario(tomllib.loads(text), str(name_or_path))
    except OSError as error:
        known = ", ".join(names)
        raise FileError(
            f"{name_or_path}: cannot be read: {error.strerror}; expected a scenario file or one of: {known}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{name_or_path}: not TOML: {error}") from None


def parse_scenario(raw: dict[str, object], source: str) -> Scenario:
    """Check a scenario given as plain tables. Raises FileError; `source` names it in the message."""
    community = parse_community({key: raw[key] for key in raw if key in _COMMUNITY_TABLES}, source)
    try:
        tables = Tables.model_validate({key: raw[key] for key in raw if key not in _COMMUNITY_TABLES})
    except ValidationError as error:
        raise FileError(f"{source}: {first_fault(error)}") from None
    for fault in _faults(community, tables):
        raise FileError(f"{source}: {fault}")
    return Scenario(source, community, tables)


def _faults(community: Community, tables: Tables) -> list[str]:
    """Return what is wrong between the tables."""
    site = tables.scenario.site
    spaces = {space.id: space for space in community.spaces if space.site == site}
    devices = {device.id: device for device in community.devices if device.site == site}
    faults: list[str] = []
    if site not in {entry.id for entry in community.sites}:
        return [f"scenario.site: {site!r} is not a site of this file"]
    for index, break_space in enumerate(tables.scenario.wander_to):
        if break_space not in spaces:
            faults.append(f"scenario.wander_to.{index}: {break_space!r} is not a space of site {site!r}")
    for index, counter in enumerate(tables.scenario.totals):
        if counter not in devices or devices[counter].kind != "count":
            faults.append(f"scenario.totals.{index}: {counter!r} is not a count device of site {site!r}")
    faults += _activity_faults(community, tables, spaces)
    for index, entry in enumerate(tables.waitlist):
        if entry.space is not None and entry.space not in spaces:
            faults.append(f"waitlist.{index}.space: {entry.space!r} is not a space of site {site!r}")
    faults += _device_faults(tables, spaces, devices)
    for table, habits in (("charging", tables.charging), ("lending", tables.lending), ("walk_ins", tables.walk_ins)):
        for index, habit in enumerate(habits):
            if habit.space not in spaces:
                faults.append(f"{table}.{index}.space: {habit.space!r} is not a space of site {site!r}")
            elif spaces[habit.space].parts:
                faults.append(f"{table}.{index}.space: {habit.space!r} has parts; expected one of them")
    for index, plugged in enumerate(tables.charging):
        if plugged.port is not None and plugged.port >= tables.scenario.ports:
            faults.append(f"charging.{index}.port: expected less than scenario.ports = {tables.scenario.ports}")
    for table, ids in (
        ("activities", [activity.id for activity in tables.activities]),
        ("strangers", [stranger.id for stranger in tables.strangers]),
        ("strangers", [stranger.claim for stranger in tables.strangers]),
        ("waitlist", [entry.id for entry in tables.waitlist]),
        ("waitlist", [entry.group for entry in tables.waitlist]),  # an offer names the group alone
    ):
        for index, value in enumerate(ids):
            if value in ids[:index]:
                faults.append(f"{table}.{index}: {value!r} is there twice")
    return faults


def _device_faults(tables: Tables, spaces: dict[str, Space], devices: dict[str, Device]) -> list[str]:
    site = tables.scenario.site
    faults: list[str] = []
    for index, stranger in enumerate(tables.strangers):
        if stranger.space not in spaces:
            faults.append(f"strangers.{index}.space: {stranger.space!r} is not a space of site {site!r}")
        if stranger.id in devices:
            faults.append(f"strangers.{index}.id: {stranger.id!r} is a device of site {site!r}, and so no stranger")
    kinds = {device: entry.kind for device, entry in devices.items()}
    kinds |= {stranger.id: stranger.kind for stranger in tables.strangers}
    for index, fault in enumerate(tables.faults):
        if fault.device not in kinds:
            faults.append(f"faults.{index}.device: {fault.device!r} is not a device of site {site!r}")
        if fault.victim is not None and (fault.victim not in devices or fault.victim == fault.device):
            faults.append(f"faults.{index}.victim: {fault.victim!r} is not another device of site {site!r}")
        if fault.what == "battery_leak" and kinds.get(fault.device, "") not in ON_BATTERY:
            faults.append(f"faults.{index}.what: {fault.device!r} has no battery that could leak")
    return faults


def _activity_faults(community: Community, tables: Tables, spaces: dict[str, Space]) -> list[str]:
    site = tables.scenario.site
    faults: list[str] = []
    held: dict[str, list[tuple[str, str, str]]] = {}
    for index, activity in enumerate(tables.activities):
        place = f"activities.{index} ({activity.id})"
        space = spaces.get(activity.space)
        if space is None:
            faults.append(f"{place}.space: {activity.space!r} is not a space of site {site!r}")
            continue
        if activity.function and activity.function not in space.functions:
            known = ", ".join(space.functions) or "none"
            faults.append(f"{place}.function: {activity.function!r} is not a function of {space.id!r} (known: {known})")
        if activity.people > space.capacity:
            faults.append(f"{place}.people: {activity.people} is more than {space.id!r} holds ({space.capacity})")
        if not activity.has_booking:
            continue
        windows = [window for window in community.supply if (window.site, window.space) == (site, space.id)]
        lent = (
            window.start <= activity.start and activity.end <= window.end and set(window.days) == set(WEEKDAYS)
            for window in windows
        )
        if windows and not any(lent):
            faults.append(f"{place}: {activity.start} to {activity.end} is in no daily supply window of {space.id!r}")
        for room in sorted(rooms_of(spaces, space.id)):
            for other, start, end in held.setdefault(room, []):
                if start < activity.end and activity.start < end:
                    faults.append(f"{place}: is booked at the same time as {other!r} in {room!r}")
            held[room].append((activity.id, activity.start, activity.end))
    return faults


def rooms_of(spaces: dict[str, Space], space: str) -> frozenset[str]:
    """Return the undivided rooms that `space` is made of: itself, or those of its parts."""
    parts = spaces[space].parts
    return frozenset().union(*(rooms_of(spaces, part) for part in parts)) if parts else frozenset({space})
