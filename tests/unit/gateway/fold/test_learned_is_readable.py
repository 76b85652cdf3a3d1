"""What the fold keeps of a space is what the books' reader takes out of it: one writes, the other must follow."""

import json
from math import exp
from typing import Any

import pytest

from gateway.fold.air import AirWord
from gateway.fold.memory import from_json
from services.journal.learned import CELL_H, KEPT_AT, of_snapshot

DAY_S, STEP_S = 86_400, 600
DAYS = 4
"""One more than daylight needs to be known by the time of day."""


@pytest.fixture(scope="module")
def lived_in(room: Any) -> Any:
    """A room with a sensor of every kind that tells of people, after some days with people from nine to five."""
    driven = room(("radar", "presence"), ("pir", "motion"), ("gate", "count"), ("air", "climate"), ("door", "door"))
    for at_s in range(0, DAYS * DAY_S, STEP_S):
        busy = 9 <= at_s % DAY_S // 3600 < 17
        driven.say(at_s, "radar", "presence", present=busy)
        driven.say(at_s, "pir", "motion", motion=busy and at_s % 1800 == 0)
        driven.say(at_s, "gate", "count", people=3 if busy else 0)
        wobble = at_s // STEP_S % 3
        full = {"co2_ppm": 900 + wobble, "noise_db": 52 + 3 * wobble, "wifi_clients": 12, "lux": 400}
        empty = {"co2_ppm": 450 + wobble, "noise_db": 36, "wifi_clients": 4, "lux": 2}
        driven.say(at_s, "air", "climate", **(full if busy else empty))
    driven.say(DAYS * DAY_S, "door", "door", open=False)
    return driven


def test_the_reader_finds_what_the_fold_has_learned(lived_in: Any) -> None:
    kept = lived_in.truth.snapshots({("s", "hall")})
    memory = from_json(kept["s/hall"])
    known = of_snapshot("s/hall", kept["s/hall"], int(kept[KEPT_AT]))
    assert known.at == lived_in.truth.now
    assert known.usual_vacant_min == memory.filter.vacant_min
    assert known.usual_occupied_min == memory.filter.occupied_min
    assert known.hold_min * 60_000 == memory.hold
    sensors = {one.device: one for one in known.sensors}
    assert set(sensors) == {"radar", "pir", "gate", "air"}, "a door tells nothing of people by itself"
    for name, one in sensors.items():
        sensor = memory.sensors[name]
        assert (one.trust, one.doubt) == (sensor.trust.level, sensor.trust.doubt)
        assert one.moves == (sensor.motion is not None)
        assert one.settle_s == (None if sensor.presence is None else sensor.presence.settle / 1000)


def baseline(word: AirWord) -> dict[str, dict[str, float]]:
    """Return what was learned, per quantity: the quiet level now (of light the usual daylight) in the quantity's own
    unit, the quiet stir of its slots, the spread, the highest, and how many three-hour stretches of a week it knows."""
    learned: dict[str, dict[str, float]] = {}
    for name, gauge in word.gauges.items():
        entry = learned[name] = {"cells": float(gauge.cells)}
        if gauge.quiet is not None:
            entry["quiet"] = (gauge.quiet / 2.0) ** 2 if name == "wifi_clients" else gauge.quiet
        if name == "co2_ppm":
            entry |= {"spread": gauge.spread, "peak": gauge.peak}
        elif name == "lux":
            entry |= {"peak": gauge.peak} | ({} if gauge.floor is None else {"floor": gauge.floor})
        elif gauge.quiet_stir is not None:
            entry["stir"] = exp(gauge.quiet_stir)
    return learned


def test_its_baselines_are_those_of_the_fold(lived_in: Any) -> None:
    kept = lived_in.truth.snapshots({("s", "hall")})
    word = from_json(kept["s/hall"]).sensors["air"].air
    assert word is not None
    expected = baseline(word)
    assert all("quiet" in entry for entry in expected.values()), "the days were long enough to learn something"
    del expected["wifi_clients"]["stir"]  # of half square roots, which tell people nothing
    [sensor] = [one for one in of_snapshot("s/hall", kept["s/hall"], 0).sensors if one.device == "air"]
    found: dict[str, dict[str, float]] = {}
    for one in sensor.baselines:
        figures = {"quiet": one.quiet, "stir": one.stir, "spread": one.spread, "floor": one.floor, "peak": one.peak}
        found[one.quantity] = {"cells": one.known_h / CELL_H} | {k: v for k, v in figures.items() if v is not None}
    assert found == {quantity: pytest.approx(entry) for quantity, entry in expected.items()}


def test_a_doubt_of_the_fold_is_read_as_one(lived_in: Any) -> None:
    body = json.loads(lived_in.truth.snapshots({("s", "hall")})["s/hall"])
    body["sensors"]["radar"]["trust"].update(level=0.1, doubt="stuck_on")
    memory = from_json(json.dumps(body))
    [radar] = [one for one in of_snapshot("s/hall", json.dumps(body), 0).sensors if one.device == "radar"]
    assert (radar.trust, radar.doubt) == (memory.sensors["radar"].trust.level, memory.sensors["radar"].trust.doubt)
