"""One turn of the gateway's loop: read, journal, acknowledge, fold, publish, store, settle."""

from collections.abc import Callable

from gateway.drain import Drain
from gateway.fold.spaces import SpaceKey
from gateway.meters import Meters
from gateway.publish import Publisher
from gateway.receive import BATCH, Link, Receiver
from gateway.truth import RoomTruth
from services.contracts.community import Community
from services.contracts.errors import FoldspaceError
from services.contracts.names import SECOND, Millis
from services.contracts.states import RoomState
from services.journal.journal import Journal
from services.journal.records import Entry
from services.kit.clock import Clock
from services.kit.logs import logger
from services.timeseries.ports import ReadingSink

Loader = Callable[[], tuple[int, Community]]

LONGEST_WAIT_S = 0.2
"""How long a stop or a new connection may go unnoticed."""

CARE_EVERY: Millis = 3 * SECOND
"""How often the catalogue is asked for a new version, and the journal for replays and for pruning."""

log = logger("gateway")


class Work:
    """Everything between the wire and the journal's cursor, restored from what the journal has settled.

    After a JournalError it is thrown away and made anew, as after a crash: what is settled counts, the rest is
    in the journal or still with the broker.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        receiver: Receiver,
        link: Link,
        sink: ReadingSink,
        clock: Clock,
        load_community: Loader,
        meters: Meters,
    ) -> None:
        self._journal = journal
        self._receiver = receiver
        self._link = link
        self._clock = clock
        self._load_community = load_community
        self._meters = meters
        self._version, self._community = load_community()
        self._truth = RoomTruth(self._community, every_change=False)
        self._truth.restore(journal.sequences(), journal.devices(), journal.snapshots())
        self._truth.listening(clock.now())
        self._drain = Drain(journal, self._truth, sink, meters)
        self._publisher = Publisher(journal)
        self._lagging = True
        """Entries may lie behind the cursor that this process did not just receive."""
        self._received: list[Entry] = []
        self._busy = True
        self._care_at: Millis = 0

    def turn(self) -> bool:
        """Do what there is to do, or wait a moment for it; tell whether the broker has every state and event.

        Raises JournalError.
        """
        self.receive()
        entries = self._next()
        self._drain.fold(entries)
        if not self._lagging:
            self._let_time_pass(entries[0].at if entries else None)
        now = self._clock.now()
        told = self._publisher.flush(self._link, now)
        self._publisher.add(self._drain.settle(now))
        more = self._drain.catch_up(now)
        told &= self._publisher.flush(self._link, now)
        self._care(now)
        self._busy = self._lagging or more or len(entries) == BATCH
        return told and not self._busy

    def receive(self) -> None:
        """Read, journal and acknowledge what is there. Raises JournalError."""
        self._receiver.fetch(self._link, self._wait_s())
        entries = self._receiver.commit(self._link)
        if not entries:
            return
        # The usual case: just these lie behind the cursor, and reading them back can be spared.
        self._lagging = self._lagging or bool(self._received) or entries[0].id != self._drain.cursor + 1
        self._received = entries

    def _next(self) -> list[Entry]:
        entries, self._received = self._received, []
        if self._lagging:
            entries = self._journal.pending(BATCH)
            self._lagging = len(entries) == BATCH
        return entries

    def states(self) -> dict[SpaceKey, RoomState]:
        """Return what is believed of every space."""
        return self._truth.states()

    def _let_time_pass(self, first_arrival: Millis | None) -> None:
        now = self._clock.now()
        changed = self._truth.tick(now)
        if self._receiver.take_connected():
            self._publisher.offer(self._truth.states().values())
        self._publisher.offer(changed)
        for key in self._publisher.stale(now):
            state = self._truth.state(key)
            if state is not None:
                self._publisher.offer([state])
        if changed and first_arrival is not None:
            self._meters.seconds.observe(max(0, now - first_arrival) / SECOND)

    def _wait_s(self) -> float:
        if self._busy:
            return 0.0
        until_due = (self._truth.next_due - self._clock.now()) / SECOND
        return max(0.0, min(LONGEST_WAIT_S, self._clock.real_seconds(until_due)))

    def _care(self, now: Millis) -> None:
        if 0 <= now - self._care_at < CARE_EVERY:
            return
        self._care_at = now
        self._lagging = self._lagging or bool(self._journal.pending(1))
        self._journal.prune()
        self._meters.pending.set(self._journal.unsettled())
        try:
            version, community = self._load_community()
        except FoldspaceError as error:  # readings go on with the catalogue we know
            self._meters.failures.labels("catalogue").inc()
            log.warning("catalogue_unavailable", reason=str(error), known_version=self._version)
            return
        if version != self._version:
            self._adopt(version, community)

    def _adopt(self, version: int, community: Community) -> None:
        gone = {(s.site, s.id) for s in self._community.spaces} - {(s.site, s.id) for s in community.spaces}
        self._version, self._community = version, community
        self._truth.adopt(community)
        self._publisher.withdraw(gone)
        self._publisher.offer(self._truth.states().values())
        log.info("community_adopted", version=version, spaces=len(community.spaces), devices=len(community.devices))
