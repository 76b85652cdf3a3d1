"""The drain and a time series that is slow, refuses, or is away for long: rooms go on, the books balance."""

from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import drain as drain_module
from services.journal.books import Books
from services.journal.journal import Journal
from services.journal.records import JournalError
from services.timeseries.ports import ReadingPoint, Refused, StatePoint


def numbers(house: Any) -> tuple[int, int, int, int, int]:
    account = house.account
    assert account.received == account.stored + account.duplicate + account.quarantined + account.pending
    return account.received, account.stored, account.duplicate, account.quarantined, account.pending


def stored_seqs(house: Any) -> list[int | None]:
    return sorted(point.seq for point in house.series.readings("s", "hall", 0, 2**60, 999))


def metric(house: Any, name: str) -> float | None:
    value: float | None = house.registry.get_sample_value(f"foldspace_gateway_{name}")
    return value


@pytest.fixture
def h(house: Any) -> Any:
    made = house(("radar", "presence"), ("desk", "presence", "attic"))
    made.turn()
    made.seq = 0
    return made


def say(h: Any, turns: int = 1) -> None:
    h.say("radar", "presence", present=True, boot="b", seq=h.seq)
    h.seq += 1
    h.turn(turns)


def test_a_slow_time_series_holds_up_no_room_and_becomes_backlog_after_some_patience(h: Any) -> None:
    h.store.slow = True
    say(h)
    assert h.link.state()["occupancy"] == "occupied"
    h.clock.advance(0.4)
    h.say("desk", "presence", present=True, boot="b", seq=0)
    h.turn(1)
    assert h.link.state("attic")["occupancy"] == "occupied"
    assert h.ledger.backlog_size() == 0
    h.clock.advance(2)
    h.turn()
    assert numbers(h) == (2, 0, 0, 0, 2)
    assert h.ledger.backlog_size() > 0
    assert h.ledger.cursor == 2
    say(h)
    assert numbers(h) == (3, 0, 0, 0, 3)
    assert h.link.state()["occupancy"] == "occupied"
    h.clock.advance(4)
    h.turn()
    assert h.troubles_told() == {"gateway/timeseries": "warning"}
    h.store.slow = False
    h.clock.advance(90)
    h.turn()
    h.clock.advance(4)
    h.turn()
    assert numbers(h) == (3, 3, 0, 0, 0)
    assert stored_seqs(h) == [0, 1]
    assert h.troubles_told() == {}


def test_a_message_the_time_series_refuses_is_quarantined_with_its_bytes(
    h: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = h.series.write

    def picky(readings: list[ReadingPoint], states: list[StatePoint]) -> list[Refused]:
        bad = [point for point in readings if "odd" in point.fields]
        original([point for point in readings if point not in bad], states)
        return [Refused(point, "field type conflict") for point in bad]

    monkeypatch.setattr(h.series, "write", picky)
    raw = b'{"present": true, "odd": 1, "boot": "b", "seq": 8}'
    say(h)
    h.link.send("fs/v1/s/dev/radar/up/presence", raw)
    h.turn()
    assert numbers(h) == (2, 1, 0, 1, 0)
    [row] = Books(h.path).quarantine()
    assert (row.id, row.kind, row.topic, row.raw, row.reason) == (
        2, "timeseries", "fs/v1/s/dev/radar/up/presence", raw, "field type conflict",
    )  # fmt: skip
    assert (metric(h, "stored_total"), stored_seqs(h)) == (1, [0])
    # The same while catching up, and for a message that is no longer in the journal.
    h.series.available = False
    monkeypatch.setattr(h.series, "write", original)
    h.link.send("fs/v1/s/dev/radar/up/presence", raw.replace(b"8", b"9"))
    say(h)
    h.turn()
    assert numbers(h) == (4, 1, 0, 1, 2)
    h.series.available = True
    monkeypatch.setattr(h.series, "write", picky)
    assert h.journal.prune(4, keep_bytes=0) > 0
    h.clock.advance(90)
    h.turn(6)
    assert numbers(h) == (4, 2, 0, 2, 0)
    row = Books(h.path).quarantine()[0]
    assert (row.id, row.kind) == (3, "timeseries")
    assert b'"odd":1' in row.raw


def test_of_a_message_with_two_points_one_refused_makes_it_quarantined_once(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    h = _zigbee(house)
    original = h.series.write

    def picky(readings: list[ReadingPoint], states: list[StatePoint]) -> list[Refused]:
        original([point for point in readings if point.kind != "health"], states)
        return [Refused(point, "no") for point in readings if point.kind == "health"]

    monkeypatch.setattr(h.series, "write", picky)
    h.link.send("zigbee2mqtt/pir", b'{"occupancy": true, "battery": 80, "illuminance_lux": 5}')
    h.turn()
    assert numbers(h) == (1, 0, 0, 1, 0)
    assert {point.kind for point in h.series.readings("s", "hall", 0, 2**60, 9)} == {"motion", "climate"}


def test_what_the_server_asked_for_is_honoured_before_it_is_asked_again(h: Any) -> None:
    h.series.available = False
    h.store.retry_after_s = 300.0
    say(h)
    h.turn()
    h.series.available = True
    refusals = metric(h, "sink_refusals_total")
    h.clock.advance(299)
    h.turn()
    assert numbers(h) == (1, 0, 0, 0, 1)
    assert metric(h, "sink_refusals_total") == refusals
    h.clock.advance(76)  # a quarter more at most, so that several gateways do not come back at once
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)


def test_the_time_series_is_asked_ever_more_seldom_up_to_once_a_minute(h: Any) -> None:
    h.series.available = False
    say(h)
    asked: list[int] = []
    before = metric(h, "sink_refusals_total")
    for second in range(600):
        h.clock.advance(1)
        h.turn(1)
        now = metric(h, "sink_refusals_total")
        if now != before:
            asked.append(second)
            before = now
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[0] <= 4
    assert all(60 <= pause <= 76 for pause in pauses[6:])


def test_at_the_bound_of_the_backlog_nothing_more_is_folded_and_nothing_lost(
    h: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "_BACKLOG_ROWS", 5)
    h.series.available = False
    for _ in range(20):
        say(h)
    assert 5 <= h.ledger.backlog_size() <= 10
    folded = h.ledger.cursor
    assert folded < 20
    assert numbers(h) == (20, 0, 0, 0, 20)
    h.clock.advance(4)
    h.turn()
    assert h.ledger.cursor == folded
    assert h.troubles_told() == {"gateway/timeseries": "warning", "gateway/backlog": "critical"}
    h.series.available = True
    h.clock.advance(90)
    h.turn(12)
    h.clock.advance(4)
    h.turn()
    assert numbers(h) == (20, 20, 0, 0, 0)
    assert stored_seqs(h) == list(range(20))
    assert h.troubles_told() == {}


def test_far_ahead_of_the_time_series_the_fold_waits(h: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain_module, "_STEP_POINTS", 3)
    monkeypatch.setattr("gateway.work.BATCH", 1)
    h.store.slow = True
    for _ in range(10):
        say(h)
    h.turn(20)
    assert h.work._drain.folded <= 5
    assert h.account.received == 10
    h.store.slow = False
    h.turn(30)
    assert numbers(h) == (10, 10, 0, 0, 0)


def test_finishing_waits_for_the_time_series_and_keeps_a_checkpoint(h: Any) -> None:
    say(h, turns=4)
    h.store.slow = True
    say(h)
    patience = iter([False, False, True])

    def result(timeout_s: float = 0.0) -> Any:
        if timeout_s:
            h.store.slow = not next(patience)
        return type(h.store).result(h.store, timeout_s)

    h.store.result = result
    h.work.finish()
    assert numbers(h) == (2, 2, 0, 0, 0)
    assert h.ledger.checkpoint_cursor == 2
    assert h.ledger.backlog_size() == 0


def test_finishing_without_the_time_series_leaves_a_backlog_and_no_doubt(h: Any) -> None:
    h.store.slow = True
    say(h)

    def result(timeout_s: float = 0.0) -> None:
        h.clock.advance(timeout_s)

    h.store.result = result
    h.work.finish()
    assert numbers(h) == (1, 0, 0, 0, 1)
    assert (h.ledger.cursor, h.ledger.checkpoint_cursor) == (1, 1)
    h.crash()
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    assert stored_seqs(h) == [0]


def test_after_a_fault_of_the_books_an_old_hand_over_settles_nothing_new(
    h: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer must not be taken for that of what is handed over next."""
    h.store.slow = True
    say(h)
    with monkeypatch.context() as broken:

        def full(*_: object) -> None:
            raise JournalError("disk full")

        broken.setattr(h.ledger, "checkpoint", full)
        broken.setattr(h.ledger, "settle", full)
        h.clock.advance(3)
        with pytest.raises(JournalError):
            h.turn()
    h.make_work()
    handed: list[int] = []
    original = h.store.hand_over

    def watched(readings: list[ReadingPoint], states: list[StatePoint]) -> None:
        assert not h.store.busy
        handed.append(len(readings))
        original(readings, states)

    monkeypatch.setattr(h.store, "hand_over", watched)
    say(h)
    h.turn()
    assert handed == []
    h.store.slow = False
    h.turn()
    assert sum(handed) == 2
    assert numbers(h) == (2, 2, 0, 0, 0)
    assert stored_seqs(h) == [0, 1]


def test_a_checkpoint_moves_with_what_is_settled_and_lets_the_journal_forget(h: Any) -> None:
    for _ in range(5):
        say(h)
    h.turn()
    h.clock.advance(1)
    h.turn()
    assert h.ledger.checkpoint_cursor == 5
    h.clock.advance(1)
    h.turn()
    assert h.intake.drained == 5


def test_folding_again_after_a_crash_does_not_grow(h: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[int] = []

    def told(event: str, **fields: Any) -> None:
        if event == "folded_again":
            again.append(fields["messages"])

    monkeypatch.setattr("gateway.work.log.info", told)
    for _ in range(6):
        for _ in range(20):
            say(h)
            h.clock.advance(1)
        h.turn()
        h.crash()
    assert max(again, default=0) <= 20
    assert numbers(h) == (120, 120, 0, 0, 0)


def _zigbee(house: Any) -> Any:
    h = house(("other", "presence"))
    site, community = h.community
    raw = community.model_dump(mode="json", by_alias=True)
    raw["devices"].append(
        {
            "id": "pir",
            "site": "s",
            "space": "hall",
            "kind": "motion",
            "codec": "zigbee2mqtt",
            "topic": "zigbee2mqtt/pir",
        }
    )
    h.community = (site + 1, type(community).model_validate(raw))
    h.turn()
    h.clock.advance(4)
    h.turn()
    return h


def test_a_journal_may_be_replayed_into_while_the_gateway_runs(h: Any) -> None:
    h.link.send("fs/v1/s/dev/radar/up/presence", b"{}")
    h.turn()
    with Journal.open(h.path, owner=False) as other:
        other.replay(Books(h.path).quarantined(1))
    assert numbers(h) == (1, 0, 0, 0, 1)
    h.clock.advance(4)
    h.turn()
    h.clock.advance(4)
    h.turn()
    assert numbers(h) == (1, 0, 0, 1, 0)


def test_what_is_refused_again_and_again_for_one_reason_is_a_warning_now_and_then(h: Any) -> None:
    levels = []
    for wait in (0, 2, 2, 600):
        h.clock.advance(wait)
        with capture_logs() as logs:
            h.say("stranger", "presence", present=True, boot="b", seq=h.seq)
            h.turn()
        levels += [one["log_level"] for one in logs if one["event"] == "quarantined"]
        h.seq += 1
    assert levels == ["warning", "info", "info", "warning"]
    assert numbers(h) == (4, 0, 0, 4, 0)
