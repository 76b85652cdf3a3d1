"""Bookings that repeat: begin a series, see it, change it from a day on, let it go on, end it.

One occurrence is a booking like any other: it is moved and cancelled there, and its series leaves it alone then.
"""

import secrets
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import ConfigDict, Field, model_validator

from services.api import present
from services.api.bodies import Body, Line, People, space_of, usual_function
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, expect_in_charge, may_act
from services.api.language import Lang
from services.api.paging import After, Limit, paged
from services.api.problems import RefusalError
from services.bookings.codes import new_code
from services.bookings.series.operations import Outcome
from services.bookings.series.plan import Series, first_segment
from services.catalogue.people import Principal
from services.contracts.entries import LocalDay, LocalTime
from services.contracts.errors import FieldError
from services.contracts.instants import to_datetime
from services.contracts.names import Name
from services.contracts.recurrence import Recurring, check_rule
from services.contracts.texts import text

SeriesId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$")]
_A_SEASON = timedelta(days=91)
_A_YEAR = timedelta(days=366)


class NewSeries(Body):
    """The body of POST /series: a booking on every day of a rule, from one local time to another."""

    id: SeriesId | None = None
    site: Name
    space: Name
    group: Line
    title: Annotated[str, Field(max_length=200, description="default: the group")] = ""
    people: People
    start: LocalTime
    end: Annotated[LocalTime, Field(description="at or before the start: on the next day")]
    rrule: Annotated[str, Field(max_length=500, description="RFC 5545, days only, such as FREQ=WEEKLY;BYDAY=TU")]
    dtstart: LocalDay
    exdate: Annotated[tuple[LocalDay, ...], Field(max_length=400)] = ()
    rdate: Annotated[tuple[LocalDay, ...], Field(max_length=400)] = ()
    until: Annotated[
        LocalDay | None, Field(description="last day booked; default: 13 weeks on, or a year if the rule ends")
    ] = None
    function: str = ""
    protected: bool = False
    code: Annotated[str, Field(max_length=32)] = ""
    all_or_nothing: bool = True

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        check_rule(self.rrule, self.dtstart, self.exdate, self.rdate)
        return self

    def rule(self) -> Recurring:
        """Return when it takes place."""
        return Recurring(rrule=self.rrule, dtstart=self.dtstart, exdate=self.exdate, rdate=self.rdate)

    def last_day(self) -> date:
        """Return the last day to book."""
        ends = any(part in self.rrule.upper() for part in ("COUNT=", "UNTIL="))
        return self.until or self.dtstart + (_A_YEAR if ends else _A_SEASON)


class SeriesChange(Body):
    """The body of POST /series/{id}/change: this and following, from `from` on; what is left out stays."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_day: Annotated[LocalDay | None, Field(alias="from", description="default: today")] = None
    space: Name | None = None
    start: LocalTime | None = None
    end: LocalTime | None = None
    rrule: Annotated[str | None, Field(max_length=500)] = None
    dtstart: Annotated[LocalDay | None, Field(description="of the new rule; default: `from`")] = None
    exdate: Annotated[tuple[LocalDay, ...] | None, Field(max_length=400)] = None
    rdate: Annotated[tuple[LocalDay, ...] | None, Field(max_length=400)] = None
    all_or_nothing: bool = True

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.values():
            raise FieldError("fault_changes_nothing")
        if self.dtstart is not None and self.rrule is None:
            raise FieldError("fault_dtstart_alone")
        return self

    def values(self) -> dict[str, Any]:
        """Return what the new segment says anew, as it is kept."""
        told = self.model_dump(exclude={"from_day", "all_or_nothing"}, exclude_none=True, mode="json")
        return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}


class SeriesUntil(Body):
    """The body of POST /series/{id}/extend."""

    until: LocalDay
    all_or_nothing: bool = True


class SeriesEnd(Body):
    """The body of POST /series/{id}/cancel: nothing is booked on or after this day."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_day: Annotated[LocalDay | None, Field(alias="from", description="default: today")] = None


def list_series(deps: Wired, site: str | None = None, after: After = None, limit: Limit = 100) -> present.Json:
    """All series, without their occurrences."""
    return paged(
        lambda most: deps.series_queries.page(site, after, most), limit, lambda record: record.id, _shown_series
    )


def one_series(deps: Wired, caller: Caller, id: str) -> present.Json:
    """A series with every occurrence that was ever booked, and which of them are exceptions."""
    return _whole(deps, caller, deps.series_queries.get(id))


def make_series(deps: Wired, caller: Caller, lang: Lang, body: NewSeries, response: Response) -> present.Json:
    """Book a series. With `all_or_nothing` 409 names every occurrence that cannot be had, and nothing is booked.

    The same `id` with the same content once more changes nothing.
    """
    view = deps.catalogue.view()
    space = space_of(view, body.site, body.space)
    expect_in_charge(deps, caller, body.site, body.space)
    segment = first_segment(body.space, body.start, body.end, body.rule())
    series = Series(
        id=body.id or f"s-{secrets.token_hex(6)}",
        site=body.site,
        group=body.group,
        title=body.title or body.group,
        people=body.people,
        segments=(segment,),
        last_day=body.last_day().isoformat(),
        function=body.function or usual_function(view, space, body.group),
        protected=body.protected,
        code=body.code or new_code(),
    )
    known = deps.series_operations.known(series)
    if known:
        response.status_code = HTTPStatus.OK
    outcome = deps.series_operations.begin(series, actor(caller), deps.clock.now(), whole=body.all_or_nothing)
    return _answer(deps, caller, lang, outcome)


def change_series(deps: Wired, caller: Caller, lang: Lang, id: str, body: SeriesChange) -> present.Json:
    """Let a series be elsewhere, at another time or on other days from a day on. Exceptions stay as they are."""
    before = _expect_in_charge(deps, caller, id, body.from_day)
    if body.space is not None:
        space_of(deps.catalogue.view(), before.site, body.space)
        expect_in_charge(deps, caller, before.site, body.space)
    outcome = deps.series_operations.change(
        id, body.from_day, body.values(), actor(caller), deps.clock.now(), whole=body.all_or_nothing
    )
    return _answer(deps, caller, lang, outcome)


def extend_series(deps: Wired, caller: Caller, lang: Lang, id: str, body: SeriesUntil) -> present.Json:
    """Let a series go on, also where its rule had an end."""
    _expect_in_charge(deps, caller, id, None)
    outcome = deps.series_operations.extend(
        id, body.until, actor(caller), deps.clock.now(), whole=body.all_or_nothing, beyond_rule=True
    )
    return _answer(deps, caller, lang, outcome)


def cancel_series(deps: Wired, caller: Caller, lang: Lang, id: str, body: SeriesEnd) -> present.Json:
    """Cancel what is still to come from a day on, but for occurrences that were moved by hand."""
    _expect_in_charge(deps, caller, id, body.from_day)
    outcome = deps.series_operations.stop(id, body.from_day, actor(caller), deps.clock.now())
    return _answer(deps, caller, lang, outcome)


def _expect_in_charge(deps: Deps, caller: Principal, id: str, from_day: date | None) -> Series:
    """Refuse whoever is not in charge of every space that a series is in from a day on, or from today."""
    series = deps.series_queries.get(id)
    zone = present.shown_zone(deps.catalogue.view(), series.site)
    today = to_datetime(deps.clock.now(), zone).date()
    first = min(from_day or today, today).isoformat()
    follows = [one.first_day for one in series.segments[1:]] + ["9999-12-31"]
    for segment, next_day in zip(series.segments, follows, strict=True):
        if next_day > first:
            expect_in_charge(deps, caller, series.site, segment.space)
    return series


def _answer(deps: Deps, caller: Principal, language: str, outcome: Outcome) -> present.Json:
    problems = [
        {"day": one.day.isoformat(), "why": text(f"problems.{one.key}", language, one.params)}
        for one in outcome.problems
    ]
    if not outcome.done:
        raise RefusalError("conflict", "series_incomplete", more={"problems": problems}, count=len(problems))
    deps.live.agenda.changed()
    return {**_whole(deps, caller, outcome.series), "problems": problems}


def _shown_series(series: Series) -> present.Json:
    return {
        "id": series.id,
        "site": series.site,
        "group": series.group,
        "title": series.title,
        "people": series.people,
        "function": series.function,
        "protected": series.protected,
        "segments": [
            {
                "from": one.first_day,
                "space": one.space,
                "start": one.start,
                "end": one.end,
                "rrule": one.rrule,
                "dtstart": one.dtstart,
                "exdate": one.exdate,
                "rdate": one.rdate,
            }
            for one in series.segments
        ],
        "until": series.last_day,
        "exceptions": series.exceptions,
        "standing": series.standing,
        "version": series.version,
    }


def _whole(deps: Deps, caller: Principal, series: Series) -> present.Json:
    zone = present.shown_zone(deps.catalogue.view(), series.site)
    exceptions = deps.series_operations.exceptions(series)
    occurrences = [
        {
            **present.booking(one, zone, with_code=may_act(caller)),
            "exception": one.occurrence in exceptions,
        }
        for one in deps.series_queries.bookings(series.id)
    ]
    return {**_shown_series(series), "occurrences": occurrences}
