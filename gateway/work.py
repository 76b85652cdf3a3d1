"""One turn of the drain's loop: see what arrived, fold, publish, store, settle."""

import select
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from gateway.correcting import Corrector, Hindsight
from gateway.drain import Drain, Store
from gateway.fold.spaces import SpaceKey
from gateway.line import Report
from gateway.meters import Meters
from gateway.publish import Publisher
from gateway.receive import BATCH, Link
from gateway.troubles import CLOCK_OFF, Troubles
from gateway.truth import RoomTruth
from services.contracts.community import Community
from services.contracts.errors import FoldspaceError
from services.contracts.names import DAY, SECOND, Millis
from services.contracts.states import RoomState
from services.journal.journal import JournalReader
from services.journal.ledger import Ledger
from services.journal.records import Entry
from services.kit.clock import Clock
from services.kit.logs import logger

Loader = Callable[[], tuple[int, Community]]
Keys = Callable[[], Mapping[tuple[str, str], bytes]]
"""The keys of devices that sign what they send, by (site, device)."""

LONGEST_WAIT_S = 0.2
"""How long a stop or a new connection may go unnoticed."""

CARE_EVERY: Millis = 3 * SECOND
"""How often the catalogue is asked for a new version, and everything that may be wrong is looked at."""

FORGET_EVERY: Millis = DAY
"""How often boots that nobody hears any more are looked for; they are kept for weeks."""

log = logger("gateway")


class IntakeEnd(Protocol):
    """The drain's end of the line to the intake."""

    down: str
    """Why there is no intake at the moment."""

    def report(self) -> Report:
        """Return how the intake stands now."""

    def order(self, filters: tuple[str, ...], drained: int) -> None:
        """Say what to listen to, and how far the journal may be pruned."""

    def fileno(self) -> int | None:
        """Return what becomes readable with a new report; None: nothing to wait for."""


class Work:
    """Everything behind the journal, restored from what the ledger has settled.

    After a JournalError it is thrown away and made anew, as after a crash: what is settled counts, the rest is
    in the journal.
    """

    def __init__(
        self,
        *,
        journal: JournalReader,
        ledger: Ledger,
        intake: IntakeEnd,
        link: Link,
        store: Store,
        corrector: Corrector,
        clock: Clock,
        load_community: Loader,
        load_keys: Keys,
        meters: Meters,
        troubles: Troubles,
        discovery_prefix: str = "",
        announced: list[str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._intake = intake
        self._link = link
        self._store = store
        self._clock = clock
        self._load_community = load_community
        self._load_keys = load_keys
        self._meters = meters
        self._troubles = troubles
        self._version, self._community = load_community()
        self._keys = load_keys()
        self._truth = RoomTruth(self._community, self._keys, every_change=False)
        self._truth.restore(ledger.sequences(), ledger.devices(), ledger.snapshots(), ledger.unclaimed())
        self._fold_again()
        self._truth.listening(clock.now())
        self._drain = Drain(journal, ledger, self._truth, store, meters, monotonic)
        self._hindsight = Hindsight(self._truth, corrector, meters, troubles)
        self._publisher = Publisher(ledger, self._truth.state)
        self._prefix = discovery_prefix
        self._announced = [] if announced is None else announced
        self._publisher.announce(self._community, self._prefix)
        self._report = Report()
        self._connections = -1
        self._busy = True
        self._care_at: Millis = 0
        self._second_at: Millis = 0
        self._forgot_at: Millis = 0
        self._order()

    def turn(self) -> bool:
        """Do what there is to do, or wait a moment for it; tell whether the broker has every state and event.

        Raises JournalError.
        """
        self._wait()
        self._link.step(0)
        self._report = self._intake.report()
        entries = self._next()
        self._drain.fold(entries)
        lagging = self._drain.folded < self._report.last_id
        now = self._clock.now()
        if not lagging:
            self._let_time_pass(now, entries[0].at if entries else None)
        told = self._publisher.flush(self._link, now)
        self._publisher.add(self._drain.settle(now))
        self._drain.keep(idle=not entries)
        told &= self._publisher.flush(self._link, now)
        self._care(now)
        self._busy = lagging and self._drain.may_fold and not self._drain.backlog_full
        return told and not lagging and self._report.connected

    def finish(self) -> None:
        """Settle and publish what is left before the end, as far as that goes within seconds. Raises JournalError."""
        self._publisher.add(self._drain.finish(self._clock.now(), patience_s=5.0))
        self._publisher.flush(self._link, self._clock.now())

    def states(self) -> dict[SpaceKey, RoomState]:
        """Return what is believed of every space."""
        return self._truth.states()

    def _fold_again(self) -> None:
        """Bring the memory of the checkpoint up to what is settled: everything else about it has been done."""
        cursor, settled = self._ledger.checkpoint_cursor, self._ledger.cursor
        again = 0
        while cursor < settled and (entries := self._journal.after(cursor, BATCH, upto=settled)):
            for entry in entries:
                try:
                    self._truth.feed(entry.at, entry.topic, entry.payload, journal_id=entry.id, live=entry.live)
                except Exception as error:  # noqa: BLE001  # it was told when it happened first, and is in quarantine
                    log.debug("feed_failed_again", journal_id=entry.id, reason=str(error))
            cursor = entries[-1].id
            again += len(entries)
        if again:
            log.info("folded_again", messages=again)
        self._truth.take_again()

    def _next(self) -> list[Entry]:
        cursor = self._drain.folded
        if self._report.last_id <= cursor or not self._drain.may_fold or self._drain.backlog_full:
            return []
        return self._journal.after(cursor, BATCH)

    def _let_time_pass(self, now: Millis, first_arrival: Millis | None) -> None:
        changed = self._truth.pass_time(now)
        connections = self._report.connections
        if connections != self._connections:  # whoever listens there may lack our states
            self._connections = connections
            self._publisher.offer(self._truth.spaces)
            self._publisher.renew()
        self._publisher.offer(changed)
        self._publisher.offer(self._publisher.stale(now))
        if changed and first_arrival is not None:
            self._meters.seconds.observe(max(0, now - first_arrival) / SECOND)

    def _wait(self) -> None:
        if self._busy:
            return
        until_due = (self._truth.next_due - self._clock.now()) / SECOND
        wait_s = max(0.0, min(LONGEST_WAIT_S, self._clock.real_seconds(until_due)))
        ends = [self._intake.fileno(), self._link.fileno(), getattr(self._store, "fileno", lambda: None)()]
        poll = select.poll()
        for fd in ends:
            if fd is not None:
                poll.register(fd, select.POLLIN)
        poll.poll(wait_s * 1000)

    def _care(self, now: Millis) -> None:
        if not 0 <= now - self._second_at < SECOND:
            self._second_at = now
            self._order()
        if self._drain.kept and not 0 <= now - self._forgot_at < FORGET_EVERY:
            self._forgot_at = now
            self._forget_boots(now)
        if 0 <= now - self._care_at < CARE_EVERY:
            return
        self._care_at = now
        self._hindsight.step(now, self._drain.stored_upto, available=not self._drain.behind)
        self._look_for_trouble(now)
        if self._announced:
            self._publisher.find(self._announced)
            self._announced.clear()
        self._meters.pending.set(max(0, self._report.last_id - self._ledger.cursor) + self._ledger.backlog_size())
        try:
            version, community = self._load_community()
            keys = self._load_keys()
        except FoldspaceError as error:  # readings go on with the catalogue we know
            self._meters.failures.labels("catalogue").inc()
            log.warning("catalogue_unavailable", reason=str(error), known_version=self._version)
            return
        if version != self._version or keys != self._keys:
            self._adopt(version, community, keys)

    def _forget_boots(self, now: Millis) -> None:
        """Forget boots nobody hears any more. Only when the ledger has all the fold knows: one may just have spoken."""
        forgotten = self._ledger.prune_boots(now)
        self._truth.forget_boots(forgotten)
        if forgotten:
            log.info("boots_forgotten", count=len(forgotten))

    def _look_for_trouble(self, now: Millis) -> None:
        truth, ledger = self._truth, self._ledger
        self._troubles.see(
            self._report,
            self._drain,
            ledger,
            len(truth.unclaimed),
            truth.noisy,
            truth.clocks_off(CLOCK_OFF),
            ledger.quarantined,
            now,
        )
        down = self._intake.down
        self._troubles.note("intake", down, "critical", "intake_down", now, reason=down)
        self._troubles.note("books", False, "critical", "books_failed", now)
        sites = [site.id for site in self._community.sites]
        self._publisher.say(self._troubles.standing(sites, truth.standing_alerts, now))
        self._publisher.say(self._troubles.news(sites))

    def _order(self) -> None:
        self._intake.order(self._truth.filters, self._ledger.checkpoint_cursor)

    def _adopt(self, version: int, community: Community, keys: Mapping[tuple[str, str], bytes]) -> None:
        gone = {(s.site, s.id) for s in self._community.spaces} - {(s.site, s.id) for s in community.spaces}
        self._version, self._community, self._keys = version, community, keys
        claimed = self._truth.adopt(community, keys)
        if claimed:
            self._ledger.forget(claimed)
        self._publisher.announce(community, self._prefix)
        self._publisher.offer([*gone, *self._truth.spaces])
        self._order()
        log.info("community_adopted", version=version, spaces=len(community.spaces), devices=len(community.devices))
