"""The intake: a process that does nothing but receive, journal and acknowledge.

`python -m gateway.intake FD`; FD is its end of the line to the drain, and the first word on it a Start. It ends when
the line does: an intake without a drain would only fill the disk.
"""

import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from gateway.line import Orders, Report, Start
from gateway.receive import RECEIVE_MAXIMUM, Link, Receiver
from services.contracts.errors import FoldspaceError, StartError
from services.journal.journal import KEEP_BYTES, Journal
from services.journal.records import JournalError, JournalFullError
from services.kit import logs
from services.kit.mqtt import FOREVER_S, MqttSession

CLIENT_ID = "foldspace-gateway"
"""The name of the persistent session at the broker: whoever takes it over takes over what waits there."""

_LONGEST_WAIT_S = 0.2
"""How long orders may go unnoticed while nothing arrives."""

_RETRY_S = 1.0
"""A full disk does not empty itself sooner."""

_CARE_EVERY_S = 3.0
_PRUNE_S = 0.05
"""Of every three seconds: enough for eight thousand messages a second, and no pause anybody notices."""

_OPEN_PATIENCE_S = 5.0
"""An intake whose drain was killed needs a moment to notice and let go of the journal."""

log = logs.logger("intake")


class Intake:
    """One link and one journal. `turn` receives once; `report` says how it stands."""

    def __init__(self, journal: Journal, receiver: Receiver, link: Link, keep_bytes: int = KEEP_BYTES) -> None:
        self._journal = journal
        self._receiver = receiver
        self._link = link
        self._keep_bytes = keep_bytes
        self._last_id = journal.last_id()
        self._trouble = ""
        self._full = False
        self._failures = 0
        self._fill_percent = 0
        self.connections = 0
        self.drained = 0

    def turn(self, wait_s: float) -> None:
        """Receive what is there, wait up to `wait_s` for it; journal and acknowledge it.

        When the journal cannot be written, what was read is kept, unacknowledged, and tried again.
        """
        self._receiver.fetch(self._link, wait_s)
        try:
            last = self._receiver.commit(self._link)
        except JournalError as error:
            self._fail(error)
            return
        self._last_id = last or self._last_id
        if last is not None and self._trouble:
            self._recover()

    def care(self) -> None:
        """Drop drained messages beyond the bounds, and see whether a journal in trouble takes writes again."""
        try:
            deadline = time.monotonic() + _PRUNE_S
            while self._journal.prune(self.drained, self._keep_bytes) and time.monotonic() < deadline:
                pass
            self._last_id = max(self._last_id, self._journal.last_id())  # a replay appends as well
            self._fill_percent = self._journal.fill_percent() // 10 * 10
            if self._trouble and not self._receiver.holding:  # else the next real batch tells, in `turn`
                self._journal.append([])
                self._recover()
        except JournalError as error:
            self._fail(error)

    def report(self) -> Report:
        """Return how the intake stands."""
        receiver = self._receiver
        return Report(
            self._last_id,
            self._link.connected and self._link.listening,
            self.connections,
            self.drained,
            self._fill_percent,
            self._trouble,
            self._full,
            receiver.received,
            receiver.own,
            receiver.unacknowledged,
            self._failures,
        )

    def _fail(self, error: JournalError) -> None:
        self._failures += 1
        if not self._trouble:
            log.error("journal_failed", reason=str(error), retry_s=_RETRY_S)
        self._trouble, self._full = str(error), isinstance(error, JournalFullError)

    def _recover(self) -> None:
        log.warning("journal_writable_again")
        self._trouble, self._full = "", False


def run(line: Connection) -> None:
    """Receive until the line ends or says stop. Raises StartError when the journal cannot be opened."""
    start: Start = line.recv()
    logs.configure(start.log_level, as_json=start.log_as_json)
    with _open(start) as journal:
        receiver = Receiver(journal, start.clock)
        link = MqttSession(
            start.broker,
            CLIENT_ID,
            filters=start.filters,
            on_message=receiver.arrived,
            on_up=lambda _present: connected(),
            on_down=receiver.connection_lost,
            clean_start=False,
            session_expiry_s=FOREVER_S,
            receive_maximum=RECEIVE_MAXIMUM,
            manual_ack=True,
        )
        intake = Intake(journal, receiver, link, start.keep_bytes)

        def connected() -> None:
            intake.connections += 1

        told = Report()
        care_at = 0.0
        try:
            while True:
                now = time.monotonic()
                while line.poll():
                    orders: Orders = line.recv()
                    if orders.stop:
                        return
                    intake.drained = orders.drained
                    link.follow(orders.filters)
                if now >= care_at:
                    intake.care()
                    care_at = now + (_RETRY_S if told.trouble else _CARE_EVERY_S)
                intake.turn(_LONGEST_WAIT_S)
                report = intake.report()
                if report != told:
                    line.send(report)
                    told = report
                if report.trouble:
                    link.step(_LONGEST_WAIT_S)  # nothing to do but to stay connected
        finally:
            link.stop()


def _open(start: Start) -> Journal:
    deadline = time.monotonic() + _OPEN_PATIENCE_S
    while True:
        try:
            return Journal.open(Path(start.journal), owner=True, max_bytes=start.max_bytes)
        except StartError as error:
            if "another gateway" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def main() -> None:
    """Run as the drain's child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the drain says when to stop
    line = Connection(int(sys.argv[1]))
    try:
        run(line)
    except FoldspaceError as error:
        try:
            line.send(str(error))
        except OSError:
            log.error("intake_failed", reason=str(error))
        sys.exit(1)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the drain is gone; what it did not settle is in the journal


if __name__ == "__main__":
    main()
