"""The port: what a time series must take and answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.contracts.errors import FoldspaceError
from services.contracts.names import Millis
from services.contracts.states import Occupancy

Value = float | int | bool | str


@dataclass(frozen=True, slots=True)
class ReadingPoint:
    """One admitted reading. (site, device, kind, boot, seq), or `journal_id` without those, names it once."""

    site: str
    space: str
    device: str
    kind: str
    at: Millis
    """Corrected time: what the rest of the system uses."""
    device_at: Millis | None
    received_at: Millis
    boot: str | None
    seq: int | None
    journal_id: int
    fields: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatePoint:
    """From `at` on, the gateway believed this of the space."""

    site: str
    space: str
    at: Millis
    occupancy: Occupancy
    people: int | None
    confidence: float
    release_grade: bool


@dataclass(frozen=True, slots=True)
class FigurePoint:
    """Something about the system itself, for those who draw it. (measurement, tags, at_ns) names it once."""

    measurement: str
    tags: Mapping[str, str]
    """Few values each: every combination is a series of its own."""
    fields: Mapping[str, Value]
    at_ns: int
    """Nanoseconds since the epoch; points of one millisecond may differ below it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A point the time series will never take, with its reason in one sentence."""

    point: ReadingPoint | StatePoint
    reason: str


class SinkUnavailableError(FoldspaceError):
    """The time series cannot take points or answer now; the caller keeps its cursor and tries again."""

    kind = "timeseries"

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """How long the time series asked to be left alone; None: it did not say."""


class ReadingSink(Protocol):
    """Takes points. Writing the same points again changes nothing."""

    def write(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        """Store all points durably but those returned, which would be refused again however often they are written.

        Raises SinkUnavailableError: none of the points counts as stored, and all have to be written again.
        """

    def close(self) -> None:
        """Let go of the server or file."""


class History(Protocol):
    """Answers what was measured and believed."""

    def states(self, site: str, space: str, start: Millis, end: Millis) -> list[StatePoint]:
        """Return the beliefs from `start` to `end` in order, led by the one that held at `start`."""

    def readings(
        self, site: str, space: str, start: Millis, end: Millis, limit: int, kind: str | None = None
    ) -> list[ReadingPoint]:
        """Return readings of the space from `start` to `end` in order of `at`, at most `limit`; of one kind or all."""

    def close(self) -> None:
        """Let go of the server or file."""


class FigureSink(Protocol):
    """Takes figures about the system itself. Noting the same points again changes nothing."""

    def note(self, points: Sequence[FigurePoint]) -> None:
        """Store all points durably. Raises SinkUnavailableError: none of them counts as stored."""

    def newest(self, measurement: str) -> Millis | None:
        """Return the time of the newest point of a measurement; None: there is none. Raises SinkUnavailableError."""

    def close(self) -> None:
        """Let go of the server."""
