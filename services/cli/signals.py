"""Ctrl-C and SIGTERM ask for a tidy end; a second one does not wait for it.

The handler takes no lock: it runs in the main thread, wherever that is, and an Event it interrupted while waiting
would never be free for it. It writes a byte to a pipe; a thread reads that and sets the event.
"""

import os
import signal
import threading
from types import FrameType

from services.kit.logs import logger

log = logger("cli")


def stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C or SIGTERM sets."""
    stop = threading.Event()
    reader, writer = os.pipe()
    told: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if told:
            raise KeyboardInterrupt
        told.append(number)
        os.write(writer, b"!")

    def watch() -> None:
        os.read(reader, 1)
        log.info("stopping", signal=signal.Signals(told[0]).name)
        stop.set()

    threading.Thread(target=watch, name="foldspace-signals", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop
