"""The outbox of notices over SQLite and PostgreSQL: at least once, by one courier at a time, given up in the open."""

import threading
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

import services.bookings.tables
import services.notices.tables  # noqa: F401  # both declare the tables that create_all makes
from services.bookings import tables
from services.bookings.rows import to_row
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.names import DAY, HOUR, MINUTE, SECOND
from services.notices.outbox import CLAIM, KEPT, NoticeOutbox
from services.notices.queries import BEHIND, NewDecisions, StandingAlerts
from services.notices.records import DeliveryState, Subscription
from services.notices.sending import DeliveryError
from services.notices.store import OVERLAP, SubscriptionStore
from tests.unit.notices.subscribing import NOW, decision, delivery

LOT = 0.5
AWAY = DeliveryError("nobody there", "connect")


@pytest.fixture
def store(engine: sa.Engine) -> SubscriptionStore:
    return SubscriptionStore(engine)


@pytest.fixture
def outbox(engine: sa.Engine) -> NoticeOutbox:
    return NoticeOutbox(engine)


def add(store: SubscriptionStore, kind: str = "webhook", **more: Any) -> Subscription:
    values: dict[str, Any] = {"site": None, "spaces": (), "events": ("release",), "language": "zh", "rhythm": "each"}
    target = "li@example.org" if kind == "mail" else "https://example.org/hook"
    return store.add(kind, "楼宇", target, made_by="li", now=NOW, **{**values, **more})  # type: ignore[arg-type]  # test sugar


def states(outbox: NoticeOutbox, of: Subscription) -> list[str]:
    return [one.state.value for one in outbox.of(of.id)]


def test_a_subscription_is_kept_changed_paused_and_forgotten(store: SubscriptionStore, outbox: NoticeOutbox) -> None:
    one = add(store, site="lane", spaces=("hall", "tea"))
    assert store.get(one.id) == one
    assert store.all() == [one] == store.active()
    changed = store.change(one.id, {"name": "门禁", "events": ("book",), "spaces": ()})
    assert (changed.name, changed.events, changed.spaces, changed.secret) == ("门禁", ("book",), (), one.secret)
    outbox.queue([delivery(one.id)])
    paused = store.pause(one.id, "staff")
    assert (paused.active, paused.paused) == (False, "staff")
    assert store.active() == []
    assert states(outbox, one) == ["given_up"]
    assert store.resume(one.id).active
    store.remove(one.id)
    assert outbox.of(one.id) == []
    for call in (store.get, store.remove, store.resume):
        with pytest.raises(NotFoundError):
            call(one.id)
        with pytest.raises(NotFoundError):
            call("a\0b")


def test_pages_of_subscriptions(store: SubscriptionStore) -> None:
    made = [add(store).id for _ in range(5)]
    first = store.all(limit=2)
    rest = store.all(first[-1].id, 10)
    assert sorted(one.id for one in first + rest) == sorted(made)
    assert store.all("nowhere") == []


def test_a_secret_is_renewed_with_a_day_in_which_both_sign(store: SubscriptionStore) -> None:
    one = add(store)
    renewed = store.rotate(one.id, NOW)
    assert renewed.secret != one.secret
    assert renewed.secrets(NOW + OVERLAP - 1) == (renewed.secret, one.secret)
    assert renewed.secrets(NOW + OVERLAP) == (renewed.secret,)


def test_what_is_queued_twice_is_one_delivery(store: SubscriptionStore, outbox: NoticeOutbox) -> None:
    one = add(store)
    assert outbox.queue([delivery(one.id), delivery(one.id, "d2")]) == 2
    assert outbox.queue([delivery(one.id), delivery(one.id, "d3")]) == 1
    assert outbox.queue([]) == 0
    assert outbox.waiting() == 3


def test_a_webhook_is_sent_one_by_one_and_mail_together(store: SubscriptionStore, outbox: NoticeOutbox) -> None:
    hook, mail = add(store), add(store, "mail")
    outbox.queue([delivery(one.id, ref) for one in (hook, mail) for ref in ("d1", "d2", "d3")])
    sizes: dict[str, list[int]] = {}
    while (batch := outbox.claim(NOW, 200)) is not None:
        sizes.setdefault(batch.subscription.id, []).append(len(batch.deliveries))
        assert outbox.sent(batch, NOW + SECOND)
    assert sizes == {hook.id: [1, 1, 1], mail.id: [3]}
    assert states(outbox, mail) == ["sent"] * 3
    assert store.get(mail.id).last_ok == NOW + SECOND


def test_a_target_is_served_by_one_courier_at_a_time(store: SubscriptionStore, outbox: NoticeOutbox) -> None:
    one, other = add(store), add(store)
    outbox.queue([delivery(of.id, ref) for of in (one, other) for ref in ("d1", "d2")])
    first, second = outbox.claim(NOW, 1), outbox.claim(NOW, 1)
    assert first is not None
    assert second is not None
    assert {first.subscription.id, second.subscription.id} == {one.id, other.id}
    assert outbox.claim(NOW, 1) is None
    assert outbox.sent(first, NOW)
    third = outbox.claim(NOW, 1)
    assert third is not None
    assert third.subscription == store.get(first.subscription.id)
    assert third.deliveries != first.deliveries


def test_a_courier_that_dies_after_sending_has_it_sent_again_under_the_same_id(
    store: SubscriptionStore, outbox: NoticeOutbox
) -> None:
    one = add(store)
    outbox.queue([delivery(one.id)])
    lost = outbox.claim(NOW, 1)
    assert lost is not None
    assert outbox.claim(NOW + CLAIM - 1, 1) is None
    again = outbox.claim(NOW + CLAIM, 1)
    assert again is not None
    assert [one.id for one in again.deliveries] == [one.id for one in lost.deliveries]
    assert again.deliveries[0].body == lost.deliveries[0].body
    # It was only slow: what it says now is no more its to say.
    assert not outbox.sent(lost, NOW + CLAIM)
    assert states(outbox, one) == ["due"]
    assert outbox.sent(again, NOW + CLAIM)
    assert states(outbox, one) == ["sent"]


def test_what_fails_is_tried_later_and_its_target_left_in_peace(store: SubscriptionStore, outbox: NoticeOutbox) -> None:
    one = add(store)
    outbox.queue([delivery(one.id, "d1"), delivery(one.id, "d2")])
    batch = outbox.claim(NOW, 1)
    assert batch is not None
    became = outbox.failed(batch, AWAY, NOW, LOT)
    assert (became.given_up, became.disabled, became.held) == (0, False, True)
    known = store.get(one.id)
    assert (known.failures, known.failing_since, known.last_error) == (1, NOW, "nobody there")
    assert outbox.claim(NOW + SECOND, 1) is None  # d2 is due, but its target is left in peace
    assert store.failing() == [known]
    later = outbox.claim(NOW + 5 * SECOND, 1)
    assert later is not None
    assert later.deliveries[0].id != batch.deliveries[0].id
    outbox.sent(later, NOW + 5 * SECOND)
    assert store.get(one.id).failing_since is None
    assert store.failing() == []
    first = outbox.claim(NOW + 6 * SECOND, 1)
    assert first is not None
    assert (first.deliveries[0].id, first.deliveries[0].tries) == (batch.deliveries[0].id, 1)


def test_a_target_that_stays_away_is_given_up_on_after_a_day_and_left_after_three(
    store: SubscriptionStore, outbox: NoticeOutbox
) -> None:
    one = add(store)
    outbox.queue([delivery(one.id, "d1")])
    now, tries = NOW, Counter[str]()
    while store.get(one.id).active:
        assert now < NOW + 4 * DAY
        batch = outbox.claim(now, 1)
        if batch is not None:
            tries[batch.deliveries[0].ref] += 1
            outbox.failed(batch, AWAY, now, LOT)
        elif outbox.waiting() == 0:
            outbox.queue([delivery(one.id, f"d{now}", at=now)])
        now += 15 * MINUTE
    assert 8 <= tries["d1"] <= 12
    assert now - NOW >= 3 * DAY
    known = store.get(one.id)
    assert known.paused == "failing"
    assert set(states(outbox, one)) == {"given_up"}
    assert outbox.waiting() == 0


def test_what_is_refused_for_good_is_given_up_at_once_and_what_is_gone_is_left(
    store: SubscriptionStore, outbox: NoticeOutbox
) -> None:
    one = add(store, "mail")
    outbox.queue([delivery(one.id, "d1")])
    batch = outbox.claim(NOW, 5)
    assert batch is not None
    assert outbox.failed(batch, DeliveryError("550 no such user", "smtp_550", permanent=True), NOW, LOT).given_up == 1
    assert store.get(one.id).active
    hook = add(store)
    outbox.queue([delivery(hook.id, "d1"), delivery(hook.id, "d2")])
    batch = outbox.claim(NOW, 1)
    assert batch is not None
    became = outbox.failed(batch, DeliveryError("HTTP 410", "gone", permanent=True, gone=True), NOW, LOT)
    assert (became.given_up, became.disabled) == (2, True)
    assert store.get(hook.id).paused == "gone"


def test_staff_may_have_it_sent_again(store: SubscriptionStore, outbox: NoticeOutbox) -> None:
    one = add(store)
    outbox.queue([delivery(one.id)])
    batch = outbox.claim(NOW, 1)
    assert batch is not None
    outbox.failed(batch, AWAY, NOW, LOT)
    again = outbox.retry(batch.deliveries[0].id, NOW + SECOND)
    assert (again.state, again.tries) == (DeliveryState.DUE, 0)
    batch = outbox.claim(NOW + SECOND, 1)
    assert batch is not None
    outbox.sent(batch, NOW + SECOND)
    with pytest.raises(ConflictError):
        outbox.retry(again.id, NOW)
    with pytest.raises(NotFoundError):
        outbox.retry("msg_\0", NOW)
    assert outbox.tally([one.id]) == {one.id: {"sent": 1}}


def test_what_is_old_and_over_is_forgotten(store: SubscriptionStore, outbox: NoticeOutbox) -> None:
    one = add(store)
    outbox.queue([delivery(one.id, "d1"), delivery(one.id, "d2")])
    batch = outbox.claim(NOW, 1)
    assert batch is not None
    outbox.sent(batch, NOW)
    assert outbox.prune(NOW + KEPT) == 0
    assert outbox.prune(NOW + KEPT + 1) == 1
    assert states(outbox, one) == ["due"]


def test_many_couriers_at_once_send_each_notice_once(store: SubscriptionStore, engine: sa.Engine) -> None:
    ones = [add(store) for _ in range(3)]
    NoticeOutbox(engine).queue([delivery(one.id, f"d{n}") for one in ones for n in range(8)])
    sent: list[str] = []

    def work() -> None:
        outbox, idle = NoticeOutbox(engine), 0
        while idle < 20:
            batch = outbox.claim(NOW, 1)
            if batch is None:
                idle += 1
                continue
            sent.extend(one.id for one in batch.deliveries)
            assert outbox.sent(batch, NOW)

    couriers = [threading.Thread(target=work) for _ in range(3)]
    for one in couriers:
        one.start()
    for one in couriers:
        one.join(60)
    assert Counter(Counter(sent).values()) == {1: 24}


# -- what is new


def keep(engine: sa.Engine, *ids: str) -> None:
    t = tables.decisions
    with engine.begin() as connection:
        for id in ids:
            values = {t.c[name]: value for name, value in to_row(decision(id)).items()}
            connection.execute(sa.insert(t).values({**values, t.c.published: True}))


def ids(new: NewDecisions) -> list[str]:
    return [one.id for _, one in new.read()]


def settled(new: NewDecisions, now: int = NOW) -> list[str]:
    fresh = new.read()
    new.settle([number for number, _ in fresh], now)
    return [one.id for _, one in fresh]


def test_a_courier_begins_with_what_is_new_and_goes_on_where_it_was(engine: sa.Engine) -> None:
    keep(engine, "old")
    first = NewDecisions(engine)
    assert settled(first) == []
    keep(engine, "d1", "d2")
    assert settled(first) == ["d1", "d2"]
    assert settled(first) == []
    # Killed within the minute: the next one reads again, and deliveries know what they have.
    assert settled(NewDecisions(engine)) == ["d1", "d2"]
    first.settle([], NOW + BEHIND)
    assert settled(NewDecisions(engine)) == []


def test_what_was_not_queued_is_read_again(engine: sa.Engine) -> None:
    new = NewDecisions(engine)
    assert ids(new) == []
    keep(engine, "d1")
    assert ids(new) == ["d1"]
    assert ids(new) == ["d1"]


def test_a_decision_whose_number_comes_late_is_not_passed_over(engine: sa.Engine) -> None:
    """Numbers are given before transactions end: a writer that takes its time shows a smaller number later."""
    new, t = NewDecisions(engine), tables.decisions
    assert settled(new) == []
    keep(engine, "d1", "d2", "d3")
    with engine.begin() as connection:
        number = connection.execute(sa.select(t.c.number).where(t.c.id == "d2")).scalar_one()
        connection.execute(sa.delete(t).where(t.c.number == number))
    assert settled(new) == ["d1", "d3"]
    with engine.begin() as connection:
        row = {t.c[name]: value for name, value in to_row(decision("d2")).items()}
        connection.execute(sa.insert(t).values({**row, t.c.published: False, t.c.number: number}))
    assert settled(new, NOW + 30 * SECOND) == ["d2"]


def test_an_alert_that_is_said_again_is_news_once(engine: sa.Engine) -> None:
    standing = StandingAlerts(engine)
    lapse = 10 * MINUTE
    assert standing.is_news("lane", "k", "alerts.a", NOW, lapse)
    standing.stand("lane", "k", "alerts.a", NOW, NOW)
    standing.stand("lane", "k", "alerts.a", NOW, NOW)
    for minute in range(60):
        assert not standing.is_news("lane", "k", "alerts.a", NOW + minute * MINUTE, lapse)
    assert standing.is_news("lane", "k", "alerts.b", NOW + HOUR, lapse)
    assert standing.is_news("hill", "k", "alerts.a", NOW, lapse)
    assert standing.is_news("lane", "k", "alerts.a", NOW + 2 * HOUR, lapse)
    assert standing.raised_at("lane", "k") == NOW
    standing.clear("lane", "k")
    assert standing.raised_at("lane", "k") is None
    standing.stand("lane", "k" * 400, "alerts.a", NOW, NOW)
    assert not standing.is_news("lane", "k" * 400, "alerts.a", NOW, lapse)
