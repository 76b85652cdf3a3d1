"""Questions to the relational database: single records, pages of them, and what holds a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from services.bookings import tables
from services.bookings.allocation import Allocation, allocation_of
from services.bookings.holding import Claims
from services.bookings.nearby import Nearby
from services.bookings.outcomes import outcome_of
from services.bookings.records import (
    BLOCK,
    Booking,
    BookingState,
    Decision,
    Near,
    Offer,
    OfferState,
    Outcome,
    Proposal,
    ProposalState,
    Request,
    RequestState,
    Usage,
)
from services.bookings.rows import booking_from, decision_from, offer_from, proposal_from, request_from
from services.bookings.usage import usage_of
from services.contracts.errors import InvalidError, NotFoundError
from services.contracts.names import Millis
from services.kit.database import DatabaseUnavailableError, reading


class BookingQueries:
    """Bookings, requests, offers and decisions, read only. Safe to share between threads."""

    def __init__(self, engine: sa.Engine, claims: Claims) -> None:
        self._engine = engine
        self._claims = claims
        self._nearby = Nearby()

    def booking(self, id: str) -> Booking:
        """Return a booking. Raises NotFoundError."""
        return booking_from(self._one(tables.bookings, id, "booking"))

    def request(self, id: str) -> Request:
        """Return a request. Raises NotFoundError."""
        return request_from(self._one(tables.requests, id, "request"))

    def offer(self, id: str) -> Offer:
        """Return an offer. Raises NotFoundError."""
        return offer_from(self._one(tables.offers, id, "offer"))

    def proposal(self, id: str) -> Proposal:
        """Return a proposal. Raises NotFoundError."""
        return proposal_from(self._one(tables.proposals, id, "proposal"))

    def proposals(
        self,
        site: str | None = None,
        states: Iterable[ProposalState] | None = None,
        after: str | None = None,
        limit: int = 100,
        group: str | None = None,
    ) -> list[Proposal]:
        """Return proposals in the order they were made; `group`: those that it is asked about."""
        table = tables.proposals
        where = _where(table, site=site, states=states, group=group)
        return [proposal_from(row) for row in self._page(table, where, table.c.made_at, after, limit)]

    def outcomes(self, start: Millis, end: Millis) -> list[Outcome]:
        """Return what became of the bookings that ended from `start` to `end`, as far as anybody has seen."""
        b = tables.bookings
        where = [b.c.end > start, b.c.end <= end, b.c.state.in_((BookingState.RELEASED, BookingState.ENDED))]
        with self._reading() as connection:
            over = [booking_from(row) for row in _rows(connection, sa.select(b).where(*where).order_by(b.c.start))]
        return [outcome for booking in over if (outcome := outcome_of(booking)) is not None]

    def decision(self, id: str) -> Decision:
        """Return a decision. Raises NotFoundError."""
        return decision_from(self._one(tables.decisions, id, "decision"))

    def bookings(
        self,
        site: str | None = None,
        space: str | None = None,
        start: Millis | None = None,
        end: Millis | None = None,
        states: Iterable[BookingState] | None = None,
        after: str | None = None,
        limit: int = 100,
        group: str | None = None,
    ) -> list[Booking]:
        """Return bookings that touch `start` … `end`, by start; `after` is the id the page before ended with."""
        table = tables.bookings
        where = _where(table, site=site, space=space, states=states, group=group)
        if start is not None:
            where.append(table.c.end > start)
        if end is not None:
            where.append(table.c.start < end)
        return [booking_from(row) for row in self._page(table, where, table.c.start, after, limit)]

    def requests(
        self,
        site: str | None = None,
        states: Iterable[RequestState] | None = None,
        after: str | None = None,
        limit: int = 100,
        group: str | None = None,
    ) -> list[Request]:
        """Return requests in the order they were made."""
        table = tables.requests
        where = _where(table, site=site, states=states, group=group)
        return [request_from(row) for row in self._page(table, where, table.c.created_at, after, limit)]

    def offers(
        self,
        site: str | None = None,
        space: str | None = None,
        states: Iterable[OfferState] | None = None,
        after: str | None = None,
        limit: int = 100,
        group: str | None = None,
    ) -> list[Offer]:
        """Return offers in the order they were made."""
        table = tables.offers
        where = _where(table, site=site, space=space, states=states, group=group)
        return [offer_from(row) for row in self._page(table, where, table.c.made_at, after, limit)]

    def decisions(
        self,
        site: str | None = None,
        space: str | None = None,
        after: str | None = None,
        limit: int = 100,
        *,
        start: Millis | None = None,
        end: Millis | None = None,
        kinds: Iterable[str] | None = None,
        actor: str | None = None,
        shadow: bool | None = None,
    ) -> list[Decision]:
        """Return decisions made from `start` until before `end`, newest first.

        `actor` is one, such as `user:li`, or a sort of them, such as `user`.
        """
        table = tables.decisions
        where = _where(table, site=site, space=space)
        if start is not None:
            where.append(table.c.at >= start)
        if end is not None:
            where.append(table.c.at < end)
        if kinds is not None:
            where.append(table.c.kind.in_(list(kinds)))
        if actor is not None:
            where.append(sa.or_(table.c.actor == actor, table.c.actor.startswith(f"{actor}:", autoescape=True)))
        if shadow is not None:
            where.append(table.c.shadow.is_(shadow))
        if after is not None:
            where.append(table.c.number < self._mark(table, table.c.number, after))
        return self._decisions(where, table.c.number.desc(), limit)

    def decided_since(self, at: Millis, after: str | None = None, limit: int = 100) -> list[Decision]:
        """Return decisions of `at` and later in the order in which they were written down, after the one `after`."""
        table = tables.decisions
        where: list[sa.ColumnElement[bool]] = [table.c.at >= at]
        if after is not None:
            where.append(table.c.number > self._mark(table, table.c.number, after))
        return self._decisions(where, table.c.number.asc(), limit)

    def decisions_about(self, group: str, limit: int = 100) -> list[Decision]:
        """Return decisions about the bookings and wishes of one group, newest first; shadows aside."""
        d, b, r = tables.decisions, tables.bookings, tables.requests
        theirs = sa.or_(
            d.c.booking.in_(sa.select(b.c.id).where(b.c.group == group)),
            d.c.request.in_(sa.select(r.c.id).where(r.c.group == group)),
        )
        return self._decisions([theirs, d.c.shadow.is_(False)], d.c.number.desc(), limit)

    def last_decision(
        self,
        *,
        booking: str | None = None,
        offer: str | None = None,
        kinds: Sequence[str] = (),
    ) -> Decision | None:
        """Return the newest decision about a booking or an offer, of these kinds or any; shadows aside."""
        table = tables.decisions
        where: list[sa.ColumnElement[bool]] = [table.c.shadow.is_(False)]
        if booking is not None:
            where.append(table.c.booking == booking)
        if offer is not None:
            where.append(table.c.offer == offer)
        if kinds:
            where.append(table.c.kind.in_(kinds))
        return next(iter(self._decisions(where, table.c.number.desc(), 1)), None)

    def near(self, now: Millis) -> Near:
        """Return the records that matter now; see `nearby`."""
        with self._reading() as connection:
            return self._nearby.read(connection, now)

    def offers_on(self, site: str, space: str, start: Millis, end: Millis) -> list[tuple[Offer, Request]]:
        """Return held and taken offers that clash with `space` from `start` to `end`, with their requests."""
        o = tables.offers
        where = [
            o.c.site == site,
            o.c.state.in_((OfferState.HELD, OfferState.TAKEN)),
            o.c.start < end,
            o.c.end > start,
        ]
        with self._reading() as connection:
            rows = _rows(connection, sa.select(o).where(*where).order_by(o.c.made_at, o.c.id))
        mine = self._claims(site, space)
        clashing = [offer for row in rows if mine & self._claims(site, (offer := offer_from(row)).space)]
        return [(offer, self.request(offer.request)) for offer in clashing]

    def between(self, site: str, start: Millis, end: Millis) -> tuple[list[Booking], list[Offer]]:
        """Return all bookings and offers of a site that touch `start` … `end`, by start, from one snapshot."""
        b, o = tables.bookings, tables.offers
        with self._reading() as connection:
            found, offered = (
                _rows(
                    connection,
                    sa.select(t).where(t.c.site == site, t.c.start < end, t.c.end > start).order_by(t.c.start, t.c.id),
                )
                for t in (b, o)
            )
        return [booking_from(row) for row in found], [offer_from(row) for row in offered]

    def bookings_on(self, site: str, space: str, start: Millis, end: Millis) -> list[Booking]:
        """Return bookings that had or have a part of `space` between `start` and `end`."""
        b = tables.bookings
        where = [b.c.site == site, b.c.start < end, b.c.end > start]
        with self._reading() as connection:
            found = [booking_from(row) for row in _rows(connection, sa.select(b).where(*where))]
        mine = self._claims(site, space)
        return [one for one in found if one.had_until > max(start, one.start) and mine & self._claims(site, one.space)]

    def usage(self, site: str, start: Millis, end: Millis) -> list[Usage]:
        """Return what became of the time of every space of a site between two instants."""
        b = tables.bookings
        where = [b.c.site == site, b.c.end > start, b.c.start < end, b.c.state != BookingState.CANCELLED]
        where.append(b.c.id.not_like(f"{BLOCK}%"))
        with self._reading() as connection:
            return usage_of([booking_from(row) for row in _rows(connection, sa.select(b).where(*where))], start, end)

    def walk_ins(self, site: str, start: Millis, end: Millis) -> frozenset[str]:
        """Return the ids of bookings that begin between two instants and were made by people who stood at the door."""
        b, r = tables.bookings, tables.requests
        query = (
            sa.select(b.c.id)
            .join(r, r.c.booking == b.c.id)
            .where(b.c.site == site, b.c.start >= start, b.c.start < end, r.c.walk_in.is_(True))
        )
        with self._reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def allocation(
        self, site: str, start: Millis, end: Millis, name_of: Callable[[str], str] = str
    ) -> list[Allocation]:
        """Return each group's share of the time that begins between two instants; see `allocation_of`."""
        b, d, r = tables.bookings, tables.decisions, tables.requests
        begun = [b.c.site == site, b.c.start >= start, b.c.start < end, d.c.shadow.is_(False)]
        told = sa.select(d).join(b, b.c.id == d.c.booking).where(*begun).order_by(d.c.number)
        wished = sa.select(r).where(r.c.site == site, r.c.earliest >= start, r.c.earliest < end)
        with self._reading() as connection:
            decisions = [decision_from(row) for row in _rows(connection, told)]
            requests = [request_from(row) for row in _rows(connection, wished)]
        return allocation_of(decisions, requests, name_of)

    def answers(self, start: Millis, end: Millis) -> list[tuple[Millis, str, str]]:
        """Return when people themselves checked in to, or kept, the bookings that began between two instants.

        Each is (at, booking, `check_in` or `keep`); what the scheduler decided by its sensors is not among them.
        """
        b, d = tables.bookings, tables.decisions
        query = (
            sa.select(d.c.at, d.c.booking, d.c.kind)
            .join(b, b.c.id == d.c.booking)
            .where(b.c.start >= start, b.c.start < end, d.c.kind.in_(("check_in", "keep")))
            .where(d.c.actor != "scheduler", d.c.shadow.is_(False))
            .order_by(d.c.number)
        )
        with self._reading() as connection:
            return [(row.at, row.booking, row.kind) for row in connection.execute(query)]

    def requests_around(self, start: Millis, end: Millis, limit: int) -> list[Request]:
        """Return wishes that could be served between two instants, in the order they were made."""
        r = tables.requests
        query = sa.select(r).where(r.c.earliest < end, r.c.latest_end > start, r.c.created_at < end)
        with self._reading() as connection:
            return [request_from(row) for row in _rows(connection, query.order_by(r.c.created_at, r.c.id).limit(limit))]

    def unpublished(self, limit: int = 100) -> list[Decision]:
        """Return decisions nobody was told about yet, oldest first."""
        table = tables.decisions
        return self._decisions([table.c.published.is_(False)], table.c.number.asc(), limit)

    def pressed(self, ref: str) -> bool:
        """Tell whether a button press was dealt with."""
        with self._reading() as connection:
            query = sa.select(tables.presses.c.ref).where(tables.presses.c.ref == ref)
            return connection.execute(query).first() is not None

    def _one(self, table: sa.Table, id: str, what: str) -> dict[str, Any]:
        with self._reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == id)).mappings().first()
        if row is None:
            raise NotFoundError(key=f"no_{what}", id=id)
        return dict(row)

    def _page(
        self,
        table: sa.Table,
        where: list[sa.ColumnElement[bool]],
        order: sa.ColumnElement[Any],
        after: str | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        if after is not None:
            mark = self._mark(table, order, after)
            where = [*where, sa.or_(order > mark, sa.and_(order == mark, table.c.id > after))]
        with self._reading() as connection:
            return _rows(connection, sa.select(table).where(*where).order_by(order, table.c.id).limit(limit))

    def _mark(self, table: sa.Table, order: sa.ColumnElement[Any], after: str) -> Any:
        """Return where in its order the record stands that a page ended with. Raises InvalidError."""
        with self._reading() as connection:
            found = connection.execute(sa.select(order).where(table.c.id == after)).first()
        if found is None:
            raise InvalidError(key="cursor_unknown", after=after)
        return found[0]

    def _decisions(
        self, where: list[sa.ColumnElement[bool]], order: sa.ColumnElement[Any], limit: int
    ) -> list[Decision]:
        with self._reading() as connection:
            query = sa.select(tables.decisions).where(*where).order_by(order).limit(limit)
            return [decision_from(row) for row in _rows(connection, query)]

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with answering(), reading(self._engine) as connection:
            yield connection


@contextmanager
def answering() -> Iterator[None]:
    """Turn a failing database into DatabaseUnavailableError; a broken key stays what it is."""
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise DatabaseUnavailableError(f"database: does not answer: {getattr(error, 'orig', error)}") from error


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _where(
    table: sa.Table,
    site: str | None = None,
    space: str | None = None,
    states: Iterable[str] | None = None,
    group: str | None = None,
) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if site is not None:
        where.append(table.c.site == site)
    if space is not None:
        where.append(table.c.space == space)
    if states is not None:
        where.append(table.c.state.in_(list(states)))
    if group is not None:
        where.append(table.c.group == group)
    return where
