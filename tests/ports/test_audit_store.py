"""The audit does the same over every database."""

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from services.audit.records import Act, Asked, AuditError
from services.audit.store import AuditStore
from services.contracts.names import DAY, HOUR
from services.kit.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000 * DAY)


@pytest.fixture
def store(engine: sa.Engine, clock: ManualClock) -> AuditStore:
    return AuditStore(engine, clock, CollectorRegistry())


def test_an_act_is_begun_and_settled(store: AuditStore, clock: ManualClock) -> None:
    begun = Act("change", "李", "steward", "session", method="POST", route="/bookings/{id}/keep", params={"id": "b"},
                address="10.0.0.7")  # fmt: skip
    number = store.begin(begun)
    [entry] = store.entries(Asked(), None, 10)
    assert (entry.id, entry.at, entry.act) == (number, clock.at, begun)
    ended = Act("change", "李", status=200, site="lane", space="hall", params={"id": "b"}, fields=("start", "end"))
    store.settle(number, ended)
    [entry] = store.entries(Asked(), None, 10)
    assert (entry.act.status, entry.act.site, entry.act.space) == (200, "lane", "hall")
    assert entry.act.fields == ("start", "end")
    assert entry.act.who == "李"


def test_the_newest_come_first_page_after_page_and_filtered(store: AuditStore, clock: ManualClock) -> None:
    for number in range(7):
        store.begin(Act("look" if number % 2 else "change", f"u{number % 3}", site="lane" if number < 4 else None))
        clock.at += HOUR
    whole = store.entries(Asked(), None, 10)
    assert [one.id for one in whole] == sorted((one.id for one in whole), reverse=True)
    assert store.entries(Asked(), whole[2].id, 2) == whole[3:5]
    assert len(store.entries(Asked(who="u0"), None, 10)) == 3
    assert len(store.entries(Asked(site="lane", kind="look"), None, 10)) == 2
    start = 1_000 * DAY
    assert len(store.entries(Asked(since=start + HOUR, until=start + 3 * HOUR), None, 10)) == 2
    assert store.entries(Asked(who="nobody"), None, 10) == []


def test_what_is_older_than_its_time_goes(engine: sa.Engine, clock: ManualClock) -> None:
    store = AuditStore(engine, clock, CollectorRegistry(), kept_days=30)
    store.begin(Act("change", "old"))
    clock.at += 30 * DAY
    store.begin(Act("change", "same"))
    assert [one.act.who for one in store.entries(Asked(), None, 10)] == ["same", "old"]
    clock.at += HOUR
    store.begin(Act("change", "new"))
    assert [one.act.who for one in store.entries(Asked(), None, 10)] == ["new", "same"]


def test_what_cannot_be_written_is_counted_and_said(engine: sa.Engine, clock: ManualClock) -> None:
    registry = CollectorRegistry()
    store = AuditStore(engine, clock, registry)
    number = store.begin(Act("change", "li"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE audit"))
    with pytest.raises(AuditError):
        store.begin(Act("change", "li"))
    with pytest.raises(AuditError):
        store.settle(number, Act("change", "li", status=200))
    for step in ("begin", "settle"):
        assert registry.get_sample_value("foldspace_audit_failures_total", {"step": step}) == 1
    assert registry.get_sample_value("foldspace_audit_entries_total", {"kind": "change"}) == 1
