"""The time series in memory: for tests and for evaluation."""

from collections.abc import Sequence

from services.contracts.names import Millis
from services.timeseries.ports import FigurePoint, ReadingPoint, Refused, SinkUnavailableError, StatePoint


class MemoryTimeseries:
    """ReadingSink and History over two dictionaries. `available` False makes every call fail."""

    def __init__(self) -> None:
        self.available = True
        self._readings: dict[tuple[object, ...], ReadingPoint] = {}
        self._states: dict[tuple[str, str, Millis], StatePoint] = {}

    def write(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        """Store all points; none is ever refused. Raises SinkUnavailableError."""
        self._check()
        for reading in readings:
            self._readings.setdefault(_identity(reading), reading)
        for state in states:
            self._states[state.site, state.space, state.at] = state
        return []

    def states(self, site: str, space: str, start: Millis, end: Millis) -> list[StatePoint]:
        """Return the beliefs from `start` to `end`, led by the one that held at `start`."""
        self._check()
        of_space = sorted((p for p in self._states.values() if (p.site, p.space) == (site, space)), key=lambda p: p.at)
        before = [point for point in of_space if point.at <= start]
        return before[-1:] + [point for point in of_space if start < point.at <= end]

    def readings(
        self, site: str, space: str, start: Millis, end: Millis, limit: int, kind: str | None = None
    ) -> list[ReadingPoint]:
        """Return readings from `start` to `end` in order of `at`, at most `limit`; of one kind or all."""
        self._check()
        found = [
            point
            for point in self._readings.values()
            if (point.site, point.space) == (site, space) and start <= point.at <= end and kind in (None, point.kind)
        ]
        return sorted(found, key=lambda p: (p.at, p.device, p.kind, p.boot or "", p.seq or 0, p.journal_id))[:limit]

    def close(self) -> None:
        """Nothing to let go of."""

    def _check(self) -> None:
        if not self.available:
            raise SinkUnavailableError("time series in memory: was made unavailable")


def _identity(point: ReadingPoint) -> tuple[object, ...]:
    named = point.boot is not None and point.seq is not None
    return (point.site, point.device, point.kind, point.boot, point.seq, None if named else point.journal_id)


class MemoryFigures:
    """FigureSink over a dictionary. `available` False makes every call fail."""

    def __init__(self) -> None:
        self.available = True
        self.points: dict[tuple[object, ...], FigurePoint] = {}

    def note(self, points: Sequence[FigurePoint]) -> None:
        """Store all points. Raises SinkUnavailableError."""
        self._check()
        self.points.update({(one.measurement, *sorted(one.tags.items()), one.at_ns): one for one in points})

    def newest(self, measurement: str) -> Millis | None:
        """Return the time of the newest point of a measurement. Raises SinkUnavailableError."""
        self._check()
        found = (one.at_ns // 1_000_000 for one in self.points.values() if one.measurement == measurement)
        return max(found, default=None)

    def close(self) -> None:
        """Nothing to let go of."""

    def _check(self) -> None:
        if not self.available:
            raise SinkUnavailableError("figures: made unavailable")
