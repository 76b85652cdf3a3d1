"""What people do with bookings and offers, the same from the API, the button and the scheduler.

Each one is idempotent: repeating what already holds returns the decision that made it so.
"""

from collections.abc import Callable
from dataclasses import replace

from services.bookings import grid, machine, promises, proposals
from services.bookings.holding import Claims
from services.bookings.permits import TooEarlyError, in_the_way, opens_at
from services.bookings.ports import Ledger
from services.bookings.reasons import Why, by_person, decision_id
from services.bookings.records import (
    BLOCK,
    HOLDING,
    Booking,
    BookingState,
    Change,
    Decision,
    Offer,
    OfferState,
    Proposal,
    ProposalState,
    Request,
    RequestState,
)
from services.bookings.undoing import offers_in_the_way, undoing
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.instants import to_rfc3339
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.contracts.texts import Word

_PRESENT = ("check_in", "reclaim", "undo")


class Operations:
    """What people may do. Errors: NotFoundError, ConflictError, InvalidError, each one sentence."""

    def __init__(self, store: Ledger, claims: Claims, policy: Callable[[], Policy]) -> None:
        self._store = store
        self._claims = claims
        self._policy = policy

    def check_in(self, id: str, actor: str, now: Millis) -> Decision:
        """The group is there. A released booking is theirs again, as long as nobody took its time."""
        booking = self._store.booking(id)
        if booking.state is BookingState.IN_USE:
            return self._made(booking, _PRESENT)
        if booking.state is BookingState.RELEASED:
            return self._reclaim(booking, actor, now, present=True)
        self._expect_open(booking, "check in", now)
        other = in_the_way(booking, self._store.near(now).bookings, self._claims, now)
        if other is not None:
            raise ConflictError(key="space_still_in_use", id=booking.id, group=other.group)
        return self._do(machine.check_in(booking, now, by_person("check_in", actor)))

    def keep(self, id: str, actor: str, now: Millis) -> Decision:
        """The group still comes: the booking is not released for being empty. A released one is given back."""
        booking = self._store.booking(id)
        if booking.state is BookingState.RELEASED:
            return self._reclaim(booking, actor, now, present=False)
        if booking.state is BookingState.BOOKED and booking.kept_at is not None:
            return self._made(booking, ("keep", "reclaim", "undo"))
        self._expect_open(booking, "keep", now)
        return self._do(machine.keep(booking, now, by_person("keep", actor)))

    def end(self, id: str, actor: str, now: Millis) -> Decision:
        """The group has finished: the rest of the time is free."""
        booking = self._store.booking(id)
        if booking.state is BookingState.ENDED:
            return self._made(booking, ("end", "end_early"))
        return self._do(machine.end(booking, now, by_person("end", actor)))

    def cancel(self, id: str, actor: str, now: Millis) -> Decision:
        """The booking does not take place."""
        booking = self._store.booking(id)
        if booking.state is BookingState.CANCELLED:
            return self._made(booking, ("cancel", "undo"))
        return self._do(machine.cancel(booking, now, by_person("cancel", actor)))

    def approve(self, id: str, actor: str, now: Millis) -> Decision:
        """The host says yes to a booking that waits for it."""
        booking = self._store.booking(id)
        if booking.state is BookingState.BOOKED:
            return self._made(booking, ("approve",))
        return self._do(machine.approve(booking, now, by_person("approve", actor)))

    def refuse(self, id: str, actor: str, now: Millis) -> Decision:
        """The host says no to a booking that waits for it."""
        booking = self._store.booking(id)
        if booking.state is BookingState.CANCELLED:
            return self._made(booking, ("refuse",))
        return self._do(machine.refuse(booking, now, by_person("refuse", actor)))

    def move(
        self,
        id: str,
        space: str | None,
        start: Millis | None,
        actor: str,
        now: Millis,
        *,
        answer_by: Millis | None = None,
    ) -> Decision:
        """Move to another space, another start, or both; as long as before. With `answer_by` its host is asked."""
        booking = self._store.booking(id)
        to_space, to_start = space or booking.space, booking.start if start is None else start
        self._known(booking.site, to_space)
        if (to_space, to_start) == (booking.space, booking.start):
            made = self._made(booking, ("move", "book", "offer_taken"))
            if (made.params["space"], made.params["start_at"]) != (booking.space, booking.start):
                raise ConflictError(key="booking_is_there", id=booking.id)
            return made
        why = by_person("move", actor)
        return self._do(machine.move(booking, to_space, to_start, now, why, answer_by=answer_by))

    def offer(
        self,
        request_id: str,
        actor: str,
        now: Millis,
        *,
        space: str | None = None,
        start: Millis | None = None,
        booking_id: str | None = None,
        hold_min: float | None = None,
    ) -> Decision:
        """Staff hold a space for a waiting request: the time of a released booking, or `space` from `start`."""
        request = self._store.request(request_id)
        released = None if booking_id is None else self._store.booking(booking_id)
        where = space or (released.space if released else request.space)
        if where is None:
            raise InvalidError(key="offer_of_nothing", id=request_id)
        self._known(request.site, where)
        if released is not None and released.state in HOLDING:
            raise ConflictError(key="booking_not_released", id=released.id)
        begin, end = promises.offer_span(request, grid.floor(now) if start is None else start)
        if end > request.latest_end:
            raise InvalidError(key="offer_too_late", id=request_id)
        held = int((self._policy().offer_hold_min if hold_min is None else hold_min) * MINUTE)
        why = by_person("offer", actor)
        change = promises.make_offer(request, where, begin, end, now + held, now, why, released=released)
        return self._do(replace(change, keeps_distance=True))

    def claim(self, offer: str, actor: str, now: Millis, *, space: str | None = None) -> Decision:
        """The group takes an offer, named by its id, or by its code, with `space` where the code was typed."""
        found = self._offer(offer, space, now)
        if found.state is OfferState.TAKEN:
            made = self._store.last_decision(offer=found.id, kinds=("offer_taken",))
            if made is not None:
                return made
        request = self._store.request(found.request)
        taken = promises.take_offer(found, request, now, by_person("claim", actor))
        return self._do(replace(taken, keeps_distance=True))

    def decline_offer(self, id: str, actor: str, now: Millis) -> Decision:
        """The group lets what is held for it go; its request waits on. Raises ConflictError when it is not held."""
        offer = self._store.offer(id)
        request = self._store.request(offer.request)
        return self._do(promises.expire_offer(offer, request, 0, now, by_person("decline", actor)))

    def withdraw(self, offer_id: str, actor: str, now: Millis) -> Decision:
        """Staff take a held offer back; the request waits again."""
        offer = self._store.offer(offer_id)
        if offer.state is OfferState.WITHDRAWN:
            made = self._store.last_decision(offer=offer.id, kinds=("recall", "undo", "reclaim"))
            if made is not None:
                return made
        request = self._store.request(offer.request)
        return self._do(promises.withdrawn(offer, request, now, by_person("recall", actor)))

    def withdraw_request(self, request_id: str, actor: str, now: Millis) -> Decision:
        """The group no longer wants a space; an offer held for it is withdrawn too."""
        request = self._store.request(request_id)
        if request.state is RequestState.OFFERED:
            for offer in self._store.near(now).offers:
                if offer.request == request.id and offer.state is OfferState.HELD:
                    self.withdraw(offer.id, actor, now)
            request = self._store.request(request_id)
        return self._do(promises.withdraw_request(request, now, by_person("withdraw", actor)))

    def agree(self, proposal_id: str, actor: str, now: Millis) -> Decision:
        """Make all moves of a proposal at once. Raises ConflictError when it is closed or can no longer be done."""
        proposal = self._store.proposal(proposal_id)
        if proposal.state is ProposalState.AGREED:
            return self._store.decision(decision_id("agree", proposal.id, proposal.version))
        bookings = {move.booking: self._store.booking(move.booking) for move in proposal.moves}
        requests = {id: self._store.request(id) for id, _ in proposal.serves}
        why = by_person("agree", actor)
        change = proposals.agree(proposal, bookings, requests, now, why)
        return self._do(proposals.withdrawing(change, self._held_in(proposal, now), now, why))

    def _held_in(self, proposal: Proposal, now: Millis) -> list[tuple[Offer, Request]]:
        """Return what is held for others in a room that is lost: it goes with the room."""
        blocks = [booking for booking in proposal.adds if booking.id.startswith(BLOCK)]
        found = {
            offer.id: (offer, request)
            for block in blocks
            for offer, request in self._store.offers_on(block.site, block.space, max(block.start, now), block.end)
            if offer.state is OfferState.HELD
        }
        return list(found.values())

    def propose(self, proposal: Proposal, actor: str, now: Millis) -> Decision:
        """Keep a proposal for whoever has to agree."""
        return self._do(proposals.propose(proposal, now, Why(proposal.rule, actor)))

    def decline(self, proposal_id: str, actor: str, now: Millis) -> Decision:
        """Leave everything as it is. Raises ConflictError when the proposal is closed."""
        proposal = self._store.proposal(proposal_id)
        if proposal.state is ProposalState.DECLINED:
            return self._store.decision(decision_id("decline", proposal.id, proposal.version))
        return self._do(proposals.decline(proposal, now, by_person("decline_proposal", actor)))

    def undo(self, id: str, actor: str, now: Millis) -> Decision:
        """Take a decision back. Raises ConflictError when its time has been taken or it has no way back."""
        decision = self._store.decision(id)
        if decision.undone_by is not None:
            return self._store.decision(decision.undone_by)
        return self._do(undoing(self._store, decision, actor, now))

    def _reclaim(self, booking: Booking, actor: str, now: Millis, *, present: bool) -> Decision:
        offers = tuple(offers_in_the_way(self._store, booking, now))
        return self._do(machine.reclaim(booking, offers, now, by_person("reclaim", actor), present=present))

    def _expect_open(self, booking: Booking, what: str, now: Millis) -> None:
        opens = opens_at(booking, self._policy())
        if booking.state in HOLDING and now < opens and not (what == "keep" and booking.asked_at is not None):
            act = Word(f"problems.act_{what.replace(' ', '_')}")
            raise TooEarlyError(opens, id=booking.id, act=act, opens=to_rfc3339(opens))

    def _offer(self, name: str, space: str | None, now: Millis) -> Offer:
        try:
            return self._store.offer(name)
        except NotFoundError:
            coded = [offer for offer in self._store.near(now).offers if offer.code == name and name]
        here = [offer for offer in coded if space is None or space == offer.space]
        held = [offer for offer in here or coded if offer.state is OfferState.HELD]
        closed = [offer for offer in here if offer.state is not OfferState.HELD]
        if len(held) > 1:
            raise ConflictError(key="offer_code_ambiguous", code=name)
        if not held and not closed:
            raise NotFoundError(key="no_offer", id=name)
        return held[0] if held else closed[-1]

    def _known(self, site: str, space: str) -> None:
        try:
            self._claims(site, space)
        except (KeyError, NotFoundError):
            raise InvalidError(key="space_not_known", site=site, space=space) from None

    def _made(self, booking: Booking, kinds: tuple[str, ...]) -> Decision:
        """Return the decision that made `booking` what it is."""
        made = self._store.last_decision(booking=booking.id, kinds=kinds)
        if made is None:
            raise ConflictError(
                key="booking_is_so", id=booking.id, state=Word(f"problems.booking_already_{booking.state}")
            )
        return made

    def _do(self, change: Change) -> Decision:
        self._store.commit(change)
        return change.decision
