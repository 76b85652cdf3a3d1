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


TERMS = """
[[groups]]
id = "choir"
site = "s"
name = "合唱团"
function = "meeting"

[[holidays]]
id = "spring"
site = "s"
name = "春节"
first_day = 2027-02-06
last_day = 2027-02-12

[[changeover]]
site = "s"
from = "tea"
to = "meeting"
minutes = 20

[[standing]]
id = "tai-chi"
site = "s"
space = "hall"
group = "太极队"
title = "晨练"
people = 20
start = "06:00"
end = "07:00"
rrule = "FREQ=DAILY"
dtstart = 2026-09-01

[[supply]]
id = "evenings"
site = "s"
space = "hall"
owner = "茶楼"
functions = ["tea"]
start = "18:00"
end = "21:00"
rrule = "FREQ=WEEKLY;BYDAY=TU,TH"
dtstart = 2026-09-01
exdate = [2026-10-01]
groups = ["choir"]
recall = [{ before_min = 2880 }, { before_min = 120, with_replacement = true }]
approval = "host"
"""


def test_the_terms_of_supply_load(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(GOOD.replace("[policy]", TERMS + "\n[policy]"), encoding="utf-8")
    community = load_community(path)
    assert community.supply[1].recall[1].with_replacement
    assert [row.before for row in community.changeover] == ["tea"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('start = "18:00"', 'start = "10:30"',
         "supply.1: 'evenings' lends 'hall' on 2026-09-01 from 10:30 to 21:00, when 'mornings' lends it for the same "
         "from 08:00 to 11:00; expected one of them"),
        ("FREQ=WEEKLY;BYDAY=TU,TH", "BYDAY=TU", "supply.1: rrule: FREQ is missing"),
        ("BYDAY=TU,TH", "BYDAY=TU;COUNT=2;UNTIL=20270101", "supply.1: rrule: has COUNT and UNTIL"),
        ("FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "supply.1: rrule: .* never falls on any"),
        ('groups = ["choir"]', 'groups = ["band"]', "supply.1.groups: 'band' is not a group of site 's'"),
        ('function = "meeting"', 'function = "opera"', "groups.0.function: 'opera' is not a function of any space"),
        ('from = "tea"', 'from = "opera"', "changeover.0.from: 'opera' is not a function of any space of site 's'"),
        ("minutes = 20", "minutes = -1", "changeover.0.minutes"),
        ("last_day = 2027-02-12", "last_day = 2027-02-01", "holidays.0: last_day: 2027-02-01 is before first_day"),
        ('name = "春节"', 'name = "春节"\nspace = "attic"', "holidays.0.space: s/attic is not a space"),
        ("people = 20", "people = 200", "standing.0.people: 200 is more than 'hall' holds"),
        ("people = 20", 'people = 20\nfunction = "opera"', "standing.0.function: 'opera' is not a function of 'hall'"),
        ('rrule = "FREQ=DAILY"\ndtstart = 2026-09-01', "", "standing.0: rrule: expected a rule such as"),
        ("before_min = 2880", "before_min = -5", "supply.1.recall.0.before_min"),
        ('approval = "host"', 'approval = "perhaps"', "supply.1.approval"),
        ('id = "choir"\nsite = "s"', 'id = "choir"\nsite = "x"', "groups.0.site: 'x' is not a site|supply.1.groups"),
    ],
)  # fmt: skip
def test_a_fault_in_the_terms_names_entry_and_expectation(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = GOOD.replace("[policy]", TERMS + "\n[policy]")
    assert old in text
    with pytest.raises(FileError, match=fault) as caught:
        load(tmp_path, text.replace(old, new, 1))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("hall", "fault"),
    [
        ('hours = [{ start = "08:00", end = "08:00" }]', "spaces.0.hours.0: end: 08:00: expected another time"),
        ("cleaning_min = -1", "spaces.0.cleaning_min"),
        ("capacity_by_function = { opera = 5 }", "spaces.0.capacity_by_function: 'opera' is not a function of 'hall'"),
        ("capacity_by_function = { tea = 0 }", "spaces.0.capacity_by_function.tea"),
        ("capacity_by_function = { tea = 61 }", "61 for 'tea' is more than 'hall' holds"),
    ],
)
def test_a_fault_in_a_space_names_it(tmp_path: Path, hall: str, fault: str) -> None:
    with pytest.raises(FileError, match=fault):
        load(tmp_path, GOOD.replace("capacity = 60", f"capacity = 60\n{hall}"))


@pytest.mark.parametrize(
    "other",
    [
        'start = "11:00"\nend = "12:00"\nfunctions = ["tea"]',
        'start = "09:00"\nend = "12:00"\nfunctions = ["meeting"]',
        'start = "09:00"\nend = "12:00"\nfunctions = ["tea"]\nspace = "x"',
    ],
)
def test_windows_that_say_nothing_different_of_a_time_stand_together(tmp_path: Path, other: str) -> None:
    space = "" if "space =" in other else 'space = "hall"\n'
    more = f'[[supply]]\nid = "more"\nsite = "s"\nowner = "书店"\n{space}{other}\n'
    extra = '[[spaces]]\nid = "x"\nsite = "s"\nname = "x"\ncapacity = 5\nfunctions = ["tea"]\n\n' if not space else ""
    path = tmp_path / "c.toml"
    path.write_text(GOOD.replace("[policy]", f"{extra}{more}\n[policy]"), encoding="utf-8")
    assert len(load_community(path).supply) == 2
