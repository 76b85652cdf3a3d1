"""Paints pictures for panels one at a time, and keeps the newest."""

import threading
from dataclasses import dataclass, field

from services.contracts.names import Millis
from services.signage.fonts import Faces
from services.signage.picture import Panel, picture
from services.signage.signs import Sign

_KEPT = 64
"""Pictures: one for each panel of a community, at some 10 KiB each."""


@dataclass(slots=True)
class Easel:
    """Safe to use from several threads, though fonts are not; whoever asks for many must not take all processors."""

    _kept: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def paint(self, key: str, sign: Sign, panel: Panel, faces: Faces, shown_at: Millis, due_at: Millis) -> bytes:
        """Return the PNG of a sign; the same `key` is the same picture."""
        with self._lock:
            painted = self._kept.get(key)
            if painted is None:
                while len(self._kept) >= _KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = painted = picture(sign, panel, faces, shown_at, due_at)
            return painted
