"""Writes every decision where Grafana can draw it. The time series says how far it has come, so that nothing is lost.

After an outage or a restart it goes on from the newest decision that is there; what it writes twice overwrites itself.
"""

import threading
import zlib
from collections.abc import Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter

from services.bookings.records import Decision
from services.contracts.errors import FoldspaceError
from services.contracts.names import DAY, MINUTE, Millis
from services.kit.clock import Clock
from services.kit.logs import logger
from services.timeseries.ports import FigurePoint, FigureSink, Value

DECISIONS = "decisions"
EVERY_S = 15.0
REACH: Millis = 90 * DAY
"""As far back as raw points are kept."""
OVERLAP: Millis = 10 * MINUTE
"""A decision is written down a moment after its instant, and another process may be quicker."""
_PAGE = 1000
_NS = 1_000_000

log = logger("chronicle")


class Decided(Protocol):
    """Where decisions are read from."""

    def decided_since(self, at: Millis, after: str | None = None, limit: int = 100) -> list[Decision]:
        """Return decisions of `at` and later, in the order in which they were written down, after that one."""


def decision_point(decision: Decision) -> FigurePoint:
    """Return a decision as a point. `minutes` are those of the booking's time that still lay ahead of it."""
    params = decision.params
    fields: dict[str, Value] = {"id": decision.id, "n": 1}
    start, end = params.get("start_at"), params.get("end_at")
    if isinstance(start, int) and isinstance(end, int):
        fields["minutes"] = max(0, end - max(start, decision.at)) / MINUTE
    tags = {
        "site": decision.site,
        "space": decision.space,
        "kind": decision.kind,
        "rule": decision.rule,
        "shadow": "yes" if decision.shadow else "no",
        "by": decision.actor.split(":", 1)[0],  # never the person
    }
    return FigurePoint(DECISIONS, tags, fields, decision.at * _NS + zlib.crc32(decision.id.encode()) % _NS)


class Chronicle:
    """`run(stop)` until told to stop. Several may run at once: they write the same."""

    def __init__(self, decided: Decided, sink: FigureSink, clock: Clock, registry: CollectorRegistry) -> None:
        self._decided = decided
        self._sink = sink
        self._clock = clock
        self._since: Millis | None = None
        self._written = Counter("foldspace_chronicle_written", "Decisions written for drawing.", registry=registry)
        self._failures = Counter("foldspace_chronicle_failed", "Looks that failed and are repeated.", registry=registry)

    def run(self, stop: threading.Event) -> None:
        """Follow the decisions until `stop` is set."""
        while not stop.is_set():
            self.try_follow(self._clock.now())
            stop.wait(EVERY_S)

    def try_follow(self, now: Millis) -> bool:
        """Write what was decided since the last look; tell whether all of it was kept."""
        try:
            self._follow(now)
        except FoldspaceError as error:
            log.warning("chronicle_waits", reason=str(error))
        except Exception:  # the drivers' own errors: a drawing must not end the scheduler it lives beside
            log.exception("chronicle_faulted")
        else:
            return True
        self._failures.inc()
        return False

    def _follow(self, now: Millis) -> None:
        if self._since is None:
            self._since = self._sink.newest(DECISIONS)
        since = now - REACH if self._since is None else self._since - OVERLAP
        newest, after = self._since or since, None
        while True:
            found: Sequence[Decision] = self._decided.decided_since(since, after, _PAGE)
            self._sink.note([decision_point(one) for one in found])
            self._written.inc(len(found))
            newest = max((newest, *(one.at for one in found)))
            if len(found) < _PAGE:
                break
            after = found[-1].id
        self._since = newest
