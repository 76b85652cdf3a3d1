"""The quarantine over HTTP: seen whole, counted, replayed after a fix, and taken out of the house."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from services.journal.journal import Journal
from services.journal.ledger import QUARANTINE_RAW_BYTES, Ledger
from services.journal.records import Arrival, QuarantineRow, Settlement
from tests.unit.api.conftest import NINE, SITE, House

PATH = "/api/v1/quarantine"
RADAR = f"fs/v1/{SITE}/dev/radar/up/presence"
DOOR = f"fs/v1/{SITE}/dev/radar-2/up/door"
FAULTY = [
    (RADAR, b"{", "payload"),
    (RADAR, b"\xff\x00", "payload"),
    (DOOR, b"[]", "payload"),
    ("nonsense", b"{}", "topic"),
    (RADAR, b"x" * (QUARANTINE_RAW_BYTES + 1), "size"),
]


@pytest.fixture
def shelf(house: House) -> House:
    """A house with five messages in quarantine, with the ids 1 to 5."""
    path: Path = house.deps.books.path
    with Journal.open(path, owner=True) as journal, Ledger.open(path) as ledger:
        last = journal.append([Arrival(NINE, topic, raw) for topic, raw, _ in FAULTY])
        rows = [
            QuarantineRow(number, NINE, topic, raw, kind, f"bad {kind}")
            for number, (topic, raw, kind) in enumerate(FAULTY, start=1)
        ]
        ledger.settle(Settlement(last, quarantined=rows))
    return house


def get(house: House, path: str = "") -> Any:
    answer = house.client.get(PATH + path, headers=house.as_("steward"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def replay(house: House, body: dict[str, Any]) -> Any:
    answer = house.client.post(f"{PATH}/replay", json=body, headers=house.as_("steward"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_newest_first_by_kind_and_in_pages(shelf: House) -> None:
    assert [one["id"] for one in get(shelf)["items"]] == [5, 4, 3, 2, 1]
    page = get(shelf, "?kind=payload&limit=2")
    assert ([one["id"] for one in page["items"]], page["next"]) == ([3, 2], "2")
    assert [one["id"] for one in get(shelf, "?kind=payload&after=2")["items"]] == [1]
    assert get(shelf, "?kind=nothing")["items"] == []


def test_a_list_shows_the_beginning_and_one_message_all_of_it(shelf: House) -> None:
    listed = get(shelf, "?lang=en")["items"][0]
    assert (listed["bytes"], len(listed["raw"]), len(listed["hex"])) == (QUARANTINE_RAW_BYTES, 2000, 4000)
    whole = get(shelf, "/5")
    assert (len(whole["raw"]), len(whole["hex"])) == (QUARANTINE_RAW_BYTES, 2 * QUARANTINE_RAW_BYTES)
    assert get(shelf, "/2")["hex"] == "ff00"
    assert get(shelf, "/2")["raw"] == "\\xff\x00"
    assert shelf.client.get(f"{PATH}/99", headers=shelf.as_("steward")).status_code == 404


def test_the_summary_counts_by_kind_in_words(shelf: House) -> None:
    summary = get(shelf, "/summary?lang=en")
    assert summary["total"] == 5
    assert [(one["kind"], one["count"]) for one in summary["by_kind"]] == [("payload", 3), ("size", 1), ("topic", 1)]
    assert summary["by_kind"][0]["fault"] == "payload does not decode"
    assert summary["by_kind"][0]["last_at"].startswith("2026-03-03T09:00:00.000+08:00")
    assert (summary["dropped"], summary["bounded"]["rows"]) == (0, 5)


@pytest.mark.parametrize("kind", ["rate", "identity", "timeseries", "device", "clock", "internal"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sort_of_fault_has_words(kind: str, lang: str) -> None:
    from services.contracts.texts import text

    assert not text(f"states.fault_{kind}", lang).startswith("states.")


def test_replaying_by_id_says_which_could_not(shelf: House) -> None:
    answer = replay(shelf, {"ids": [1, 1, 2, 5, 77]})
    assert (answer["replayed"], answer["left"]) == (2, False)
    assert {one["id"]: one["reason"] for one in answer["failed"]} == {
        5: "隔离区的消息 5 只保留了开头，不能重放。",
        77: "隔离区没有 77 这条消息。",
    }
    assert [one["id"] for one in get(shelf)["items"]] == [5, 4, 3]
    assert shelf.deps.books.account().pending == 2
    assert replay(shelf, {"ids": [1]})["replayed"] == 0


def test_replaying_a_kind_or_a_device(shelf: House) -> None:
    assert replay(shelf, {"device": {"site": SITE, "device": "radar-2"}})["replayed"] == 1
    assert [one["id"] for one in get(shelf)["items"]] == [5, 4, 2, 1], "radar-2 alone, not radar"
    assert replay(shelf, {"kind": "payload"}) == {"replayed": 2, "failed": [], "left": False}
    assert replay(shelf, {"kind": "payload"})["replayed"] == 0


def test_more_than_one_request_takes_are_left_for_the_next(shelf: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.api.quarantine._AT_ONCE", 2)
    assert replay(shelf, {"kind": "payload"}) == {"replayed": 2, "failed": [], "left": True}
    assert replay(shelf, {"kind": "payload"}) == {"replayed": 1, "failed": [], "left": False}


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": [1], "kind": "topic"}, {"all": True}, {"device": {"site": "x"}}]
)
def test_what_to_replay_is_named_in_one_way(shelf: House, body: dict[str, Any]) -> None:
    answer = shelf.client.post(f"{PATH}/replay", json=body, headers=shelf.as_("steward"))
    assert answer.status_code == 422
    assert len(get(shelf)["items"]) == 5


def test_an_export_holds_every_byte(shelf: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.journal.workbench._PAGE", 2)
    answer = shelf.client.get(f"{PATH}/export", headers=shelf.as_("steward"))
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert "attachment" in answer.headers["content-disposition"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["id"] for one in lines] == [5, 4, 3, 2, 1]
    for one in lines:
        topic, raw, kind = FAULTY[one["id"] - 1]
        assert (one["topic"], one["kind"]) == (topic, kind)
        assert base64.b64decode(one["payload_base64"]) == raw[:QUARANTINE_RAW_BYTES]
    only = shelf.client.get(f"{PATH}/export?kind=topic", headers=shelf.as_("steward"))
    assert [json.loads(line)["id"] for line in only.text.splitlines()] == [4]


def test_before_the_first_message_all_is_empty(house: House) -> None:
    assert get(house)["items"] == []
    assert get(house, "/summary")["total"] == 0
    assert house.client.get(f"{PATH}/export", headers=house.as_("steward")).text == ""
