"""The real recordings, where they are at hand: evaluated whole, with the promises that hold for every one of them."""

import os
from pathlib import Path

import pytest

from services.contracts.community import load_community
from services.contracts.files import read_recording, read_truth
from services.evaluation.run import evaluate, report

FOLDER = Path(os.environ.get("FOLDSPACE_RECORDINGS", Path(__file__).parents[3] / "shared" / "data" / "recordings"))
NAMES = sorted(path.name.split(".")[0] for path in FOLDER.glob("*.community.toml"))

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not NAMES, reason="the recordings are not at hand; FOLDSPACE_RECORDINGS names their folder"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_real_recording_evaluates_without_a_false_vacancy_at_release_grade(name: str) -> None:
    community = load_community(FOLDER / f"{name}.community.toml")
    result = evaluate(read_recording(FOLDER / f"{name}.recording.ndjson.gz"), community)
    total = report(result, read_truth(FOLDER / f"{name}.truth.csv"), [])["total"]
    assert result.messages["quarantined"] == 0
    assert total["occupied_min"] > 100
    assert total["release_grade_false_min"] == 0
    if all(device.kind == "climate" for device in community.devices):
        assert total["release_grade_min"] == 0


def test_a_motion_sensor_with_its_hold_time_never_calls_the_office_empty() -> None:
    name = "uci_people_count"
    result = evaluate(
        read_recording(FOLDER / f"{name}.recording.ndjson.gz"), load_community(FOLDER / f"{name}.community.toml")
    )
    total = report(result, read_truth(FOLDER / f"{name}.truth.csv"), [])["total"]
    assert (total["false_vacant_min"], total["false_vacant_spells"]) == (0, 0)
    assert (total["held_min"] + total["unknown_vacant_min"]) / total["vacant_min"] < 0.05
