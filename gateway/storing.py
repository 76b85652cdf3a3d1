"""Hands points to the time series in a thread of its own, so that a slow or absent server holds up no room state."""

import contextlib
import os
import queue
import threading
from collections.abc import Sequence
from typing import NamedTuple

from services.contracts.errors import FoldspaceError
from services.kit.logs import logger
from services.timeseries.ports import ReadingPoint, ReadingSink, Refused, SinkUnavailableError, StatePoint

log = logger("gateway")


class Stored(NamedTuple):
    """What became of one hand-over. `error` None: everything is durable, but for what was refused for good."""

    refused: Sequence[Refused] = ()
    error: str | None = None
    retry_after_s: float | None = None


class Storer:
    """One hand-over at a time. `fileno` becomes readable when one is done; `result` then says how it went."""

    def __init__(self, sink: ReadingSink) -> None:
        self.busy = False
        self._sink = sink
        self._work: queue.SimpleQueue[tuple[Sequence[ReadingPoint], Sequence[StatePoint]] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Stored] = queue.SimpleQueue()
        self._wake_r, self._wake_w = os.pipe()
        os.set_blocking(self._wake_r, False)
        self._thread = threading.Thread(target=self._main, name="foldspace-storer", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Return what becomes readable when a hand-over is done."""
        return self._wake_r

    def hand_over(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> None:
        """Begin to store these points. Only when not busy."""
        self.busy = True
        self._work.put((readings, states))

    def result(self, timeout_s: float = 0.0) -> Stored | None:
        """Return how the last hand-over went, once, waiting up to `timeout_s`; None while it is under way."""
        try:
            stored = self._done.get(timeout=timeout_s) if timeout_s else self._done.get_nowait()
        except queue.Empty:
            return None
        with contextlib.suppress(BlockingIOError):  # its byte comes a moment after its result
            os.read(self._wake_r, 64)
        self.busy = False
        return stored

    def close(self) -> None:
        """End the thread after what it has in hand."""
        self._work.put(None)
        self._thread.join(15)
        if not self._thread.is_alive():
            os.close(self._wake_r)
            os.close(self._wake_w)

    def _main(self) -> None:
        while (work := self._work.get()) is not None:
            self._done.put(self._store(*work))
            os.write(self._wake_w, b"\0")

    def _store(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> Stored:
        try:
            return Stored(self._sink.write(readings, states))
        except SinkUnavailableError as error:
            return Stored(error=str(error), retry_after_s=error.retry_after_s)
        except FoldspaceError as error:
            return Stored(error=str(error))
        except Exception as error:  # a fault of ours in an adapter must not end the thread: points would wait unseen
            log.exception("store_failed")
            return Stored(error=f"internal fault: {type(error).__name__}: {error}")
