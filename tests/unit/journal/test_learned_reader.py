"""What was learned is read out of a kept memory in the units people use; another version's memory is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.journal.books import Books
from services.journal.learned import KEPT_AT, Baseline, of_snapshot
from services.journal.ledger import Ledger
from services.journal.records import Checkpoint, JournalError

GAUGE = {"cells": 0, "quiet": None, "quiet_stir": None, "spread": 0.0, "floor": None, "peak": 0.0}
SENSOR = {"presence": None, "motion": None, "count": None, "air": None, "trust": {"level": 1.0, "doubt": ""}}


def memory(**sensors: dict[str, Any]) -> dict[str, Any]:
    return {
        "occupancy": "vacant",
        "sensors": {name: {**SENSOR, **sensor} for name, sensor in sensors.items()},
        "filter": {"at": 1, "log_odds": -3.0, "vacant_min": 110.5, "occupied_min": 40.0},
        "hold": 510_000,
    }


def test_what_is_kept_in_ms_and_half_roots_is_told_in_seconds_minutes_and_clients() -> None:
    gauges = {
        "wifi_clients": {**GAUGE, "cells": 8, "quiet": 6.0, "quiet_stir": 1.0},
        "noise_db": {**GAUGE, "cells": 8, "quiet": 38.5, "quiet_stir": 0.0},
        "lux": {**GAUGE, "peak": 400.0, "floor": 0.5},
    }
    body = memory(
        radar={"presence": {"settle": 41_500}, "trust": {"level": 0.2, "doubt": "stuck_on"}},
        pir={"motion": {"motion": False}},
        air={"air": {"gauges": gauges}},
        door={"door": {"open": True}},
    )
    known = of_snapshot("s/hall", json.dumps(body), 7)
    assert (known.at, known.usual_vacant_min, known.usual_occupied_min, known.hold_min) == (7, 110.5, 40.0, 8.5)
    radar, pir, air = known.sensors
    assert (radar.device, radar.trust, radar.doubt) == ("radar", 0.2, "stuck_on")
    assert (radar.settle_s, radar.moves) == (41.5, False)
    assert (pir.settle_s, pir.moves, pir.baselines) == (None, True, ())
    assert air.baselines == (
        Baseline("wifi_clients", 24, 9.0),
        Baseline("noise_db", 24, 38.5, stir=1.0),
        Baseline("lux", 0, None, floor=0.5, peak=400.0),
    )


@pytest.mark.parametrize("gone", ["filter", "hold", "sensors"])
def test_a_memory_of_another_version_is_one_clear_error(gone: str) -> None:
    body = memory()
    del body[gone]
    with pytest.raises(JournalError, match=f"snapshot s/hall: {gone}: Field required; the gateway writes it anew"):
        of_snapshot("s/hall", json.dumps(body), 0)


def test_the_books_tell_what_was_learned_of_a_space_that_was_kept(ledger: Ledger, path: Path) -> None:
    assert Books(path).learned("s", "hall") is None
    ledger.checkpoint(Checkpoint(0, snapshots={"s/hall": json.dumps(memory()), KEPT_AT: "1234"}))
    known = Books(path).learned("s", "hall")
    assert known is not None
    assert (known.at, known.sensors) == (1234, ())
    assert Books(path).learned("s", "cellar") is None


def test_without_a_journal_nothing_was_learned(path: Path) -> None:
    assert Books(path).learned("s", "hall") is None
