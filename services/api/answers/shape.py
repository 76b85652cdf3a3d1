"""What all answers have in common: nothing beyond their fields, instants with an offset, lists in pages."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Item = TypeVar("Item")

Instant = AwareDatetime
"""RFC 3339 with the offset of the site."""
Free = dict[str, Any]
"""What depends on a rule, a device or a vendor: any JSON object."""

EXACT = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)
"""For models of the contract that are answered: what may be left out when it comes in is always there going out."""


class Answer(BaseModel):
    """What is answered: these fields, and no others. One with a default may be missing."""

    model_config = ConfigDict(extra="forbid")


class Page(Answer, Generic[Item]):
    """A page of a list. Subclassed for its name in the document: `class Bookings(Page[Booking])`."""

    items: list[Item]
    next: Annotated[str | None, Field(description="give it as `after` for the next page; null: this is the last")]
