"""What the entries of a community file are made of: closed tables, weekdays, local times and local days."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", description="HH:MM in the site's zone")]
LocalDay = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2199, 12, 31), description="a day in the site's zone")]


class Entry(BaseModel):
    """A row of a table: nothing unknown in it, never changed. What may be left out coming in is there going out."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)
