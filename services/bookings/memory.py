"""The records in memory: the same duties as the database, for evaluation and tests in virtual time."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import TypeVar

from services.bookings import grid, machine
from services.bookings.holding import Claims, Key, holders, keys
from services.bookings.house import House, no_rules
from services.bookings.neighbours import Stay, check_change, stay_of
from services.bookings.outcomes import outcome_of
from services.bookings.ports import AHEAD, BEHIND, PROPOSED
from services.bookings.reasons import asking, by_person
from services.bookings.records import (
    HOLDING,
    Booking,
    BookingState,
    Change,
    Decision,
    Near,
    Offer,
    OfferState,
    Outcome,
    Proposal,
    ProposalState,
    Request,
    RequestState,
)
from services.bookings.repeats import expect_same_booking, expect_same_request
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.names import Millis
from services.contracts.texts import Word

_WAITING = (RequestState.WAITING, RequestState.OFFERED)
_Record = TypeVar("_Record", Booking, Request, Offer, Proposal)


class MemoryLedger:
    """A Ledger without a database. For one thread; a month of bookings costs only what is near."""

    def __init__(self, claims: Claims, house: House = no_rules) -> None:
        self._claims = claims
        self._house = house
        self._bookings: dict[str, Booking] = {}
        self._requests: dict[str, Request] = {}
        self._offers: dict[str, Offer] = {}
        self._decisions: dict[str, Decision] = {}
        self._twins: dict[str, tuple[int, Booking]] = {}
        self._held: dict[Key, str] = {}
        self._served: Counter[str] = Counter()
        self._far: list[str] = []
        """Ids of bookings that are not near yet, the latest start first."""
        self._live: dict[str, None] = {}
        """Ids of bookings that were near and may still change."""
        self._asked: dict[str, None] = {}
        """Ids of bookings that wait for their host."""
        self._open: dict[str, None] = {}
        self._recent: dict[str, None] = {}
        self._sorted = True
        self._proposals: dict[str, Proposal] = {}

    @property
    def decisions(self) -> list[Decision]:
        """All decisions, oldest first."""
        return list(self._decisions.values())

    @property
    def offers(self) -> list[Offer]:
        """All offers, oldest first."""
        return list(self._offers.values())

    @property
    def bookings(self) -> list[Booking]:
        """All bookings, in the order they were made."""
        return list(self._bookings.values())

    @property
    def requests(self) -> list[Request]:
        """All requests, in the order they were made."""
        return list(self._requests.values())

    @property
    def proposals(self) -> list[Proposal]:
        """All proposals, in the order they were made."""
        return list(self._proposals.values())

    def commit(self, change: Change) -> None:
        """Write a change; see `Ledger`."""
        decision = change.decision
        if decision.id in self._decisions:
            raise ConflictError(key="decision_made_already", id=decision.id, kind=decision.kind)
        for booking in change.bookings:
            _expect_next(self._bookings.get(booking.id), booking)
        for request in change.requests:
            _expect_next(self._requests.get(request.id), request)
        for offer in change.offers:
            _expect_next(self._offers.get(offer.id), offer)
        for proposal in change.proposals:
            _expect_next(self._proposals.get(proposal.id), proposal)
        if change.undoes is not None and self.decision(change.undoes).undone_by is not None:
            raise ConflictError(key="decision_undone", id=change.undoes)
        if change.keeps_distance:
            check_change(change, self, self._house())
        self._claim(change)
        for booking in change.bookings:
            if booking.id not in self._bookings:
                self._far.append(booking.id)
                self._sorted = False
            else:
                self._live[booking.id] = None
            self._bookings[booking.id] = booking
            if booking.state is BookingState.ASKED:
                self._asked[booking.id] = None
            else:
                self._asked.pop(booking.id, None)
        for request in change.requests:
            self._put_request(request)
        for offer in change.offers:
            self._offers[offer.id] = offer
            self._recent[offer.id] = None
        for twin in change.twins:
            self._twins[twin.id] = (self._bookings[twin.id].version, twin)
        if change.undoes is not None:
            self._decisions[change.undoes] = replace(self._decisions[change.undoes], undone_by=decision.id)
        for proposal in change.proposals:
            self._proposals[proposal.id] = proposal
        for made in (decision, *change.also):
            self._decisions[made.id] = made

    def commit_all(
        self, changes: Sequence[Change], *, whole: bool = True, rehearse: bool = False
    ) -> tuple[ConflictError | None, ...]:
        """Write several changes; see `Ledger`."""
        before = {name: copy(value) for name, value in vars(self).items() if isinstance(value, dict | list)}
        failures: list[ConflictError | None] = []
        for change in changes:
            try:
                self.commit(change)
            except ConflictError as error:
                failures.append(error)
            else:
                failures.append(None)
        if rehearse or (whole and any(failures)):
            vars(self).update(before)
        return tuple(failures)

    def taken(self, change: Change) -> bool:
        """Tell whether somebody else holds time that `change` needs; see `Ledger`."""
        leaving, taking = self._moves(change)
        return any(key in self._held and key not in leaving for key in taking)

    def book(self, booking: Booking, actor: str, now: Millis) -> tuple[Decision, bool]:
        """Keep a new booking; see `Ledger`."""
        kept = self._bookings.get(booking.id)
        if kept is not None:
            return expect_same_booking(kept, self.last_decision(booking=booking.id, kinds=("book",)), booking), False
        change = machine.booked(booking, now, by_person(asking(booking), actor))
        self.commit(change)
        return change.decision, True

    def add_request(self, request: Request) -> bool:
        """Keep a new request; see `Ledger`."""
        kept = self._requests.get(request.id)
        if kept is not None:
            expect_same_request(kept, request)
            return False
        self._put_request(request)
        return True

    def booking(self, id: str) -> Booking:
        """Return a booking; see `Ledger`."""
        return _found(self._bookings, id, "booking")

    def request(self, id: str) -> Request:
        """Return a request; see `Ledger`."""
        return _found(self._requests, id, "request")

    def offer(self, id: str) -> Offer:
        """Return an offer; see `Ledger`."""
        return _found(self._offers, id, "offer")

    def proposal(self, id: str) -> Proposal:
        """Return a proposal; see `Ledger`."""
        return _found(self._proposals, id, "proposal")

    def outcomes(self, start: Millis, end: Millis) -> list[Outcome]:
        """Return what became of bookings; see `Ledger`."""
        over = (b for b in self._bookings.values() if start < b.end <= end)
        return [outcome for b in over if (outcome := outcome_of(b)) is not None]

    def decision(self, id: str) -> Decision:
        """Return a decision; see `Ledger`."""
        if id not in self._decisions:
            raise NotFoundError(key="no_decision", id=id)
        return self._decisions[id]

    def last_decision(
        self, *, booking: str | None = None, offer: str | None = None, kinds: Sequence[str] = ()
    ) -> Decision | None:
        """Return the newest decision; see `Ledger`."""
        for decision in reversed(self._decisions.values()):
            if (
                not decision.shadow
                and (booking is None or decision.booking == booking)
                and (offer is None or decision.offer == offer)
                and (not kinds or decision.kind in kinds)
            ):
                return decision
        return None

    def near(self, now: Millis) -> Near:
        """Return the records that matter now; see `Ledger`."""
        if not self._sorted:
            self._far.sort(key=lambda id: self._bookings[id].start, reverse=True)
            self._sorted = True
        while self._far and self._bookings[self._far[-1]].start < now + AHEAD:
            self._live[self._far.pop()] = None
        live = [self._bookings[id] for id in self._live]
        over = [b for b in live if not _matters(b, now)]
        for booking in over:
            del self._live[booking.id]
        asked = (self._bookings[id] for id in self._asked if id not in self._live)
        unanswered = (b for b in asked if b.answer_by is not None and b.answer_by <= now)
        bookings = (*(self._bookings[id] for id in self._live), *unanswered)
        for offer in [self._offers[id] for id in self._recent]:
            if offer.state is not OfferState.HELD and offer.end <= now and offer.request not in self._open:
                del self._recent[offer.id]
        requests = tuple(
            request
            for id in self._open
            if (request := self._requests[id]).earliest < now + AHEAD
            or request.state is RequestState.OFFERED
            or request.alternatives
        )
        return Near(
            bookings,
            requests,
            tuple(self._offers[id] for id in self._recent),
            {request.group: self._served[request.group] for request in requests},
            tuple(
                twin
                for b in bookings
                if (known := self._twins.get(b.id)) is not None and known[0] == b.version and (twin := known[1])
            ),
            tuple(
                proposal
                for proposal in self._proposals.values()
                if proposal.state is ProposalState.OPEN or proposal.made_at > now - PROPOSED
            ),
        )

    def offers_on(self, site: str, space: str, start: Millis, end: Millis) -> list[tuple[Offer, Request]]:
        """Return offers that clash; see `Ledger`."""
        mine = self._claims(site, space)
        return [
            (offer, self._requests[offer.request])
            for offer in (self._offers[id] for id in self._recent)
            if offer.site == site
            and offer.state in (OfferState.HELD, OfferState.TAKEN)
            and offer.start < end
            and offer.end > start
            and mine & self._claims(site, offer.space)
        ]

    def between(self, site: str, start: Millis, end: Millis) -> tuple[list[Booking], list[Offer]]:
        """Return all bookings and offers of a site that touch a span; see `Ledger`."""
        bookings = [b for b in self._bookings.values() if b.site == site and b.start < end and b.end > start]
        offers = [o for o in self._offers.values() if o.site == site and o.start < end and o.end > start]
        return sorted(bookings, key=lambda b: (b.start, b.id)), sorted(offers, key=lambda o: (o.start, o.id))

    def bookings_on(self, site: str, space: str, start: Millis, end: Millis) -> list[Booking]:
        """Return bookings that had or have the time; see `Ledger`."""
        mine = self._claims(site, space)
        return [
            b
            for b in self._bookings.values()
            if b.site == site
            and b.start < end
            and b.had_until > max(start, b.start)
            and mine & self._claims(site, b.space)
        ]

    def stays_near(self, site: str, start: Millis, end: Millis) -> list[Stay]:
        """Return uses that touch a time; see `Around`."""
        near = [b for b in self._bookings.values() if b.site == site and b.start < end and b.end > start]
        held = [o for o in self._offers.values() if o.site == site and o.start < end and o.end > start]
        offered = [stay_of(o, self._requests[o.request]) for o in held if o.state is OfferState.HELD]
        return [stay for stay in (*map(stay_of, near), *offered) if stay is not None]

    def bookings_of(self, site: str, names: tuple[str, ...], start: Millis, end: Millis) -> list[Booking]:
        """Return a group's bookings that start in a time; see `Around`."""
        return [b for b in self._bookings.values() if b.site == site and b.group in names and start <= b.start < end]

    def _put_request(self, request: Request) -> None:
        before = self._requests.get(request.id)
        if request.state is RequestState.SERVED and (before is None or before.state is not RequestState.SERVED):
            self._served[request.group] += 1
        self._requests[request.id] = request
        if request.state in _WAITING:
            self._open[request.id] = None
        else:
            self._open.pop(request.id, None)

    def _claim(self, change: Change) -> None:
        """Move the held slots as the database does, or raise ConflictError and move none."""
        leaving, taking = self._moves(change)
        for key in taking:
            if key in self._held and key not in leaving:
                raise ConflictError(key="space_taken", site=key[0], space=key[1])
        for key in leaving:
            del self._held[key]
        self._held.update(taking)

    def _moves(self, change: Change) -> tuple[set[Key], dict[Key, str]]:
        """Return the slots that the records of a change let go of from now on, and those they take."""
        now = change.decision.at
        from_slot = grid.floor(now) // grid.GRID
        records = holders(change)
        leaving = {
            key
            for record in records
            for room in self._claims(record.site, self._space_before(record))
            for slot in grid.slots(*self._span_before(record))
            if slot >= from_slot and self._held.get(key := (record.site, room, slot)) == record.id
        }
        return leaving, {key: record.id for record in records for key in keys(record, now, self._claims)}

    def _before(self, record: Booking | Offer) -> Booking | Offer:
        known: dict[str, Booking] | dict[str, Offer] = self._bookings if isinstance(record, Booking) else self._offers
        return known.get(record.id, record)

    def _space_before(self, record: Booking | Offer) -> str:
        return self._before(record).space

    def _span_before(self, record: Booking | Offer) -> tuple[Millis, Millis]:
        before = self._before(record)
        return before.start, before.end


def _matters(booking: Booking, now: Millis) -> bool:
    """Tell whether a booking that has begun may still bear on a decision."""
    if booking.state in HOLDING or (booking.released_at is not None and booking.end > now):
        return True
    return booking.state is BookingState.ENDED and booking.checked_in_at is not None and booking.end > now - BEHIND


def _expect_next(before: _Record | None, record: _Record) -> None:
    if (before.version + 1 if before else 0) != record.version:
        raise ConflictError(key="changed_first", what=Word(f"problems.a_{type(record).__name__.lower()}"), id=record.id)


def _found(known: dict[str, _Record], id: str, what: str) -> _Record:
    if id not in known:
        raise NotFoundError(key=f"no_{what}", id=id)
    return known[id]
