"""Runs the gateway: the intake in a process of its own, everything behind the journal in the caller's thread.

Two processes, because receiving and folding together would keep one core busy at half the pace of receiving alone;
handing messages to a second Python thread costs more than it brings, as the two would take turns anyway.
"""

import gc
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry

from gateway.correcting import Corrector, ThreadedCorrector
from gateway.decode import OWN_FILTER
from gateway.discovery import DEFAULT_PREFIX, own_filter
from gateway.intakeprocess import IntakeProcess
from gateway.line import Report
from gateway.meters import Meters
from gateway.receive import Link
from gateway.storing import Storer
from gateway.troubles import Troubles
from gateway.work import Keys, Loader, Work
from services.contracts.community import Community
from services.contracts.errors import FoldspaceError
from services.contracts.topics import GATEWAY_STATUS_TOPIC, OFFLINE, ONLINE, EventTopic
from services.journal.journal import KEEP_BYTES, MAX_BYTES, JournalReader
from services.journal.ledger import Ledger
from services.journal.records import JournalError
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.mqtt import Broker, Message, MqttSession, Will
from services.timeseries.open import Timeseries

CLIENT_ID = "foldspace-gateway-out"
"""The drain's own connection, for what it publishes; the intake has the persistent session."""

_JOURNAL_RETRY_S = 2.0
"""A full disk does not empty itself sooner."""

log = logger("gateway")


def no_keys() -> Mapping[tuple[str, str], bytes]:
    """Return the keys of no device: nobody signs."""
    return {}


class Gateway:
    """From the wire to the truth about a space. Constructing it does nothing; `run` acts until told to stop."""

    def __init__(
        self,
        *,
        broker: Broker,
        clock: Clock,
        journal: Path,
        series: Timeseries,
        load_community: Loader,
        registry: CollectorRegistry,
        load_keys: Keys = no_keys,
        max_journal_bytes: int = MAX_BYTES,
        keep_journal_bytes: int = KEEP_BYTES,
        discovery_prefix: str = DEFAULT_PREFIX,
    ) -> None:
        self.ready = threading.Event()
        """Set when the broker has been given the state of every space."""
        self._broker = broker
        self._clock = clock
        self._journal_path = journal
        self._series = series
        self._load_community = load_community
        self._load_keys = load_keys
        self._max_bytes, self._keep_bytes = max_journal_bytes, keep_journal_bytes
        self._prefix = discovery_prefix
        self._meters = Meters(registry)
        self._troubles = Troubles()
        self._announced: list[str] = []
        self._sites: list[str] = []

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set.

        Raises StartError or JournalError when the journal cannot be opened, and whatever load_community raises.
        A broker that cannot be reached is tried again for ever.
        """
        reader = JournalReader(self._journal_path)
        with Ledger.open(self._journal_path) as ledger:
            intake = IntakeProcess(
                broker=self._broker,
                clock=self._clock,
                journal=self._journal_path,
                max_bytes=self._max_bytes,
                keep_bytes=self._keep_bytes,
                filters=(OWN_FILTER,),
                meters=self._meters,
            )
            link = self._session()
            store, corrector = Storer(self._series), ThreadedCorrector(self._series)
            try:
                self._work_until(stop, self._starter(reader, ledger, intake, link, store, corrector), intake, link)
            finally:
                corrector.close()
                store.close()
                link.publish(GATEWAY_STATUS_TOPIC, OFFLINE, retain=True)
                link.step(0)
                link.stop()
                intake.stop()
                reader.close()
        log.info("gateway_stopped")

    def _work_until(
        self, stop: threading.Event, start: Callable[[], Work], intake: IntakeProcess, link: MqttSession
    ) -> None:
        work: Work | None = start()
        while not stop.is_set():
            try:
                work = work or start()
                if work.turn() and link.connected and not self.ready.is_set():
                    # The memory of every room stays for good: no need to walk through it at every full collection.
                    gc.collect()
                    gc.freeze()
                    self.ready.set()
            except FoldspaceError as error:
                if work is not None and not isinstance(error, JournalError):
                    raise
                self._tell(error)  # without catalogue there is no new start either, and it is tried again
                work = None
                self.raise_alarm(link, intake.report())
                # The connection is kept, or the last will would say that the gateway is gone.
                retry_at = time.monotonic() + _JOURNAL_RETRY_S
                while time.monotonic() < retry_at and not stop.is_set():
                    link.step(0.2)
                    intake.report()
        if work is not None:
            try:
                work.finish()
            except JournalError as error:
                self._tell(error)

    def raise_alarm(self, link: Link, report: Report) -> None:
        """Publish what is wrong without any disk: books that cannot be written hold up everything else that tells."""
        now = self._clock.now()
        self._troubles.see_intake(report, now)
        for site, alert in [*self._troubles.news(self._sites), *self._troubles.standing(self._sites, list, now)]:
            link.publish(str(EventTopic(site, "alert")), alert.model_dump_json().encode())

    def _load(self) -> tuple[int, Community]:
        version, community = self._load_community()
        self._sites = [site.id for site in community.sites]
        return version, community

    def _tell(self, error: FoldspaceError) -> None:
        self._meters.failures.labels("journal").inc()
        log.error("journal_failed", reason=str(error), retry_s=_JOURNAL_RETRY_S)
        self._troubles.note("books", True, "critical", "books_failed", self._clock.now(), reason=str(error))

    def _starter(
        self,
        reader: JournalReader,
        ledger: Ledger,
        intake: IntakeProcess,
        link: Link,
        store: Storer,
        corrector: Corrector,
    ) -> Callable[[], Work]:
        def start() -> Work:
            return Work(
                journal=reader,
                ledger=ledger,
                intake=intake,
                link=link,
                store=store,
                corrector=corrector,
                clock=self._clock,
                load_community=self._load,
                load_keys=self._load_keys,
                meters=self._meters,
                troubles=self._troubles,
                discovery_prefix=self._prefix,
                announced=self._announced,
            )

        return start

    def _session(self) -> MqttSession:
        def up(_session_present: bool) -> None:
            session.publish(GATEWAY_STATUS_TOPIC, ONLINE, retain=True)

        def announced(message: Message) -> None:
            if message.payload:
                self._announced.append(message.topic)

        session = MqttSession(
            self._broker,
            CLIENT_ID,
            filters=(own_filter(self._prefix),) if self._prefix else (),
            on_message=announced,
            on_up=up,
            will=Will(GATEWAY_STATUS_TOPIC, OFFLINE),
        )
        return session
