"""Weighing at instants at which nothing is due changes nothing: what is not weighed then was rightly left."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fold.spaces import Spaces
from services.contracts.heartbeats import silence_limit
from services.contracts.readings import (
    ClimateReading,
    CountReading,
    DoorReading,
    HealthReading,
    MotionReading,
    PresenceReading,
    Reading,
)

T0 = 1_700_000_000_000
MINUTE = 60_000
ROOM = ("s", "hall")
DEVICES = (
    ("radar", "presence"), ("pir", "motion"), ("pir-2", "motion"), ("gate", "count"), ("door", "door"),
    ("air", "climate"), ("air-2", "climate"),
)  # fmt: skip


def _climate(noise: float, lux: float) -> Reading:
    return ClimateReading(noise_db=noise, lux=lux)


SAYINGS: st.SearchStrategy[tuple[str, Reading]] = st.one_of(
    st.tuples(st.just("radar"), st.builds(PresenceReading, present=st.booleans())),
    st.tuples(st.sampled_from(["pir", "pir-2"]), st.builds(MotionReading, motion=st.booleans())),
    st.tuples(st.sampled_from(["pir", "radar"]), st.builds(HealthReading, battery_pct=st.just(50.0))),
    st.tuples(st.just("gate"), st.builds(CountReading, people=st.integers(0, 2))),
    st.tuples(st.just("door"), st.builds(DoorReading, open=st.booleans())),
    st.tuples(
        st.sampled_from(["air", "air-2"]),
        st.builds(_climate, st.sampled_from([30.0, 33.0, 60.0]), st.sampled_from([0.0, 90.0, 400.0])),
    ),
)
TALES = st.lists(st.tuples(st.integers(1, 12 * MINUTE), SAYINGS), min_size=1, max_size=60)


@settings(max_examples=50)
@given(TALES, st.integers(20_000, 5 * MINUTE))
def test_weighing_more_often_changes_nothing(
    community_of: Callable[..., Any], tale: list[tuple[int, tuple[str, Reading]]], every: int
) -> None:
    seldom, often = Spaces(every_change=True), Spaces(every_change=True)
    for spaces in (seldom, often):
        spaces.adopt(community_of(*DEVICES), lambda device: silence_limit(device.kind, device.heartbeat_s))
        spaces.advance(T0, live=True)
        spaces.listening(T0)
    now = T0
    for pause, (device, reading) in [*tale, (6 * 60 * MINUTE, ("radar", PresenceReading(present=False)))]:
        for at in range(now + every, now + pause, every):
            often.advance(at, live=True)
            often.evaluate(ROOM)
        now += pause
        for spaces in (seldom, often):
            spaces.advance(now, live=True)
            spaces.hear(ROOM, device, reading, now)
    assert seldom.changed() == often.changed()
    assert seldom.take().points == often.take().points
    assert seldom.snapshots({ROOM}) == often.snapshots({ROOM})
