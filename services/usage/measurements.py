"""Reads what was measured, day by day, and remembers days that are over: the shell around this room's pure parts."""

import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from services.contracts.names import DAY, MINUTE, Millis
from services.kit.clock import Clock
from services.timeseries.ports import History, ReadingPoint, StatePoint
from services.usage.charged import LOOK_BACK as CHARGED_BEFORE
from services.usage.charged import Charged, charged
from services.usage.counted import LOOK_BACK as COUNTED_BEFORE
from services.usage.counted import counted_in
from services.usage.hours import Day
from services.usage.measured import PAUSE, Measured, measure

REMEMBERED: Millis = 15 * MINUTE
"""Readings that come late correct days that are over: after so long (real time) such a day is read anew."""
_MOST_DAYS = 10_000
"""Days of spaces kept in memory, some 60 MB: half a year of fifty spaces."""
_READINGS = 100_000
_STEP = 3 * DAY
"""Readings are read in steps of this length, so that a month of a busy charging point is never in memory at once."""

Key = tuple[str, str, str, date]
Fold = Callable[[Day], Any]


class Measurements:
    """Whole days that are over are remembered for a while, by site, space and day. May be used from several threads."""

    def __init__(self, history: History, machine_clock: Clock) -> None:
        self._history = history
        self._clock = machine_clock
        self._days: OrderedDict[Key, tuple[Millis, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def use(self, site: str, space: str, days: Sequence[Day], zone: str, now: Millis, heard: Millis) -> list[Measured]:
        """Return what was believed of a space on these days, which follow each other. Raises SinkUnavailableError.

        `heard` is when the gateway was heard last: what was believed then holds no longer than that.
        """

        def read(missing: Sequence[Day]) -> Fold:
            points = self._history.states(site, space, missing[0].start - PAUSE, missing[-1].end)
            if points and heard < missing[-1].end:
                points.append(
                    StatePoint(site, space, max(heard, points[-1].at), "unknown", None, 0.0, release_grade=False)
                )
            at = [point.at for point in points]

            def fold(day: Day) -> Measured:
                held = max(0, bisect_right(at, day.start - PAUSE) - 1)
                return measure(points[held : bisect_right(at, day.end)], day, zone)

            return fold

        return self._through("use", site, space, days, now, read)

    def charged(self, site: str, space: str, days: Sequence[Day], silent: Millis, now: Millis) -> list[Charged]:
        """Return what the charging ports of a space did on these days. Raises SinkUnavailableError."""
        return self._of_readings(
            "charging", site, space, days, now, CHARGED_BEFORE, lambda of, day: charged(of, day, silent)
        )

    def counted_in(self, site: str, space: str, days: Sequence[Day], now: Millis) -> list[int | None]:
        """Return how many people counters saw come in on these days. Raises SinkUnavailableError."""
        return self._of_readings("count", site, space, days, now, COUNTED_BEFORE, counted_in)

    def _of_readings(
        self,
        kind: str,
        site: str,
        space: str,
        days: Sequence[Day],
        now: Millis,
        before: Millis,
        fold: Callable[[Sequence[ReadingPoint], Day], Any],
    ) -> list[Any]:
        def read(missing: Sequence[Day]) -> Fold:
            found: dict[date, Any] = {}
            at = 0
            while at < len(missing):
                ahead = [day for day in missing[at:] if day.end <= missing[at].start + _STEP] or [missing[at]]
                readings = self._readings(site, space, ahead[0].start - before, ahead[-1].end, kind)
                times = [one.at for one in readings]
                for day in ahead:
                    part = readings[bisect_left(times, day.start - before) : bisect_left(times, day.end)]
                    found[day.day] = fold(part, day)
                at += len(ahead)
            return lambda day: found[day.day]

        return self._through(kind, site, space, days, now, read)

    def _readings(self, site: str, space: str, start: Millis, end: Millis, kind: str) -> list[ReadingPoint]:
        """Return all readings of a kind, also where they are more than are asked for at once."""
        found = self._history.readings(site, space, start, end, _READINGS, kind)
        more = found
        while len(more) == _READINGS and more[0].at < more[-1].at:
            last = more[-1].at
            found = [one for one in found if one.at < last]
            more = self._history.readings(site, space, last, end, _READINGS, kind)
            found += more
        return found

    def _through(
        self, what: str, site: str, space: str, days: Sequence[Day], now: Millis, read: Callable[[Sequence[Day]], Fold]
    ) -> list[Any]:
        """Return a day's worth for every day: remembered, or read in one go from the first that is missing on."""
        real = self._clock.now()
        found: dict[date, Any] = {}
        with self._lock:
            for day in days:
                kept = self._days.get((what, site, space, day.day))
                if day.whole and kept is not None and 0 <= real - kept[0] < REMEMBERED:
                    found[day.day] = kept[1]
        missing = [day for day in days if day.day not in found]
        if missing:
            first = days.index(missing[0])
            fold = read(days[first : days.index(missing[-1]) + 1])
            fresh = {day.day: fold(day) for day in missing}
            found |= fresh
            with self._lock:
                for day in missing:
                    if day.whole and day.end <= now:
                        self._days[what, site, space, day.day] = (real, fresh[day.day])
                while len(self._days) > _MOST_DAYS:
                    self._days.popitem(last=False)
        return [found[day.day] for day in days]
