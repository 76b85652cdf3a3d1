"""Time is injected: a wall clock, one that runs faster, and one that a test moves by hand."""

import threading
import time
from typing import Protocol

from services.contracts.names import Millis


class Clock(Protocol):
    """The time of the community, which need not be the time of the machine."""

    def now(self) -> Millis:
        """Return the present instant."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Sleep `seconds` of this clock or until `event` is set; tell whether it was set."""

    def real_seconds(self, seconds: float) -> float:
        """Return how long `seconds` of this clock take on the machine."""


class WallClock:
    """The machine's own time."""

    def now(self) -> Millis:
        return time.time_ns() // 1_000_000

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(max(0.0, seconds))

    def real_seconds(self, seconds: float) -> float:
        return seconds


class ScaledClock:
    """Starts at `origin` and runs `speed` times as fast as the machine."""

    def __init__(self, origin: Millis, speed: float) -> None:
        self.speed = speed
        self._origin = origin
        self._started_ns = time.monotonic_ns()

    def now(self) -> Millis:
        return self._origin + int((time.monotonic_ns() - self._started_ns) / 1e6 * self.speed)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(max(0.0, self.real_seconds(seconds)))

    def real_seconds(self, seconds: float) -> float:
        return seconds / self.speed


class ManualClock:
    """Moves when told to; waiting moves it, so that nothing ever sleeps."""

    def __init__(self, at: Millis = 0) -> None:
        self.at = at

    def now(self) -> Millis:
        return self.at

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.at += int(seconds * 1000)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not event.is_set():
            self.advance(max(0.0, seconds))
        return event.is_set()

    def real_seconds(self, seconds: float) -> float:
        return 0.0 if seconds >= 0 else seconds
