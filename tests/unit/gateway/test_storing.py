"""Storing in a thread: the result comes when it is there, an error is told, and a slow server holds up nobody."""

import select
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from gateway.storing import Stored, Storer
from services.contracts.errors import FoldspaceError
from services.timeseries.ports import ReadingPoint, Refused, SinkUnavailableError, StatePoint

POINT = ReadingPoint("s", "hall", "d", "motion", 1, None, 1, None, None, 1, {"motion": True})
WAIT_S = 10.0


class Sink:
    """A time series that does with a write what it is told to."""

    def __init__(self) -> None:
        self.written: list[tuple[Sequence[ReadingPoint], Sequence[StatePoint]]] = []
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()
        self.answer: Callable[[], list[Refused]] = list

    def write(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        self.begun.set()
        assert self.may_go_on.wait(WAIT_S)
        self.written.append((readings, states))
        return self.answer()

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def storer(sink: Sink) -> Iterator[Storer]:
    made = Storer(sink)
    yield made
    sink.may_go_on.set()
    made.close()


def readable(storer: Storer, timeout_s: float = 0.0) -> bool:
    return bool(select.select([storer.fileno()], [], [], timeout_s)[0])


def test_a_result_comes_once_and_wakes_who_waits(storer: Storer, sink: Sink) -> None:
    refused = [Refused(POINT, "field type conflict")]
    sink.answer = lambda: refused
    assert storer.result() is None
    for _ in range(3):
        storer.hand_over([POINT], [])
        assert storer.busy
        assert readable(storer, WAIT_S)
        assert storer.result(WAIT_S) == Stored(refused)
        assert not storer.busy
        assert storer.result() is None
    assert sink.written == [([POINT], [])] * 3


def test_a_slow_server_is_not_waited_for(storer: Storer, sink: Sink) -> None:
    sink.may_go_on.clear()
    storer.hand_over([POINT], [])
    assert sink.begun.wait(WAIT_S)
    assert storer.result() is None
    assert storer.busy
    assert not readable(storer)
    sink.may_go_on.set()
    assert storer.result(WAIT_S) == Stored([])
    assert not storer.busy


class _OtherError(FoldspaceError):
    pass


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SinkUnavailableError("down", retry_after_s=7.0), Stored(error="down", retry_after_s=7.0)),
        (_OtherError("odd"), Stored(error="odd")),
        (ZeroDivisionError("a bug"), Stored(error="internal fault: ZeroDivisionError: a bug")),
    ],
)
def test_an_error_is_told_and_the_thread_lives_on(
    storer: Storer, sink: Sink, error: Exception, expected: Stored
) -> None:
    def fail() -> list[Refused]:
        raise error

    sink.answer = fail
    storer.hand_over([POINT], [])
    assert storer.result(WAIT_S) == expected
    sink.answer = list
    storer.hand_over([], [])
    assert storer.result(WAIT_S) == Stored([])


def test_closing_waits_for_what_is_in_hand(sink: Sink) -> None:
    sink.may_go_on.clear()
    storer = Storer(sink)
    storer.hand_over([POINT], [])
    assert sink.begun.wait(WAIT_S)
    sink.may_go_on.set()
    storer.close()
    assert len(sink.written) == 1
    assert not any(thread.name == "foldspace-storer" and thread.is_alive() for thread in threading.enumerate())
