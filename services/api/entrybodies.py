"""The bodies with which the catalogue is changed: the entries of a community file, with a bound on every field."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, create_model, model_validator

from services.api.bodies import Body, Line, People
from services.contracts.entries import LocalDay, LocalTime, Weekday
from services.contracts.errors import FieldError
from services.contracts.names import Name
from services.contracts.policy import Policy
from services.contracts.supply import Approval, Changeover, Hours, Period, RecallTerm


def _readable(text: str) -> str:
    if not all(one.isprintable() or one in "\n\t" for one in text.replace("\r\n", "\n")):
        raise FieldError("fault_unprintable")
    return text


Prose = Annotated[str, Field(max_length=2_000), AfterValidator(_readable)]
Word = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_readable)]
MaybeWord = Annotated[str, Field(max_length=60), AfterValidator(_readable)]
Zone = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]
Rule = Annotated[str, Field(max_length=500), AfterValidator(_readable)]
Topic = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_readable)]
Minutes = Annotated[int, Field(ge=0, le=1440)]
Capacity = Annotated[int, Field(ge=1, le=100_000)]
Words = Annotated[tuple[Word, ...], Field(max_length=50)]
Openings = Annotated[tuple[Hours, ...], Field(max_length=50)]
Days = Annotated[tuple[LocalDay, ...], Field(max_length=500)]
Names = Annotated[tuple[Name, ...], Field(max_length=100)]


class NewSite(Body):
    """The body of POST /sites."""

    id: Name
    name: Line
    timezone: Zone
    hours: Openings = ()


class SiteChange(Body):
    """The body of PATCH /sites/{site}: what it leaves out stays as it is."""

    name: Line = ""
    timezone: Zone = ""
    hours: Openings = ()


class SpaceChange(Body):
    """The body of PATCH /spaces/{site}/{space}: what it leaves out stays as it is."""

    name: Line = ""
    capacity: Capacity = 1
    functions: Words = ()
    features: Words = ()
    parts: Names = ()
    hours: Openings = ()
    cleaning_min: Minutes = 0
    capacity_by_function: Annotated[dict[Word, Capacity], Field(default_factory=dict, max_length=50)]
    group: MaybeWord = ""


class NewSpace(SpaceChange):
    """The body of POST /spaces."""

    id: Name
    site: Name
    name: Line
    capacity: Capacity


class DeviceChange(Body):
    """The body of PATCH /devices/{site}/{device}: what it leaves out stays as it is."""

    space: Name = ""
    kind: Annotated[str, Field(max_length=64)] = ""
    codec: Annotated[str | None, Field(max_length=64, pattern=r"^[a-z0-9_-]+$")] = None
    topic: Topic | None = None
    heartbeat_s: Annotated[float | None, Field(gt=0, le=31_536_000, allow_inf_nan=False)] = None


class GroupChange(Body):
    """The body of PATCH /groups/{site}/{id}: what it leaves out stays as it is."""

    name: Line = ""
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    weekly_quota_min: Annotated[int | None, Field(ge=1, le=10_080)] = None
    points: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    function: MaybeWord = ""


class NewGroup(GroupChange):
    """The body of POST /groups."""

    id: Name
    site: Name
    name: Line


class HolidayChange(Body):
    """The body of PATCH /holidays/{site}/{id}: what it leaves out stays as it is."""

    space: Name | None = None
    name: Line = ""
    first_day: LocalDay | None = None
    last_day: LocalDay | None = None
    hours: Annotated[tuple[Period, ...], Field(max_length=20)] = ()


class SupplyChange(Body):
    """The body of PATCH /supply/{site}/{id}: what it leaves out stays as it is."""

    space: Name = ""
    owner: Line = ""
    functions: Words = ()
    days: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    start: LocalTime = ""
    end: LocalTime = ""
    terms: Prose = ""
    rrule: Rule | None = None
    dtstart: LocalDay | None = None
    exdate: Days = ()
    rdate: Days = ()
    valid_from: LocalDay | None = None
    valid_until: LocalDay | None = None
    groups: Names = ()
    notice_min: Annotated[int, Field(ge=0, le=525_600)] = 0
    recall: Annotated[tuple[RecallTerm, ...], Field(max_length=10)] = ()
    rules: Prose = ""
    approval: Approval = "auto"
    approve_within_min: Annotated[int, Field(ge=5, le=43_200)] = 1440


class StandingChange(Body):
    """The body of PATCH /standing/{site}/{id}: what it leaves out stays as it is."""

    space: Name = ""
    group: Line = ""
    title: Line = ""
    people: People = 1
    function: MaybeWord = ""
    start: LocalTime = ""
    end: LocalTime = ""
    protected: bool = True
    rrule: Rule = ""
    dtstart: LocalDay | None = None
    exdate: Days = ()
    rdate: Days = ()


class NewStanding(StandingChange):
    """The body of POST /standing."""

    id: Name
    site: Name
    space: Name
    group: Line
    title: Line
    people: People
    start: LocalTime
    end: LocalTime
    rrule: Rule
    dtstart: LocalDay


class _Row(Changeover):
    before: Annotated[Word, Field(alias="from")]
    after: Annotated[Word, Field(alias="to")]


class NewChangeover(Body):
    """The body of PUT /changeover: all rows of a site, instead of those it has."""

    site: Name
    rows: Annotated[tuple[_Row, ...], Field(max_length=2_000)]


Longest = Annotated[float | None, Field(ge=0, allow_inf_nan=False, description="minutes; null: no limit")]


class NewPolicy(Policy):
    """The body of PUT /policy: the whole policy; what it leaves out is as usual."""

    protect_longer_than_min: Longest = 360  # type: ignore[assignment]  # JSON has no infinity: null stands for it
    never_release: Names = ()
    shadow: Names = ()

    def policy(self) -> Policy:
        """Return it as the scheduler has it."""
        said = self.model_dump()
        if self.protect_longer_than_min is None:
            said["protect_longer_than_min"] = float("inf")
        return Policy.model_validate(said)


class NewArea(Body):
    """A rectangle for a space, in units of the view box."""

    space: Name
    x: Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
    y: Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
    width: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
    height: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


Coordinate = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class PlanChange(Body):
    """The body of PUT /floorplans/{site}/{id}: a drawing, rectangles, or both."""

    name: Line
    view_box: Annotated[
        tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None,
        Field(description="x, y, width, height; none: as the drawing says"),
    ] = None
    svg: Annotated[str | None, Field(max_length=600_000)] = None
    areas: Annotated[tuple[NewArea, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _has_a_size(self) -> Self:
        if self.svg is None and self.view_box is None:
            raise FieldError("fault_no_view_box")
        if self.view_box is not None and min(self.view_box[2:]) <= 0:
            raise FieldError("fault_flat_view_box")
        return self


class NewFloorPlan(PlanChange):
    """The body of POST /floorplans."""

    site: Name
    id: Name


ShownPolicy = create_model("ShownPolicy", __base__=Policy, protect_longer_than_min=(Longest, 360))
