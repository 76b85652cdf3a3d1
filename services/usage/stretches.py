"""How much stretches of time have in common. Pure."""

from collections.abc import Sequence

from services.catalogue.stretches import Stretch
from services.contracts.names import Millis


def length(stretches: Sequence[Stretch]) -> Millis:
    """Return how long stretches are that do not overlap."""
    return sum(end - start for start, end in stretches)


def common(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[Stretch]:
    """Return what two lists of stretches share; each list is in order and its stretches do not overlap."""
    found: list[Stretch] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low < high:
            found.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def cut(stretches: Sequence[Stretch], start: Millis, end: Millis) -> list[Stretch]:
    """Return what of the stretches lies between two instants."""
    return common(stretches, [(start, end)]) if start < end else []
