"""Ctrl-C and SIGTERM ask for a tidy end; a second one does not wait for it."""

import signal
import threading
from types import FrameType

from services.kit.logs import logger

log = logger("cli")


def stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C or SIGTERM sets."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop
