"""Parts start in order, stop in the opposite order, and a failing one takes the program down with its own words."""

import threading

import pytest

from services.contracts.errors import StartError
from services.kit.lifetimes import Parts


def _recorder(log: list[str], name: str, ready: threading.Event):  # type: ignore[no-untyped-def]  # a test's closure
    def run(stop: threading.Event) -> None:
        log.append(f"{name} up")
        ready.set()
        stop.wait()
        log.append(f"{name} down")

    return run


def test_parts_stop_in_the_opposite_order_and_leave_no_thread() -> None:
    log: list[str] = []
    before = set(threading.enumerate())
    with Parts() as parts:
        for name in ("one", "two"):
            ready = threading.Event()
            parts.start(name, _recorder(log, name, ready), ready)
    assert log == ["one up", "two up", "two down", "one down"]
    assert set(threading.enumerate()) <= before


def test_a_part_that_cannot_start_says_why() -> None:
    def run(_stop: threading.Event) -> None:
        raise StartError("port 1883: in use")

    with Parts() as parts, pytest.raises(StartError, match="port 1883"):
        parts.start("broker", run, threading.Event())


def test_a_part_that_fails_later_ends_the_wait_with_its_error() -> None:
    go = threading.Event()

    def run(_stop: threading.Event) -> None:
        go.wait()
        raise ValueError("broke")

    with Parts() as parts:
        parts.start("fragile", run)
        go.set()
        with pytest.raises(ValueError, match="broke"):
            parts.wait(threading.Event())
