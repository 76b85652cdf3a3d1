"""How many people counters saw come in on a local day. Pure."""

from collections.abc import Sequence

from services.contracts.names import HOUR, Millis
from services.timeseries.ports import ReadingPoint
from services.usage.hours import Day
from services.usage.meters import added

LOOK_BACK: Millis = HOUR
"""A counter speaks more often than that: what it showed before the day began is its starting point."""


def counted_in(readings: Sequence[ReadingPoint], day: Day) -> int | None:
    """Return how many came in by the running totals of the space's counters; None: no counter told of any.

    `readings` are those of the kind `count`, in order, from LOOK_BACK before the day to its end. Two counters of one
    space are two doors. A counter that only tells how many are there counts nobody in.
    """
    last: dict[str, float] = {}
    total = 0.0
    told = False
    for one in readings:
        shown = one.fields.get("in")
        if isinstance(shown, bool) or not isinstance(shown, int | float):
            continue
        if one.at >= day.start:
            told = True
            total += added(last.get(one.device), shown)
        last[one.device] = shown
    return round(total) if told else None
