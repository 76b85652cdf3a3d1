"""The real recordings, where they are at hand: evaluated whole with the one shipped configuration, against its aims."""

import os
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from services.contracts.community import load_community
from services.contracts.files import read_recording, read_truth
from services.evaluation.report import report
from services.evaluation.run import evaluate

FOLDER = Path(os.environ.get("FOLDSPACE_RECORDINGS", Path(__file__).parents[3] / "shared" / "data" / "recordings"))
NAMES = sorted(path.name.split(".")[0] for path in FOLDER.glob("*.community.toml"))

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not NAMES, reason="the recordings are not at hand; FOLDSPACE_RECORDINGS names their folder"),
]


class Aim(NamedTuple):
    """Most of what may go wrong: shares in per cent; spells None: not counted."""

    false_vacant_pct: float
    spells: int | None = None
    held_unknown_pct: float = 100.0
    crowd_false_vacant_pct: float = 100.0


AIMS = {
    "robod_room1": Aim(5.0, 20, 22.0, 0.5),
    "uci_people_count": Aim(0.2, 1, 2.5),
    "uci_occupancy_training": Aim(1.0, None, 13.0),
    "uci_occupancy_test": Aim(1.0, None, 13.0),
    "uci_occupancy_training_nolux": Aim(3.0),
    "room_climate_a_20160315": Aim(2.0),
}


@cache
def figures(name: str) -> dict[str, Any]:
    """Return the total of a recording and of what became of its messages."""
    result = evaluate(
        read_recording(FOLDER / f"{name}.recording.ndjson.gz"), load_community(FOLDER / f"{name}.community.toml")
    )
    assert result.messages["quarantined"] == 0
    total: dict[str, Any] = report(result, read_truth(FOLDER / f"{name}.truth.csv"), [])["total"]
    return total


@pytest.mark.parametrize("name", NAMES)
def test_a_real_recording_evaluates_without_a_false_vacancy_at_release_grade(name: str) -> None:
    total = figures(name)
    assert total["occupied_min"] > 100
    assert total["release_grade_false_min"] == 0
    community = load_community(FOLDER / f"{name}.community.toml")
    if all(device.kind in ("climate", "door") for device in community.devices):
        assert total["release_grade_min"] == 0


@pytest.mark.parametrize("name", AIMS)
def test_a_used_room_is_called_empty_no_more_often_than_we_aim_for(name: str) -> None:
    total, aim = figures(name), AIMS[name]
    assert total["false_vacant_pct"] <= aim.false_vacant_pct
    assert aim.spells is None or total["false_vacant_spells"] <= aim.spells
    assert total["held_unknown_pct"] <= aim.held_unknown_pct
    assert (total["crowd_false_vacant_pct"] or 0.0) <= aim.crowd_false_vacant_pct
