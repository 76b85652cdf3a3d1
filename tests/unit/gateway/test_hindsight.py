"""A stretch of the past folded anew: late readings tell what they would have told in time, and no more than that."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway import hindsight
from gateway.correcting import attempt
from gateway.fold.late import Late
from gateway.hindsight import AFTERGLOW, BELIED_WITHIN, WARM_UP, Task, order, refold, revise, task_of
from gateway.truth import RoomTruth
from services.contracts.community import Community
from services.contracts.names import HOUR, MINUTE, SECOND, Millis
from services.contracts.states import Occupancy
from services.timeseries.memory import MemoryTimeseries
from services.timeseries.ports import ReadingPoint, Refused, SinkUnavailableError, StatePoint, Value

T0: Millis = 1_700_000_000_000
HALL = ("s", "hall")

Spell = tuple[Millis, Millis, tuple[object, ...]]


def spells(points: Iterable[StatePoint], start: Millis, end: Millis) -> list[Spell]:
    """Return what was said from `start` to `end`, as a reader of history sees it: points that say the same are one."""
    found: list[Spell] = []
    for point in points:
        content = (point.occupancy, point.people, point.confidence, point.release_grade)
        at = max(point.at, start)
        if at >= end:
            break
        if found:
            found[-1] = (found[-1][0], at, found[-1][2])
            if found[-1][0] == at:
                found.pop()
            if found and found[-1][2] == content:
                found[-1] = (found[-1][0], end, content)
                continue
        found.append((at, end, content))
    return found


class Series(MemoryTimeseries):
    """A time series that goes away after so many writes of a correction, once."""

    goes_away_after: int | None = None

    def write(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        if self.goes_away_after == 0:
            self.goes_away_after = None
            raise SinkUnavailableError("gone")
        if self.goes_away_after is not None:
            self.goes_away_after -= 1
        return super().write(readings, states)


class Gateway:
    """A RoomTruth whose points are stored at once, and whose history is corrected on demand."""

    def __init__(self, community: Community, start: Millis) -> None:
        self.truth = RoomTruth(community)
        self.series = Series()
        self.truth.tick(start)
        self._number = 0

    def say(self, arrival: Millis, at: Millis, device: str, kind: str, fields: dict[str, Any]) -> bool:
        """Let a reading of `at` arrive; tell whether it was late."""
        self._number += 1
        body = hindsight.READING_KINDS[kind].model_validate({**fields, "ts": at}).model_dump_json(by_alias=True)
        outcome = self.truth.feed(arrival, f"fs/v1/s/dev/{device}/up/{kind}", body.encode(), journal_id=self._number)
        assert outcome.verdict == "stored", outcome.reason
        self.series.write(outcome.points, [])
        return outcome.late

    def wait(self, until: Millis) -> None:
        """Let time pass."""
        self.truth.tick(until)
        self.series.write([], self.truth.take().spaces.points)

    def correct(self, *, taught: bool) -> list[Task]:
        """Correct all that is due; return the tasks. Not `taught`: without what was learned in the meantime."""
        tasks: list[Task] = []
        while (task := self.truth.begin_task(self.truth.now)) is not None:
            tasks.append(task if taught else replace(task, learned={}))
            done = attempt(tasks[-1], self.series)
            assert (done.away, done.fault, list(done.refused), done.unreadable) == ("", "", [], 0)
            self.truth.end_task(task, done.end)
        return tasks

    def history(self, space: str, start: Millis, end: Millis) -> list[Spell]:
        return spells(self.series.states("s", space, start, end), start, end)


DEVICES = (
    ("radar", "presence", "a"), ("pir", "motion", "a"), ("gate", "count", "a"), ("leaf", "door", "a"),
    ("plug", "charging", "a"), ("air", "climate", "a"), ("seat", "presence", "b"), ("eye", "presence", "hall"),
)  # fmt: skip

_SAYS = st.one_of(
    st.tuples(
        st.sampled_from(["radar", "seat", "eye"]),
        st.just("presence"),
        st.builds(lambda p: {"present": p}, st.booleans()),
    ),
    st.tuples(st.just("pir"), st.just("motion"), st.builds(lambda m: {"motion": m}, st.booleans())),
    st.tuples(st.just("gate"), st.just("count"), st.builds(lambda n: {"people": n}, st.integers(0, 3))),
    st.tuples(st.just("leaf"), st.just("door"), st.builds(lambda o: {"open": o}, st.booleans())),
    st.tuples(
        st.just("plug"),
        st.just("charging"),
        st.builds(
            lambda port, state: {"port": port, "state": state, "power_w": 1.0, "energy_wh": 2.0},
            st.integers(0, 1),
            st.sampled_from(["idle", "charging"]),
        ),
    ),
    st.tuples(st.just("air"), st.just("climate"), st.builds(lambda lux: {"lux": float(lux)}, st.integers(0, 300))),
)
_STORIES = st.lists(
    st.tuples(st.integers(0, 90 * 60 // 5), _SAYS, st.booleans()), min_size=1, max_size=30, unique_by=lambda s: s[0]
).map(lambda story: sorted(story, key=lambda one: one[0]))

Story = list[tuple[int, tuple[str, str, dict[str, Any]], bool]]


@given(_STORIES, st.sampled_from([60.0, 600.0]))
@example([(0, ("radar", "presence", {"present": True}), True)], 60.0)
@example([(90 * 12, ("radar", "presence", {"present": True}), True)], 600.0)
@settings(max_examples=150)
def test_however_readings_are_cut_into_timely_and_late_history_is_the_same_in_the_end(
    community_of: Any, story: Story, heartbeat_s: float
) -> None:
    community = community_of(*DEVICES, parts={"hall": ["a", "b"]})
    devices = tuple(device.model_copy(update={"heartbeat_s": heartbeat_s}) for device in community.devices)
    community = community.model_copy(update={"devices": devices})
    late = [one for one in story if one[2] and one[1][0] not in ("seat", "eye")]  # those of one space, and its whole
    timely = [one for one in story if one not in late]
    if not late:
        return
    start = T0 + late[0][0] * 5 * SECOND - BELIED_WITHIN
    end = T0 + late[-1][0] * 5 * SECOND
    came, looked = T0 + 95 * MINUTE, T0 + 100 * MINUTE
    as_it_was, in_time = Gateway(community, start - WARM_UP), Gateway(community, start - WARM_UP)
    for gateway, told in ((as_it_was, timely), (in_time, story)):
        for tick, said, _ in told:
            at = T0 + tick * 5 * SECOND
            assert not gateway.say(at, at, *said)
    for tick, said, _ in late:
        assert as_it_was.say(came, T0 + tick * 5 * SECOND, *said)
    for gateway in (as_it_was, in_time):
        gateway.wait(looked)
    live = as_it_was.truth.states()
    until = min(end + AFTERGLOW, looked - 1)
    before = {s: as_it_was.history(s, start - WARM_UP, start) for s in ("a", "b", "hall")}
    after = {s: as_it_was.history(s, until, looked + 1) for s in ("a", "b", "hall")}
    of_b = as_it_was.history("b", start, looked)
    as_it_was.series.goes_away_after = 1  # between the two writes, if there are two
    half_done = as_it_was.truth.begin_task(looked)
    assert half_done is not None
    attempt(replace(half_done, learned={}), as_it_was.series)
    as_it_was.series.goes_away_after = None
    as_it_was.truth.end_task(half_done, None)
    for _ in range(2):  # once more, as after a crash
        (task,) = as_it_was.correct(taught=False)
        for space in ("a", "hall"):
            assert as_it_was.history(space, start, until) == in_time.history(space, start, until)
            assert as_it_was.history(space, start - WARM_UP, start) == before[space]
            assert as_it_was.history(space, until, looked + 1) == after[space]
        as_it_was.truth._spaces["s", "a"].memory.late = task.late
    assert as_it_was.history("b", start, looked) == of_b
    assert as_it_was.truth.states() == live
    assert as_it_was.truth.take().spaces.points == []


# -- what is folded


def task(community: Community, start: Millis, end: Millis, until: Millis | None = None) -> Task:
    truth = RoomTruth(community)
    return task_of(
        HALL, Late(((start, end),), T0, T0), community, truth._spaces.__getitem__, until or end + AFTERGLOW + 1
    )


def point(at: Millis, kind: str, device: str = "radar", boot: str | None = "b", **fields: Value) -> ReadingPoint:
    return ReadingPoint("s", "hall", device, kind, at, at, at, boot, at, at, fields)


def present(start: Millis, end: Millis, every: Millis = MINUTE, **more: Any) -> list[ReadingPoint]:
    return [point(at, "presence", present=True, **more) for at in range(start, end, every)]


def occupancies(points: Sequence[StatePoint], start: Millis) -> list[tuple[float, Occupancy]]:
    """Return the changes of occupancy in minutes since `start`."""
    found: list[tuple[float, Occupancy]] = []
    for one in points:
        if not found or found[-1][1] != one.occupancy:
            found.append(((one.at - start) / MINUTE, one.occupancy))
    return found


def test_a_last_will_that_the_same_boot_belies_is_passed_over(community_of: Any) -> None:
    community = community_of(("radar", "presence"))
    wills = [point(T0 + 20 * MINUTE + 30 * SECOND, "status", boot=None, online=False)]
    past = refold(task(community, T0, T0 + HOUR), sorted([*present(T0, T0 + HOUR), *wills], key=order))
    assert occupancies(past.points[HALL], T0)[1:] == [(0, "occupied"), (pytest.approx(61.5), "unknown")]


@pytest.mark.parametrize("back_after_min", [3, 40])
def test_a_last_will_of_a_device_that_was_really_gone_counts(community_of: Any, back_after_min: int) -> None:
    community = community_of(("radar", "presence"))
    will = T0 + 20 * MINUTE + 30 * SECOND
    back = will + back_after_min * MINUTE
    readings = [
        *present(T0, will), point(will, "status", boot=None, online=False), *present(back, T0 + 2 * HOUR, boot="c"),
    ]  # fmt: skip
    past = refold(task(community, T0, T0 + HOUR), readings)
    assert occupancies(past.points[HALL], T0)[1:4] == [
        (0, "occupied"), (20.5, "unknown"), (20.5 + back_after_min, "occupied"),
    ]  # fmt: skip


def test_several_readings_of_one_message_and_those_of_vendors_are_read_back(community_of: Any) -> None:
    community = community_of(("plug", "charging"))
    readings = [
        point(T0, "charging", "plug", port=0, state="idle"),
        point(T0, "charging#1", "plug", port=1, state="charging", power_w=7.5),
        point(T0 + 1, "ack", "plug", id="c1", ok=True),
        point(T0 + 2, "charging", "gone", port=1, state="charging"),
    ]
    past = refold(task(community, T0, T0 + MINUTE), readings)
    assert past.unreadable == 0
    assert past.points[HALL][-1].occupancy == "unknown"  # silent by then
    assert "occupied" in {one.occupancy for one in past.points[HALL]}


def test_what_cannot_be_read_back_is_counted_and_the_rest_is_folded(community_of: Any) -> None:
    community = community_of(("radar", "presence"))
    past = refold(task(community, T0, T0 + MINUTE), [point(T0, "presence", present="maybe"), *present(T0 + 1, T0 + 2)])
    assert past.unreadable == 1
    assert "occupied" in {one.occupancy for one in past.points[HALL]}


def test_a_stretch_of_too_many_readings_is_corrected_in_pieces(
    community_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hindsight, "MOST_READINGS", 10)
    community = community_of(("radar", "presence"))
    past = refold(task(community, T0, T0 + HOUR), present(T0 - HOUR, T0 + 3 * HOUR))
    assert (past.end, past.until) == (T0 + 10 * MINUTE, T0 + 40 * MINUTE)
    assert past.points[HALL][-1].at < past.until


def test_a_piece_is_a_day_at_most_and_ends_before_what_is_not_stored(community_of: Any) -> None:
    community = community_of(("radar", "presence"))
    assert task(community, T0, T0 + 72 * HOUR).end == T0 + 24 * HOUR
    made = task(community, T0, T0 + HOUR, T0 + HOUR + 5 * MINUTE)
    assert (made.end, made.until) == (T0 + HOUR, T0 + HOUR + 5 * MINUTE - 1)


def test_a_part_is_folded_with_its_wholes_and_all_they_are_made_of(community_of: Any) -> None:
    community = community_of(
        ("radar", "presence", "a"), ("seat", "presence", "b"), ("far", "presence", "attic"),
        parts={"hall": ["a", "b"], "house": ["hall", "c"], "c": []},
    )  # fmt: skip
    truth = RoomTruth(community)
    made = task_of(("s", "a"), Late(((T0, T0),), T0, T0), community, truth._spaces.__getitem__, T0 + HOUR)
    assert set(made.corrected) == {("s", "a"), ("s", "hall"), ("s", "house")}
    assert {space.id for space in made.family.spaces} == {"a", "b", "c", "hall", "house"}
    assert {device.id for device in made.family.devices} == {"radar", "seat"}
    assert made.limits.keys() == {("s", "radar"), ("s", "seat")}


def test_what_was_learned_is_not_lost_on_the_past(community_of: Any) -> None:
    """A climate sensor says nothing before it knows the room's quiet hours: two hours of warm-up do not teach it."""
    community = community_of(("air", "climate"))
    gateway = Gateway(community, T0)
    for minute in range(48 * 60):
        at = T0 + minute * MINUTE
        busy = 9 <= minute / 60 % 24 < 12
        noise = (52.0 + 6 * (minute // 5 % 2)) if busy else 31.0
        outage = 33 * 60 <= minute < 35 * 60  # of the second day, people there
        if not outage:
            gateway.say(at, at, "air", "climate", {"noise_db": noise, "co2_ppm": 900.0 if busy else 450.0})
    for minute in range(33 * 60, 35 * 60):
        noise = 52.0 + 6 * (minute // 5 % 2)
        assert gateway.say(
            T0 + 48 * HOUR, T0 + minute * MINUTE, "air", "climate", {"noise_db": noise, "co2_ppm": 900.0}
        )
    gateway.wait(T0 + 48 * HOUR + 3 * MINUTE)
    start, end = T0 + 33 * HOUR + 30 * MINUTE, T0 + 35 * HOUR
    assert {spell[2][0] for spell in gateway.history("hall", start, end)} == {"unknown"}
    gateway.correct(taught=True)
    assert [spell[2][0] for spell in gateway.history("hall", start, end)][-1] == "occupied"


# -- what is written


def belief(at: Millis, occupancy: Occupancy, confidence: float = 0.9) -> StatePoint:
    return StatePoint("s", "hall", at, occupancy, None, confidence, False)


def test_what_was_said_is_overwritten_and_goes_on_at_the_end() -> None:
    existing = [belief(5, "vacant"), belief(12, "unknown"), belief(40, "unknown", 0.0), belief(60, "vacant")]
    revised = [belief(0, "unknown"), belief(3, "vacant"), belief(20, "occupied"), belief(30, "vacant")]
    revision = revise(HALL, existing, revised, 10, 50)
    assert revision.states == (belief(12, "vacant"), belief(20, "occupied"), belief(30, "vacant"), belief(40, "vacant"))
    assert revision.closing == (belief(50, "unknown", 0.0),)
    assert revision.changed == 50 - 12


def test_what_is_the_same_is_not_written_again() -> None:
    existing = [belief(5, "vacant"), belief(20, "occupied")]
    revision = revise(HALL, existing, [belief(0, "vacant"), belief(20, "occupied")], 10, 50)
    assert (revision.states, revision.closing, revision.changed) == ((), (), 0)


def test_before_anything_was_believed_nothing_was_and_nothing_is_again() -> None:
    revision = revise(HALL, [], [belief(0, "occupied")], 10, 50)
    assert revision.states == (belief(10, "occupied"),)
    assert [(p.at, p.occupancy) for p in revision.closing] == [(50, "unknown")]
    assert revision.changed == 40


def test_a_belief_that_begins_at_the_very_end_stays() -> None:
    revision = revise(HALL, [belief(5, "unknown"), belief(50, "vacant")], [belief(0, "occupied")], 10, 50)
    assert (revision.states, revision.closing) == ((belief(10, "occupied"),), ())
