"""Beliefs as stretches of time: each holds until the next. Pure."""

from collections.abc import Iterator, Sequence

from services.contracts.names import Millis
from services.timeseries.ports import StatePoint

Span = tuple[Millis, Millis, StatePoint | None]


def spans(points: Sequence[StatePoint], start: Millis, end: Millis) -> Iterator[Span]:
    """Yield from, to and the belief that held, without gaps from `start` to `end`; None: nothing was believed yet."""
    at: Millis = start
    held: StatePoint | None = None
    for point in points:
        until = min(max(point.at, start), end)
        if until > at:
            yield at, until, held
            at = until
        held = point
    if end > at:
        yield at, end, held
