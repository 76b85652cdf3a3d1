"""The loop over a real journal: journal first, acknowledge after, and nothing lost whatever breaks."""

import json
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from gateway.line import Report
from gateway.runner import Gateway
from services.contracts.errors import ConflictError
from services.journal.books import Books
from services.journal.journal import Journal
from services.journal.records import JournalError
from services.kit.database import DatabaseUnavailableError
from services.kit.mqtt import Broker

HOUR_S, DAY_S = 3600, 86_400


def numbers(house: Any) -> tuple[int, int, int, int, int]:
    account = house.account
    return account.received, account.stored, account.duplicate, account.quarantined, account.pending


def test_a_reading_reaches_books_series_and_state(house: Any) -> None:
    h = house(("radar", "presence"))
    h.turn()
    assert h.link.state()["reason"] == "states.just_started"
    h.say("radar", "presence", present=True, boot="b", seq=0)
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    assert h.link.unacked == {}
    assert h.link.state()["occupancy"] == "occupied"
    assert [p.fields for p in h.series.readings("s", "hall", 0, 2**60, 9)] == [{"present": True}]
    assert [p.occupancy for p in h.series.states("s", "hall", 0, 2**60)][-1] == "occupied"


def test_states_are_retained_and_events_are_not(house: Any) -> None:
    h = house(("knob", "button"))
    h.say("knob", "button", action="check_in", boot="b", seq=0)
    h.turn()
    assert {topic.split("/")[3]: retain for topic, _, retain in h.link.published} == {"space": True, "events": False}
    assert h.link.events("button")[0] == {
        "ref": "s/knob/b/0", "device": "knob", "space": "hall", "action": "check_in", "code": None, "at": h.clock.at,
    }  # fmt: skip


def test_a_repeat_is_a_duplicate_and_garbage_is_quarantined(house: Any) -> None:
    h = house(("radar", "presence"))
    for _ in range(3):
        h.say("radar", "presence", present=True, boot="b", seq=0)
    h.link.send("fs/v1/s/dev/radar/up/presence", b"\xff")
    h.link.send("fs/v1/s/dev/ghost/up/presence", b"{}")
    h.link.send("fs/nonsense", b"{}")
    h.link.send("fs/v1/s/dev/radar/up/presence", b"[" * 1_000_000)
    h.turn()
    assert numbers(h) == (7, 1, 2, 4, 0)
    rows = Books(h.path).quarantine()
    assert [row.kind for row in rows] == ["size", "topic", "device", "payload"]
    assert rows[3].raw == b"\xff"
    assert rows[1].topic == "fs/nonsense"


def test_what_foldspace_publishes_itself_is_acknowledged_and_left_alone(house: Any) -> None:
    h = house(("radar", "presence"))
    h.link.send("fs/v1/s/space/hall/screen", b"{}")
    h.link.send("fs/v1/s/events/decision", b"{}")
    h.turn()
    assert numbers(h) == (0, 0, 0, 0, 0)
    assert h.link.unacked == {}


def test_status_ack_and_cmd_are_stored_and_a_repeated_status_is_a_duplicate(house: Any) -> None:
    h = house(("radar", "presence"))
    birth = b'{"online": true, "boot": "b1", "fw": "1.0"}'
    for payload in (birth, birth, b'{"online": false}', birth, b'{"online": "yes"}'):
        h.link.send("fs/v1/s/dev/radar/status", payload)
    h.link.send("fs/v1/s/dev/radar/ack", b'{"id": "c1", "ok": true}')
    h.link.send("fs/v1/s/dev/radar/cmd", b'{"id": "c1", "do": "show", "expires": 1}')
    h.link.send("fs/v1/s/dev/radar/ack", b'{"id": 5}')
    h.turn()
    assert numbers(h) == (8, 5, 1, 2, 0)
    kinds = {point.kind for point in h.series.readings("s", "hall", 0, 2**60, 99)}
    assert kinds == {"status", "ack", "cmd"}
    (device,) = h.account.devices
    assert (device.online, device.fw, device.boot, device.gaps) == (True, "1.0", None, [])


def test_a_crash_before_the_drain_repeats_the_work(house: Any) -> None:
    h = house(("radar", "presence"))
    h.turn()
    h.say("radar", "presence", present=True, boot="b", seq=0)
    h.receiver.fetch(h.link, 0)
    h.receiver.commit(h.link)
    assert numbers(h) == (1, 0, 0, 0, 1)
    h.crash()
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    assert h.link.state()["occupancy"] == "occupied"


def test_a_crash_between_journal_and_acknowledgement_costs_a_duplicate(house: Any) -> None:
    h = house(("radar", "presence"))
    h.say("radar", "presence", present=True, boot="b", seq=0)
    h.receiver.fetch(h.link, 0)
    h.link.connected = False  # nothing gets out any more
    h.receiver.commit(h.link)
    h.crash()
    h.turn()
    assert numbers(h) == (2, 1, 1, 0, 0)


def test_a_lost_connection_takes_nothing_with_it_that_was_read(house: Any) -> None:
    h = house(("radar", "presence"))
    h.say("radar", "presence", present=True, boot="b", seq=0)
    h.receiver.fetch(h.link, 0)
    h.link.drop()
    h.turn()
    assert numbers(h) == (2, 1, 1, 0, 0)
    assert h.link.unacked == {}


def test_what_a_killed_broker_has_forgotten_was_read_and_counts(house: Any) -> None:
    h = house(("radar", "presence"))
    h.say("radar", "presence", present=True, boot="b", seq=0)
    h.receiver.fetch(h.link, 0)
    h.link.unacked.clear()
    h.link.drop()
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)


def test_a_time_series_that_fails_stops_neither_rooms_nor_books(house: Any) -> None:
    h = house(("radar", "presence"))
    h.turn()
    h.series.available = False
    for seq in range(4):
        h.say("radar", "presence", present=True, boot="b", seq=seq)
        h.turn(1)
    assert numbers(h) == (4, 0, 0, 0, 4)
    assert h.link.unacked == {}
    assert h.link.state()["occupancy"] == "occupied"
    h.crash()
    h.turn()
    assert numbers(h) == (4, 0, 0, 0, 4)
    h.series.available = True
    h.clock.advance(120)
    h.say("radar", "presence", present=True, boot="b", seq=4)
    h.turn()
    assert numbers(h) == (5, 5, 0, 0, 0)
    assert [p.seq for p in h.series.readings("s", "hall", 0, 2**60, 9)] == [0, 1, 2, 3, 4]


def test_an_event_goes_out_again_after_a_crash_until_it_is_acknowledged(house: Any) -> None:
    h = house(("knob", "button"))
    h.turn()
    h.link.acknowledges = False
    h.say("knob", "button", action="keep", boot="b", seq=0)
    h.turn()
    assert len(h.link.events("button")) == 1
    h.crash()
    h.link.acknowledges = True
    h.turn()
    assert len(h.link.events("button")) == 2
    h.crash()
    h.turn()
    assert len(h.link.events("button")) == 2


def test_a_device_lost_and_back_is_told_once_each(house: Any) -> None:
    h = house(("radar", "presence"))
    h.say("radar", "presence", present=True)
    h.turn()
    for _ in range(20):
        h.clock.advance(20)
        h.turn(1)
    assert h.link.state()["reason"] == "states.silent"
    assert [device.online for device in h.account.devices] == [False]
    h.say("radar", "presence", present=True)
    h.turn()
    assert [device.online for device in h.account.devices] == [True]
    alerts = h.link.events("alert")
    assert [(a["key"], a["cleared"], a["level"]) for a in alerts] == [
        ("device/s/radar", False, "warning"),
        ("device/s/radar", True, "info"),
    ]


def test_nobody_is_blamed_for_silence_while_the_gateway_was_away(house: Any) -> None:
    h = house(("radar", "presence"))
    h.say("radar", "presence", present=True)
    h.turn()
    h.clock.advance(3600)
    h.crash()
    h.turn()
    assert h.link.state()["occupancy"] == "unknown"
    h.clock.advance(60)
    h.turn()
    assert h.link.events("alert") == []
    h.clock.advance(100)
    h.turn()
    assert len(h.link.events("alert")) == 1
    h.crash()
    h.turn()
    assert len(h.link.events("alert")) == 1


def test_who_fell_silent_before_two_restarts_is_still_blamed_once_somebody_listens(house: Any) -> None:
    h = house(("radar", "presence"))
    h.turn()
    h.say("radar", "presence", present=True)
    h.receive()
    h.clock.advance(200)
    for _ in range(2):
        h.crash()
        h.turn()
    assert h.link.events("alert") == []
    h.clock.advance(200)
    h.turn()
    assert [alert["key"] for alert in h.link.events("alert")] == ["device/s/radar"]
    assert [device.online for device in h.account.devices] == [False]


def test_states_are_refreshed_every_minute_and_after_a_reconnect(house: Any) -> None:
    h = house(("radar", "presence"))
    h.turn()
    h.link.published.clear()
    h.clock.advance(59)
    h.turn()
    assert h.link.state() is None
    h.clock.advance(1)
    h.turn()
    assert h.link.state()["as_of"] == h.clock.at
    h.link.published.clear()
    h.link.drop()
    h.turn()
    assert h.link.state() is not None


def test_without_connection_only_the_newest_state_waits(house: Any) -> None:
    h = house(("radar", "presence"))
    h.turn()
    h.link.published.clear()
    h.link.connected = False
    for present in (True, False, True):
        h.say("radar", "presence", present=present)
        h.turn(1)
    assert h.link.published == []
    h.link.connected = True
    h.turn()
    assert [json.loads(body)["occupancy"] for _, body, _ in h.link.published] == ["occupied"]


def test_a_new_version_of_the_community_is_adopted_with_memory(house: Any, community_of: Any) -> None:
    h = house(("radar", "presence"), ("old", "presence", "attic"))
    h.say("radar", "presence", present=True)
    h.say("new", "motion", motion=True, boot="b", seq=0)
    h.turn()
    assert numbers(h) == (2, 1, 0, 1, 0)
    h.community = (2, community_of(("radar", "presence"), ("new", "motion")))
    h.clock.advance(4)
    h.turn()
    assert h.link.state()["occupancy"] == "occupied"
    assert ("fs/v1/s/space/attic/state", b"", True) in h.link.published
    with Journal.open(h.path, owner=False) as other:
        row = Books(h.path).quarantine()[0]
        other.replay(row)
        with pytest.raises(ConflictError):
            other.replay(row)
    h.clock.advance(4)
    h.turn()
    assert numbers(h) == (2, 2, 0, 0, 0)


def test_without_the_catalogue_it_goes_on_with_what_it_knows(house: Any) -> None:
    h = house(("radar", "presence"))
    h.turn()
    h.catalogue_fault = DatabaseUnavailableError("database: does not answer")
    h.clock.advance(4)
    h.say("radar", "presence", present=True, boot="b", seq=0)
    h.turn()
    assert h.link.state()["occupancy"] == "occupied"
    assert numbers(h) == (1, 1, 0, 0, 0)


def test_a_replayed_reading_says_nothing_of_the_present(house: Any, community_of: Any) -> None:
    h = house(("other", "presence", "attic"))
    h.say("radar", "presence", present=True, boot="b", seq=0)
    h.turn()
    h.community = (2, community_of(("radar", "presence")))
    with Journal.open(h.path, owner=False) as other:
        other.replay(Books(h.path).quarantined(1))
    h.clock.advance(4)
    h.turn()
    h.clock.advance(4)
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    assert h.link.state()["occupancy"] == "unknown"


def test_a_retained_reading_says_nothing_of_the_present(house: Any) -> None:
    h = house(("radar", "presence"))
    h.link.send("fs/v1/s/dev/radar/up/presence", b'{"present": false}', retained=True)
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    assert h.link.state()["occupancy"] == "unknown"


def test_a_journal_that_fails_acknowledges_nothing(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    h = house(("radar", "presence"))
    h.turn()
    h.say("radar", "presence", present=True)

    def full(_arrivals: object) -> None:
        raise JournalError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(h.journal, "append", full)
        h.turn()
        assert numbers(h) == (0, 0, 0, 0, 0)
        h.clock.advance(4)
        h.turn()
    assert len(h.link.unacked) == 1
    assert h.troubles_told() == {"gateway/journal": "critical"}
    h.clock.advance(4)
    h.turn()
    assert h.troubles_told() == {}
    assert h.link.unacked == {}
    assert numbers(h) == (1, 1, 0, 0, 0)


def test_a_fault_of_ours_in_one_message_is_kept_and_told(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    h = house(("radar", "presence"))

    def broken(*_args: object) -> bool:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("gateway.fold.spaces.fold", broken)
    h.say("radar", "presence", present=True)
    h.turn()
    assert numbers(h) == (1, 0, 0, 1, 0)
    assert Books(h.path).quarantine()[0].kind == "internal"


def test_a_clock_set_back_starts_afresh_as_unknown(house: Any) -> None:
    h = house(("radar", "presence"))
    h.say("radar", "presence", present=False)
    h.turn()
    h.clock.advance(-7200)
    h.turn()
    assert h.link.state()["occupancy"] == "unknown"
    h.say("radar", "presence", present=True)
    h.turn()
    assert h.link.state()["occupancy"] == "occupied"


def boots(house: Any) -> set[str]:
    return {one.boot for one in house.account.devices}


def test_boots_nobody_hears_any_more_are_forgotten_but_looked_for_once_a_day(house: Any) -> None:
    h = house(("radar", "presence"), ("ear", "presence"))
    h.say("ear", "presence", present=True, boot="only", seq=0)
    for boot in ("first", "second", "third"):
        h.say("radar", "presence", present=True, boot=boot, seq=0)
        h.turn()
        h.clock.advance(HOUR_S)
    h.clock.advance(30 * DAY_S - 2.5 * HOUR_S)
    with capture_logs() as told:
        h.turn()
        assert boots(h) == {"only", "second", "third"}
        h.clock.advance(HOUR_S)
        h.turn()
        assert boots(h) == {"only", "second", "third"}
        h.clock.advance(DAY_S - HOUR_S)
        h.turn()
    assert boots(h) == {"only", "third"}
    assert [line["count"] for line in told if line["event"] == "boots_forgotten"] == [1, 1]
    h.crash()
    h.turn()
    assert boots(h) == {"only", "third"}


def test_a_boot_that_speaks_again_is_not_forgotten_before_the_ledger_knows(house: Any) -> None:
    h = house(("radar", "presence"))
    for boot in ("first", "second"):
        h.say("radar", "presence", present=True, boot=boot, seq=0)
        h.turn()
        h.clock.advance(HOUR_S)
    h.clock.advance(31 * DAY_S)
    h.store.slow = True
    h.say("radar", "presence", present=True, boot="first", seq=2)
    h.turn(1)
    h.crash()
    h.turn()
    assert {one.boot: one.gaps for one in h.account.devices} == {"first": [(1, 1)]}


def test_books_that_cannot_be_written_are_told_without_them(house: Any) -> None:
    h = house(("radar", "presence"))
    h.turn()
    gateway = Gateway(
        broker=Broker.parse("mqtt://127.0.0.1:1"),
        clock=h.clock,
        journal=h.path,
        series=h.series,
        load_community=lambda: h.community,
        registry=CollectorRegistry(),
    )
    gateway._load()
    gateway._tell(JournalError("disk full"))
    gateway.raise_alarm(h.link, Report(trouble="disk full"))
    assert h.troubles_told() == {"gateway/books": "critical", "gateway/journal": "critical"}
