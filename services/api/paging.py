"""Pages of a list: how many are asked for, and the cursor of the next page."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query

from services.api.present import Json, page

Record = TypeVar("Record")

WRITTEN = r"^[^\x00]*$"
"""What may be looked for in the database: PostgreSQL keeps no NUL."""

Limit = Annotated[int, Query(ge=1, le=500)]
After = Annotated[str | None, Query(description="the `next` of the page before")]


def paged(
    fetch: Callable[[int], Sequence[Record]],
    limit: int,
    cursor: Callable[[Record], Any],
    show: Callable[[Record], Json],
) -> Json:
    """Return one page; one record more than asked for is fetched to know whether there is a next."""
    found = fetch(limit + 1)
    shown = found[:limit]
    return page([show(record) for record in shown], str(cursor(shown[-1])) if len(found) > limit else None)
