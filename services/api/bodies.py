"""The bodies that can be posted, and whether what they say can be meant in this community."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.api.problems import RefusalError
from services.bookings.grid import GRID, LONGEST
from services.bookings.repair import Cause
from services.catalogue.availability import Use, WhyNot
from services.catalogue.view import CatalogueView
from services.contracts.community import Space
from services.contracts.errors import NotFoundError
from services.contracts.instants import to_millis
from services.contracts.names import HOUR, MINUTE, Millis, Name

RecordId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Line = Annotated[str, Field(min_length=1, max_length=200)]
People = Annotated[int, Field(ge=1, le=100_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NewBooking(_Body):
    """The body of POST /bookings. With an `id` of its own it can be sent again without booking twice."""

    id: RecordId | None = None
    site: Name
    space: Name
    group: Line
    title: Annotated[str, Field(max_length=200, description="default: the group")] = ""
    people: People
    start: AwareDatetime
    end: AwareDatetime
    function: str = ""
    protected: bool = False
    code: Annotated[str, Field(max_length=32)] = ""


class NewRequest(_Body):
    """The body of POST /requests: a wish for `space`, or for any that fits."""

    id: RecordId | None = None
    site: Name
    group: Line
    title: Annotated[str, Field(max_length=200, description="default: the group")] = ""
    people: People
    duration_min: Annotated[int, Field(ge=5, le=1440)]
    earliest: AwareDatetime
    latest_end: AwareDatetime
    space: Name | None = None
    features: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    priority: Annotated[int, Field(ge=-100, le=100)] = 0


class NewOffer(_Body):
    """The body of POST /offers: staff hold the time of a released booking, or a space, for a waiting request."""

    request: str
    space: Name | None = None
    booking: str | None = None
    start: AwareDatetime | None = None
    hold_min: Annotated[float | None, Field(gt=0, le=240)] = None


class NewDisturbance(_Body):
    """The body of POST /disturbances: a space is lost from `start` to `end`."""

    site: Name
    space: Name
    start: AwareDatetime
    end: AwareDatetime
    cause: Cause
    why: Line
    max_shift_min: Annotated[int, Field(ge=0, le=720, description="how far a booking may move in time")] = 0
    apply: Literal["propose", "auto"] = "propose"


class Move(_Body):
    """The body of POST /bookings/{id}/move: another space, another start, or both; as long as before."""

    space: Name | None = None
    start: AwareDatetime | None = None

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.space is None and self.start is None:
            raise ValueError("expected space, start or both")
        return self


def space_of(view: CatalogueView, site: str, space: str) -> Space:
    """Return the space a body names. Raises RefusalError."""
    try:
        return view.space(site, space)
    except NotFoundError:
        raise RefusalError("invalid", "unknown_space", site=site, space=space) from None


def zone_of(view: CatalogueView, site: str) -> str:
    """Return the zone of the site a body names. Raises RefusalError."""
    try:
        return view.zone(site)
    except NotFoundError:
        raise RefusalError("invalid", "unknown_site", site=site) from None


def span_of(start: AwareDatetime, end: AwareDatetime, now: Millis) -> tuple[Millis, Millis]:
    """Return a booking's time: in order, not over, not too long and on the grid. Raises RefusalError."""
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="start", end="end")
    if to_millis(end) <= now:
        raise RefusalError("invalid", "already_over")
    if to_millis(end) - to_millis(start) > LONGEST:
        raise RefusalError("invalid", "booking_too_long", hours=LONGEST // HOUR)
    return on_grid("start", start), on_grid("end", end)


def on_grid(field: str, value: AwareDatetime) -> Millis:
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
