"""Libraries of others are as they came: the sums beside them say so, and each has its licence."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "dashboards" / "vendor"


def test_every_file_of_others_has_its_sum_and_its_licence() -> None:
    listed = dict(re.findall(r"\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|", (VENDOR / "README.md").read_text("utf-8")))
    files = {str(path.relative_to(VENDOR)): path for path in VENDOR.rglob("*.*") if path.name != "README.md"}
    assert listed == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    for name in listed:
        assert (VENDOR / name).with_name("LICENSE").exists(), name
