"""The bodies that can be posted, and whether what they say can be meant in this community."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.api.moments import Moment
from services.api.problems import RefusalError
from services.bookings.grid import GRID, LONGEST
from services.bookings.records import Alternative
from services.bookings.repair import Cause
from services.catalogue.availability import Use
from services.catalogue.openings import WhyNot
from services.catalogue.view import CatalogueView
from services.contracts.community import Space
from services.contracts.entries import LocalDay
from services.contracts.errors import FieldError, NotFoundError
from services.contracts.instants import to_millis
from services.contracts.names import HOUR, MINUTE, Millis, Name
from services.contracts.vocabulary import feature_word, function_word

RecordId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def printable(text: str) -> str:
    """Return text that can be shown. Raises ValueError, for pydantic."""
    if not text.isprintable():
        raise FieldError("fault_unprintable")
    return text


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
People = Annotated[int, Field(ge=1, le=100_000)]


class Body(BaseModel):
    """What is posted: nothing beyond its fields, and no blanks around what is said."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NewBooking(Body):
    """The body of POST /bookings. With an `id` of its own it can be sent again without booking twice."""

    id: RecordId | None = None
    site: Name
    space: Name
    group: Line
    title: Annotated[str, Field(max_length=200, description="default: the group")] = ""
    people: People
    start: Moment
    end: Moment
    function: Annotated[str, Field(description="default: what the group mostly does, where the space is for it")] = ""
    protected: bool = False
    code: Annotated[str, Field(max_length=32)] = ""


class NewMessage(Body):
    """The body of PUT /spaces/{site}/{space}/message: what the screens of a space show for `minutes`."""

    text: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(printable)]
    minutes: Annotated[int, Field(ge=1, le=1440)]


class NewAlternative(Body):
    """What would do as well, if less: what it leaves out is as in the wish itself."""

    space: Name | None = None
    earliest: Moment | None = None
    latest_end: Moment | None = None


class NewRequest(Body):
    """The body of POST /requests: a wish for `space`, or for any that fits."""

    id: RecordId | None = None
    site: Name
    group: Line
    title: Annotated[str, Field(max_length=200, description="default: the group")] = ""
    people: People
    duration_min: Annotated[int, Field(ge=5, le=1440)]
    earliest: Moment
    latest_end: Moment
    space: Name | None = None
    features: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    priority: Annotated[int | None, Field(ge=-100, le=100, description="default: the group's")] = None
    alternatives: Annotated[
        tuple[NewAlternative, ...], Field(max_length=10, description="other spaces or times, the best liked first")
    ] = ()
    min_duration_min: Annotated[int | None, Field(ge=5, le=1440, description="the least that is acceptable")] = None
    walk_in: Annotated[bool, Field(description="they stand at the door")] = False
    rrule: Annotated[
        str | None, Field(max_length=500, description="a wish for each day of the rule, at the same local times")
    ] = None
    until: Annotated[LocalDay | None, Field(description="last day of the season, for a rule without an end")] = None


class NewOffer(Body):
    """The body of POST /offers: staff hold the time of a released booking, or a space, for a waiting request."""

    request: str
    space: Name | None = None
    booking: str | None = None
    start: Moment | None = None
    hold_min: Annotated[float | None, Field(gt=0, le=240)] = None


class NewDisturbance(Body):
    """The body of POST /disturbances: a space is lost from `start` to `end`."""

    site: Name
    space: Name
    start: Moment
    end: Moment
    cause: Cause
    why: Line
    max_shift_min: Annotated[int, Field(ge=0, le=720, description="how far a booking may move in time")] = 0
    apply: Literal["propose", "auto"] = "propose"


class NewPlan(Body):
    """The body of POST /plans: plan all waiting wishes of a site from one instant to another."""

    site: Name
    from_: Annotated[Moment | None, Field(alias="from", description="default: now")] = None
    to: Annotated[Moment | None, Field(description="default: a week after `from`")] = None
    seconds: Annotated[float, Field(ge=1, le=60, description="how long the planner may take")] = 10


class Move(Body):
    """The body of POST /bookings/{id}/move: another space, another start, or both; as long as before."""

    space: Name | None = None
    start: Moment | None = None

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.space is None and self.start is None:
            raise FieldError("fault_goes_nowhere")
        return self


def space_of(view: CatalogueView, site: str, space: str) -> Space:
    """Return the space a body names. Raises RefusalError."""
    try:
        return view.space(site, space)
    except NotFoundError:
        raise RefusalError("invalid", "unknown_space", site=site, space=space) from None


def check_known(view: CatalogueView, body: NewRequest) -> None:
    """Raise RefusalError unless some space of the site could ever serve a wish that names none."""
    spaces = [space for space in view.community.spaces if space.site == body.site]
    for function in body.functions:
        if all(function not in space.functions for space in spaces):
            raise RefusalError("invalid", "no_space_used_for", function=function_word(function))
    for feature in body.features:
        if all(feature not in space.features for space in spaces):
            raise RefusalError("invalid", "no_space_has", feature=feature_word(feature))
    largest = max((space.capacity for space in spaces), default=0)
    if body.people > largest:
        raise RefusalError("invalid", "more_than_any", people=body.people, largest=largest)


def zone_of(view: CatalogueView, site: str) -> str:
    """Return the zone of the site a body names. Raises RefusalError."""
    try:
        return view.zone(site)
    except NotFoundError:
        raise RefusalError("invalid", "unknown_site", site=site) from None


def span_of(start: Moment, end: Moment, now: Millis) -> tuple[Millis, Millis]:
    """Return a booking's time: in order, not over, not too long and on the grid. Raises RefusalError."""
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="start", end="end")
    if to_millis(end) <= now:
        raise RefusalError("invalid", "already_over")
    if to_millis(end) - to_millis(start) > LONGEST:
        raise RefusalError("invalid", "booking_too_long", hours=LONGEST // HOUR)
    return on_grid("start", start), on_grid("end", end)


def on_grid(field: str, value: Moment) -> Millis:
    """Return an instant that lies on the booking grid. Raises RefusalError naming the field."""
    at = to_millis(value)
    if at % GRID:
        raise RefusalError("invalid", "off_grid", field=field, minutes=GRID // MINUTE)
    return at


def check_suits(view: CatalogueView, space: Space, people: int, functions: tuple[str, ...]) -> None:
    """Raise RefusalError unless the space holds so many people and is used for one of `functions`, if there are."""
    _refuse(view.availability.unsuited(space.site, space.id, people, functions))


def check_there(view: CatalogueView, space: Space, use: Use, now: Millis | None = None) -> None:
    """Raise RefusalError, in words, unless the space is open, lent and large enough for this use."""
    _refuse(view.availability.why_not(space.site, space.id, use, now))


def _refuse(why: WhyNot | None) -> None:
    if why is not None:
        raise RefusalError("invalid", why.key, **why.params)


def check_window(earliest: Millis, latest_end: Millis, duration_min: int) -> None:
    """Raise RefusalError unless so many minutes fit between two instants."""
    if latest_end <= earliest:
        raise RefusalError("invalid", "end_before_start", start="earliest", end="latest_end")
    if earliest + duration_min * MINUTE > latest_end:
        raise RefusalError("invalid", "window_too_short", duration_min=duration_min)


def alternatives_of(
    view: CatalogueView, body: NewRequest, earliest: Millis, latest_end: Millis
) -> tuple[Alternative, ...]:
    """Return the other spaces and times of a wish. Raises RefusalError for one it does not fit."""
    found: list[Alternative] = []
    for one in body.alternatives:
        if one.space is not None:
            check_suits(view, space_of(view, body.site, one.space), body.people, body.functions)
        begin = None if one.earliest is None else to_millis(one.earliest)
        end = None if one.latest_end is None else to_millis(one.latest_end)
        check_window(
            earliest if begin is None else begin,
            latest_end if end is None else end,
            body.min_duration_min or body.duration_min,
        )
        found.append(Alternative(one.space, begin, end))
    return tuple(found)


def usual_function(view: CatalogueView, space: Space, group: str) -> str:
    """Return what a group mostly does, where the space is for that; empty: nothing known."""
    known = view.availability.group(space.site, group)
    return known.function if known is not None and known.function in space.functions else ""
