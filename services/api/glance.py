"""One answer for a crowd: what everybody is shown is made at most every two seconds, and anew when plans change."""

import threading
from collections.abc import Callable, Hashable
from typing import Any

from services.contracts.names import SECOND, Millis

_KEPT: Millis = 2 * SECOND
_MOST = 2_000
"""Sites and spaces looked at; a bound, as a dictionary needs one."""


class Glance:
    """Remembers answers by key. Safe to share between threads; two at once may both make the same."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[object, Millis, Any]] = {}
        self._lock = threading.Lock()

    def of(self, key: Hashable, plan: object, now: Millis, make: Callable[[], Any]) -> Any:
        """Return what was made for this key and this very plan lately, or make it. `now` is the machine's time."""
        with self._lock:
            known = self._made.get(key)
        if known is not None and known[0] is plan and 0 <= now - known[1] < _KEPT:
            return known[2]
        made = make()
        with self._lock:
            if len(self._made) >= _MOST:
                self._made.clear()
            self._made[key] = (plan, now, made)
        return made
