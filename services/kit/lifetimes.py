"""Lifetimes: parts run in named threads, are ready or say why not, and end together.

A part that fails takes the program down with one clear line: a system that runs on without its gateway or
scheduler would show old as fresh.
"""

import threading
from collections.abc import Callable
from types import TracebackType

from services.contracts.errors import FoldspaceError, StartError
from services.kit.logs import logger

log = logger("lifetimes")

Run = Callable[[threading.Event], None]


class Part:
    """One part in a thread of its own. `run(stop)` returns when `stop` is set."""

    def __init__(self, name: str, run: Run, *, on_end: Callable[[], None]) -> None:
        self.name = name
        self.failure: BaseException | None = None
        self._run = run
        self._on_end = on_end
        self.stop_event = threading.Event()
        self._thread = threading.Thread(target=self._main, name=f"foldspace-{name}", daemon=True)

    def _main(self) -> None:
        try:
            self._run(self.stop_event)
        except FoldspaceError as error:
            self.failure = error
        except Exception as error:  # the thread's last line of defence: it is re-raised by Parts.wait
            log.exception("part_failed", part_name=self.name)
            self.failure = error
        finally:
            self._on_end()

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Ask it to end and wait; tell whether it did."""
        self.stop_event.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()


class Parts:
    """All parts of a program: started in order, stopped in the opposite order."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._ended = threading.Event()

    def __enter__(self) -> "Parts":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for part in reversed(self._parts):
            if not part.stop(timeout_s=10):
                log.error("part_did_not_stop", part_name=part.name)

    def start(
        self,
        name: str,
        run: Run,
        ready: threading.Event | None = None,
        timeout_s: float = 20,
        stop: threading.Event | None = None,
    ) -> None:
        """Start a part and wait until it is ready, or `stop` is set.

        Raises what it failed with, or StartError when it is late.
        """
        part = Part(name, run, on_end=self._ended.set)
        self._parts.append(part)
        part.start()
        if ready is None:
            return
        waited = 0.0
        while not ready.wait(0.02):
            if stop is not None and stop.is_set():
                return
            waited += 0.02
            if part.failure is not None:
                raise part.failure
            if waited > timeout_s:
                raise StartError(f"{name}: not ready after {timeout_s:g} s")

    def wait(self, stop: threading.Event) -> None:
        """Wait until `stop` is set or a part ends by itself; raise what it failed with."""
        while not stop.is_set() and not self._ended.is_set():
            stop.wait(0.1)
        for part in self._parts:
            if part.failure is not None:
                raise part.failure
