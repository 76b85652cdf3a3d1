"""The courier: queues what is new for those who want to hear of it, and sends until it arrives or is given up.

Several may run, in one process or many: whoever claims a notice sends it. Times are the machine's own: whoever is told
lives in real time, however fast the clock of a demonstration runs.
"""

import queue
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge
from pydantic import ValidationError

from services.bookings.records import Decision
from services.contracts import topics
from services.contracts.errors import FoldspaceError, TopicError
from services.contracts.events import Alert
from services.contracts.names import HOUR, MINUTE, SECOND, Millis
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.mqtt import Broker, Message, MqttSession
from services.notices.outbox import Batch, NoticeOutbox
from services.notices.queries import NewDecisions, StandingAlerts
from services.notices.records import (
    Delivery,
    Subscription,
    SubscriptionKind,
    alert_key,
    delivery_id,
    next_due,
    wants_alert,
    wants_decision,
)
from services.notices.sending import DeliveryError
from services.notices.store import SubscriptionStore

WORKERS = 3
"""So many targets are served at once: one that is slow does not hold up the others."""
EVERY_S = 1.0
_ALERTS = f"{topics.PREFIX}/+/events/alert"
_SAY_EVERY: Millis = MINUTE
_PRUNE_EVERY: Millis = HOUR
_FAILING_AFTER: Millis = 15 * MINUTE
"""From then on an alert says that a target is not reached."""
_ALERT_LAPSE: Millis = 10 * MINUTE
"""Who raises an alert says it again every minute; after this it begins anew."""

log = logger("notices")


class Sender(Protocol):
    """Brings notices to a target."""

    most: int
    """So many at once."""

    def send(self, subscription: Subscription, deliveries: Sequence[Delivery], now: Millis) -> None:
        """Send. Raises DeliveryError."""


class Words(Protocol):
    """How the API shows what notices tell of: a webhook's body says what `GET /decisions/{id}` would."""

    def decision(self, record: Decision, language: str) -> dict[str, Any]:
        """Return a decision as JSON."""

    def alert(self, site: str, record: Alert, language: str) -> dict[str, Any]:
        """Return an alert as JSON."""

    def zone(self, site: str | None) -> str:
        """Return the zone of a site; None: of the first one."""

    def sites(self) -> list[str]:
        """Return all sites."""


class Courier:
    """`run` works in threads of its own; `gather` and `deliver` do the work and need no thread."""

    def __init__(
        self,
        subscriptions: SubscriptionStore,
        outbox: NoticeOutbox,
        decisions: NewDecisions,
        standing: StandingAlerts,
        words: Words,
        senders: Mapping[SubscriptionKind, Sender],
        clock: Clock,
        community_clock: Clock,
        broker: Broker,
        holder: str,
        registry: CollectorRegistry,
        lot: Callable[[], float] = random.random,
    ) -> None:
        """`clock`: the machine's. `holder`: who this courier is to the broker. `lot` draws from 0 to 1."""
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._decisions = decisions
        self._standing = standing
        self._words = words
        self._senders = senders
        self._clock = clock
        self._community_clock = community_clock
        self._lot = lot
        self._heard: queue.SimpleQueue[tuple[str, Alert]] = queue.SimpleQueue()
        self._said_at: Millis | None = None
        self._said: dict[str, list[str]] = {}
        self._pruned_at: Millis | None = None
        self._session = MqttSession(broker, f"foldspace-courier-{holder}", filters=(_ALERTS,), on_message=self._arrived)
        self._steps = Counter(
            "foldspace_notices", "Steps of notices to the outside.", ["kind", "step"], registry=registry
        )
        self._failures = Counter("foldspace_courier_failures", "Looks that failed and are repeated.", registry=registry)
        self._rejected = Counter(
            "foldspace_courier_rejected", "Alerts on the broker that could not be read.", registry=registry
        )
        self._waiting = Gauge("foldspace_notices_waiting", "Notices neither delivered nor given up.", registry=registry)

    # -- threads

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        self._session.start()
        workers = [
            threading.Thread(target=self._work, args=[stop], name=f"foldspace-courier-{n}", daemon=True)
            for n in range(WORKERS)
        ]
        for worker in workers:
            worker.start()
        try:
            while not stop.is_set():
                self._trying(self._look)
                stop.wait(EVERY_S)
        finally:
            for worker in workers:
                worker.join(5)
            self._session.stop()
            log.info("courier_stopped")

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if not self._trying(lambda: self.deliver(self._clock.now())):
                stop.wait(EVERY_S)

    def _trying(self, work: Callable[[], bool]) -> bool:
        """Do some work; what fails is repeated at the next look, and must not end a courier."""
        try:
            return work()
        except FoldspaceError as error:
            log.warning("courier_look_failed", reason=str(error))
        except Exception:  # a driver's own errors reach us from rooms that do not wrap them
            log.exception("courier_look_faulted")
        self._failures.inc()
        return False

    def _look(self) -> bool:
        now = self._clock.now()
        self.gather(now)
        if self._said_at is None or not 0 <= now - self._said_at < _SAY_EVERY:
            self._say(now)
            self._said_at = now
            self._waiting.set(self._outbox.waiting())
        if self._pruned_at is None or not 0 <= now - self._pruned_at < _PRUNE_EVERY:
            removed = self._outbox.prune(now)
            if removed:
                log.info("deliveries_pruned", count=removed)
            self._pruned_at = now
        return True

    # -- what is new

    def gather(self, now: Millis) -> int:
        """Queue what is new for every subscription that wants it; return how many deliveries are new."""
        subscriptions = self._subscriptions.active()
        queued = 0
        while fresh := self._decisions.read():
            wanted = [
                self._of_decision(one, decision, now)
                for number, decision in fresh
                for one in subscriptions
                if wants_decision(one, decision, number)
            ]
            queued += self._queue(wanted)
            self._decisions.settle([number for number, _ in fresh], now)  # only now: a crash reads them again
        self._decisions.settle([], now)
        while not self._heard.empty():
            queued += self._hear(*self._heard.get(), subscriptions, now)
        return queued

    def hear(self, site: str, alert: Alert) -> None:
        """Take an alert or its end, for the next `gather`."""
        self._heard.put((site, alert))

    def _hear(self, site: str, alert: Alert, subscriptions: Sequence[Subscription], now: Millis) -> int:
        raised = self._standing.raised_at(site, alert.key) if alert.cleared else alert.at
        if raised is None:
            return 0
        if not alert.cleared and not self._standing.is_news(site, alert.key, alert.text, now, _ALERT_LAPSE):
            return 0
        ref = f"alert/{site}/{alert.key}/{raised}{'/cleared' if alert.cleared else ''}"
        queued = self._queue(
            [self._of_alert(one, site, alert, ref, now) for one in subscriptions if wants_alert(one, site, alert)]
        )
        if alert.cleared:
            self._standing.clear(site, alert.key)
        else:
            self._standing.stand(site, alert.key, alert.text, alert.at, now)
        return queued

    def _queue(self, wanted: list[Delivery]) -> int:
        queued = self._outbox.queue(wanted)
        if queued:
            log.info("notices_queued", count=queued)
            self._steps.labels("any", "queued").inc(queued)
        return queued

    def _of_decision(self, one: Subscription, decision: Decision, now: Millis) -> Delivery:
        data = self._words.decision(decision, one.language)
        return self._made(one, decision.id, f"decision.{decision.kind}", {"timestamp": data["at"], "data": data}, now)

    def _of_alert(self, one: Subscription, site: str, alert: Alert, ref: str, now: Millis) -> Delivery:
        data = self._words.alert(site, alert, one.language)
        type = "alert.cleared" if alert.cleared else "alert.raised"
        return self._made(one, ref, type, {"timestamp": data["at"], "data": data}, now)

    def _made(self, one: Subscription, ref: str, type: str, body: dict[str, Any], now: Millis) -> Delivery:
        return Delivery(
            id=delivery_id(one.id, ref),
            subscription=one.id,
            ref=ref,
            type=type,
            body={"type": type, **body},
            made_at=now,
            next_at=next_due(one, now, self._words.zone(one.site)),
        )

    def _arrived(self, message: Message) -> None:
        try:
            topic = topics.parse(message.topic)
            if isinstance(topic, topics.EventTopic):
                self.hear(topic.site, Alert.model_validate_json(message.payload))
        except (ValidationError, TopicError):
            self._rejected.inc()
            log.warning("alert_rejected", topic=message.topic)

    # -- what is due

    def deliver(self, now: Millis) -> bool:
        """Send what is due for one subscription; tell whether anything was."""
        most = max((sender.most for sender in self._senders.values()), default=1)
        batch = self._outbox.claim(now, most)
        if batch is None:
            return False
        one = batch.subscription
        try:
            sender = self._senders.get(one.kind)
            if sender is None:
                raise DeliveryError(f"{one.kind}: is not set up here: FOLDSPACE_SMTP_URL is empty", "not_set_up")
            sender.send(one, batch.deliveries, now)
        except DeliveryError as error:
            self._failed(batch, error)
        except Exception as error:  # what one notice holds must not keep a courier from all others; it is tried again
            log.exception("notice_faulted", subscription=one.id)
            self._failed(batch, DeliveryError(f"{type(error).__name__} while sending; see the log", "faulted"))
        else:
            held = self._outbox.sent(batch, self._clock.now())
            self._note("sent", batch, held=held)
        return True

    def _failed(self, batch: Batch, error: DeliveryError) -> None:
        became = self._outbox.failed(batch, error, self._clock.now(), self._lot())
        self._note("failed", batch, code=error.code, held=became.held)
        one = batch.subscription
        if became.given_up:
            self._steps.labels(one.kind, "given_up").inc(became.given_up)
            log.warning("notices_given_up", subscription=one.id, kind=one.kind, count=became.given_up, code=error.code)
        if became.disabled:
            self._steps.labels(one.kind, "disabled").inc()
            log.warning("subscription_disabled", subscription=one.id, kind=one.kind, code=error.code)

    def _note(self, step: str, batch: Batch, *, held: bool, **fields: object) -> None:
        one = batch.subscription
        self._steps.labels(one.kind, step).inc(len(batch.deliveries))
        if not held:  # another courier took it over meanwhile: it may arrive twice
            self._steps.labels(one.kind, "claim_lost").inc()
        log.info(f"notice_{step}", subscription=one.id, kind=one.kind, count=len(batch.deliveries), **fields)

    # -- what staff are told of it

    def _say(self, now: Millis) -> None:
        """Say which targets are not reached, again each minute as long as it is so, and once when it is over."""
        standing: dict[str, list[str]] = {}
        sites = self._words.sites()
        for one in self._subscriptions.failing():
            since = one.failing_since
            if one.paused in ("staff", "unsubscribed") or since is None:
                continue
            if not one.active or now - since >= _FAILING_AFTER:
                standing[one.id] = [one.site] if one.site is not None else sites
                self._publish(one.id, standing[one.id], one.name, active=one.active, cleared=False)
        for id in self._said.keys() - standing.keys():
            self._publish(id, self._said[id], "", active=True, cleared=True)
        self._said = standing

    def _publish(self, id: str, sites: Sequence[str], name: str, *, active: bool, cleared: bool) -> None:
        alert = Alert(
            key=alert_key(id),
            level="warning",
            at=self._community_clock.now(),
            cleared=cleared,
            text="alerts.notices_failing" if active else "alerts.notices_disabled",
            params={"name": name},
        )
        for site in sites:
            self._session.publish(str(topics.EventTopic(site, "alert")), alert.model_dump_json())


def trial(one: Subscription, sentence: str, at: str, lot: str, now: Millis) -> Delivery:
    """Return a notice that says only that notices arrive; it goes out at once. `lot` makes each one new."""
    ref = f"test/{lot}"
    body = {"type": "test", "timestamp": at, "data": {"summary": sentence}}
    return Delivery(delivery_id(one.id, ref), one.id, ref, "test", body, now, now // SECOND * SECOND)
