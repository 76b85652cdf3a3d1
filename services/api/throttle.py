"""Limits guesses at sign-in, for one name from one address and for one address over all names."""

import threading
from collections import deque
from dataclasses import dataclass, field

from services.contracts.names import MINUTE, Millis


@dataclass(slots=True)
class SignInThrottle:
    """Counts failures in a sliding window, in memory; a restart forgets them."""

    per_name: int = 5
    """Failures of one name from one address before it must wait."""
    per_address: int = 30
    """Failures of one address over all names: several stewards share the office's address."""
    window: Millis = 5 * MINUTE
    max_keys: int = 10_000
    """Bounds the memory that a flood of invented names can take."""
    _failures: dict[tuple[str, str], deque[Millis]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_ms(self, name: str, address: str, now: Millis) -> Millis:
        """Return how long this name from this address must still wait; 0 means go ahead."""
        with self._lock:
            return max(
                self._wait((name, address), self.per_name, now),
                self._wait(("", address), self.per_address, now),
            )

    def failed(self, name: str, address: str, now: Millis) -> None:
        """Count a failed sign-in."""
        with self._lock:
            for key in ((name, address), ("", address)):
                if key not in self._failures and len(self._failures) >= self.max_keys:
                    self._forget_oldest()
                self._failures.setdefault(key, deque(maxlen=self.per_address)).append(now)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name; those of the address stay."""
        with self._lock:
            self._failures.pop((name, address), None)

    def _wait(self, key: tuple[str, str], allowed: int, now: Millis) -> Millis:
        failures = self._failures.get(key)
        if failures is None:
            return 0
        while failures and failures[0] <= now - self.window:
            failures.popleft()
        if not failures:
            del self._failures[key]
            return 0
        return failures[-allowed] + self.window - now if len(failures) >= allowed else 0

    def _forget_oldest(self) -> None:
        oldest = min(self._failures, key=lambda key: self._failures[key][-1])
        del self._failures[oldest]
