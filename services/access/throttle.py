"""Limits guessing: so many failures of one key in a window of time, then it must wait. Pure but for its memory."""

import threading
from collections import OrderedDict, deque
from collections.abc import Hashable

from services.contracts.names import MINUTE, Millis

MAX_KEYS = 10_000
"""Bounds the memory that a flood of invented keys can take; the one that failed longest ago is forgotten first."""


class FailureWindow:
    """Counts failures by key, in memory; a restart forgets them. Safe to share between threads."""

    def __init__(self, allowed: int, window: Millis = 5 * MINUTE, max_keys: int = MAX_KEYS) -> None:
        self._allowed = allowed
        self._window = window
        self._max_keys = max_keys
        self._failures: OrderedDict[Hashable, deque[Millis]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_ms(self, key: Hashable, now: Millis) -> Millis:
        """Return how long this key must still wait; 0 means go ahead."""
        with self._lock:
            failures = self._failures.get(key)
            if failures is None or len(failures) < self._allowed:
                return 0
            return max(0, failures[0] + self._window - now)

    def failed(self, key: Hashable, now: Millis) -> None:
        """Count a failure."""
        with self._lock:
            failures = self._failures.setdefault(key, deque(maxlen=self._allowed))
            failures.append(now)
            self._failures.move_to_end(key)
            while len(self._failures) > self._max_keys:
                self._failures.popitem(last=False)

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures of a key."""
        with self._lock:
            self._failures.pop(key, None)
