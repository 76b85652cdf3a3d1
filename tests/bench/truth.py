"""How often a used room is called empty: every recording at hand and a simulated month, into docs/figures.md.

`make figures`. Recordings are looked for where the tests look (FOLDSPACE_RECORDINGS). A short table also goes into both
readmes, between their marks. The peers' figures stand in the file itself, with their source.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

from services.contracts.community import load_community
from services.contracts.files import read_recording, read_truth
from services.evaluation.report import report
from services.evaluation.run import evaluate
from tests.flow.faultday import record
from tests.flow.test_recordings import FOLDER, NAMES

ROOT = Path(__file__).parents[2]
MONTH_DAYS = 30
MARKS = re.compile(r"(?s)(<!-- figures -->\n).*?(<!-- /figures -->)")

SHOWN = (
    ("false vacant, % of occupied", "false_vacant_pct"),
    ("spells", "false_vacant_spells"),
    ("held + unknown, % of vacant", "held_unknown_pct"),
    ("3 and more people: false, %", "crowd_false_vacant_pct"),
    ("at release grade: false min", "release_grade_false_min"),
    ("not releasable, % of vacant", "not_releasable_pct"),
)
FOUND = (
    ("departures", "departures"),
    ("shown vacant within 5 min, %", "recognised_5_min_pct"),
    ("within 15 min, %", "recognised_15_min_pct"),
)


def run() -> None:
    """Evaluate everything and write the figures."""
    recordings = {name: _of_recording(name)["total"] for name in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        recorded = record("month", MONTH_DAYS, Path(folder))
        month = report(recorded.evaluated(), recorded.rows, [])
    by_recording = _table("recording", recordings, (*SHOWN, *FOUND))
    spaces = {key.split("/")[1]: figures for key, figures in month["spaces"].items()}
    by_space = _table("space", {**spaces, "**all**": month["total"]}, (*SHOWN, *FOUND))
    brief = _table("recording", {**recordings, "simulated month, 20 spaces": month["total"]}, (*SHOWN[:3], SHOWN[4]))
    _put(ROOT / "docs" / "figures.md", by_recording, by_space)
    _put(ROOT / "README.md", brief)
    _put(ROOT / "README.zh-CN.md", brief)
    print(by_recording)
    print(by_space)


def _of_recording(name: str) -> dict[str, Any]:
    result = evaluate(
        read_recording(FOLDER / f"{name}.recording.ndjson.gz"), load_community(FOLDER / f"{name}.community.toml")
    )
    return report(result, read_truth(FOLDER / f"{name}.truth.csv"), [])


def _put(path: Path, *tables: str) -> None:
    """Put the tables between the marks of a page, in their order."""
    upcoming = iter(tables)
    text = path.read_text(encoding="utf-8")
    path.write_text(MARKS.sub(lambda marks: marks[1] + next(upcoming) + marks[2], text), encoding="utf-8")


def _table(first: str, rows: dict[str, dict[str, Any]], columns: tuple[tuple[str, str], ...]) -> str:
    lines = [f"| {first} | {' | '.join(title for title, _ in columns)} |", "| --- |" + " --- |" * len(columns)]
    for name, figures in rows.items():
        cells = [_cell(figures.get(key)) for _, key in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.2f}"
