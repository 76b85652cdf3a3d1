"""Knows since when each screen shows the same: what is printed on a picture, so that an old one betrays its age."""

import threading
from dataclasses import dataclass, field, replace

from services.contracts.names import Millis
from services.signage.signs import Sign
from services.signage.telling import due


@dataclass(slots=True)
class Stamps:
    """Since when each sign shows the same. Safe to use from several threads.

    After a start it is since the scheduler last changed the screen, which the broker kept: a panel that asks again is
    not made to refresh by our restart.
    """

    _known: dict[tuple[str, str], tuple[Sign, Millis, Millis]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def shown(self, sign: Sign, now: Millis, first: Millis) -> tuple[Millis, Millis]:
        """Return since when a sign shows this, and when it changes by plan."""
        key = (sign.site, sign.spaces[0].space if sign.door else "")
        content, due_at = replace(sign, link=""), due(sign, now)
        with self._lock:
            known = self._known.get(key)
            if known is None or known[:2] != (content, due_at):
                self._known[key] = known = (content, due_at, first if known is None else now)
            return known[2], due_at
