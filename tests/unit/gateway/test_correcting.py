"""History corrected beside the loop: when the buffer is empty, over crashes, and never at the cost of the present."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import correcting
from gateway.correcting import Corrected, ThreadedCorrector, attempt
from gateway.fold.late import Late
from gateway.hindsight import Task, task_of
from gateway.truth import RoomTruth
from services.contracts.names import HOUR, MINUTE, SECOND, Millis
from services.journal.books import Books
from services.timeseries.memory import MemoryTimeseries
from services.timeseries.ports import ReadingPoint, Refused, SinkUnavailableError, StatePoint

T0: Millis = 1_700_000_000_000
WAIT_S = 10.0


def metric(h: Any, name: str, **labels: str) -> float:
    return float(h.registry.get_sample_value(f"foldspace_gateway_{name}_total", labels) or 0.0)


def minutes(h: Any, occupancy: str, start: Millis, end: Millis, space: str = "hall") -> float:
    """Return for how many minutes history says so."""
    points = [p for p in h.series.states("s", space, start, end) if p.at < end]
    ends = [*(p.at for p in points[1:]), end]
    return sum(
        (until - max(p.at, start)) / MINUTE
        for p, until in zip(points, ends, strict=True)
        if p.occupancy == occupancy and until > start
    )


@pytest.fixture
def h(house: Callable[..., Any]) -> Any:
    """A house after an hour without its radar, whose buffer says that somebody was there all the time."""
    made = house(("radar", "presence"), ("desk", "presence", "attic"))
    made.turn()
    made.say("radar", "presence", present=False, boot="b", seq=0)
    made.turn()
    made.lost_at = made.clock.at
    pass_time(made, 3600)
    buffer(made, range(1, 58))
    return made


def pass_time(h: Any, seconds: int) -> None:
    for _ in range(0, seconds, 10):
        h.clock.advance(10)
        h.turn(1)


def buffer(h: Any, numbers: Sequence[int]) -> None:
    for seq in numbers:
        h.say("radar", "presence", present=True, boot="b", seq=seq, ts=h.lost_at + seq * MINUTE)
    h.turn()


def test_history_learns_of_late_readings_and_the_present_does_not(h: Any) -> None:
    end = h.lost_at + 57 * MINUTE
    published = len([topic for topic, *_ in h.link.published if topic.endswith("hall/state")])
    with capture_logs() as logs:
        pass_time(h, 110)
        assert minutes(h, "occupied", h.lost_at, end) == 0
        assert h.corrector.tasks == []
        live, alerts = h.work.states(), h.link.events("alert")
        pass_time(h, 30)
        assert h.link.events("alert") == alerts
    assert minutes(h, "occupied", h.lost_at + MINUTE, end) == pytest.approx(56)
    [told] = [one for one in logs if one["event"] == "history_corrected"]
    assert (told["site"], told["space"], told["from"]) == ("s", "hall", "2023-11-14T21:59:20.000+00:00")
    assert told["minutes"] == metric(h, "history_corrected_minutes") == pytest.approx(57 + 1.5, abs=0.1)
    assert metric(h, "history_corrected_spaces") == 1
    assert h.link.state()["occupancy"] == "unknown" == live["s", "hall"].occupancy
    again = [one for topic, one, _ in h.link.published if topic.endswith("hall/state")][published:]
    assert all(b'"occupancy":"unknown"' in one for one in again)
    pass_time(h, 300)
    assert len(h.corrector.tasks) == 1


def test_what_goes_on_coming_puts_it_off_until_patience_ends(h: Any) -> None:
    for number in range(87):  # half an hour's worth of a buffer that is sent three times as fast as it was filled
        pass_time(h, 20)
        h.say("radar", "presence", present=True, boot="b", seq=100 + number, ts=h.lost_at + number * MINUTE + 1)
        h.turn()
        assert h.corrector.tasks == []
    pass_time(h, 90)
    assert len(h.corrector.tasks) == 1
    assert minutes(h, "occupied", h.lost_at + MINUTE, h.lost_at + 57 * MINUTE) == pytest.approx(56)


def test_a_crash_before_and_one_after_cost_nothing(h: Any) -> None:
    h.crash()
    h.turn()
    pass_time(h, 140)
    history = h.series.states("s", "hall", 0, 2**60)
    assert minutes(h, "occupied", h.lost_at + MINUTE, h.lost_at + 57 * MINUTE) == pytest.approx(56)
    assert len(h.corrector.tasks) == 1
    h.crash()
    h.turn()
    pass_time(h, 140)
    assert [p for p in h.series.states("s", "hall", 0, 2**60) if p.at <= history[-1].at] == history


def test_what_comes_late_while_a_task_is_under_way_is_corrected_after_it(h: Any) -> None:
    corrector, done = h.corrector, []
    result, corrector.result = corrector.result, lambda: None
    pass_time(h, 140)
    assert len(corrector.tasks) == 1
    h.say("radar", "presence", present=True, boot="b", seq=99, ts=h.lost_at - 600 * MINUTE)
    h.turn()
    corrector.result = lambda: done.append(result()) or done[-1]
    pass_time(h, 200)
    assert [task.end for task in corrector.tasks] == [h.lost_at + 57 * MINUTE, h.lost_at - 600 * MINUTE]
    assert h.work._truth._spaces["s", "hall"].memory.late is None


def test_a_time_series_that_is_away_is_asked_again_later(h: Any) -> None:
    with capture_logs() as logs:
        h.series.available = False
        pass_time(h, 200)
        assert h.corrector.tasks == [] or metric(h, "history_put_off") > 0
        h.series.available = True
        pass_time(h, 200)
    assert minutes(h, "occupied", h.lost_at + MINUTE, h.lost_at + 57 * MINUTE) == pytest.approx(56)
    assert "history_given_up" not in {one["event"] for one in logs}


def test_one_that_fails_between_two_writes_is_begun_anew_and_says_the_same_in_the_end(
    h: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, failed = h.series.write, []

    def failing(readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        if h.corrector.tasks and not readings and len(states) > 1 and not failed:
            failed.append(states)
            raise SinkUnavailableError("gone")
        refused: list[Refused] = write(readings, states)
        return refused

    monkeypatch.setattr(h.series, "write", failing)
    pass_time(h, 140)
    assert failed
    assert metric(h, "history_put_off") == 1
    pass_time(h, 120)
    assert minutes(h, "occupied", h.lost_at + MINUTE, h.lost_at + 57 * MINUTE) == pytest.approx(56)
    assert minutes(h, "occupied", h.lost_at + 60 * MINUTE, h.clock.at) == 0


def test_a_fault_of_ours_is_told_and_the_loop_goes_on(h: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(correcting, "refold", broken)
    with capture_logs() as logs:
        pass_time(h, 140)
    assert {one["event"] for one in logs} >= {"history_correction_failed", "history_given_up"}
    assert metric(h, "failures", place="hindsight") == 1
    assert h.troubles_told()["gateway/hindsight"] == "warning"
    pass_time(h, 120)
    assert len(h.corrector.tasks) == 1
    h.clock.advance(correcting.GIVEN_UP_STANDS / SECOND)
    pass_time(h, 30)
    assert "gateway/hindsight" not in h.troubles_told()


def test_states_the_time_series_will_never_take_are_told(h: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write = h.series.write

    def picky(readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        if not h.corrector.tasks:
            refused: list[Refused] = write(readings, states)
            return refused
        return [Refused(state, "beyond retention") for state in states]

    monkeypatch.setattr(h.series, "write", picky)
    pass_time(h, 140)
    assert h.troubles_told()["gateway/hindsight"] == "warning"
    assert len(h.corrector.tasks) == 1
    assert metric(h, "history_corrected_spaces") == 0


def test_a_replayed_message_corrects_the_time_it_was_received(house: Callable[..., Any]) -> None:
    h = house(("radar", "presence"))
    h.turn()
    came = h.clock.at
    h.say("radar", "presence", present="yes")
    h.turn()
    pass_time(h, 600)
    [row] = Books(h.path).quarantine()
    h.journal.replay(replace(row, raw=b'{"present": true}'))
    pass_time(h, 140)
    assert minutes(h, "occupied", came, came + 2 * MINUTE) == pytest.approx(2)
    assert h.link.state()["occupancy"] == "unknown"


# -- the thread


class Series(MemoryTimeseries):
    """A time series that holds its answer back until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_answer = threading.Event(), threading.Event()
        self.pages = 0

    def readings(self, site: str, space: str, start: Millis, end: Millis, limit: int) -> list[ReadingPoint]:
        self.pages += 1
        self.asked.set()
        assert self.may_answer.wait(WAIT_S)
        return super().readings(site, space, start, end, limit)


@pytest.fixture
def task(community_of: Any) -> Task:
    community = community_of(("radar", "presence"))
    spaces = RoomTruth(community)._spaces
    return task_of(("s", "hall"), Late(((T0, T0 + HOUR),), T0, T0), community, spaces.__getitem__, T0 + 2 * HOUR)


def readings(count: int, every: Millis) -> list[ReadingPoint]:
    return [
        ReadingPoint("s", "hall", "radar", "presence", T0 + n * every, None, T0, None, None, n, {"present": True})
        for n in range(count)
    ]


@pytest.fixture
def series() -> Iterator[Series]:
    made = Series()
    yield made
    made.may_answer.set()


def ended(corrector: ThreadedCorrector) -> Corrected:
    assert corrector._under_way is not None
    corrector._under_way.result(WAIT_S)
    done = corrector.result()
    assert done is not None
    return done


def test_the_loop_does_not_wait_for_a_slow_server(series: Series, task: Task) -> None:
    corrector = ThreadedCorrector(series)
    assert (corrector.busy, corrector.result()) == (False, None)
    corrector.begin(task)
    assert series.asked.wait(WAIT_S)
    assert (corrector.busy, corrector.result()) == (True, None)
    series.may_answer.set()
    done = ended(corrector)
    assert (done.end, done.away, done.fault) == (T0 + HOUR, "", "")
    assert (corrector.busy, corrector.result()) == (False, None)
    corrector.close()
    assert not any(thread.name.startswith("foldspace-hindsight") for thread in threading.enumerate())


def test_closing_ends_a_task_at_its_next_page_and_writes_nothing(
    series: Series, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correcting, "PAGE", 2)
    series.write(readings(9, MINUTE), [])
    corrector = ThreadedCorrector(series)
    corrector.begin(task)
    assert series.asked.wait(WAIT_S)
    closer = threading.Thread(target=corrector.close)
    closer.start()
    assert corrector._closing.wait(WAIT_S)
    series.may_answer.set()
    closer.join(WAIT_S)
    assert "stopped" in ended(corrector).away
    assert (series.pages, series.states("s", "hall", 0, 2**60)) == (1, [])


@pytest.mark.parametrize("every", [MINUTE, 0, 1])
def test_pages_leave_nothing_out_and_cut_no_instant_in_two(
    task: Task, monkeypatch: pytest.MonkeyPatch, every: Millis
) -> None:
    series = MemoryTimeseries()
    taken: list[ReadingPoint] = []
    series.write(readings(9, every), [])
    monkeypatch.setattr(correcting, "PAGE", 2)
    refold = correcting.refold

    def watched(task: Task, points: Iterator[ReadingPoint]) -> object:
        taken.extend(points)
        return refold(task, taken)

    monkeypatch.setattr(correcting, "refold", watched)
    done = attempt(task, series)
    assert (done.away, done.fault) == ("", "")
    assert taken == readings(9, every)


# -- what the time series has


def test_nothing_is_corrected_by_readings_that_are_still_under_way_or_in_the_backlog(h: Any) -> None:
    h.store.slow = True
    buffer(h, range(58, 60))
    pass_time(h, 200)
    assert h.ledger.backlog_size() > 0
    assert h.corrector.tasks == []
    h.store.slow = False
    pass_time(h, 260)
    assert len(h.corrector.tasks) == 1
    assert minutes(h, "occupied", h.lost_at + MINUTE, h.lost_at + 59 * MINUTE) == pytest.approx(58)


def test_a_task_does_not_wait_for_a_moment_without_messages(h: Any) -> None:
    for number in range(30):
        h.clock.advance(5)
        h.say("desk", "presence", present=True, boot="b", seq=number)
        h.turn(1)
    assert len(h.corrector.tasks) == 1
    assert h.corrector.tasks[0].until < h.clock.at
