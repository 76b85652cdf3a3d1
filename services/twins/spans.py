"""Arithmetic on ranges of sequence numbers: sorted, disjoint, both ends in them."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from services.twins.records import Span


def within(spans: Sequence[Span], first: int, last: int) -> list[Span]:
    """Return what of the spans lies from `first` to `last`."""
    at = bisect_left(spans, first, key=lambda span: span[1])
    found: list[Span] = []
    for low, high in spans[at:]:
        if low > last:
            break
        found.append((max(low, first), min(high, last)))
    return found


def without(spans: Iterable[Span], taken: Sequence[Span]) -> list[Span]:
    """Return what of the spans is in none of `taken`."""
    left: list[Span] = []
    for first, last in spans:
        for low, high in within(taken, first, last):
            if first < low:
                left.append((first, low - 1))
            first = high + 1
        if first <= last:
            left.append((first, last))
    return left


def united(spans: Iterable[Span]) -> list[Span]:
    """Return the same numbers as sorted, disjoint spans."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def total(spans: Iterable[Span]) -> int:
    """Return how many numbers the spans hold."""
    return sum(last - first + 1 for first, last in spans)
