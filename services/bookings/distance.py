"""Keeps changeover and quota in the database, where two writers may come at the same moment.

A key cannot say it: how much time lies between two uses depends on both. So who takes new time waits in line for its
rooms and its group, writes, looks at the neighbours, and takes it all back when they are too near.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from services.bookings import tables
from services.bookings.house import House, no_rules
from services.bookings.neighbours import Stay, check_change, stay_of
from services.bookings.records import HOLDING, Booking, BookingState, Change, Offer, OfferState
from services.bookings.rows import booking_from, offer_from, request_from
from services.contracts.names import Millis


class Distance:
    """The check of changes that keep their distance, inside the transaction that writes them.

    `house` is asked before it: whoever waits for a second connection while holding one may wait for ever.
    """

    def __init__(self, changes: Sequence[Change], house: House) -> None:
        self._careful = [change for change in changes if change.keeps_distance]
        self._house = house() if self._careful else no_rules()

    def queue_up(self, connection: sa.Connection) -> None:
        """Wait for the rooms and groups that need looking at, until the transaction ends.

        In one order for everybody and before anything is written, so that nobody waits in a circle. SQLite has one
        writer at a time anyway.
        """
        if connection.dialect.name != "postgresql":
            return
        records: list[Booking | Offer] = []
        for change in self._careful:
            records += [*change.bookings, *change.offers]
        names: set[str] = set()
        for record in records:
            if self._house.longest_gap_min(record.site):
                names.update(f"room {record.site}/{room}" for room in self._house.rooms(record.site, record.space))
            group = self._house.group(record.site, record.group)
            if group is not None and group.weekly_quota_min is not None:
                names.add(f"group {record.site}/{group.id}")
        for name in sorted(names):
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))

    def check(self, connection: sa.Connection, change: Change) -> None:
        """Raise CrowdedError when a written change leaves too little time or takes more than its group's share."""
        if change.keeps_distance:
            check_change(change, _Written(connection), self._house)


class _Written:
    """What is written of the uses around a new one; see `Around`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def stays_near(self, site: str, start: Millis, end: Millis) -> Iterator[Stay]:
        b, o, r = tables.bookings, tables.offers, tables.requests
        used = sa.and_(b.c.state == BookingState.ENDED, b.c.checked_in_at.is_not(None))
        near = [b.c.site == site, b.c.end > start, b.c.start < end, sa.or_(b.c.state.in_(HOLDING), used)]
        for row in self._rows(sa.select(b).where(*near)):
            stay = stay_of(booking_from(row))
            if stay is not None:
                yield stay
        held = [o.c.site == site, o.c.end > start, o.c.start < end, o.c.state == OfferState.HELD]
        for row in self._rows(sa.select(o).where(*held)):
            offer = offer_from(row)
            [asked] = self._rows(sa.select(r).where(r.c.id == offer.request))
            stay = stay_of(offer, request_from(asked))
            if stay is not None:
                yield stay

    def bookings_of(self, site: str, names: tuple[str, ...], start: Millis, end: Millis) -> Iterator[Booking]:
        b = tables.bookings
        where = [b.c.site == site, b.c.group.in_(names), b.c.start >= start, b.c.start < end]
        return map(booking_from, self._rows(sa.select(b).where(*where)))

    def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(query).mappings()]
