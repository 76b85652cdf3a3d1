"""Instants as they are asked for and posted: with an offset, and within the reach of every clock and calendar."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from services.contracts.errors import FieldError

_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)


def _in_reach(at: datetime) -> datetime:
    if not _FIRST <= at <= _LAST:
        raise FieldError("fault_out_of_reach")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]
