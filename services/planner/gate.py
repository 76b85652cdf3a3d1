"""Ends searches that run in other threads: all behind a gate, at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from services.contracts.names import Millis
from services.kit.clock import Clock

_TICK_S = 0.02


class Stoppable(Protocol):
    """A search of the solver."""

    def stop_search(self) -> None:
        """End soon, with what there is."""


class Gate:
    """Ends all searches behind it at once, those that run and those to come, and closes the gates inside."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._running: set[Stoppable] = set()
        self._inside: list[Gate] = []

    def inner(self) -> "Gate":
        """Return a gate that can be closed by itself, and closes with this one."""
        gate = Gate()
        with self._lock:
            self._inside.append(gate)
        if self.closed.is_set():
            gate.close()
        return gate

    def close(self) -> None:
        """Let nobody through from now on, and call back who is inside."""
        with self._lock:
            self.closed.set()
            for gate in self._inside:
                gate.close()
            for search in self._running:
                search.stop_search()

    def enter(self, search: Stoppable) -> bool:
        """Let a search through; False if the gate is closed."""
        with self._lock:
            if not self.closed.is_set():
                self._running.add(search)
            return not self.closed.is_set()

    def leave(self, search: Stoppable) -> None:
        """Take note that a search has ended."""
        with self._lock:
            self._running.discard(search)


@contextmanager
def closing_gate(stop: Callable[[], bool], clock: Clock, deadline: Millis) -> Iterator[Gate]:
    """Yield a gate that closes when `stop` says so or at the deadline."""
    gate, done = Gate(), threading.Event()

    def watch() -> None:
        while not done.wait(_TICK_S):
            if stop() or clock.now() >= deadline:
                gate.close()
                return

    watcher = threading.Thread(target=watch, name="foldspace-plan-watch", daemon=True)
    watcher.start()
    try:
        yield gate
    finally:
        done.set()
        watcher.join()
