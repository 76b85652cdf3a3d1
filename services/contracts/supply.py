"""When space is there and on whose terms: opening hours, holidays, supply windows, changeover."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from services.contracts.entries import WEEKDAYS, Entry, LocalDay, LocalTime, Weekday
from services.contracts.errors import FieldError
from services.contracts.names import Name
from services.contracts.recurrence import Recurring

ANY = "*"
"""Stands for every function in a changeover."""

Approval = Literal["auto", "host"]


class Period(Entry):
    """From one local time to another; an end at or before the start is on the next day."""

    start: LocalTime
    end: LocalTime

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.start in (self.end, "24:00") or (self.start, self.end) == ("24:00", "00:00"):
            raise FieldError("period_empty", start=self.start, end=self.end)
        return self


class Hours(Period):
    """A period of some weekdays: the days are those on which it begins."""

    days: tuple[Weekday, ...] = WEEKDAYS


class Holiday(Entry):
    """Days on which a site, or one space of it, is closed or has other hours."""

    id: Name
    site: Name
    space: Annotated[Name | None, Field(description="none: the whole site")] = None
    name: Annotated[str, Field(min_length=1)]
    first_day: LocalDay
    last_day: Annotated[LocalDay | None, Field(description="included; none: one day")] = None
    hours: Annotated[tuple[Period, ...], Field(description="instead of the usual ones; none: closed")] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day is not None and self.last_day < self.first_day:
            raise FieldError("last_day_before", last=self.last_day, first=self.first_day)
        return self


class Changeover(Entry):
    """Minutes from the end of one function to the start of another, `from` → `to`; the way back is its own row.

    A row for a space counts before one for its site, and a function named before `*`, which is any other function.
    """

    model_config = ConfigDict(populate_by_name=True)

    site: Name
    space: Annotated[Name | None, Field(description="none: every space of the site")] = None
    before: Annotated[str, Field(alias="from")]
    after: Annotated[str, Field(alias="to")]
    minutes: Annotated[int, Field(ge=0, le=1440)]


class RecallTerm(Entry):
    """The lender may take a window back this long before, alone or only with an equal space instead."""

    before_min: Annotated[int, Field(ge=0, le=525_600)]
    with_replacement: bool = False


class Supply(Recurring):
    """A supply window: on these days, between these local times, an owner or partner lends the space.

    The days are `days` of every week, or those of `rrule`; both within `valid_from` … `valid_until`.
    """

    id: Name
    site: Name
    space: Name
    owner: str
    functions: tuple[str, ...]
    days: tuple[Weekday, ...] = WEEKDAYS
    start: LocalTime
    end: LocalTime
    terms: str = ""
    valid_from: LocalDay | None = None
    valid_until: Annotated[LocalDay | None, Field(description="included")] = None
    groups: Annotated[tuple[Name, ...], Field(description="none: every group")] = ()
    notice_min: Annotated[int, Field(ge=0, le=525_600, description="to be booked this long before")] = 0
    recall: tuple[RecallTerm, ...] = ()
    rules: Annotated[str, Field(description="house rules, as shown to whoever books")] = ""
    approval: Approval = "auto"
    approve_within_min: Annotated[int, Field(ge=5, le=43_200, description="then a booking not approved lapses")] = 1440

    @model_validator(mode="after")
    def _days_said_once(self) -> Self:
        if self.rrule is not None and "days" in self.model_fields_set and self.days != WEEKDAYS:
            raise FieldError("days_beside_rule")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise FieldError("valid_until_before", last=self.valid_until, first=self.valid_from)
        return self

    def lent_days(self, first: date, last: date, zone: str) -> list[date]:
        """Return the local days from `first` to `last`, both included, on which the window is lent, in order."""
        first, last = max(first, self.valid_from or first), min(last, self.valid_until or last)
        if self.rrule is not None:
            return self.rule_days(first, last, zone, self.start)
        days = (first + timedelta(days=shift) for shift in range((last - first).days + 1))
        return [day for day in days if WEEKDAYS[day.weekday()] in self.days]


class Standing(Recurring):
    """A standing activity (常设活动): what the community itself does in a space again and again."""

    id: Name
    site: Name
    space: Name
    group: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    people: Annotated[int, Field(ge=1)]
    function: str = ""
    start: LocalTime
    end: Annotated[LocalTime, Field(description="at or before the start: on the next day")]
    protected: bool = True

    @model_validator(mode="after")
    def _repeats(self) -> Self:
        if self.rrule is None:
            raise FieldError("rule_of_standing")
        return self


class Group(Entry):
    """A group that books: its place in line, what it may use in a week, and what it mostly does.

    Bookings and requests name a group by its id or its name.
    """

    id: Name
    site: Name
    name: Annotated[str, Field(min_length=1)]
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    weekly_quota_min: Annotated[int | None, Field(ge=1, le=10_080, description="from Monday on; none: no limit")] = None
    points: Annotated[int, Field(ge=0, le=1_000_000, description="earned by giving time back or lending a hand")] = 0
    function: Annotated[str, Field(description="what its bookings are for when they do not say")] = ""
