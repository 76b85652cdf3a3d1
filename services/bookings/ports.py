"""The port: what operations and the scheduler need of a store, live or in memory."""

from collections.abc import Sequence
from typing import Protocol

from services.bookings.records import Booking, Change, Decision, Near, Offer, Outcome, Proposal, Request
from services.contracts.errors import ConflictError
from services.contracts.names import HOUR, Millis

AHEAD: Millis = 12 * HOUR
"""What starts within this time is near enough to matter to a decision now."""
PROPOSED: Millis = 12 * HOUR
"""What was proposed within this time and refused is not proposed again."""
BEHIND: Millis = 2 * HOUR
"""A used booking that ended within this time still matters: its people may not have left yet."""


class Ledger(Protocol):
    """Keeps the records. One change is written whole or not at all, and no time is promised twice."""

    def commit(self, change: Change) -> None:
        """Write a change. Raises ConflictError when somebody was first or the time is taken."""

    def commit_all(
        self, changes: Sequence[Change], *, whole: bool = True, rehearse: bool = False
    ) -> tuple[ConflictError | None, ...]:
        """Write several changes in this order, at once; return for each why it could not be, or None.

        With `whole` none is kept when one cannot be; without it the others are. `rehearse`: none is kept anyway.
        """

    def taken(self, change: Change) -> bool:
        """Tell whether somebody else holds time that `change` needs, so that it could not be written."""

    def book(self, booking: Booking, actor: str, now: Millis) -> tuple[Decision, bool]:
        """Keep a new booking; return its decision and whether it is new. Raises InvalidError, ConflictError.

        The same booking once more changes nothing, also when it was moved since; another one under its id is a
        conflict.
        """

    def add_request(self, request: Request) -> bool:
        """Keep a new request; tell whether it is new. Raises InvalidError, ConflictError.

        The same request once more changes nothing; another one under its id is a conflict.
        """

    def booking(self, id: str) -> Booking:
        """Return a booking. Raises NotFoundError."""

    def request(self, id: str) -> Request:
        """Return a request. Raises NotFoundError."""

    def offer(self, id: str) -> Offer:
        """Return an offer. Raises NotFoundError."""

    def decision(self, id: str) -> Decision:
        """Return a decision. Raises NotFoundError."""

    def last_decision(
        self, *, booking: str | None = None, offer: str | None = None, kinds: Sequence[str] = ()
    ) -> Decision | None:
        """Return the newest decision about a booking or an offer, of these kinds or any; shadows aside."""

    def near(self, now: Millis) -> Near:
        """Return the records that matter now."""

    def outcomes(self, start: Millis, end: Millis) -> list[Outcome]:
        """Return what became of the bookings that ended from `start` to `end`; what nobody saw counts neither way."""

    def proposal(self, id: str) -> Proposal:
        """Return a proposal. Raises NotFoundError."""

    def offers_on(self, site: str, space: str, start: Millis, end: Millis) -> list[tuple[Offer, Request]]:
        """Return held and taken offers that clash with `space` from `start` to `end`, with their requests."""

    def between(self, site: str, start: Millis, end: Millis) -> tuple[list[Booking], list[Offer]]:
        """Return all bookings and offers of a site that touch `start` … `end`."""

    def bookings_on(self, site: str, space: str, start: Millis, end: Millis) -> list[Booking]:
        """Return bookings that had or have a part of `space` between `start` and `end`."""
