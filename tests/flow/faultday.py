"""A built-in scenario as files on disk, and what room truth makes of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from firmware_sim.recording import write_recording
from firmware_sim.scenario import Scenario, load_scenario
from services.catalogue.communityfile import to_toml
from services.contracts.community import load_community
from services.contracts.files import TruthRow, read_recording, read_truth
from services.evaluation.result import Evaluation
from services.evaluation.run import evaluate


@dataclass(frozen=True, slots=True)
class Recorded:
    """The three files of a recorded scenario, and what it is."""

    scenario: Scenario
    first_day: date
    recording: Path
    truth: Path
    community: Path

    @property
    def rows(self) -> list[TruthRow]:
        return read_truth(self.truth)

    def evaluated(self) -> Evaluation:
        """Run room truth over them, as `foldspace evaluate` does."""
        return evaluate(read_recording(self.recording), load_community(self.community))


def record(scenario_name: str, days: int, folder: Path) -> Recorded:
    """Record `days` days of a built-in scenario from its own first day on."""
    scenario = load_scenario(scenario_name)
    first = scenario.tables.scenario.first_day
    assert first is not None, "a scenario to measure with names its first day"
    paths = Recorded(
        scenario,
        first,
        *(folder / f"{scenario_name}.{end}" for end in ("recording.ndjson", "truth.csv", "community.toml")),
    )
    paths.community.write_text(to_toml(scenario.community), encoding="utf-8")
    write_recording(scenario, first, days, paths.recording, paths.truth)
    return paths


def share(figures: dict[str, Any], rooms: Collection[str], parts: Collection[str], whole: str) -> float:
    """Return minutes of `parts` as a share of the minutes of `whole`, over some rooms together."""
    of_rooms = [row for key, row in figures["spaces"].items() if key.split("/")[1] in rooms]
    return sum(float(row[part]) for row in of_rooms for part in parts) / sum(float(row[whole]) for row in of_rooms)
