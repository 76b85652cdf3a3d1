"""Instants as they are asked for and posted: with an offset, and within the reach of every clock and calendar."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from services.contracts.errors import FieldError
from services.contracts.instants import from_wall, to_millis
from services.contracts.names import Millis

_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)


def _in_reach(at: datetime) -> datetime:
    if not _FIRST <= at <= _LAST:
        raise FieldError("fault_out_of_reach")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]


def _day_in_reach(day: date) -> date:
    if not _FIRST.date() < day < _LAST.date():
        raise FieldError("fault_day_out_of_reach")
    return day


Bound = Annotated[
    Moment | Annotated[date, AfterValidator(_day_in_reach)],
    Field(union_mode="left_to_right", description="an instant with an offset, or a local day, which is included"),
]
"""Where a period begins or ends."""


def begin_of(bound: datetime | date, zone: str) -> Millis:
    """Return when a period begins: a day at its first instant on the wall."""
    return to_millis(bound) if isinstance(bound, datetime) else from_wall(bound, "00:00", zone)


def end_of(bound: datetime | date, zone: str) -> Millis:
    """Return when a period ends: a day after its last instant on the wall."""
    return to_millis(bound) if isinstance(bound, datetime) else from_wall(bound, "24:00", zone)
