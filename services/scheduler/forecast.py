"""How likely a booking is not to be used: rates of no-shows by group, weekday and hour, shrunken towards each other.

A group that came to its first three bookings has not proved anything yet. So every rate is a mean of what was seen and
of the rate one level up, which counts like PRIOR more bookings: the group at this weekday and hour leans on the rest
of the group, that on what others do at this weekday and hour, and that on everybody (an empirical Bayes estimate with a
beta prior; Efron and Morris, "Stein's paradox in statistics", 1977). A forecast asks earlier; it never takes space
away.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from services.bookings.records import Outcome
from services.contracts.instants import to_datetime
from services.contracts.names import DAY, Millis

PRIOR = 8.0
"""Bookings that the level above counts for: after two months of one evening a week a group speaks for itself."""
USUAL = 0.1
"""The rate of a community nobody has watched yet."""
REMEMBERED: Millis = 180 * DAY
"""Half a year: a club that has changed its ways is not reminded of the old ones for ever."""


class Seen(NamedTuple):
    """How many bookings there were, and to how many of them nobody came."""

    bookings: int
    no_shows: int


@dataclass(frozen=True, slots=True)
class Chance:
    """The rate of no-shows expected of a booking, 0 to 1, and what it was reckoned from, the nearest first."""

    rate: float
    same_hour: Seen
    """Of this group at this weekday and hour."""
    group: Seen
    everybody: Seen


Cell = tuple[str, int, int]
"""A group, a weekday (Monday is 0) and an hour on the clock of the site."""


class Forecast:
    """Rates learned from outcomes; ask for as many bookings as you like."""

    def __init__(self, outcomes: Iterable[Outcome], zone: Callable[[str], str]) -> None:
        """`zone`: site → time zone."""
        self._zone = zone
        self._bookings: Counter[Cell | tuple[int, int] | str] = Counter()
        self._no_shows: Counter[Cell | tuple[int, int] | str] = Counter()
        self._told: dict[tuple[str, str, Millis], Chance] = {}
        """A forecast does not change, and is asked about the same bookings many times a second."""
        for outcome in outcomes:
            weekday, hour = self._when(outcome.site, outcome.start)
            for name in ((outcome.group, weekday, hour), (weekday, hour), outcome.group, _ALL):
                self._bookings[name] += 1
                self._no_shows[name] += outcome.no_show

    def chance(self, site: str, group: str, start: Millis) -> Chance:
        """Return what is expected of a booking of `group` from `start`."""
        told = self._told.get((site, group, start))
        if told is None:
            told = self._told[site, group, start] = self._work_out(site, group, start)
        return told

    def _work_out(self, site: str, group: str, start: Millis) -> Chance:
        weekday, hour = self._when(site, start)
        all_, slot = self._seen(_ALL), self._seen((weekday, hour))
        own, here = self._seen(group), self._seen((group, weekday, hour))
        rate = USUAL
        # Each level adds what the ones above it have not seen, so that no booking counts twice.
        for bookings, no_shows in (
            (all_.bookings - slot.bookings - own.bookings + here.bookings,
             all_.no_shows - slot.no_shows - own.no_shows + here.no_shows),
            (slot.bookings - here.bookings, slot.no_shows - here.no_shows),
            (own.bookings - here.bookings, own.no_shows - here.no_shows),
            here,
        ):  # fmt: skip
            rate = (no_shows + PRIOR * rate) / (bookings + PRIOR)
        return Chance(rate, here, own, all_)

    def _seen(self, name: Cell | tuple[int, int] | str) -> Seen:
        return Seen(self._bookings[name], self._no_shows[name])

    def _when(self, site: str, start: Millis) -> tuple[int, int]:
        local = to_datetime(start, self._zone(site))
        return local.weekday(), local.hour


_ALL = ""
"""No group has no name."""
