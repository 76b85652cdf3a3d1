"""What is near an instant, from the relational database: asked many times a second, so only what has changed is read.

Records carry versions. Of the hundreds that are near, one or two have another version than at the last look; the
questions themselves are put together once.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from services.bookings import tables
from services.bookings.ports import AHEAD, BEHIND, PROPOSED
from services.bookings.records import (
    HOLDING,
    Booking,
    BookingState,
    Near,
    Offer,
    OfferState,
    Proposal,
    ProposalState,
    Request,
    RequestState,
)
from services.bookings.rows import booking_from, offer_from, proposal_from, request_from, twin_from_json
from services.contracts.names import Millis

_AT_ONCE = 500
"""Ids in one question: SQLite takes no more than 999 parameters on old systems."""

_Record = TypeVar("_Record", Booking, Request, Offer, Proposal)

_b, _r, _o, _t = tables.bookings.c, tables.requests.c, tables.offers.c, tables.twins.c
_p = tables.proposals.c
_now = sa.bindparam("now", type_=sa.BigInteger)
_soon = sa.bindparam("soon", type_=sa.BigInteger)
_recent = sa.bindparam("recent", type_=sa.BigInteger)
_proposed = sa.bindparam("proposed", type_=sa.BigInteger)
_open = _r.state.in_((RequestState.WAITING, RequestState.OFFERED))

_BOOKINGS = sa.or_(
    sa.and_(_b.state.in_(HOLDING), _b.start < _soon),
    sa.and_(_b.released_at.is_not(None), _b.end > _now),
    sa.and_(_b.state == BookingState.ENDED, _b.checked_in_at.is_not(None), _b.end > _recent),
    sa.and_(_b.state == BookingState.ASKED, _b.answer_by <= _now),
)
_REQUESTS = sa.and_(
    _open,
    sa.or_(
        _r.earliest < _soon,
        _r.state == RequestState.OFFERED,
        sa.cast(_r.alternatives, sa.Text) != "[]",  # one of which may be earlier
    ),
)
_OFFERS = sa.or_(
    _o.state == OfferState.HELD, _o.end > _now, _o.request.in_(sa.select(tables.requests.c.id).where(_open))
)
_PROPOSALS = sa.or_(_p.state == ProposalState.OPEN, _p.made_at > _proposed)
_SERVED = (
    sa.select(_r.group, sa.func.count())
    .where(_r.state == RequestState.SERVED, _r.group.in_(sa.bindparam("groups", expanding=True)))
    .group_by(_r.group)
)
_TWINS = (
    sa.select(_t.record)
    .join(tables.bookings, sa.and_(_b.id == _t.booking, _b.version == _t.of_version))
    .where(_b.end > _now)
)


class Nearby:
    """What was near at the last look, and what is now. Safe to share between threads."""

    def __init__(self) -> None:
        self._bookings = _Known(tables.bookings, _BOOKINGS, booking_from)
        self._requests = _Known(tables.requests, _REQUESTS, request_from)
        self._offers = _Known(tables.offers, _OFFERS, offer_from)
        self._proposals = _Known(tables.proposals, _PROPOSALS, proposal_from)

    def read(self, connection: sa.Connection, now: Millis) -> Near:
        """Return the records that matter now."""
        at = {"now": now, "soon": now + AHEAD, "recent": now - BEHIND, "proposed": now - PROPOSED}
        requests = self._requests.read(connection, at)
        groups = {request.group for request in requests}
        served = connection.execute(_SERVED, {"groups": list(groups)}).all() if groups else []
        return Near(
            self._bookings.read(connection, at),
            requests,
            self._offers.read(connection, at),
            {row[0]: row[1] for row in served},
            tuple(twin_from_json(record) for (record,) in connection.execute(_TWINS, at)),
            self._proposals.read(connection, at),
        )


class _Known(Generic[_Record]):
    """The records of one table that are near, by id, as they were read last."""

    def __init__(
        self, table: sa.Table, near: sa.ColumnElement[bool], make: Callable[[Mapping[str, Any]], _Record]
    ) -> None:
        self._listing = sa.select(table.c.id, table.c.version).where(near)
        self._reading = sa.select(table).where(table.c.id.in_(sa.bindparam("ids", expanding=True)))
        self._make: Callable[[Mapping[str, Any]], _Record] = make
        self._known: dict[str, _Record] = {}

    def read(self, connection: sa.Connection, at: Mapping[str, Millis]) -> tuple[_Record, ...]:
        known = self._known
        listed = connection.execute(self._listing, at).all()
        changed = [id for id, version in listed if id not in known or known[id].version != version]
        fresh: dict[str, _Record] = {}
        for first in range(0, len(changed), _AT_ONCE):
            rows = connection.execute(self._reading, {"ids": changed[first : first + _AT_ONCE]}).mappings()
            fresh.update((row["id"], self._make(dict(row))) for row in rows)
        self._known = {id: fresh.get(id) or known[id] for id, _ in listed}
        return tuple(self._known.values())
