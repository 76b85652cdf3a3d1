"""A community file is checked as a whole; every fault names file, entry and what was expected."""

from pathlib import Path

import pytest

from services.contracts.community import load_community
from services.contracts.errors import FileError

GOOD = """
[[sites]]
id = "s"
name = "江湖里社区"
timezone = "Asia/Shanghai"

[[spaces]]
id = "hall"
site = "s"
name = "邻里会客厅"
capacity = 60
functions = ["tea", "meeting"]
parts = ["room-a"]

[[spaces]]
id = "room-a"
site = "s"
name = "议事厅"
capacity = 20
functions = ["meeting"]

[[devices]]
id = "hall-count"
site = "s"
space = "hall"
kind = "count"

[[supply]]
id = "mornings"
site = "s"
space = "hall"
owner = "茶楼"
functions = ["tea"]
start = "08:00"
end = "11:00"

[policy]
grace_min = 12
"""


def load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "community.toml"
    path.write_text(text, encoding="utf-8")
    return load_community(path)


def test_a_good_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(GOOD, encoding="utf-8")
    community = load_community(path)
    assert [space.id for space in community.spaces] == ["hall", "room-a"]
    assert community.policy.grace_min == 12


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            'functions = ["tea"]',
            'functions = ["karaoke"]',
            r"supply.0.functions: 'karaoke' is not a function of 'hall'",
        ),
        ('timezone = "Asia/Shanghai"', 'timezone = "Mars/Olympus"', "sites.0.timezone: expected a zone"),
        ("capacity = 60", "capacity = 0", "spaces.0.capacity"),
        ('kind = "count"', 'kind = "telepathy"', "devices.0.kind: expected one of"),
        ('space = "hall"\nkind', 'space = "attic"\nkind', "devices.0.space: s/attic is not a space"),
        ('parts = ["room-a"]', 'parts = ["room-b"]', "spaces.0.parts: 'room-b'"),
        ('name = "议事厅"', 'name = "议事厅"\nparts = ["hall"]', "parts: 'room-a' is itself made of 'hall'"),
        ('end = "11:00"', 'end = "07:00"', "supply.0.end: 07:00 is not after start"),
        ("grace_min = 12", "grace_minutes = 12", "policy.grace_minutes"),
        ('id = "room-a"', 'id = "hall"', "twice"),
        ("[policy]", "[policy", "not TOML"),
    ],
)
def test_a_fault_names_file_entry_and_expectation(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    with pytest.raises(FileError, match=fault) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert "community.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        load_community(tmp_path / "nowhere.toml")
