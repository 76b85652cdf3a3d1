"""The port: what operations and the scheduler need of a store, live or in memory."""

from collections.abc import Sequence
from typing import Protocol

from services.bookings.records import Booking, Change, Decision, Near, Offer, Request
from services.contracts.names import HOUR, Millis

AHEAD: Millis = 12 * HOUR
"""What starts within this time is near enough to matter to a decision now."""


class Ledger(Protocol):
    """Keeps the records. One change is written whole or not at all, and no time is promised twice."""

    def commit(self, change: Change) -> None:
        """Write a change. Raises ConflictError when somebody was first or the time is taken."""

    def book(self, booking: Booking, actor: str, now: Millis) -> Decision:
        """Keep a new booking. Raises InvalidError, ConflictError."""

    def add_request(self, request: Request) -> None:
        """Keep a new request; the same id once more changes nothing. Raises InvalidError."""

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

    def offers_on(self, site: str, space: str, start: Millis, end: Millis) -> list[tuple[Offer, Request]]:
        """Return held and taken offers that clash with `space` from `start` to `end`, with their requests."""
