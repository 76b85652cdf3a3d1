"""Nobody who reads Chinese is answered in English: what is wrong with a community file, a device, a request."""

import re

import pytest

from services.contracts.community import Community
from services.contracts.communityfaults import Fault, faults
from services.contracts.texts import catalogue
from tests.unit.api.conftest import SITE, House

LATIN = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
"""Three words in a row: a sentence, where names, ids and settings are one."""
V1 = "/api/v1"
SITES = '[[sites]]\nid = "lane"\nname = "里弄"\ntimezone = "Asia/Shanghai"\n'
HALL = f'{SITES}[[spaces]]\nid = "hall"\nsite = "lane"\nname = "大厅"\ncapacity = 20\nfunctions = ["tea"]\n'


def _with(table: str, **fields: object) -> str:
    lines = (f"{name} = {value}" for name, value in fields.items())
    return f"{HALL}[[{table}]]\n" + "\n".join(lines) + "\n"


def _lent(**other: object) -> str:
    fields = {"id": '"w"', "site": '"lane"', "space": '"hall"', "owner": '"o"', "functions": '["tea"]',
              "start": '"09:00"', "end": '"10:00"'}  # fmt: skip
    return _with("supply", **{**fields, **other})


FILES = {
    "no toml": "[[sites",
    "unfinished": 'sites = "a',
    "twice": "a = 1\na = 2\n",
    "date": "a = 2026-13-01\n",
    "table": "a = 1\n[a]\n",
    "unknown table": f"{SITES}[[rooms]]\nid = 1\n",
    "no site": SITES.replace('name = "里弄"\n', ""),
    "zone": SITES.replace("Asia/Shanghai", "Mars"),
    "id": SITES.replace('"lane"', '"Lane!"'),
    "type": SITES.replace('"里弄"', "7"),
    "capacity": HALL.replace("20", '"many"'),
    "too small": HALL.replace("20", "0"),
    "half": HALL.replace("20", "1.5"),
    "extra": HALL + "colour = 1\n",
    "list": HALL.replace('["tea"]', '"tea"'),
    "twice there": HALL + HALL.removeprefix(SITES),
    "part": HALL + 'parts = ["x"]\n',
    "share": HALL + "capacity_by_function = { dance = 5, tea = 90 }\n",
    "kind": _with("devices", id='"d"', site='"lane"', space='"hall"', kind='"laser"'),
    "heartbeat": _with("devices", id='"d"', site='"lane"', space='"hall"', kind='"door"', heartbeat_s=-1),
    "elsewhere": _with("devices", id='"d"', site='"lane"', space='"attic"', kind='"door"'),
    "time": _lent(start='"9 Uhr"'),
    "backwards": _lent(end='"08:00"'),
    "function": _lent(functions='["council"]'),
    "group": _lent(groups='["g"]'),
    "weekday": _lent(days='["monday"]'),
    "rule": _lent(rrule='"FREQ=HOURLY"', dtstart="2026-01-01"),
    "rule without days": _lent(rrule='"FREQ=WEEKLY;BYDAY=TU"'),
    "never": _lent(rrule='"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"', dtstart="2026-01-01"),
    "valid": _lent(valid_from="2026-02-01", valid_until="2026-01-01"),
    "approval": _lent(approval='"perhaps"'),
    "holiday": _with("holidays", id='"h"', site='"lane"', name='"假日"', first_day="2026-02-02", last_day="2026-01-01"),
    "changeover": _with("changeover", site='"lane"', **{"from": '"tea"', "to": '"dance"'}, minutes=5),
    "standing": _with("standing", id='"s"', site='"lane"', space='"hall"', group='"g"', title='"t"', people=90,
                      start='"09:00"', end='"10:00"', rrule='"FREQ=WEEKLY;BYDAY=TU"', dtstart="2026-01-01"),
    "policy": f"{HALL}[policy]\nnever_release = ['attic']\n",
    "knob": f"{HALL}[policy]\ngrace_min = -1\nmove_next = 'maybe'\nwarm = 1\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_is_wrong_with_a_community_file(house: House, name: str) -> None:
    headers = {**house.as_("admin"), "Content-Type": "application/toml"}
    for dry_run in (True, False):
        answer = house.client.post(
            f"{V1}/community/import?lang=zh&dry_run={dry_run}", content=FILES[name].encode(), headers=headers
        )
        found = answer.json()["faults"]
        assert found, answer.text
        said = [one["what"] for one in found] + ([] if dry_run else [answer.json()["detail"]])
        for sentence in said:
            assert re.search(r"[一-鿿]", sentence), sentence
            assert not LATIN.search(sentence), sentence


def test_every_fault_between_tables_is_told_in_chinese_alone() -> None:
    for key, sentences in catalogue().items():
        if key.startswith("faults."):
            assert not LATIN.search(sentences["zh"]), key
    fault = Fault("spaces", 0, "parts", "not_a_part", {"part": "x", "site": "lane"})
    assert fault.sentence("zh") == "“x”不是社区“lane”里的另一个空间"
    assert list(faults(Community())) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/devices/{SITE}/seen-a/commands", {"do": "resend", "args": {"boot": "b", "ranges": [[3, 1]]}}),
        (f"/devices/{SITE}/seen-a/commands", {"do": "resend", "args": {"boot": 7, "ranges": []}}),
        (f"/devices/{SITE}/seen-a/commands", {"do": "dance"}),
        (f"/devices/{SITE}/seen-a/commands", {"do": "reboot", "args": {"now": 1}}),
        ("/devices", {"id": "x", "site": SITE, "space": "attic", "kind": "door"}),
        ("/devices", {"id": "x", "site": SITE, "space": "room-a", "kind": "laser"}),
        ("/quarantine/replay", {"ids": [77], "kind": "payload"}),
        ("/bookings", {"site": SITE, "space": "room-a", "function": "disco"}),
    ],
)
def test_refusals(house: House, path: str, body: dict[str, object]) -> None:
    answer = house.client.post(f"{V1}{path}?lang=zh", json=body, headers=house.as_("admin"))
    assert answer.status_code in (404, 409, 422), answer.text
    document = answer.json()
    for sentence in [document["title"], document["detail"], *(one["message"] for one in document.get("errors", []))]:
        assert re.search(r"[一-鿿]", sentence), sentence
        assert not LATIN.search(sentence), sentence


@pytest.mark.parametrize("body", [b"{", b'{"site": }', b"[1,", b"nul", b'{"a": 1} x', b"\xff"])
def test_json_that_breaks_off(house: House, body: bytes) -> None:
    headers = {**house.as_("steward"), "Content-Type": "application/json"}
    answer = house.client.post(f"{V1}/bookings?lang=zh", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert not LATIN.search(answer.json()["detail"]), answer.json()["detail"]
