"""Reads what feeds show and what imports brought: bookings with the instants at which they were made and changed."""

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa

from services.bookings import tables
from services.bookings.records import Booking
from services.bookings.rows import booking_from
from services.calendars.feed import Dated
from services.calendars.importing import IMPORT_RULE, Said
from services.contracts.names import Millis
from services.kit.database import reading

_AT_ONCE = 400
"""SQLite takes no more than 999 parameters on old systems."""


class CalendarQueries:
    """Reading for calendars, over the records' database. Safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def dated(
        self,
        site: str,
        start: Millis,
        end: Millis,
        spaces: Collection[str] | None = None,
        groups: Collection[str] | None = None,
    ) -> list[Dated]:
        """Return all bookings of a site that touch `start` … `end`, by start: of these spaces and groups, if given.

        All of them from one snapshot, however many.
        """
        b, d = tables.bookings, tables.decisions
        where = [b.c.site == site, b.c.start < end, b.c.end > start]
        if spaces is not None:
            where.append(b.c.space.in_(list(spaces)))
        if groups is not None:
            where.append(b.c.group.in_(list(groups)))
        told = (
            sa.select(d.c.booking, sa.func.min(d.c.at).label("first"), sa.func.max(d.c.at).label("last"))
            .join(b, b.c.id == d.c.booking)
            .where(*where, d.c.shadow.is_(False))
            .group_by(d.c.booking)
        )
        with reading(self._engine) as connection:
            spoken = {row.booking: (row.first, row.last) for row in connection.execute(told)}
            rows = connection.execute(sa.select(b).where(*where).order_by(b.c.start, b.c.id)).mappings()
            bookings = [booking_from(dict(row)) for row in rows]
        return [Dated(one, *spoken.get(one.id, (one.start, one.start))) for one in bookings]

    def bookings(self, ids: Sequence[str]) -> dict[str, Booking]:
        """Return those of these bookings that exist."""
        b = tables.bookings
        with reading(self._engine) as connection:
            return {
                row["id"]: booking_from(dict(row))
                for some in _some(ids)
                for row in connection.execute(sa.select(b).where(b.c.id.in_(some))).mappings()
            }

    def said(self, ids: Sequence[str]) -> dict[str, Said]:
        """Return what imports last said of these bookings."""
        d = tables.decisions
        found: dict[str, Said] = {}
        with reading(self._engine) as connection:
            for some in _some(ids):
                query = (
                    sa.select(d.c.booking, d.c.params)
                    .where(d.c.booking.in_(some), d.c.rule == IMPORT_RULE, d.c.kind.in_(("book", "move")))
                    .order_by(d.c.number)
                )
                for row in connection.execute(query):
                    found[row.booking] = Said(row.params["start_at"], row.params["end_at"])
        return found


def _some(ids: Sequence[str]) -> Iterator[list[str]]:
    for at in range(0, len(ids), _AT_ONCE):
        yield list(ids[at : at + _AT_ONCE])
