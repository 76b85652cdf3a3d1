"""Who speaks and is not in the catalogue waits, with the code on its label, until staff claim it."""

import json
from typing import Any

import pytest

from gateway import strangers
from gateway.strangers import meet
from services.journal.books import Books
from services.journal.unclaimed import UnclaimedDevice

NEW = ("s", "new")


def test_a_stranger_is_counted_with_what_it_says() -> None:
    known: dict[tuple[str, str], UnclaimedDevice] = {}
    for at, kind in ((10, "motion"), (30, "motion"), (20, "climate")):
        met = meet(known, (*NEW, kind), b"{}", at)
        assert met is not None
        known[NEW] = met
    assert known[NEW] == UnclaimedDevice("s", "new", None, 10, 30, 3, frozenset({"motion", "climate"}))


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("status", b'{"online": true, "claim": "AB-12"}', "AB-12"),
        ("status", b'{"online": true}', "before"),
        ("status", b'{"claim": ""}', "before"),
        ("status", b'{"claim": 5}', "before"),
        ("status", json.dumps({"claim": "x" * 65}).encode(), "before"),
        ("status", b"\xff", "before"),
        ("motion", b'{"claim": "AB-12"}', "before"),
    ],
)
def test_only_a_birth_tells_a_code_and_nothing_takes_it_away(kind: str, payload: bytes, code: str) -> None:
    before = UnclaimedDevice("s", "new", "before", 1, 1, 1, frozenset())
    met = meet({NEW: before}, (*NEW, kind), payload, 2)
    assert met is not None
    assert met.code == code


def test_whoever_invents_names_or_kinds_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "MOST", 2)
    known: dict[tuple[str, str], UnclaimedDevice] = {}
    for n in range(3):
        met = meet(known, ("s", f"d{n}", "motion"), b"", 1)
        assert (met is None) == (n == 2)
        if met is not None:
            known["s", f"d{n}"] = met
    for n in range(100):
        met = meet(known, ("s", "d0", f"kind{n}"), b"", 2)
        assert met is not None
        known["s", "d0"] = met
    assert (known["s", "d0"].messages, len(known["s", "d0"].kinds)) == (101, 1)


def test_a_stranger_waits_in_the_books_through_a_crash_until_it_is_claimed(house: Any, community_of: Any) -> None:
    h = house(("radar", "presence"))
    h.link.send("fs/v1/s/dev/new/status", b'{"online": true, "claim": "AB-12"}')
    h.say("new", "motion", motion=True)
    h.turn()
    h.clock.advance(4)
    h.turn()
    assert h.troubles_told() == {"gateway/unclaimed": "info"}
    h.crash()
    h.turn()
    h.say("new", "motion", motion=True)
    h.turn()
    h.clock.advance(4)
    h.turn()
    [waiting] = Books(h.path).unclaimed()
    assert (waiting.device, waiting.code, waiting.messages) == ("new", "AB-12", 3)
    h.community = (2, community_of(("radar", "presence"), ("new", "motion")))
    h.clock.advance(4)
    h.turn()
    h.say("new", "motion", motion=True)
    h.turn()
    h.clock.advance(4)
    h.turn()
    assert Books(h.path).unclaimed() == []
    assert h.troubles_told() == {}
    assert h.account.stored == 1
    h.crash()
    h.clock.advance(4)
    h.turn()
    assert Books(h.path).unclaimed() == []


def test_of_an_unknown_site_nobody_is_remembered(house: Any) -> None:
    h = house(("radar", "presence"))
    h.link.send("fs/v1/mars/dev/new/up/motion", b"{}")
    h.turn()
    assert Books(h.path).unclaimed() == []
    assert h.account.quarantined == 1
