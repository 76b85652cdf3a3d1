"""Works off the journal: feeds entries to the truth, hands points to the time series, settles the cursor."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from gateway.meters import Meters
from gateway.truth import Outcome, RoomTruth
from services.contracts import topics
from services.contracts.names import MINUTE, SECOND, Millis
from services.journal.journal import Journal
from services.journal.records import Entry, OutboxRow, QuarantineRow, Settlement
from services.kit.logs import logger
from services.timeseries.ports import ReadingPoint, ReadingSink, SinkUnavailableError, StatePoint

_FIRST_RETRY: Final[Millis] = SECOND
_LAST_RETRY: Final[Millis] = MINUTE
_BACKLOG_STEP = 1000

_READING = TypeAdapter(ReadingPoint)
_STATE = TypeAdapter(StatePoint)

log = logger("gateway")


class Drain:
    """Fold first, so that rooms are up to date at once; `settle` then makes it count."""

    def __init__(self, journal: Journal, truth: RoomTruth, sink: ReadingSink, meters: Meters) -> None:
        self.cursor = journal.cursor
        self._journal = journal
        self._truth = truth
        self._sink = sink
        self._meters = meters
        self._points: list[ReadingPoint] = []
        self._quarantined: list[QuarantineRow] = []
        self._duplicate = 0
        self._buttons: list[tuple[str, bytes]] = []
        self._behind = bool(journal.backlog(1))
        self._retry_at: Millis = 0
        self._retry: Millis = _FIRST_RETRY

    def fold(self, entries: Sequence[Entry]) -> None:
        """Feed entries, the oldest first, to the truth."""
        feed = self._truth.feed
        seen: Counter[str] = Counter()
        for entry in entries:
            try:
                outcome = feed(entry.at, entry.topic, entry.payload, journal_id=entry.id, live=entry.live)
            except Exception as error:  # a fault of ours in one message must not stop all rooms; it is kept and told
                log.exception("feed_failed", topic=entry.topic, journal_id=entry.id)
                self._meters.failures.labels("feed").inc()
                outcome = Outcome("quarantined", "internal", f"internal fault: {type(error).__name__}: {error}")
            if outcome.point is not None:
                self._points.append(outcome.point)
                if outcome.late:
                    seen["late"] += 1
                if outcome.clock_corrected:
                    seen["clock_corrected"] += 1
                if outcome.button is not None:
                    topic = topics.EventTopic(outcome.point.site, "button")
                    self._buttons.append((str(topic), outcome.button.model_dump_json().encode()))
            elif outcome.verdict == "duplicate":
                self._duplicate += 1
            else:
                self._quarantined.append(
                    QuarantineRow(entry.id, entry.at, entry.topic, entry.payload, outcome.fault, outcome.reason)
                )
                self._meters.quarantined.labels(outcome.fault).inc()
        if entries:
            self.cursor = entries[-1].id
        self._meters.late.inc(seen["late"])
        self._meters.clock_corrected.inc(seen["clock_corrected"])

    def settle(self, now: Millis) -> list[OutboxRow]:
        """Store the points, then settle everything folded since the last time; return the events to publish.

        Points the time series does not take go into the backlog, and count as pending until it has them.
        Raises JournalError: nothing was settled, and the truth has to be restored from the journal.
        """
        delta = self._truth.take()
        spaces = delta.spaces
        if self.cursor == self._journal.cursor and not spaces.touched:
            return []
        alerts = [(str(topics.EventTopic(site, "alert")), a.model_dump_json().encode()) for site, a in spaces.alerts]
        written = self._write(self._points, spaces.points, now)
        backlog = (
            []
            if written
            else [
                *(("reading", _READING.dump_json(point).decode()) for point in self._points),
                *(("state", _STATE.dump_json(point).decode()) for point in spaces.points),
            ]
        )
        settlement = Settlement(
            cursor=self.cursor,
            stored=len(self._points) if written else 0,
            duplicate=self._duplicate,
            quarantined=self._quarantined,
            sequences=delta.sequences,
            devices=delta.devices,
            snapshots=self._truth.snapshots(spaces.touched),
            outbox=[*self._buttons, *alerts],
            backlog=backlog,
        )
        outbox = self._journal.settle(settlement)
        if self._quarantined:
            last = self._quarantined[-1]
            log.warning("quarantined", count=len(self._quarantined), topic=last.topic[:200], reason=last.reason[:300])
        self._meters.stored.inc(settlement.stored)
        self._meters.duplicate.inc(self._duplicate)
        self._points, self._quarantined, self._duplicate, self._buttons = [], [], 0, []
        return outbox

    def catch_up(self, now: Millis) -> bool:
        """Hand a step of the backlog to the time series, when that is due; tell whether more waits."""
        if not self._behind or now < self._retry_at:
            return False
        rows = self._journal.backlog(_BACKLOG_STEP)
        readings = [_READING.validate_json(row.body) for row in rows if row.kind == "reading"]
        states = [_STATE.validate_json(row.body) for row in rows if row.kind == "state"]
        if rows and not self._write(readings, states, now):
            return False
        self._journal.caught_up(rows)
        self._meters.stored.inc(len(readings))
        self._behind = len(rows) == _BACKLOG_STEP
        if not self._behind:
            log.info("timeseries_caught_up")
        return self._behind

    def _write(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint], now: Millis) -> bool:
        if not readings and not states:
            return True
        if now < self._retry_at:
            return False
        try:
            self._sink.write(readings, states)
        except SinkUnavailableError as error:
            self._meters.sink_refusals.inc()
            log.warning("timeseries_unavailable", reason=str(error), retry_s=self._retry / 1000)
            self._behind = True
            self._retry_at, self._retry = now + self._retry, min(self._retry * 2, _LAST_RETRY)
            return False
        self._retry = _FIRST_RETRY
        return True
