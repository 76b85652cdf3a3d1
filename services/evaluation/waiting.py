"""The waiting groups of a recording: they take what they are offered, after a fixed time, and come.

A recording tells what people did under the policy of its day. What those who waited would have done under another one
it cannot tell, so every policy meets the same willing groups.
"""

from services.contracts.errors import ConflictError
from services.contracts.names import MINUTE, Millis
from services.scheduler.virtual import VirtualScheduler

ANSWERS_AFTER: Millis = 2 * MINUTE
"""A telephone in a pocket; an offer is held longer."""


class Waiting:
    """Answers the offers of a scheduler in virtual time."""

    def __init__(self, scheduler: VirtualScheduler) -> None:
        self._scheduler = scheduler
        self._heard = 0
        self._answers: list[tuple[Millis, str]] = []
        self._arrivals: list[tuple[Millis, str]] = []

    def answer(self, now: Millis) -> None:
        """Take the offers whose time to answer has come, and check in where one's time has begun.

        The sensors of the recording never see these groups; who has checked in does not lose its room for that.
        """
        operations = self._scheduler.operations
        for offer in self._due(self._answers, now):
            try:
                taken = operations.claim(offer, "group", now)
            except ConflictError:  # withdrawn, or expired: a policy may hold offers for less than an answer takes
                continue
            assert taken.booking is not None
            self._arrivals.append((taken.params["start_at"], taken.booking))
        for booking in self._due(self._arrivals, now):
            try:
                operations.check_in(booking, "group", now)
            except ConflictError:  # moved, or ended meanwhile
                continue

    def hear(self, now: Millis) -> None:
        """Hear of the offers made since the last call."""
        offers = self._scheduler.offers
        self._answers += [(now + ANSWERS_AFTER, offer.id) for offer in offers[self._heard :]]
        self._heard = len(offers)

    @staticmethod
    def _due(waiting: list[tuple[Millis, str]], now: Millis) -> list[str]:
        """Take out of `waiting` what is due by now; return it in its order."""
        due = [id for at, id in waiting if at <= now]
        waiting[:] = [(at, id) for at, id in waiting if at > now]
        return due
