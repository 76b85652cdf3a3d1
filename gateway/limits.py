"""How much one device may send: enough for every buffer after an outage, too little to drown its neighbours."""

from services.contracts.errors import FoldspaceError
from services.contracts.names import SECOND, Millis

RATE_PER_S = 50.0
"""Sustained. The liveliest sensor of the contract speaks once a second."""

BURST = 250_000
"""A sensor that was kept waiting for three days may say all of it at once."""

TOPICS = 64
"""Different topics of one device: nine kinds, status and answers are a dozen."""


class RateError(FoldspaceError):
    """A device that sends more than any device has to say."""

    kind = "rate"


class Allowance:
    """A token bucket over arrival times, and the topics seen. One for each device."""

    __slots__ = ("_at", "_left", "_topics")

    def __init__(self) -> None:
        self._at: Millis = 0
        self._left = float(BURST)
        self._topics: set[str] = set()

    def take(self, at: Millis, device: str) -> None:
        """Take one message at `at`. Raises RateError."""
        if at > self._at:
            self._left = min(BURST, self._left + (at - self._at) / SECOND * RATE_PER_S)
            self._at = at
        if self._left < 1.0:
            raise RateError(f"device {device!r}: sends more than {RATE_PER_S:g} messages a second without end")
        self._left -= 1.0

    def meet(self, topic: str, device: str) -> None:
        """Note a topic of the device. Raises RateError."""
        if topic not in self._topics:
            if len(self._topics) >= TOPICS:
                raise RateError(f"device {device!r}: uses more than {TOPICS} topics")
            self._topics.add(topic)

    @property
    def used(self) -> float:
        """How much of the burst is used up, 0 to 1."""
        return 1.0 - self._left / BURST
