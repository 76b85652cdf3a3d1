"""docs/codecs.md is true: every codec has its section, every mapped field its row, every note its line."""

import re
from pathlib import Path

import pytest

from gateway.codecs import milesight
from gateway.codecs.registry import CODECS

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "codecs.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
MILESIGHT = ("object.", "decoded_payload.")


def rows(section: str) -> dict[str, str]:
    """Return vendor field → what the page says it becomes."""
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", SECTIONS[section], re.MULTILINE))


def words(ours: str) -> set[str]:
    return set(ours.split(", "))


@pytest.mark.parametrize("name", sorted(CODECS))
def test_each_codec_has_its_section_with_each_field(name: str) -> None:
    own = {vendor: ours for vendor, ours in CODECS[name].fields.items() if not vendor.startswith(MILESIGHT)}
    written = rows(name)
    assert written.keys() == own.keys()
    for vendor, ours in own.items():
        assert words(ours) <= set(re.findall(r"`([^`]+)`", written[vendor])), vendor


def test_milesight_has_its_section_with_each_field() -> None:
    written = rows("milesight")
    assert written.keys() == milesight.FIELDS.keys()
    for vendor, ours in milesight.FIELDS.items():
        assert words(ours) <= set(re.findall(r"`([^`]+)`", written[vendor])), vendor


def test_each_note_is_explained_and_none_that_is_gone() -> None:
    folder = ROOT / "gateway" / "codecs"
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    made = set(re.findall(r'(?:notes\.append\(|notes=\((?:\*notes, )?|notes = \[|, \()"([a-z_]+)"', source))
    assert len(made) > 25
    explained = {
        key
        for line in SECTIONS["Notes"].splitlines()
        for key in re.findall(r"`([a-z_]+)`", line.split("|")[1] if "|" in line else "")
    }
    assert made <= explained
    assert {key for key in explained - made if not key.startswith("no_")} == set()
