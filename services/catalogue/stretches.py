"""Stretches of time: joined where they touch, and with others cut out of them. Pure."""

from collections.abc import Iterable, Sequence

from services.contracts.names import Millis

Stretch = tuple[Millis, Millis]
"""From, until."""


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the stretches in order, those that touch as one."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(stretches: Iterable[Stretch], shut: Sequence[Stretch]) -> list[Stretch]:
    """Return what is left of the stretches when `shut` is cut out of them."""
    left = list(stretches)
    for low, high in shut:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, low)), (max(start, high), end))
            if piece[0] < piece[1]
        ]
    return left
