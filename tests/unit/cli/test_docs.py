"""The example of docs/recordings.md works as it stands there."""

import json
import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[3] / "docs" / "recordings.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    match = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert match, language
    return match[1]


def test_a_csv_becomes_a_recording_that_evaluates(tmp_path: Path) -> None:
    rows = "".join(f"2026-03-02 08:{minute:02},{400 + minute},{int(minute < 5)}\n" for minute in range(40))
    (tmp_path / "office.csv").write_text("time,co2,motion\n" + rows)
    (tmp_path / "office.toml").write_text(_block("toml"))
    subprocess.run([sys.executable, "-c", _block("python")], cwd=tmp_path, check=True, timeout=60)
    foldspace = Path(sys.executable).with_name("foldspace")
    result = subprocess.run(
        [foldspace, "evaluate", "office.ndjson", "--community", "office.toml", "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    figures = json.loads(result.stdout)
    assert figures["messages"] == {"stored": 80, "duplicate": 0, "quarantined": 0}
    assert figures["total"]["said_occupied_min"] > 4
