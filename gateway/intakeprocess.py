"""The drain's end of the line to the intake process: starts it, starts it again, ends it."""

import os
import socket
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from gateway.line import Orders, Report, Start
from gateway.meters import Meters
from services.contracts.errors import StartError
from services.kit import logs
from services.kit.clock import Clock
from services.kit.mqtt import Broker

_FIRST_RETRY_S: Final = 0.2
_LAST_RETRY_S: Final = 10.0
_STEADY_S: Final = 30.0
_STOP_PATIENCE_S: Final = 5.0

log = logs.logger("gateway")


class IntakeProcess:
    """One intake at a time. `report` starts it anew when it ended; it raises StartError only for the first one."""

    def __init__(
        self,
        *,
        broker: Broker,
        clock: Clock,
        journal: Path,
        max_bytes: int,
        keep_bytes: int,
        filters: tuple[str, ...],
        meters: Meters,
    ) -> None:
        level, as_json = logs.configured()
        self._start = Start(broker, clock, str(journal), max_bytes, keep_bytes, filters, level, as_json)
        self._meters = meters
        self._report = Report()
        self._orders = Orders(filters)
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._retry_s = _FIRST_RETRY_S
        self._retry_at = 0.0
        self._started_at = 0.0
        self._reported = False
        self._connections = 0
        self.down = ""
        """Why there is no intake at the moment."""
        self._begin()

    @property
    def pid(self) -> int | None:
        """The process, for those who measure or kill it."""
        return None if self._process is None else self._process.pid

    def fileno(self) -> int | None:
        """Return what becomes readable with a new report."""
        return None if self._line is None else self._line.fileno()

    def report(self) -> Report:
        """Return how the intake stands now. Raises StartError when the very first one could not begin."""
        if self._line is None:
            if time.monotonic() >= self._retry_at:
                self._begin()
            return self._report
        try:
            while self._line.poll():
                said = self._line.recv()
                if isinstance(said, str):
                    self._end(said)
                    if not self._reported:
                        raise StartError(said)
                    return self._report
                # Connections count on over restarts: each may lack our states.
                self._report = said._replace(connections=said.connections + self._connections)
                self._reported = True
                self.down = ""
                self._meters.intake.take(said)
        except (EOFError, OSError):
            self._end("its process ended")
        return self._report

    def order(self, filters: tuple[str, ...], drained: int) -> None:
        """Say what to listen to, and how far the journal may be pruned."""
        orders = Orders(filters, drained)
        if orders == self._orders or self._line is None:
            return
        self._orders = orders
        self._start = self._start._replace(filters=filters)
        try:
            self._line.send(orders)
        except OSError:
            self._end("its process ended")

    def stop(self) -> None:
        """Let it say goodbye to the broker, and wait for its end."""
        if self._line is not None:
            try:
                self._line.send(self._orders._replace(stop=True))
            except OSError:
                log.debug("intake_gone_already")
        if self._process is not None:
            try:
                self._process.wait(_STOP_PATIENCE_S)
            except subprocess.TimeoutExpired:
                log.warning("intake_did_not_stop")
                self._process.kill()
                self._process.wait()
        if self._line is not None:
            self._line.close()
            self._line = None

    def _begin(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.intake", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._line = Connection(os.dup(ours.fileno()))
        ours.close()
        self._started_at = time.monotonic()
        self._meters.intake_starts.inc()
        try:
            self._line.send(self._start)
            self._line.send(self._orders)
        except OSError:
            self._end("its process ended at once")

    def _end(self, why: str) -> None:
        """Note the end of an intake; the next one begins after a pause that grows while they fail quickly."""
        log.error("intake_ended", reason=why, retry_s=self._retry_s)
        self.down = why
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if time.monotonic() - self._started_at > _STEADY_S:
            self._retry_s = _FIRST_RETRY_S
        self._retry_at = time.monotonic() + self._retry_s
        self._retry_s = min(self._retry_s * 2, _LAST_RETRY_S)
        self._connections = self._report.connections
        self._report = self._report._replace(connected=False, trouble="")
        self._meters.intake.ended()
