"""Supply windows on their days: when partners lend a space and on which terms, as instants. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.contracts.instants import from_wall
from services.contracts.names import Millis
from services.contracts.supply import Approval, Supply


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch from `start` to `end` in which a space is there for these functions."""

    start: Millis
    end: Millis
    functions: tuple[str, ...]
    groups: tuple[str, ...] = ()
    """Ids of the groups it is lent to; none: every group."""
    supply: str = ""
    """Id of the supply window; empty: the community's own hours."""
    notice_min: int = 0
    approval: Approval = "auto"
    approve_within_min: int = 0

    def suits(self, wanted: Iterable[str], group: str | None) -> bool:
        """Tell whether it is there for one of `wanted` (or anything, when that is empty) and for the group.

        `group` is an id; empty: somebody who is no group of the community; None: whoever it is.
        """
        asked = set(wanted)
        if asked and asked.isdisjoint(self.functions):
            return False
        return group is None or not self.groups or group in self.groups


def windows_between(first: date, last: date, lent: Iterable[Supply], zone: str) -> tuple[Window, ...]:
    """Return the windows of `lent` that begin on the local days from `first` to `last`, the first one first."""
    windows = {
        Window(
            start,
            end,
            one.functions,
            one.groups,
            one.id,
            one.notice_min,
            one.approval,
            one.approve_within_min if one.approval == "host" else 0,
        )
        for one in lent
        for day in one.lent_days(first, last, zone)
        # On the night the clocks go forward a window may have no length at all.
        if (start := from_wall(day, one.start, zone)) < (end := from_wall(day, one.end, zone))
    }
    return tuple(sorted(windows, key=lambda window: (window.start, window.end, window.functions, window.supply)))


def covering(
    windows: Sequence[Window], start: Millis, end: Millis, wanted: Iterable[str], group: str | None = None
) -> tuple[Window, ...] | None:
    """Return windows that, one after another, reach from `start` to `end` for what is wanted; None: there are none."""
    fitting = [window for window in windows if window.suits(wanted, group)]
    used: list[Window] = []
    at = start
    while at < end:
        open_now = [window for window in fitting if window.start <= at < window.end]
        if not open_now:
            return None
        # Of those that reach as far the one that asks for least.
        best = max(open_now, key=lambda one: (min(one.end, end), one.approval == "auto", -one.notice_min, one.supply))
        used.append(best)
        at = best.end
    return tuple(used)
