"""The records in the relational database: one transaction a change, optimistic versions, no double booking."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.bookings import grid, machine, tables
from services.bookings.distance import Distance
from services.bookings.holding import Claims, Key, holders, keys
from services.bookings.house import House, no_rules
from services.bookings.queries import BookingQueries, answering
from services.bookings.reasons import asking, by_person
from services.bookings.records import Booking, Change, Decision, Offer, Proposal, Request
from services.bookings.repeats import expect_same_booking, expect_same_request
from services.bookings.rows import to_row, twin_to_json
from services.bookings.series.plan import Series
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.names import DAY, MINUTE, Millis
from services.contracts.texts import Word

_Taken = tuple[Key, str]
"""A slot of a room, and the id of the record that holds it."""


class BookingStore(BookingQueries):
    """The Ledger over SQLAlchemy; reading is in `BookingQueries`. Safe to share between threads."""

    def __init__(
        self,
        engine: sa.Engine,
        claims: Claims,
        house: House = no_rules,
        fence: Callable[[sa.Connection], None] | None = None,
    ) -> None:
        """`fence` raises FencedError in a transaction that must not write; people's need none."""
        super().__init__(engine, claims)
        self._house = house
        self._fence = fence

    def fenced(self, fence: Callable[[sa.Connection], None]) -> "BookingStore":
        """Return the same store for somebody whose every change must pass `fence`."""
        return BookingStore(self._engine, self._claims, self._house, fence)

    def commit(self, change: Change) -> None:
        """Write a change whole. Raises ConflictError when somebody was first or the time is taken."""
        # Asked before the transaction: whoever waits for a second connection while holding one may wait for ever.
        distance, taking = Distance([change], self._house), self._taking(change)
        with self._writing() as connection:
            distance.queue_up(connection)
            _write_change(connection, change, taking, distance)

    def commit_all(
        self, changes: Sequence[Change], *, whole: bool = True, rehearse: bool = False, series: Series | None = None
    ) -> tuple[ConflictError | None, ...]:
        """Write several changes in one transaction; see `Ledger`. `series` is kept with them, unless none is.

        Raises ConflictError when somebody else changed the series first.
        """
        distance, taking = Distance(changes, self._house), [self._taking(change) for change in changes]
        failures: list[ConflictError | None] = []
        with self._writing() as connection:
            distance.queue_up(connection)
            if series is not None:
                _write_series(connection, series)
            for change, taken in zip(changes, taking, strict=True):
                try:
                    with connection.begin_nested():
                        _write_change(connection, change, taken, distance)
                except ConflictError as error:
                    failures.append(error)
                else:
                    failures.append(None)
            if rehearse or (whole and any(failures)):
                connection.rollback()
        return tuple(failures)

    def taken(self, change: Change) -> bool:
        """Tell whether somebody else holds time that `change` needs; see `Ledger`."""
        records = holders(change)
        wanted = {key for record in records for key in keys(record, change.decision.at, self._claims)}
        if not wanted:
            return False
        t = tables.claims
        numbers = [slot for _, _, slot in wanted]
        where = [
            t.c.room.in_({room for _, room, _ in wanted}),
            t.c.slot.between(min(numbers), max(numbers)),
            t.c.holder.not_in([record.id for record in records]),
        ]
        with self._reading() as connection:
            held = connection.execute(sa.select(t.c.site, t.c.room, t.c.slot).where(*where)).all()
        return not wanted.isdisjoint((row.site, row.room, row.slot) for row in held)

    def book(self, booking: Booking, actor: str, now: Millis) -> tuple[Decision, bool]:
        """Keep a new booking; see `Ledger`.

        Raises InvalidError off the grid or in an unknown space, ConflictError when the time or the id is taken.
        """
        self._known(booking.site, booking.space)
        change = machine.booked(booking, now, by_person(asking(booking), actor))
        try:
            self.commit(change)
        except ConflictError:
            try:
                kept = self.booking(booking.id)
            except NotFoundError:
                kept = None
            if kept is None:
                raise
            made = self.last_decision(booking=booking.id, kinds=("book",))
            return expect_same_booking(kept, made, booking), False
        return change.decision, True

    def add_request(self, request: Request) -> bool:
        """Keep a new request; see `Ledger`. Raises InvalidError, ConflictError."""
        return self.add_requests([request])

    def add_requests(self, requests: Sequence[Request]) -> bool:
        """Keep new requests, all or none; tell whether they are new. Raises InvalidError, ConflictError."""
        for request in requests:
            if request.space is not None:
                self._known(request.site, request.space)
            if request.duration_min <= 0 or request.earliest + request.duration_min * MINUTE > request.latest_end:
                raise InvalidError(key="request_does_not_fit", id=request.id)
        try:
            with self._writing() as connection:
                for request in requests:
                    _insert(connection, tables.requests, to_row(request))
        except IntegrityError:  # an id is there
            for request in requests:
                try:
                    expect_same_request(self.request(request.id), request)
                except NotFoundError:
                    raise ConflictError(key="season_id_taken", id=request.id) from None
            return False
        return True

    def mark_published(self, ids: Iterable[str]) -> None:
        """Remember that the broker has these decisions."""
        table = tables.decisions
        with self._writing() as connection:
            connection.execute(sa.update(table).where(table.c.id.in_(list(ids))).values(published=True))

    def remember_press(self, ref: str, now: Millis) -> None:
        """Remember a press as dealt with, and forget those of a week ago."""
        table = tables.presses
        try:
            with self._writing() as connection:
                connection.execute(sa.delete(table).where(table.c.at < now - 7 * DAY))
                _insert(connection, table, {"ref": ref, "at": now})
        except IntegrityError:  # it is there
            return

    def _taking(self, change: Change) -> list[_Taken]:
        """Return what the records of a change hold from then on, in one order for everybody, so that two writers wait
        for each other and never in a circle.
        """
        now = change.decision.at
        return sorted((key, record.id) for record in holders(change) for key in keys(record, now, self._claims))

    def _known(self, site: str, space: str) -> None:
        try:
            self._claims(site, space)
        except (KeyError, NotFoundError):
            raise InvalidError(key="space_not_known", site=site, space=space) from None

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with answering(), self._engine.begin() as connection:
            if self._fence is not None:
                self._fence(connection)
            yield connection


def _write_change(connection: sa.Connection, change: Change, taken: list[_Taken], distance: Distance) -> None:
    try:
        _write_records(connection, change, taken)
        distance.check(connection, change)
    except IntegrityError:
        decision = change.decision
        raise ConflictError(key="decision_made_already", id=decision.id, kind=decision.kind) from None


def _write_series(connection: sa.Connection, series: Series) -> None:
    try:
        _write(connection, tables.series, series)
    except IntegrityError:
        raise ConflictError(key="series_made_already", id=series.id) from None


def _write_records(connection: sa.Connection, change: Change, taken: list[_Taken]) -> None:
    # Offers refer to requests. By id, so that two writers wait for each other and never in a circle.
    for booking in sorted(change.bookings, key=lambda record: record.id):
        _write(connection, tables.bookings, booking)
    for request in sorted(change.requests, key=lambda record: record.id):
        _write(connection, tables.requests, request)
    for offer in sorted(change.offers, key=lambda record: record.id):
        _write(connection, tables.offers, offer)
    for proposal in sorted(change.proposals, key=lambda record: record.id):
        _write(connection, tables.proposals, proposal)
    _claim(connection, change, taken)
    for twin in change.twins:
        _write_twin(connection, twin)
    if change.undoes is not None:
        _mark_undone(connection, change.undoes, change.decision.id)
    for made in (change.decision, *change.also):
        _insert(connection, tables.decisions, {**to_row(made), "published": False})


def _claim(connection: sa.Connection, change: Change, taken: list[_Taken]) -> None:
    """Let go of what the changed records held from now on, then take what they hold after the change."""
    table = tables.claims
    records = holders(change)
    if not records:
        return
    now_slot = grid.floor(change.decision.at) // grid.GRID
    connection.execute(
        sa.delete(table).where(table.c.holder.in_([record.id for record in records]), table.c.slot >= now_slot)
    )
    if not taken:
        return
    try:
        connection.execute(
            sa.insert(table),
            [{"site": site, "room": room, "slot": slot, "holder": id} for (site, room, slot), id in taken],
        )
    except IntegrityError:
        space = next(record for record in records if record.id == taken[0][1]).space
        raise ConflictError(key="space_taken", site=records[0].site, space=space) from None


def _insert(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> None:
    connection.execute(sa.insert(table).values({table.c[name]: value for name, value in values.items()}))


def _write(connection: sa.Connection, table: sa.Table, record: Booking | Request | Offer | Proposal | Series) -> None:
    values = to_row(record)
    if record.version == 0:
        _insert(connection, table, values)
        return
    was = sa.and_(table.c.id == record.id, table.c.version == record.version - 1)
    update = sa.update(table).where(was).values({table.c[name]: value for name, value in values.items()})
    if connection.execute(update).rowcount != 1:
        noun = "series" if table is tables.series else table.name.removesuffix("s")
        raise ConflictError(key="changed_first", what=Word(f"problems.a_{noun}"), id=record.id)


def _write_twin(connection: sa.Connection, twin: Booking) -> None:
    b, t = tables.bookings, tables.twins
    version = connection.execute(sa.select(b.c.version).where(b.c.id == twin.id)).scalar_one()
    connection.execute(sa.delete(t).where(t.c.booking == twin.id))
    _insert(connection, t, {"booking": twin.id, "of_version": version, "record": twin_to_json(twin)})


def _mark_undone(connection: sa.Connection, id: str, by: str) -> None:
    table = tables.decisions
    update = sa.update(table).where(table.c.id == id, table.c.undone_by.is_(None)).values(undone_by=by)
    if connection.execute(update).rowcount != 1:
        raise ConflictError(key="decision_undone", id=id)
