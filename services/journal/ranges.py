"""Which sequence numbers of one boot were seen: sorted, disjoint, closed spans."""

from bisect import bisect_right

Span = tuple[int, int]


class Ranges:
    """A set of integers that mostly arrive in order. Adding the next one costs constant time."""

    __slots__ = ("spans",)

    def __init__(self, spans: list[Span] | None = None) -> None:
        self.spans: list[Span] = [] if spans is None else spans

    def __contains__(self, seq: int) -> bool:
        at = bisect_right(self.spans, (seq, seq)) - 1
        return any(low <= seq <= high for low, high in self.spans[max(at, 0) : at + 2])

    def add(self, seq: int) -> bool:
        """Add `seq`; tell whether it was new."""
        spans = self.spans
        if spans and seq == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], seq)
            return True
        if seq in self:
            return False
        at = bisect_right(spans, (seq, seq))
        low = high = seq
        if at < len(spans) and spans[at][0] == seq + 1:
            high = spans.pop(at)[1]
        if at > 0 and spans[at - 1][1] == seq - 1:
            low = spans.pop(at - 1)[0]
            at -= 1
        spans.insert(at, (low, high))
        return True

    @property
    def last(self) -> int | None:
        """The highest number seen."""
        return self.spans[-1][1] if self.spans else None

    def gaps(self) -> list[Span]:
        """Return the spans never seen between 0, where every boot begins, and the highest number seen."""
        found: list[Span] = []
        expected = 0
        for low, high in self.spans:
            if low > expected:
                found.append((expected, low - 1))
            expected = high + 1
        return found
