"""The ring buffer of a device: what waits to be sent, and what was sent lately and may be asked for again."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Entry:
    """One reading. `waiting` until it was handed to the link."""

    ref: int
    boot: str
    seq: int
    kind: str
    payload: bytes
    waiting: bool = True


class Ring:
    """Holds the newest `size` readings. A waiting one that is overwritten is lost, and counted."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.lost = 0
        self._entries: deque[Entry] = deque()
        self._waiting: deque[Entry] = deque()
        self._handed: dict[int, Entry] = {}
        self._next_ref = 0

    def append(self, boot: str, seq: int, kind: str, payload: bytes) -> bool:
        """Add a reading; tell whether an unsent one had to go for it."""
        entry = Entry(self._next_ref, boot, seq, kind, payload)
        self._next_ref += 1
        self._entries.append(entry)
        self._waiting.append(entry)
        if len(self._entries) <= self.size:
            return False
        oldest = self._entries.popleft()
        if not oldest.waiting:
            return False
        self._waiting.remove(oldest)  # nearly always its left end
        self.lost += 1
        return True

    def hand_out(self, at_most: int) -> Iterator[Entry]:
        """Yield waiting readings, oldest first, while fewer than `at_most` are under way."""
        while self._waiting and len(self._handed) < at_most:
            entry = self._waiting.popleft()
            entry.waiting = False
            self._handed[entry.ref] = entry
            yield entry

    def delivered(self, ref: int) -> None:
        """Take note that the broker has it."""
        self._handed.pop(ref, None)

    def take_back(self) -> None:
        """The link broke: what was under way waits again, before everything else."""
        for entry in reversed(self._handed.values()):
            entry.waiting = True
            self._waiting.appendleft(entry)
        self._handed.clear()

    def ask_again(self, boot: str, ranges: Sequence[tuple[int, int]]) -> int:
        """Let the readings of these inclusive ranges of `seq` wait again; return how many are still here."""
        again = [
            entry
            for entry in self._entries
            if entry.boot == boot and not entry.waiting and any(low <= entry.seq <= high for low, high in ranges)
        ]
        for entry in again:
            self._handed.pop(entry.ref, None)
            entry.waiting = True
        self._waiting.extend(again)
        return len(again)

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting
