"""A crash changes nothing: whenever the fold is stopped and continued from its snapshots, it ends in the same state."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.truth import RoomTruth
from services.contracts.states import RoomState

T0 = 1_700_000_000_000
DEVICES = (
    ("radar", "presence"), ("pir", "motion"), ("gate", "count"), ("door", "door"), ("port", "charging"),
    ("air", "climate"), ("knob", "button"), ("far", "presence", "part"), ("near", "motion", "part"),
)  # fmt: skip

SAYINGS = st.one_of(
    st.tuples(
        st.sampled_from(["radar", "far"]), st.just("presence"), st.fixed_dictionaries({"present": st.booleans()})
    ),
    st.tuples(st.sampled_from(["pir", "near"]), st.just("motion"), st.fixed_dictionaries({"motion": st.booleans()})),
    st.tuples(
        st.just("gate"), st.just("count"), st.fixed_dictionaries({"in": st.integers(0, 4), "out": st.integers(0, 4)})
    ),
    st.tuples(st.just("door"), st.just("door"), st.fixed_dictionaries({"open": st.booleans()})),
    st.tuples(
        st.just("port"), st.just("charging"),
        st.fixed_dictionaries({"port": st.just(0), "state": st.sampled_from(["idle", "charging"]),
                               "power_w": st.just(1.0), "energy_wh": st.just(1.0)}),
    ),
    st.tuples(
        st.just("air"), st.just("climate"),
        st.fixed_dictionaries(
            {"co2_ppm": st.floats(400, 1500), "noise_db": st.floats(30, 70), "lux": st.floats(0, 500)}
        ),
    ),
    st.tuples(st.just("knob"), st.just("button"), st.fixed_dictionaries({"action": st.sampled_from(["keep", "end"])})),
)  # fmt: skip

TALES = st.lists(st.tuples(st.integers(1, 40 * 60_000), SAYINGS), min_size=1, max_size=60)


@settings(max_examples=60)
@given(TALES, st.sets(st.integers(0, 59), max_size=5))
def test_a_crash_anywhere_ends_in_the_same_state(
    community_of: Callable[..., Any], tale: list[tuple[int, tuple[str, str, dict[str, Any]]]], crashes: set[int]
) -> None:
    community = community_of(*DEVICES, parts={"hall": ["part"]})
    without, with_ = RoomTruth(community), RoomTruth(community)
    for truth in (without, with_):
        truth.tick(T0)
    kept: dict[str, str] = {}
    told: list[list[RoomState]] = [[], []]
    now = T0
    for index, (pause, (device, kind, fields)) in enumerate(tale):
        now += pause
        for number, truth in enumerate((without, with_)):
            truth.feed(now, f"fs/v1/s/dev/{device}/up/{kind}", json.dumps(fields).encode())
            told[number] += truth.tick(now)
        kept |= with_.snapshots(with_.take().spaces.touched)
        if index in crashes:
            with_ = RoomTruth(community)
            with_.restore({}, {}, kept)
    end = now + 24 * 3_600_000
    told[0] += without.tick(end)
    told[1] += with_.tick(end)
    assert _seen(without.states().values()) == _seen(with_.states().values())
    assert _seen(told[0]) == _seen(told[1])
    assert {k: json.loads(v) for k, v in without.snapshots(set(without.spaces)).items()} == {
        k: json.loads(v) for k, v in with_.snapshots(set(with_.spaces)).items()
    }


def _seen(states: Any) -> list[dict[str, Any]]:
    return [state.model_dump() for state in states]
