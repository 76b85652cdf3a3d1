"""What the rows of a scenario file have in common: no unknown keys, amounts within bounds, days on which they hold."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.community import WEEKDAYS, Weekday

Minutes = Annotated[float, Field(ge=0, le=1440)]
Share = Annotated[float, Field(ge=0, le=1)]
LONGEST_MIN = 100_000.0
"""Sixty-nine days."""
Days = Annotated[tuple[Weekday, ...], Field(min_length=1)]


class Row(BaseModel):
    """A table of a scenario file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Weekly(Row):
    """What happens on some days of the week."""

    days: Days = WEEKDAYS

    def is_of(self, day: date) -> bool:
        """Tell whether it happens on `day`."""
        return WEEKDAYS[day.weekday()] in self.days


class Numbered(Weekly):
    """What may also be of single days, counted from the first one that is simulated, which is 1."""

    on: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(description="empty: on all of them")] = ()

    def holds_on(self, day: date, number: int) -> bool:
        """Tell whether it happens on `day`, the one of this `number`."""
        return self.is_of(day) and (not self.on or number in self.on)
