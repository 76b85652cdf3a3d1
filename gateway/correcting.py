"""Has history corrected by late readings beside the loop: one task at a time, in a thread of its own.

Not in the Storer's thread: a task reads and folds for a second or so, and live points that wait there for two seconds
count as backlog and raise an alert. The adapters of the time series may be used from several threads.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from gateway.fold.spaces import SpaceKey
from gateway.hindsight import WARM_UP, Task, order, refold, revise
from gateway.meters import Meters
from gateway.troubles import Troubles
from gateway.truth import RoomTruth
from services.contracts.instants import to_rfc3339
from services.contracts.names import DAY, MINUTE, Millis
from services.kit.logs import logger
from services.timeseries.open import Timeseries
from services.timeseries.ports import ReadingPoint, Refused, SinkUnavailableError

PAGE = 2000
"""Readings of one space read at a time; so many of each space of the family are in memory."""

WRITE_AT_ONCE = 5000

RETRY: Millis = MINUTE
"""A time series that is away is not asked for every space every three seconds."""

GIVEN_UP_STANDS: Millis = DAY
"""Nobody can mend what was given up; an alert that never ends would teach people to overlook alerts."""

log = logger("gateway")


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of a task.

    `end`: late readings up to it have had their effect. `changed`: for how many ms the occupancy is another now, by
    space. `away`: why the time series could not be asked or told; `fault`: what went wrong with us. Both "": done.
    """

    task: Task
    end: Millis = 0
    changed: Mapping[SpaceKey, Millis] = field(default_factory=dict)
    refused: Sequence[Refused] = ()
    unreadable: int = 0
    away: str = ""
    fault: str = ""


class Corrector(Protocol):
    """Carries out tasks, one at a time."""

    @property
    def busy(self) -> bool:
        """Whether a task is under way, or its result was not fetched."""

    def begin(self, task: Task) -> None:
        """Begin a task. Only when not busy."""

    def result(self) -> Corrected | None:
        """Return what became of the task, once; None while it is under way."""


class ThreadedCorrector:
    """A Corrector over a time series."""

    def __init__(self, series: Timeseries) -> None:
        self._series = series
        self._closing = Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="foldspace-hindsight")
        self._under_way: Future[Corrected] | None = None

    @property
    def busy(self) -> bool:
        """Whether a task is under way, or its result was not fetched."""
        return self._under_way is not None

    def begin(self, task: Task) -> None:
        """Begin a task. Only when not busy."""
        self._under_way = self._thread.submit(attempt, task, self._series, lambda: not self._closing.is_set())

    def result(self) -> Corrected | None:
        """Return what became of the task, once; None while it is under way."""
        if self._under_way is None or not self._under_way.done():
            return None
        done, self._under_way = self._under_way.result(), None
        return done

    def close(self) -> None:
        """End the thread; a task under way ends at its next page, and is begun anew another time."""
        self._closing.set()
        self._thread.shutdown()


def attempt(task: Task, series: Timeseries, may_go_on: Callable[[], bool] = lambda: True) -> Corrected:
    """Carry out a task; whatever goes wrong is in the result."""
    try:
        return _correct(task, series, may_go_on)
    except SinkUnavailableError as error:
        return Corrected(task, away=str(error))
    except Exception as error:  # a fault of ours in the past must not end the present; it is told and counted
        log.exception("history_correction_failed", space="/".join(task.space))
        return Corrected(task, fault=f"{type(error).__name__}: {error}")


def _correct(task: Task, series: Timeseries, may_go_on: Callable[[], bool]) -> Corrected:
    existing = {key: series.states(*key, task.start, task.until) for key in task.corrected}
    pages = [_pages(task, (space.site, space.id), series, may_go_on) for space in task.family.spaces]
    past = refold(task, heapq.merge(*pages, key=order))
    revisions = {key: revise(key, existing[key], past.points[key], task.start, past.until) for key in task.corrected}
    closing = [point for one in revisions.values() for point in one.closing]
    refused = series.write([], closing) if closing else []
    states = [point for one in revisions.values() for point in one.states]
    for first in range(0, len(states), WRITE_AT_ONCE):
        refused += series.write([], states[first : first + WRITE_AT_ONCE])
    changed = {key: one.changed for key, one in revisions.items()}
    return Corrected(task, past.end, changed, refused, past.unreadable)


def _pages(task: Task, key: SpaceKey, series: Timeseries, may_go_on: Callable[[], bool]) -> Iterator[ReadingPoint]:
    """Yield the readings of a space for a task in order; an instant is never cut in two."""
    start, most = task.start - WARM_UP, PAGE
    while True:
        if not may_go_on():
            raise SinkUnavailableError("history: the gateway is being stopped")
        page = series.readings(*key, start, task.until, most)
        if len(page) < most:
            yield from sorted(page, key=order)
            return
        whole = [point for point in page if point.at < page[-1].at]
        yield from sorted(whole, key=order)
        start, most = page[-1].at, PAGE if whole else 2 * most


class Hindsight:
    """Finds out what to correct, has it corrected, and tells what became of it."""

    def __init__(self, truth: RoomTruth, corrector: Corrector, meters: Meters, troubles: Troubles) -> None:
        self._truth = truth
        self._corrector = corrector
        self._meters = meters
        self._troubles = troubles
        self._task: Task | None = None
        self._put_off_at: Millis | None = None
        self._given_up: list[tuple[Millis, SpaceKey]] = []

    def step(self, now: Millis, stored_upto: Millis, available: bool) -> None:
        """Take note of a task that ended, and begin the next that is due when the time series is `available`.

        `stored_upto`: all that was folded before is in the time series.
        """
        done = self._corrector.result()
        if done is not None and done.task is self._task:  # or it was begun before a crash, and comes again
            self._task = None
            self._end(done, now)
        self._tell(now)
        waits = self._put_off_at is not None and 0 <= now - self._put_off_at < RETRY
        if waits or not available or self._corrector.busy:
            return
        self._task = self._truth.begin_task(stored_upto)
        if self._task is not None:
            self._corrector.begin(self._task)

    def _end(self, done: Corrected, now: Millis) -> None:
        task = done.task
        if done.away:
            self._put_off_at = now
            self._truth.end_task(task, None)
            self._meters.history_put_off.inc()
            log.warning("history_put_off", reason=done.away, retry_s=RETRY / 1000)
            return
        self._put_off_at = None
        if done.fault:  # the same would go wrong again
            self._truth.end_task(task, task.end)
            self._give_up(task, now, done.fault)
            return
        self._truth.end_task(task, done.end)
        if done.unreadable:
            self._meters.failures.labels("hindsight").inc(done.unreadable)
            log.error("readings_unreadable", site=task.space[0], space=task.space[1], count=done.unreadable)
        if done.refused:
            self._give_up(task, now, done.refused[0].reason[:300])
            return
        for (site, space), spent in done.changed.items():
            if spent:
                self._meters.history_corrected_spaces.inc()
                self._meters.history_corrected_minutes.inc(spent / MINUTE)
            if spent or (site, space) == task.space:
                log.info("history_corrected", site=site, space=space, **_span(task), minutes=round(spent / MINUTE, 1))

    def _give_up(self, task: Task, now: Millis, reason: str) -> None:
        self._given_up.append((now, task.space))
        self._meters.failures.labels("hindsight").inc()
        site, space = task.space
        log.error("history_given_up", site=site, space=space, **_span(task), reason=reason)

    def _tell(self, now: Millis) -> None:
        self._given_up = [one for one in self._given_up if 0 <= now - one[0] < GIVEN_UP_STANDS]
        last = "/".join(self._given_up[-1][1]) if self._given_up else ""
        self._troubles.note(
            "hindsight", last, "warning", "history_given_up", now, count=len(self._given_up), space=last
        )


def _span(task: Task) -> dict[str, str]:
    return {"from": to_rfc3339(task.start), "to": to_rfc3339(task.until)}
