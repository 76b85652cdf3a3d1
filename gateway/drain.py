"""Works off the journal: feeds entries to the truth, hands points to the time series, settles what became of them.

Three cursors move on in this order: folded (rooms are up to date), settled (the books count it), checkpoint (the
fold's memory is kept). After a crash the fold continues from the checkpoint, and the books where they were settled.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from pydantic import TypeAdapter

from gateway.meters import Meters
from gateway.storing import Stored
from gateway.truth import Delta, Outcome, RoomTruth
from services.contracts import topics
from services.contracts.names import MINUTE, SECOND, Millis
from services.journal.journal import JournalReader
from services.journal.ledger import Ledger
from services.journal.records import BacklogRow, Checkpoint, Entry, OutboxRow, QuarantineRow, Settlement
from services.kit.logs import logger
from services.timeseries.ports import ReadingPoint, Refused, StatePoint

_FIRST_RETRY: Final[Millis] = SECOND
_LAST_RETRY: Final[Millis] = MINUTE
_BACKLOG_STEP = 5000
_STEP_POINTS = 20_000
"""Folded and not yet handed over at most: beyond, the fold waits for the time series."""
_PATIENCE_S = 2.0
"""A hand-over that takes longer makes its step count as backlog, so that the books and the rooms go on."""
_BACKLOG_ROWS = 5_000_000
"""The backlog's bound, about 2 GB: beyond, the drain stops, the journal fills to its own bound, the broker waits."""
_WARNED_AGAIN_S = 600.0
"""Messages refused for the same reason are a warning so often, and in between a line of the log."""
_REASONS_KEPT = 256
_IDLE_SHARE, _BUSY_SHARE = 20, 40
"""Keeping a checkpoint may take this fraction of the time, when there is nothing else to do and when there is."""

_BUSY_LEAST_S = 5.0
"""Under load a checkpoint makes the fold wait for the time series once: not more often than this."""

_POINTS = TypeAdapter(list[ReadingPoint])
_STATE = TypeAdapter(StatePoint)

log = logger("gateway")


class Store(Protocol):
    """What the drain needs of a Storer."""

    busy: bool

    def hand_over(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> None:
        """Begin to store these points."""

    def result(self, timeout_s: float = 0.0) -> Stored | None:
        """Return how the last hand-over went, once; None while it is under way."""


@dataclass(slots=True)
class Step:
    """What was found out about the entries up to `cursor` since the step before."""

    cursor: int
    upto: Millis = 0
    """The instant the fold had reached at its end."""
    entries: int = 0
    stored: int = 0
    duplicate: int = 0
    points: list[ReadingPoint] = field(default_factory=list)
    states: list[StatePoint] = field(default_factory=list)
    quarantined: list[QuarantineRow] = field(default_factory=list)
    events: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to settle."""
        return not (self.entries or self.states or self.events)


class Drain:
    """Fold first, so that rooms are up to date at once; `settle` then makes it count."""

    def __init__(
        self,
        journal: JournalReader,
        ledger: Ledger,
        truth: RoomTruth,
        store: Store,
        meters: Meters,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folded = ledger.cursor
        self.behind = bool(ledger.backlog(1))
        """Points wait in the backlog for the time series."""
        self.refusing: str = ""
        """Why the time series takes nothing at the moment."""
        self.stored_upto: Millis = 0
        """All that was folded before this instant is in the time series."""
        self._journal = journal
        self._ledger = ledger
        self._truth = truth
        self._store = store
        self._meters = meters
        self._monotonic = monotonic
        self._step = Step(ledger.cursor)
        self._under_way: Step | Sequence[BacklogRow] | None = None
        self._handed_at = 0.0
        self._retry_at: Millis = 0
        self._retry: Millis = _FIRST_RETRY
        self._dirty = Delta()
        self._warned_at: dict[str, float] = {}
        self._checkpoint_s = 0.0
        self._checkpoint_at = 0.0

    # -- folding

    @property
    def may_fold(self) -> bool:
        """Whether more entries may be folded: not while a checkpoint is due, nor far ahead of the time series."""
        return not self._due(_BUSY_SHARE, _BUSY_LEAST_S) and len(self._step.points) < _STEP_POINTS

    @property
    def settled(self) -> bool:
        """Whether everything folded is settled."""
        return self._step.empty and not isinstance(self._under_way, Step)

    @property
    def kept(self) -> bool:
        """Whether the ledger has everything the fold remembers, as of the last `settle`."""
        return self.settled and self._dirty.empty

    def fold(self, entries: Sequence[Entry]) -> None:
        """Feed entries, the oldest first, to the truth."""
        if not entries:
            return
        feed = self._truth.feed
        step = self._step
        seen: Counter[str] = Counter()
        for entry in entries:
            try:
                outcome = feed(entry.at, entry.topic, entry.payload, journal_id=entry.id, live=entry.live)
            except Exception as error:  # a fault of ours in one message must not stop all rooms; it is kept and told
                log.exception("feed_failed", topic=entry.topic, journal_id=entry.id)
                self._meters.failures.labels("feed").inc()
                outcome = Outcome("quarantined", "internal", f"internal fault: {type(error).__name__}: {error}")
            if outcome.verdict == "stored":
                step.stored += 1
                step.points += outcome.points
                if outcome.late:
                    seen["late"] += 1
                if outcome.clock_corrected:
                    seen["clock_corrected"] += 1
                if outcome.button is not None:
                    topic = topics.EventTopic(outcome.points[0].site, "button")
                    step.events.append((str(topic), outcome.button.model_dump_json().encode()))
            elif outcome.verdict == "duplicate":
                step.duplicate += 1
            else:
                step.quarantined.append(
                    QuarantineRow(entry.id, entry.at, entry.topic, entry.payload, outcome.fault, outcome.reason)
                )
                self._meters.quarantined.labels(outcome.fault).inc()
        step.entries += len(entries)
        step.cursor = self.folded = entries[-1].id
        self._meters.late.inc(seen["late"])
        self._meters.clock_corrected.inc(seen["clock_corrected"])

    # -- settling

    def settle(self, now: Millis) -> list[OutboxRow]:
        """Settle what can be settled and hand over what can be stored; return the events to publish.

        Points the time series does not take go into the backlog, and count as pending until it has them.
        Raises JournalError: what it concerns was not settled, and the truth has to be restored from the journal.
        """
        self._take_news()
        outbox = self._finish(now)
        if self._under_way is None:
            self._catch_up(now)
        if self.behind:
            if not isinstance(self._under_way, Step) and not self._step.empty:
                outbox += self._settle_into_backlog(self._next_step())
        elif self._under_way is None and not self._step.empty and not self._store.busy:
            step = self._next_step()
            if step.points or step.states:
                self._hand_over(step, step.points, step.states)
                outbox += self._finish(now)
            else:
                outbox += self._settle(step)
        if self.settled and not self.behind:
            self.stored_upto = self._truth.now
        return outbox

    def finish(self, now: Millis, patience_s: float) -> list[OutboxRow]:
        """Settle everything before the end, and keep a checkpoint: waits up to `patience_s` for the time series."""
        outbox = self.settle(now)
        deadline = self._monotonic() + patience_s
        while not self.settled and self._monotonic() < deadline:
            outbox += self._finish(now, max(0.01, deadline - self._monotonic()))
            outbox += self.settle(now)
        if isinstance(self._under_way, Step):
            outbox += self._settle_into_backlog(self._under_way)
            self._under_way = None
        if self.settled:
            self._keep_checkpoint()
        return outbox

    def keep(self, idle: bool) -> None:
        """Keep a checkpoint when one is due and everything folded is settled. Raises JournalError."""
        if self.settled and self._due(_IDLE_SHARE if idle else _BUSY_SHARE, 0.0 if idle else _BUSY_LEAST_S):
            self._keep_checkpoint()

    def _take_news(self) -> None:
        delta = self._truth.take()
        self._dirty.add(delta)
        self._step.states += delta.spaces.points
        self._step.events += [
            (str(topics.EventTopic(site, "alert")), alert.model_dump_json().encode())
            for site, alert in delta.spaces.alerts
        ]

    def _next_step(self) -> Step:
        step, self._step = self._step, Step(self.folded)
        step.upto = self._truth.now
        return step

    def _hand_over(
        self, what: Step | Sequence[BacklogRow], readings: Sequence[ReadingPoint], states: Sequence[StatePoint]
    ) -> None:
        self._under_way = what
        self._handed_at = self._monotonic()
        self._store.hand_over(readings, states)

    def _finish(self, now: Millis, timeout_s: float = 0.0) -> list[OutboxRow]:
        """Take note of a hand-over that ended, or lasts too long."""
        stored = self._store.result(timeout_s) if self._store.busy else None
        what = self._under_way
        if stored is None:
            if isinstance(what, Step) and self._monotonic() - self._handed_at > _PATIENCE_S:
                self._refuse("takes longer than it may", now, None)
                self._under_way = None  # whatever comes of it: the same points written again change nothing
                return self._settle_into_backlog(what)
            return []
        self._meters.store_seconds.observe(self._monotonic() - self._handed_at)
        self._under_way = None
        if stored.error is not None:
            self._refuse(stored.error, now, stored.retry_after_s)
            return self._settle_into_backlog(what) if isinstance(what, Step) else []
        self._retry = _FIRST_RETRY
        self.refusing = ""
        if isinstance(what, Step):
            return self._settle(what, stored.refused)
        if what is not None:
            refused = self._quarantine_of(stored.refused, now)
            self._ledger.caught_up(what, refused)
            self._meters.stored.inc(sum(row.kind == "reading" for row in what) - len(refused))
        return []

    def _catch_up(self, now: Millis) -> None:
        """Hand a part of the backlog over, when that is due."""
        if not self.behind or now < self._retry_at or self._store.busy:
            return
        rows = self._ledger.backlog(_BACKLOG_STEP)
        if not rows:
            self.behind = False
            log.info("timeseries_caught_up")
            return
        readings = [point for row in rows if row.kind == "reading" for point in _POINTS.validate_json(row.body)]
        states = [_STATE.validate_json(row.body) for row in rows if row.kind == "state"]
        self._hand_over(rows, readings, states)
        self._finish(now)

    def _settle(self, step: Step, refused: Sequence[Refused] = ()) -> list[OutboxRow]:
        rows = self._quarantine_of(refused, step.points[-1].received_at if step.points else 0)
        quarantined = [*step.quarantined, *rows]
        outbox = self._ledger.settle(
            Settlement(step.cursor, step.stored - len(rows), step.duplicate, quarantined, step.events)
        )
        self._tell(quarantined)
        self._meters.stored.inc(step.stored - len(rows))
        self._meters.duplicate.inc(step.duplicate)
        if not self.behind:
            self.stored_upto = step.upto
        return outbox

    def _settle_into_backlog(self, step: Step) -> list[OutboxRow]:
        self.behind = True
        by_message: dict[int, list[ReadingPoint]] = {}
        for point in step.points:
            by_message.setdefault(point.journal_id, []).append(point)
        backlog = [
            *(("reading", _POINTS.dump_json(points).decode()) for points in by_message.values()),
            *(("state", _STATE.dump_json(point).decode()) for point in step.states),
        ]
        outbox = self._ledger.settle(Settlement(step.cursor, 0, step.duplicate, step.quarantined, step.events, backlog))
        self._tell(step.quarantined)
        self._meters.duplicate.inc(step.duplicate)
        return outbox

    @property
    def backlog_full(self) -> bool:
        """Whether the backlog is at its bound, so that nothing more may be settled into it."""
        return self.behind and self._ledger.backlog_size() >= _BACKLOG_ROWS

    def _refuse(self, reason: str, now: Millis, retry_after_s: float | None) -> None:
        self._meters.sink_refusals.inc()
        wait = self._retry if retry_after_s is None else max(self._retry, int(retry_after_s * SECOND))
        if not self.refusing:
            log.warning("timeseries_unavailable", reason=reason, retry_s=wait / 1000)
        self.behind, self.refusing = True, reason
        # Spread, so that several gateways do not come back to a recovering server in the same instant.
        self._retry_at = now + wait + (self._ledger.cursor * 7919) % max(1, wait // 4)
        self._retry = min(self._retry * 2, _LAST_RETRY)

    def _quarantine_of(self, refused: Sequence[Refused], now: Millis) -> list[QuarantineRow]:
        """Return the messages of points that the time series will never take, with their bytes."""
        rows: dict[int, QuarantineRow] = {}
        for item in refused:
            self._meters.quarantined.labels("timeseries").inc()
            if isinstance(item.point, StatePoint):
                log.error("state_refused", space=f"{item.point.site}/{item.point.space}", reason=item.reason[:300])
                continue
            id_ = item.point.journal_id
            found = self._journal.after(id_ - 1, 1, upto=id_)
            topic = str(topics.UpTopic(item.point.site, item.point.device, item.point.kind))
            raw = _POINTS.dump_json([item.point])  # what is left to show when the message itself was pruned
            at = item.point.received_at or now
            if found:
                at, topic, raw = found[0].at, found[0].topic, found[0].payload
            rows[id_] = QuarantineRow(id_, at, topic, raw, "timeseries", item.reason)
        return list(rows.values())

    def _tell(self, quarantined: Sequence[QuarantineRow]) -> None:
        if not quarantined:
            return
        last, now = quarantined[-1], self._monotonic()
        # What goes on for the same reason is worth a line, but no warning each second to whoever looks at a terminal.
        reason = last.reason[:300]
        known = self._warned_at.get(reason)
        again = known is not None and now - known < _WARNED_AGAIN_S
        if not again:
            if len(self._warned_at) >= _REASONS_KEPT:
                self._warned_at.clear()
            self._warned_at[reason] = now
        tell = log.info if again else log.warning
        tell("quarantined", count=len(quarantined), topic=last.topic[:200], reason=reason)

    # -- checkpoints

    def _due(self, share: int, at_least_s: float) -> bool:
        if self._dirty.empty:
            return False
        return self._monotonic() >= self._checkpoint_at + max(at_least_s, share * self._checkpoint_s)

    def _keep_checkpoint(self) -> None:
        begun = self._monotonic()
        dirty, self._dirty = self._dirty, Delta()
        snapshots = self._truth.snapshots(dirty.spaces.touched)
        strangers = list(dirty.strangers.values())
        self._ledger.checkpoint(Checkpoint(self.folded, dirty.sequences, dirty.devices, snapshots, strangers))
        self._checkpoint_at = self._monotonic()
        self._checkpoint_s = self._checkpoint_at - begun
        self._meters.checkpoint_seconds.observe(self._checkpoint_s)
