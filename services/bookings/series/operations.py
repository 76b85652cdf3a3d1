"""What people do with series: begin, change, go on, stop. Each occurrence that cannot be had is named, with why."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.bookings import machine
from services.bookings.neighbours import CrowdedError
from services.bookings.reasons import asking, by_person
from services.bookings.records import Booking, Change
from services.bookings.series.plan import (
    MOST_OCCURRENCES,
    Difference,
    Occurrence,
    Series,
    booking_of,
    changed,
    difference,
    ended,
    extended,
)
from services.bookings.series.queries import SeriesQueries
from services.bookings.store import BookingStore
from services.catalogue.availability import Availability, Use
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.instants import to_datetime
from services.contracts.names import Millis


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an occurrence cannot be had: a key of the section problems of the text catalogue, and its parameters."""

    day: date
    key: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish about a series. `done` False: nothing was changed, because of the problems."""

    series: Series
    problems: tuple[Problem, ...]
    done: bool


class SeriesOperations:
    """What people may do with series. Errors: NotFoundError, ConflictError, InvalidError, each one sentence.

    With `whole` all occurrences are had or none; without it those that can be.
    """

    def __init__(self, store: BookingStore, queries: SeriesQueries, house: Callable[[], Availability]) -> None:
        self._store = store
        self.queries = queries
        self._house = house

    def begin(self, series: Series, actor: str, now: Millis, *, whole: bool) -> Outcome:
        """Book a new series. The same once more changes nothing. Raises ConflictError for another under its id."""
        kept = self.known(series)
        return Outcome(kept, (), True) if kept else self._follow(None, series, actor, now, whole=whole)

    def known(self, series: Series) -> Series | None:
        """Return the series as it is kept; None: it is new. Raises ConflictError for another one under its id."""
        try:
            kept = self.queries.get(series.id)
        except NotFoundError:
            return None
        if _wish(kept) != _wish(series):
            raise ConflictError(key="series_id_taken", id=series.id)
        return kept

    def exceptions(self, series: Series) -> frozenset[str]:
        """Return the local days (ISO) whose occurrence somebody moved or cancelled."""
        zone = self._house().zone(series.site)
        return frozenset(difference(series, series, self.queries.bookings(series.id), 0, zone).exceptions)

    def change(
        self, id: str, from_day: date | None, values: dict[str, Any], actor: str, now: Millis, *, whole: bool
    ) -> Outcome:
        """Let a series say something else from a day on: `space`, `start`, `end`, `rrule` and what belongs to it."""
        before = self.queries.get(id)
        after = changed(before, self._not_before_today(before, from_day, now), **values)
        return self._follow(before, after, actor, now, whole=whole)

    def extend(
        self, id: str, until: date, actor: str, now: Millis, *, whole: bool, beyond_rule: bool = False
    ) -> Outcome:
        """Let a series go on until a later day; `beyond_rule`: also where its rule says that it ends."""
        before = self.queries.get(id)
        if until.isoformat() <= before.last_day:
            raise InvalidError(key="series_until_past", id=id, until=until, last_day=before.last_day)
        return self._follow(before, extended(before, until, beyond_rule=beyond_rule), actor, now, whole=whole)

    def stop(self, id: str, from_day: date | None, actor: str, now: Millis) -> Outcome:
        """End a series: what is still to come from a day on is cancelled, but for what was moved by hand."""
        before = self.queries.get(id)
        return self._follow(
            before, ended(before, self._not_before_today(before, from_day, now)), actor, now, whole=True
        )

    def _not_before_today(self, series: Series, day: date | None, now: Millis) -> date:
        today = to_datetime(now, self._house().zone(series.site)).date()
        return today if day is None else max(today, day)

    def _follow(self, before: Series | None, after: Series, actor: str, now: Millis, *, whole: bool) -> Outcome:
        house = self._house()
        bookings = [] if before is None else self.queries.bookings(after.id)
        todo = difference(before, after, bookings, now, house.zone(after.site))
        if len(todo.book) > MOST_OCCURRENCES:
            raise InvalidError(
                key="series_too_many", id=after.id, count=len(todo.book), until=after.last_day, most=MOST_OCCURRENCES
            )
        if before is None and not todo.book:
            raise InvalidError(key="series_empty", id=after.id, until=after.last_day)
        problems, changes = _changes(after, bookings, todo, house, actor, now)
        days = [_day_of(change.bookings[0]) for change in changes]
        after = replace(after, exceptions=todo.exceptions)
        failures = self._store.commit_all(changes, whole=whole, rehearse=whole and bool(problems), series=after)
        for day, failure in zip(days, failures, strict=True):
            if failure is not None:
                problems.append(_problem(day, failure))
        problems.sort(key=lambda problem: problem.day)
        done = not (whole and problems)
        return Outcome(after if done or before is None else before, tuple(problems), done)


def _changes(
    series: Series, bookings: Sequence[Booking], todo: Difference, house: Availability, actor: str, now: Millis
) -> tuple[list[Problem], list[Change]]:
    """Return what the catalogue forbids, and the changes to try. What lets go comes first: it makes room."""
    problems: list[Problem] = []
    changes = [machine.cancel(booking, now, by_person("cancel", actor)) for booking in todo.cancel]
    moves: list[tuple[Booking | None, Occurrence]] = [*todo.move, *((None, one) for one in todo.book)]
    times = Counter(booking.occurrence for booking in bookings)
    # In the order of time, so that two series wait for each other's slots and never in a circle.
    for booking, one in sorted(moves, key=lambda pair: pair[1].start):
        use = Use(one.start, one.end, series.people, (series.function,) if series.function else (), series.group)
        why = house.why_not(series.site, one.space, use, now)
        if why is not None:
            problems.append(Problem(one.day, why.key, dict(why.params)))
            continue
        answer_by = house.answer_by(series.site, one.space, use, now)
        if booking is None:
            new = booking_of(series, one, answer_by, times[one.day.isoformat()])
            changes.append(machine.booked(new, now, by_person(asking(new), actor)))
        else:
            why_moved = by_person("move", actor)
            changes.append(
                machine.move(booking, one.space, one.start, now, why_moved, answer_by=answer_by, end=one.end)
            )
    return problems, changes


def _wish(series: Series) -> tuple[object, ...]:
    """Return what a series was wished to be at first, wherever it was changed to since."""
    return (
        series.site, series.group, series.title, series.people, series.function, series.protected, series.standing,
        series.segments[0],
    )  # fmt: skip


def _day_of(booking: Booking) -> date:
    return date.fromisoformat(booking.occurrence or "")


def _problem(day: date, failure: ConflictError) -> Problem:
    if isinstance(failure, CrowdedError):
        return Problem(day, failure.key, failure.params)
    return Problem(day, "occurrence_taken", {"day": day.isoformat()})
