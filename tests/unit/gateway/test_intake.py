"""The intake: acknowledges what the journal has, keeps what it has not, and goes on by itself."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.intake import Intake
from gateway.receive import BATCH, Receiver
from services.journal.books import Books
from services.journal.journal import Journal
from services.kit.clock import ManualClock
from services.kit.mqtt import Message

TOPIC = "fs/v1/s/dev/radar/up/presence"


class Side:
    """An intake with a real journal and a broker in memory."""

    def __init__(self, path: Path, link: Any, max_bytes: int) -> None:
        self.path, self.link = path, link
        self.journal = Journal.open(path, owner=True, max_bytes=max_bytes)
        self.receiver = Receiver(self.journal, ManualClock(5))
        link.attach(self.receiver)
        self.intake = Intake(self.journal, self.receiver, link)

    def send(self, count: int, size: int = 10) -> None:
        for _ in range(count):
            self.link.send(TOPIC, b"x" * size)

    @property
    def received(self) -> int:
        return Books(self.path).account().received


@pytest.fixture
def side(tmp_path: Path, house: Any) -> Iterator[Any]:
    made: list[Side] = []

    def make(max_bytes: int = 2**40) -> Side:
        link = house(("radar", "presence")).link.__class__()
        made.append(Side(tmp_path / "intake.sqlite", link, max_bytes))
        return made[-1]

    yield make
    for one in made:
        one.journal.close()


def test_what_is_journalled_is_acknowledged_and_reported(side: Any) -> None:
    s = side()
    s.send(3)
    s.intake.turn(0)
    report = s.intake.report()
    assert s.link.unacked == {}
    assert (report.last_id, report.received, report.connected, report.trouble) == (3, 3, True, "")
    assert s.received == 3


def test_a_batch_is_bounded(side: Any) -> None:
    s = side()
    s.send(BATCH + 5)
    s.intake.turn(0)
    assert (s.received, len(s.link.unacked)) == (BATCH, 5)
    s.intake.turn(0)
    assert (s.received, len(s.link.unacked)) == (BATCH + 5, 0)


def test_acknowledgements_keep_the_order_of_arrival_with_our_own_in_between(side: Any) -> None:
    s = side()
    acked: list[str] = []
    original = s.link.ack

    def ack(message: Message) -> None:
        acked.append(message.topic)
        original(message)

    s.link.ack = ack
    sent = [TOPIC, "fs/v1/s/events/alert", TOPIC + "/odd", "fs/v1/s/space/hall/state"]
    for topic in sent:
        s.link.send(topic, b"{}")
    s.intake.turn(0)
    assert acked == sent
    report = s.intake.report()
    assert (report.received, report.own) == (2, 2)


def test_a_journal_that_fails_keeps_messages_and_goes_on_by_itself(side: Any) -> None:
    s = side()
    with sqlite3.connect(s.path) as db:
        db.execute("CREATE TRIGGER full BEFORE UPDATE ON intake BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        s.send(2)
        for _ in range(3):
            s.intake.turn(0)
        report = s.intake.report()
        assert "disk full" in report.trouble
        assert (report.full, report.failures, report.received, report.last_id) == (False, 3, 0, 0)
        assert len(s.link.unacked) == 2
        s.intake.care()
        assert s.intake.report().trouble
        db.execute("DROP TRIGGER full")
        db.commit()
    db.close()
    s.send(1)
    s.intake.turn(0)
    assert (s.intake.report().trouble, s.link.unacked, s.received) == ("", {}, 3)


def test_a_mended_journal_is_noticed_by_what_was_held_back(side: Any) -> None:
    s = side()
    with sqlite3.connect(s.path) as db:
        db.execute("CREATE TRIGGER full BEFORE UPDATE ON intake BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        s.send(1)
        s.intake.turn(0)
        db.execute("DROP TRIGGER full")
        db.commit()
    db.close()
    s.intake.care()
    assert s.intake.report().trouble != ""  # an empty write would prove nothing for what is held back
    s.intake.turn(0)
    assert s.intake.report().trouble == ""


def test_while_the_journal_fails_the_connection_may_be_lost_and_nothing_with_it(
    side: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.receive.RECEIVE_MAXIMUM", 50)
    s = side()
    with sqlite3.connect(s.path) as db:
        db.execute("CREATE TRIGGER full BEFORE UPDATE ON intake BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        s.send(4)
        s.intake.turn(0)
        for _ in range(60):  # what was kept of the past is bounded all the same
            s.link.drop()
            s.intake.turn(0)
        db.execute("DROP TRIGGER full")
        db.commit()
    db.close()
    for _ in range(5):
        s.intake.turn(0)
    report = s.intake.report()
    assert s.link.unacked == {}
    assert 4 <= s.received == report.received <= 54
    assert report.unacknowledged >= 4


def test_at_its_bound_the_journal_takes_nothing_until_the_drain_has_made_room(side: Any) -> None:
    s = side(max_bytes=1_000_000)
    for _ in range(60):
        s.send(1, size=50_000)
        s.intake.turn(0)
    report = s.intake.report()
    assert report.full
    assert "its bound is" in report.trouble
    held = report.last_id
    assert held == s.received < 60
    assert len(s.link.unacked) == 60 - held
    s.intake.care()
    assert s.intake.report().full
    assert s.received == held
    s.intake.drained = held
    s.intake.care()
    s.intake.turn(0)
    assert s.intake.report().trouble == ""
    for _ in range(5):
        s.intake.turn(0)
        s.intake.drained = s.intake.report().last_id
        s.intake.care()
    assert (s.received, s.link.unacked) == (60, {})


def test_nothing_is_pruned_that_the_drain_has_not_ordered(side: Any) -> None:
    s = side(max_bytes=1_000_000)
    for _ in range(12):  # more than half of the bound
        s.send(1, size=50_000)
        s.intake.turn(0)
    s.intake.care()
    assert _held(s.path) == list(range(1, 13))
    s.intake.drained = 7
    s.intake.care()
    assert _held(s.path) == list(range(8, 13))
    assert s.received == 12


def test_a_replay_is_reported_so_that_the_drain_takes_it_up(house: Any) -> None:
    h = house(("radar", "presence"))
    h.link.send(TOPIC, json.dumps({"present": 5}).encode())
    h.turn()
    with Journal.open(h.path, owner=False) as other:
        other.replay(Books(h.path).quarantined(1))
    assert h.intake.report().last_id == 1
    h.intake.care()
    assert h.intake.report().last_id == 2


def _held(path: Path) -> list[int]:
    with sqlite3.connect(path) as db:
        found = [row[0] for row in db.execute("SELECT id FROM messages ORDER BY id")]
    db.close()
    return found
