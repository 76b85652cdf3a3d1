"""What space there is and how it is planned, as answered: of lending.py, tasks.py, instance.py and plans.py."""

from typing import Annotated, Literal

from pydantic import Field

from services.api.answers.bookings import Proposal
from services.api.answers.shape import Answer, Instant, Page
from services.contracts.community import Changeover, Group, Holiday, Site, Standing, Supply
from services.contracts.names import Name
from services.contracts.supply import Approval


class Window(Answer):
    """A stretch of time in which a space is there."""

    start: Instant
    end: Instant
    functions: list[str]
    groups: Annotated[list[str], Field(description="none: every group")]
    supply: Annotated[str | None, Field(description="the supply window; null: it is nobody's in particular")]
    notice_min: int
    approval: Approval


class Availability(Answer):
    """When a space is there for a use."""

    items: list[Window]
    next: None
    why_not: Annotated[str | None, Field(description="why it is not for the whole of `from` … `to`")]


class Task(Answer):
    """What stewards have to do between two uses of a space."""

    kind: Literal["changeover", "cleaning"]
    site: Name
    space: Name
    start: Instant
    due: Annotated[Instant | None, Field(description="null: nobody comes after")]
    minutes: int
    short: Annotated[bool, Field(description="it takes longer than there is time")]
    before: str | None
    after: str | None
    booking: Annotated[str | None, Field(description="the one that comes after")]


class InstanceSpace(Answer):
    """A space of an instance."""

    id: str
    capacity: int
    features: list[str]
    open: list[tuple[Instant, Instant]]
    parts: list[str]


class InstanceRequest(Answer):
    """A wish of an instance, or a booking that stands."""

    id: str
    people: int
    features: list[str]
    duration_min: int
    earliest: Instant
    latest_end: Instant
    weight: float
    group: str


class Placed(Answer):
    """Where and when a request is served."""

    request: str
    space: str
    start: Instant


class Instance(Answer):
    """What the planner takes: see docs/planner.md."""

    grid_min: int
    spaces: list[InstanceSpace]
    requests: list[InstanceRequest]
    fixed: list[Placed]


class Unserved(Answer):
    """A wish that finds no place, and why."""

    request: str
    reason: str


class Plan(Answer):
    """A plan of all waiting wishes, how good it is, and the proposal to agree to."""

    value: float
    bound: Annotated[float, Field(description="no plan is worth more")]
    gap: float
    seconds: float
    assigned: list[Placed]
    unserved: list[Unserved]
    proposal: Proposal | None


class SiteList(Page[Site]):
    """Every community of the catalogue."""


class Supplies(Page[Supply]):
    """All supply windows."""


class Holidays(Page[Holiday]):
    """Days on which sites or spaces are closed or have other hours."""


class Changeovers(Page[Changeover]):
    """Minutes that must lie between two functions."""


class StandingActivities(Page[Standing]):
    """What the community itself does again and again."""


class Groups(Page[Group]):
    """Groups with their priority, points and weekly quota."""


class Tasks(Page[Task]):
    """Changeovers and cleaning, by time."""
