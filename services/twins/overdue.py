"""Which gaps are real: a number may be missing only because its message is still on its way."""

from collections.abc import Collection
from dataclasses import dataclass

from services.contracts.names import SECOND, Millis
from services.twins.records import RepairKey

OVERDUE: Millis = 10 * SECOND
"""What was overtaken this long ago does not come by itself any more."""


@dataclass(slots=True)
class _Mark:
    at: Millis
    last_seq: int
    overdue: int = -1


class Overtaken:
    """Remembers, for each boot with gaps, how far its count had come some time ago. Lost in a restart, which waits."""

    def __init__(self) -> None:
        self._marks: dict[RepairKey, _Mark] = {}

    def overdue(self, boot: RepairKey, last_seq: int, now: Millis) -> int:
        """Return the number up to which everything missing was overtaken at least OVERDUE ago; -1: none."""
        mark = self._marks.get(boot)
        if mark is None or now < mark.at:  # unknown, or the clock was set back
            mark = self._marks[boot] = _Mark(now, last_seq, -1 if mark is None else mark.overdue)
        elif now - mark.at >= OVERDUE:
            mark.at, mark.last_seq, mark.overdue = now, last_seq, mark.last_seq
        return mark.overdue

    def keep_only(self, boots: Collection[RepairKey]) -> None:
        """Forget all boots but these: the others have no gaps any more."""
        for boot in self._marks.keys() - boots:
            del self._marks[boot]
