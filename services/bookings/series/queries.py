"""Questions about series to the relational database."""

from typing import Any

import sqlalchemy as sa

from services.bookings import tables
from services.bookings.queries import answering
from services.bookings.records import Booking
from services.bookings.rows import booking_from
from services.bookings.series.plan import Segment, Series
from services.contracts.errors import NotFoundError
from services.kit.database import reading


class SeriesQueries:
    """Series and their occurrences, read only. Safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def get(self, id: str) -> Series:
        """Return a series. Raises NotFoundError."""
        table = tables.series
        found = self._rows(sa.select(table).where(table.c.id == id))
        if not found:
            raise NotFoundError(key="no_series", id=id)
        return _series_from(found[0])

    def page(self, site: str | None, after: str | None, limit: int) -> list[Series]:
        """Return series by id; `after` is the id the page before ended with."""
        table = tables.series
        where = [] if site is None else [table.c.site == site]
        if after is not None:
            where.append(table.c.id > after)
        return [
            _series_from(row) for row in self._rows(sa.select(table).where(*where).order_by(table.c.id).limit(limit))
        ]

    def bookings(self, id: str) -> list[Booking]:
        """Return all occurrences of a series that were ever booked, by their day."""
        table = tables.bookings
        query = sa.select(table).where(table.c.series == id).order_by(table.c.occurrence, table.c.id)
        return [booking_from(row) for row in self._rows(query)]

    def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with answering(), reading(self._engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _series_from(row: dict[str, Any]) -> Series:
    segments = (
        Segment(**{**one, "exdate": tuple(one["exdate"]), "rdate": tuple(one["rdate"])}) for one in row["segments"]
    )
    return Series(**{**row, "segments": tuple(segments), "exceptions": tuple(row["exceptions"])})
