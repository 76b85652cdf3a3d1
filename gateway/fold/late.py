"""Notes which stretches of the past a space was told of too late, until its history has been corrected."""

from dataclasses import dataclass

from services.contracts.names import DAY, HOUR, MINUTE, Millis

APART: Millis = 2 * HOUR
"""Late readings this far apart are two stretches: what was believed between them is left as it is."""

SETTLED: Millis = 2 * MINUTE
"""After so long without another late reading the device has emptied its buffer."""

PATIENCE: Millis = 30 * MINUTE
"""A device that goes on being late does not put off the correction for longer."""

OLDEST: Millis = 31 * DAY
"""No buffer reaches back further: an older reading has a clock that was never set, or comes out of an archive."""


@dataclass(frozen=True, slots=True)
class Late:
    """`stretches`: from the first to the last instant that late readings tell of, in order, at least APART apart.

    `since` and `heard`: when the first and the last of these readings came.
    """

    stretches: tuple[tuple[Millis, Millis], ...]
    since: Millis
    heard: Millis


def noted(late: Late | None, at: Millis, now: Millis) -> Late | None:
    """Return `late` with a reading of `at` that came at `now`; unchanged when that is longer ago than OLDEST."""
    if at < now - OLDEST:
        return late
    if late is None:
        return Late(((at, at),), now, now)
    if any(start <= at <= end for start, end in late.stretches):
        return Late(late.stretches, late.since, now)
    return Late(_joined((*late.stretches, (at, at))), late.since, now)


def together(one: Late | None, other: Late | None) -> Late | None:
    """Return what both tell of."""
    if one is None or other is None:
        return one or other
    return Late(_joined((*one.stretches, *other.stretches)), min(one.since, other.since), max(one.heard, other.heard))


def beyond(late: Late, end: Millis) -> Late | None:
    """Return what is left of `late` after `end`; None: nothing."""
    left = tuple((max(first, end + 1), last) for first, last in late.stretches if last > end)
    return Late(left, late.since, late.heard) if left else None


def is_ripe(late: Late, stored_upto: Millis) -> bool:
    """Tell whether history may be corrected: all that was heard before `stored_upto` is in the time series."""
    return late.heard < stored_upto and stored_upto >= min(late.heard + SETTLED, late.since + PATIENCE)


def _joined(stretches: tuple[tuple[Millis, Millis], ...]) -> tuple[tuple[Millis, Millis], ...]:
    found: list[tuple[Millis, Millis]] = []
    for start, end in sorted(stretches):
        if found and start - found[-1][1] < APART:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)
