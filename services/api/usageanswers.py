"""What the answers about usage look like."""

from typing import Literal

from pydantic import BaseModel, Field

from services.usage.families import Bookings, Ghosts, Groups, Released, Use, WalkIns, Watched
from services.usage.heat import HeatCell


class Place(BaseModel):
    """A site."""

    id: str
    name: str
    zone: str


class OfBookings(BaseModel):
    """Figures of bookings."""

    bookings: Bookings
    ghosts: Ghosts
    released: Released
    walk_ins: WalkIns
    groups: Groups


class OfSpaces(OfBookings):
    """Figures of spaces."""

    watched: Watched
    use: Use


class SpaceFigures(OfSpaces):
    """One space."""

    space: str
    name: str
    group: str = Field(description="the heading on the board")
    capacity: int
    functions: tuple[str, ...]
    in_total: bool = Field(description="false: its occupancy is that of its parts, which the sums are made of")


class DayFigures(OfSpaces):
    """One local day."""

    day: str


class FunctionFigures(OfBookings):
    """One function; empty: bookings that do not say."""

    function: str


class GroupFigures(OfBookings):
    """One group; empty: all residents who booked for themselves."""

    group: str


class Span(BaseModel):
    """From when to when, and until when anything can be known of it yet."""

    site: Place
    from_: str = Field(alias="from")
    to: str
    until: str
    restricted: bool = Field(description="small figures are hidden, and the period is made of whole local days")
    k: int = Field(description="figures that rest on fewer people, bookings or groups are hidden")


class Compared(BaseModel):
    """The same figures of another period."""

    from_: str = Field(alias="from")
    to: str
    until: str
    total: OfSpaces
    items: list[SpaceFigures]
    days: list[DayFigures]


class Figures(Span):
    """Answer of GET /usage/figures."""

    total: OfSpaces
    items: list[SpaceFigures]
    days: list[DayFigures]
    functions: list[FunctionFigures]
    groups: list[GroupFigures] | None = Field(description="for staff only")
    compare: Compared | None
    next: None = None


class Heat(Span):
    """Answer of GET /usage/heatmap: 168 cells, Monday 00 first."""

    items: list[HeatCell]
    next: None = None


class Lent(BaseModel):
    """One owner in one space; without a space the owner in all of theirs, without an owner everybody."""

    owner: str
    space: str
    name: str = Field(description="of the space")
    lent_h: float
    observed_h: float
    suppressed: bool
    used_h: float | None
    booked_h: float | None
    bookings: int | None
    groups: int | None
    people: int | None


class Ports(BaseModel):
    """The charging ports of one space; without a space those of all."""

    space: str
    name: str
    ports: int
    observed_h: float
    faults: int
    fault_h: float
    suppressed: bool
    sessions: int | None
    energy_kwh: float | None
    in_use_h: float | None
    in_use_share: float | None


class Contributions(Span):
    """Answer of GET /usage/partners: the total first, then every owner followed by their spaces."""

    items: list[Lent]
    next: None = None


class Charging(Span):
    """Answer of GET /usage/charging: the total first, then every space that has charging points."""

    items: list[Ports]
    next: None = None


class SpaceUsage(BaseModel):
    """One space of GET /usage."""

    site: str
    space: str
    booked_min: float | None
    released_min: float | None
    reused_min: float | None
    suppressed: bool


class SpaceUsages(BaseModel):
    """Answer of GET /usage."""

    items: list[SpaceUsage]
    next: None = None


ExportTable = Literal["spaces", "days", "functions", "groups", "heatmap", "partners", "charging"]
