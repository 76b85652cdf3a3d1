"""What goes wrong is said in the language of whoever asked, record by record and field by field."""

import re
from typing import Any

import pytest

from services.contracts.texts import catalogue
from tests.unit.api.conftest import NINE, SITE, House
from tests.unit.api.fullhouse import at, fill

V1 = "/api/v1"
CHINESE = re.compile("[\u4e00-\u9fff]")
BOOKING = {"site": SITE, "space": "room-b", "group": "x", "people": 2, "start": at(9), "end": at(10)}
CASES: list[tuple[str, object, int, str, str]] = [
    ("/bookings/gone/keep", None, 409, "预约 gone 已经取消，不能确认保留。",
     "booking gone: cannot keep: it is cancelled"),
    ("/bookings/nothing/end", None, 404, "没有 nothing 这个预约。", "booking nothing: does not exist"),
    ("/bookings", {**BOOKING, "group": "readers", "id": "gone"}, 409, "编号 gone 已是另一个预约，请换一个编号。",
     "booking gone: there is another booking with this id; expected a new id"),
    ("/bookings/council/move", {"start": at(16)}, 200, "", ""),
    ("/bookings", {**BOOKING, "space": "hall", "start": at(16), "end": at(17)}, 409,
     "lane/hall 这段时间里已经有人约了。", "space lane/hall: is taken for a part of this time"),
    ("/requests/off/withdraw", None, 409, "申请 off 已经撤回，不能再撤回。",
     "request off: cannot be closed: it is withdrawn, expected waiting"),
    ("/offers", {"request": "off", "space": "hall"}, 409, "申请 off 已经撤回，不能再为它预留。",
     "request off: cannot be offered anything: it is withdrawn"),
    ("/series/weekly/extend", {"until": "2026-03-20"}, 422, "定期预约 weekly 已排到 2026-03-31",
     "series weekly: until 2026-03-20: expected a day after 2026-03-31"),
    ("/series/nothing/cancel", {}, 404, "没有 nothing 这个定期预约。", "series nothing: does not exist"),
    ("/holidays", {"id": "may", "site": SITE, "name": "x", "first_day": "2026-05-01"}, 409,
     "假日 lane/may 这个名字已经有了。", "holiday lane/may: the name is taken in this site"),
    ("/devices/claim", {"code": "00000000", "space": "tea", "kind": "presence"}, 404,
     "等待认领的设备中没有这个认领码。", "code: no device that waits shows it"),
    ("/devices/lane/nobody/rotate", None, 404, "没有 lane/nobody 这个设备。",
     "device lane/nobody is not in the catalogue"),
    ("/devices/lane/seen-a/commands", {"do": "resend"}, 422, "args 不对：", "args: "),
]  # fmt: skip


@pytest.fixture
def full(house: House) -> House:
    fill(house)
    return house


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_records_refuse_in_the_readers_language(full: House, lang: str) -> None:
    for path, body, status, zh, en in CASES:
        answer = full.client.post(f"{V1}{path}?lang={lang}", headers=full.as_("admin"), json=body)
        assert answer.status_code == status, (path, answer.text)
        if status >= 400:
            said = answer.json()["detail"]
            assert (zh if lang == "zh" else en) in said, (path, said)


SERIES = {**BOOKING, "start": "09:00", "end": "10:00", "dtstart": "2026-03-04", "rrule": "FREQ=DAILY"}
FIELDS: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("/bookings", {"people": None}, "people", "应为整数", "must be a whole number"),
    ("/bookings", {"people": 0}, "people", "不能小于 1", "must be 1 or more"),
    ("/bookings", {"people": 10**20}, "people", "不能大于 100000", "must be 100000 or less"),
    ("/bookings", {"people": "many"}, "people", "应为整数", "must be a whole number"),
    ("/bookings", {"more": 1}, "more", "没有这一项", "is not known here"),
    ("/bookings", {"space": "No Space"}, "space", "格式不对", "does not have the form"),
    ("/bookings", {"group": ""}, "group", "至少 1 个字符", "has at least 1 characters"),
    ("/bookings", {"title": "x" * 201}, "title", "最多 200 个字符", "has at most 200 characters"),
    ("/bookings", {"group": "a\nb"}, "group", "含有不能显示的字符", "expected characters that can be printed"),
    ("/bookings", {"start": "2026-03-03T09:00:00"}, "start", "应为带时区的时间", "must be an instant with its offset"),
    ("/bookings", {"start": "soon"}, "start", "应为带时区的时间", "must be an instant with its offset"),
    ("/bookings", {"start": "1900-01-01T00:00:00Z"}, "start", "1971 年到 2199 年之间", "between 1971 and 2199"),
    ("/bookings", {"protected": "perhaps"}, "protected", "应为 true 或 false", "must be true or false"),
    ("/series", {**SERIES, "dtstart": "soon"}, "dtstart", "应为日期", "must be a day"),
    ("/series", {**SERIES, "rrule": "FREQ=HOURLY"}, "body", "FREQ 是 HOURLY，只能是", "FREQ is HOURLY; expected"),
    ("/series", {**SERIES, "exdate": 7}, "exdate", "应为列表", "must be a list"),
    ("/disturbances", {"cause": "ghosts", "why": "x"}, "cause", "只能是：'", "must be one of: '"),
]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_fields_are_refused_in_the_readers_language(house: House, lang: str) -> None:
    steward = house.as_("steward")
    for path, change, field, zh, en in FIELDS:
        answer = house.client.post(f"{V1}{path}?lang={lang}", headers=steward, json={**BOOKING, **change})
        assert answer.status_code == 422, (path, change, answer.text)
        told = {one["field"]: one["message"] for one in answer.json()["errors"]}
        assert (zh if lang == "zh" else en) in told[field], (path, change, told)


def test_what_is_no_json_and_what_is_missing(house: House) -> None:
    headers = {**house.as_("steward"), "Content-Type": "application/json"}
    for content, field, said in (
        (b"{", "body", "不是有效的 JSON"),
        (b"[]", "body", "应为 JSON 对象"),
        (b"{}", "site", "不能缺少"),
    ):
        faults = house.client.post(f"{V1}/bookings", headers=headers, content=content).json()["errors"]
        assert any(one["field"] == field and said in one["message"] for one in faults), faults


def test_an_act_that_others_made_impossible_is_told(house: House) -> None:
    house.book(start=NINE)
    steward = house.as_("steward")
    booked = house.deps.bookings.last_decision(booking="b1", kinds=("book",))
    assert house.client.post(f"{V1}/bookings/b1/cancel", headers=steward).status_code == 200
    assert booked is not None
    answer = house.client.post(f"{V1}/decisions/{booked.id}/undo", headers=steward)
    assert answer.json()["detail"] == "预约 b1 已经取消，不能取消。"


def test_every_refusal_has_a_chinese_sentence() -> None:
    for key, said in catalogue().items():
        if key.startswith("problems."):
            assert CHINESE.search(said["zh"]), key
