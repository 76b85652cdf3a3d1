"""The ring buffer of a device: what waits to be sent, and what was sent lately and may be asked for again."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.contracts.names import SECOND, Millis

RESENT_PER_S = 5
"""Readings sent again in a second, so that the present is not held up."""
RESENT_AT_ONCE = 25
"""What may go out again in one go, after a pause."""


@dataclass(slots=True, eq=False)
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
        self._again: deque[Entry] = deque()
        self._credit_ms: Millis = RESENT_AT_ONCE * SECOND // RESENT_PER_S
        self._credited_at: Millis = 0
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
        queue = self._waiting if oldest in self._waiting else self._again
        queue.remove(oldest)  # nearly always its left end
        self.lost += 1
        return True

    def hand_out(self, at_most: int, now: Millis) -> Iterator[Entry]:
        """Yield waiting readings while fewer than `at_most` are under way: new ones first, oldest first."""
        while self._waiting and len(self._handed) < at_most:
            yield self._hand(self._waiting.popleft())
        self._earn_credit(now)
        price = SECOND // RESENT_PER_S
        while self._again and len(self._handed) < at_most and self._credit_ms >= price:
            self._credit_ms -= price
            yield self._hand(self._again.popleft())

    def delivered(self, ref: int) -> None:
        """Take note that the broker has it."""
        self._handed.pop(ref, None)

    def take_back(self) -> None:
        """The link broke: what was under way waits again, before everything else."""
        for entry in reversed(self._handed.values()):
            entry.waiting = True
            self._waiting.appendleft(entry)
        self._handed.clear()

    def ask_again(self, boot: str, ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        """Let the readings of these inclusive ranges of `seq` wait again; return the ranges that are not here."""
        of_boot = [entry for entry in self._entries if entry.boot == boot]
        seqs = [entry.seq for entry in of_boot]
        missing: list[tuple[int, int]] = []
        for first, last in ranges:
            held = of_boot[bisect_left(seqs, first) : bisect_right(seqs, last)]
            missing += _between(first, last, [entry.seq for entry in held])
            for entry in held:
                if not entry.waiting and entry.ref not in self._handed:  # else it is on its way already
                    entry.waiting = True
                    self._again.append(entry)
        return tuple(missing)

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting and not self._again

    def _hand(self, entry: Entry) -> Entry:
        entry.waiting = False
        self._handed[entry.ref] = entry
        return entry

    def _earn_credit(self, now: Millis) -> None:
        most = RESENT_AT_ONCE * SECOND // RESENT_PER_S
        self._credit_ms = min(most, self._credit_ms + max(0, now - self._credited_at))
        self._credited_at = now


def _between(first: int, last: int, held: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the ranges from `first` to `last` without the ascending numbers that are held."""
    for seq in held:
        if first < seq:
            yield first, seq - 1
        first = seq + 1
    if first <= last:
        yield first, last
