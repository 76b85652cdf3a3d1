"""Runs the gateway in the caller's thread, from open journal to clean goodbye.

Handing messages over to a second Python thread costs more than it brings: the two would take turns anyway.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry

from gateway.meters import Meters
from gateway.receive import RECEIVE_MAXIMUM, Link, Receiver
from gateway.work import Loader, Work
from services.journal.journal import Journal
from services.journal.records import JournalError
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.mqtt import FOREVER_S, Broker, MqttSession
from services.timeseries.ports import ReadingSink

CLIENT_ID = "foldspace-gateway"

FILTER = "fs/#"
"""Everything of ours, so that topics outside the contract are seen and told about."""

_JOURNAL_RETRY_S = 2.0
"""A full disk does not empty itself sooner."""

log = logger("gateway")


class Gateway:
    """From the wire to the truth about a space. Constructing it does nothing; `run` acts until told to stop."""

    def __init__(
        self,
        *,
        broker: Broker,
        clock: Clock,
        journal: Path,
        sink: ReadingSink,
        load_community: Loader,
        registry: CollectorRegistry,
        connect: Callable[[Receiver], Link] | None = None,
    ) -> None:
        self.ready = threading.Event()
        """Set when the broker has been given the state of every space."""
        self._broker = broker
        self._clock = clock
        self._journal_path = journal
        self._sink = sink
        self._load_community = load_community
        self._meters = Meters(registry)
        self._connect = connect or self._session

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set.

        Raises StartError or JournalError when the journal cannot be opened, and whatever load_community raises.
        A broker that cannot be reached is tried again for ever.
        """
        with Journal.open(self._journal_path, owner=True) as journal:
            receiver = Receiver(journal, self._clock, self._meters)
            link = self._connect(receiver)
            work = self._work(journal, receiver, link)
            try:
                while not stop.is_set():
                    try:
                        if work.turn() and link.connected:
                            self.ready.set()
                    except JournalError as error:
                        self._meters.failures.labels("journal").inc()
                        log.error("journal_failed", reason=str(error), retry_s=_JOURNAL_RETRY_S)
                        work = self._mend(journal, receiver, link, stop) or work
            finally:
                link.stop()
        log.info("gateway_stopped")

    def _mend(self, journal: Journal, receiver: Receiver, link: Link, stop: threading.Event) -> Work | None:
        while not stop.wait(_JOURNAL_RETRY_S):
            try:
                return self._work(journal, receiver, link)
            except JournalError as error:
                log.error("journal_failed", reason=str(error), retry_s=_JOURNAL_RETRY_S)
        return None

    def _work(self, journal: Journal, receiver: Receiver, link: Link) -> Work:
        receiver.connection_made(False)  # a new Work knows of no publication and has to say everything again
        return Work(
            journal=journal,
            receiver=receiver,
            link=link,
            sink=self._sink,
            clock=self._clock,
            load_community=self._load_community,
            meters=self._meters,
        )

    def _session(self, receiver: Receiver) -> Link:
        return MqttSession(
            self._broker,
            CLIENT_ID,
            filters=(FILTER,),
            on_message=receiver.arrived,
            on_up=receiver.connection_made,
            on_down=receiver.connection_lost,
            clean_start=False,
            session_expiry_s=FOREVER_S,
            receive_maximum=RECEIVE_MAXIMUM,
            manual_ack=True,
        )
