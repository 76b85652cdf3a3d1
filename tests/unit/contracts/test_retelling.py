"""What machines say in English is told in the reader's language: whatever any part may say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.contracts.commands import Ack, Status
from services.contracts.readings import READING_KINDS, decode_reading, first_fault
from services.contracts.retelling import Kept, fault_word, retold, told
from services.contracts.texts import catalogue, text

ROOT = Path(__file__).parents[3]
ROOMS = [
    "gateway", "services/access", "services/audit", "services/bookings", "services/calendars", "services/catalogue",
    "services/commands", "services/evaluation", "services/journal", "services/notices", "services/residents",
    "services/signage", "services/timeseries", "services/twins", "services/usage", "services/api",
]  # fmt: skip
OPERATORS = {
    "SettingsError", "StartError", "FileError",  # met by whoever starts a part, at a terminal
    "OidcError", "PasskeyError",  # answered by words of their own; this is for the log
    "MergeError",  # met by whoever writes a page
    "ValueError", "TypeError", "KeyError", "RuntimeError", "AssertionError", "NotImplementedError", "AttributeError",
    "OutOfTimeError", "HTTPException", "StopIteration",
}  # fmt: skip
TERMINAL = {
    "services/evaluation/ablation.py", "services/access/mosquitto.py",  # of commands alone
    "services/timeseries/memory.py", "services/bookings/leasestore.py",  # of tests; of schedulers among themselves
}  # fmt: skip
LATIN_SENTENCE = re.compile(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}")


def _said(node: ast.expr) -> str | None:
    """Return a sentence as it may come out: what is filled in is some name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else _filled(part) for part in node.values)
        return "".join(str(part) for part in parts)
    return None


def _filled(part: ast.expr) -> str:
    return "broker a:1" if "_where" in ast.dump(part) and "_server" not in ast.dump(part) else "7"


def _raised() -> Iterator[tuple[str, str]]:
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))):
        if str(path.relative_to(ROOT)) in TERMINAL:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = node.exc if isinstance(node, ast.Raise) else node.value if isinstance(node, ast.Return) else None
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or not call.args:
                continue
            said = _said(call.args[0])
            named = call.func.id.endswith("Error") and call.func.id not in OPERATORS
            if named and said and " " in said and len(re.findall("[a-z]", said)) > 8:  # less is a key, or says nothing
                yield f"{path.relative_to(ROOT)}:{node.lineno}", said


SENTENCES = sorted(set(_raised()))


def test_there_are_such_sentences() -> None:
    assert len(SENTENCES) > 50


@pytest.mark.parametrize(("place", "said"), SENTENCES, ids=[place for place, _ in SENTENCES])
def test_what_any_part_may_say_can_be_told(place: str, said: str) -> None:
    found = retold(said, "zh")
    assert found is not None, said
    assert not LATIN_SENTENCE.search(found), found
    assert retold(said, "en") == said


BODIES = [
    b"", b"{", b"[1", b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,}', b"[1,]", b"nul", b'"\\q"', b'"\x01"', b"[1] x", b"-",
    b"7", b"null", b"[]", b"{}", b'{"present": "x"}', b'{"present": 3, "motion": "x", "open": []}',
    b'{"port": 1.5, "state": "q"}', b'{"people": -1}', b'{"in": 1}', b'{"people": 1e99}', b'{"co2_ppm": "x"}',
    b'{"action": "dance"}', b'{"slot": 10000}', b'{"battery_pct": 101}', b'{"ts": "x", "present": true}',
    b'{"boot": 7, "present": true}', b'{"seq": -1, "motion": true}', b'{"port": 1, "state": "idle", "power_w": "x"}',
    b'{"in": 1, "out": null}', b'{"code": 7, "action": "keep"}',
]  # fmt: skip


@pytest.mark.parametrize("kind", [*READING_KINDS, "laser"])
@pytest.mark.parametrize("body", BODIES)
def test_why_a_reading_is_not_understood_is_told(kind: str, body: bytes) -> None:
    try:
        decode_reading(kind, body)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is told
        found = retold(str(error), "zh")
        assert found is not None, str(error)
        assert not LATIN_SENTENCE.search(found), found


@pytest.mark.parametrize("model", [Ack, Status])
@pytest.mark.parametrize("body", BODIES)
def test_what_is_wrong_with_an_answer_is_told_the_same_both_ways(model: type[Ack] | type[Status], body: bytes) -> None:
    try:
        model.model_validate_json(body)
    except ValidationError as error:
        assert retold(f"ack: {first_fault(error)}", "zh") is not None, first_fault(error)
        said = fault_word(error).said("zh")
        assert not LATIN_SENTENCE.search(said), said


def test_sentences_within_sentences_are_told_as_well() -> None:
    line = "journal /data/journal.sqlite: cannot be written: database or disk is full"
    assert retold(line, "zh") == "接收台账 /data/journal.sqlite 写不进去：磁盘已满"
    assert text("alerts.journal_failed", "zh", {"reason": Kept(line)}).startswith("网关无法写入日志：接收台账")
    assert text("alerts.journal_failed", "en", {"reason": Kept(line)}).startswith(
        f"the gateway cannot write its journal: {line}"
    )
    left = "broker a:1: createClient u: Not found; `foldspace broker sync` finishes it"
    assert (retold(left, "zh") or "").endswith("请运行 `foldspace broker sync` 完成")


def test_what_nobody_knows_is_quoted() -> None:
    assert retold("zzz", "zh") is None
    assert told("zzz", "zh") == "原文：zzz"
    assert told("zzz", "zh", "device_said") == "设备答复：zzz"
    assert told("zzz", "en") == "zzz"


def test_no_entry_swallows_another() -> None:
    """Each template, filled with names, is found again by itself: none says so little that it takes another's place."""
    for key, sentences in catalogue().items():
        name = key.removeprefix("kept.")
        if key.startswith("kept.") and name not in {"verbatim", "device_said", "at", "got", "more", "of_kind"}:
            filled = re.sub(r"\{(\w+)\}", "7", sentences["en"].replace("{{", "\0").replace("}}", "\1"))
            filled = filled.replace("\0", "{").replace("\1", "}")
            assert retold(filled, "zh") is not None, key


def test_a_sentence_that_somebody_made_endless_is_quoted_and_not_looked_for() -> None:
    endless = "channel " + " at byte a: expected b bytes, " * 300
    assert retold(endless, "zh") is None
    assert endless in told(endless, "zh")
