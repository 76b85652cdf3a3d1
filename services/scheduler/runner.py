"""The scheduler live: hears rooms, buttons and answers, and every so often does the difference.

Of several schedulers one leads; the others stand by without a session, so that the broker keeps buttons for the next
term. Its session has one name: whoever takes it up cuts off the leader before, which cannot publish any more.
The session's thread only enqueues. One loop handles messages in their order and acknowledges each after it was dealt
with, so that a press survives a crash; on every edge, and at least twice a second, it computes what should be true.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge
from pydantic import ValidationError

from services.bookings.leases import FencedError
from services.bookings.records import Decision
from services.bookings.store import BookingStore
from services.commands.outbox import CommandOutbox
from services.contracts.commands import Ack
from services.contracts.community import Community
from services.contracts.errors import ConflictError, FoldspaceError, InvalidError, NotFoundError
from services.contracts.events import Alert, ButtonPressed
from services.contracts.names import Millis
from services.contracts.readings import first_fault
from services.contracts.states import RoomState
from services.contracts.topics import (
    ACK_FILTER,
    OFFLINE,
    ONLINE,
    SCHEDULER_STATUS_TOPIC,
    STATE_FILTER,
    AckTopic,
    EventTopic,
    StateTopic,
    parse,
)
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.mqtt import FOREVER_S, Broker, Delivery, Message, MqttSession, Will
from services.scheduler.announce import Announcer
from services.scheduler.core import Core
from services.scheduler.lease import Leadership
from services.scheduler.places import Places
from services.scheduler.rooms import RoomWatch
from services.signage.messages import Message as ScreenMessage

CLIENT_ID = "foldspace-scheduler"
BUTTON_FILTER = str(EventTopic("+", "button"))
ALERT_FILTER = str(EventTopic("+", "alert"))

_TICK_S = 0.5
"""Most real seconds between two looks: a lost edge costs no more than this."""
_TICK_CLOCK_S = 5.0
"""Most seconds of the community's clock between two looks, as far as _LEAST_S allows: it may run fast."""
_LEAST_S = 0.02
"""Least real seconds between two looks, and at least twice the processor's time of the last one: a flood of room
states is not looked at each by itself, and leaves half of the processor to others."""
_SETTLE_S = 1.0
"""Real seconds after connecting before anything is decided: what the broker kept for us comes first."""
_SEEK_S = 1.0
"""Real seconds between two looks for a free lease: one small query each."""
_BATCH = 500
"""Messages dealt with before looking again."""
_GOODBYE_S = 1.0
"""Real seconds the broker may take to hear that the scheduler leaves."""
_ALIVE_S = 15.0
"""Real seconds between two words that it decides: whoever hears none for a minute calls it silent."""
_MESSAGES_S = 1.0
"""Real seconds between two looks at what staff say on screens."""
_FAULTS_ENDURED = 20
"""Faults of no known kind in a row before the part gives up: what cannot decide must not look alive."""

log = logger("scheduler")


class Scheduler:
    """`run(stop)` until told to stop."""

    def __init__(
        self,
        clock: Clock,
        broker: Broker,
        store: BookingStore,
        catalogue: Callable[[], tuple[int, Community]],
        commands: Callable[[Callable[[str, bytes], object]], CommandOutbox],
        registry: CollectorRegistry,
        leadership: Leadership,
        messages: Callable[[Millis], Mapping[tuple[str, str], ScreenMessage]] = lambda _now: {},
    ) -> None:
        """`commands` makes the outbox from how to publish, which only the session of a term knows.

        `messages` tells what staff say on screens now, by (site, space).
        """
        self.ready = threading.Event()
        """Set after the first look with a broker, or when it stands by."""
        self._clock = clock
        self._broker = broker
        self._leadership = leadership
        self._store = store.fenced(leadership.fence)
        self._catalogue = catalogue
        self._tick_s = min(_TICK_S, max(_LEAST_S, clock.real_seconds(_TICK_CLOCK_S)))
        self._messages = messages
        self._standing: Mapping[tuple[str, str], ScreenMessage] = {}
        self._messages_at = float("-inf")
        self._version = -1
        self._known = Places(Community())
        self._commands = commands(lambda topic, payload: self._session.publish(topic, payload))
        self._begin_term()
        self._decisions = Counter(
            "foldspace_decisions", "Decisions made by the scheduler.", ["kind", "shadow"], registry=registry
        )
        self._presses = Counter("foldspace_presses", "Button presses by outcome.", ["outcome"], registry=registry)
        self._rejected = Counter(
            "foldspace_scheduler_rejected", "Messages the scheduler could not read.", registry=registry
        )
        self._failures = Counter(
            "foldspace_scheduler_failures", "Looks that failed and are repeated.", registry=registry
        )
        self._looked_at = Gauge(
            "foldspace_scheduler_looked_at_seconds", "Clock time of the last complete look.", registry=registry
        )

    def run(self, stop: threading.Event) -> None:
        """Lead whenever no other scheduler does, until `stop` is set."""
        while not stop.is_set():
            try:
                leads = self._leadership.seek()
            except FoldspaceError as error:
                self._again(str(error), stop)
                continue
            if leads:
                self._lead(stop)
            else:
                self.ready.set()
                stop.wait(_SEEK_S)
        log.info("scheduler_stopped")

    def _begin_term(self) -> None:
        """Forget what an earlier term knew and had on its way; make its session, which does nothing yet."""
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._waiting: deque[Message] = deque()
        self._came_up = threading.Event()
        self._look_at = 0.0
        self._unseen = False
        """Whether something was heard that no look has seen yet."""
        self._alive_at = 0.0
        self._leaving = False
        self._settled_at = float("inf")
        self._session = MqttSession(
            self._broker,
            CLIENT_ID,
            filters=(STATE_FILTER, BUTTON_FILTER, ALERT_FILTER, ACK_FILTER),
            on_message=self._inbox.put,
            on_up=self._on_up,
            on_down=lambda _reason: self._session_lost(),
            clean_start=False,
            session_expiry_s=FOREVER_S,
            receive_maximum=_BATCH * 2,
            manual_ack=True,
            will=Will(SCHEDULER_STATUS_TOPIC, OFFLINE),
        )
        self._announcer = Announcer(self._store, self._commands, self._publish)
        self._core = Core(self._store, RoomWatch(), lambda: self._known)

    def _lead(self, stop: threading.Event) -> None:
        """Work until `stop` is set or another scheduler leads."""
        self._begin_term()
        self._session.start()
        faults = 0
        try:
            while not stop.is_set():
                self._receive()
                try:
                    if self._session.connected:  # one that hears no rooms lets its lease run out for one that does
                        self._leadership.hold()
                    self._turn()
                    faults = 0
                except FencedError as error:
                    self._leadership.lost(error)
                    return
                except FoldspaceError as error:  # the database is away: nothing is half done, all is repeated
                    self._again(str(error), stop)
                except Exception as error:  # a driver's own errors reach us from rooms that do not wrap them
                    faults += 1
                    if faults >= _FAULTS_ENDURED:
                        raise
                    log.exception("look_faulted")
                    self._again(str(error), stop)
        finally:
            self._leaving = True
            if self._session.connected and self._leadership.leads:  # else it would be the goodbye of the next one
                self._session.publish(SCHEDULER_STATUS_TOPIC, OFFLINE, retain=True).wait(_GOODBYE_S)
            self._session.stop()
            self._leadership.resign()

    # -- one turn

    def _turn(self) -> None:
        self._refresh()
        while self._waiting:  # a message leaves only when it was dealt with
            self._handle(self._waiting[0])
            self._session.ack(self._waiting.popleft())
            self._unseen = True
        started = time.monotonic()
        if started >= max(self._settled_at, self._look_at):
            busy = time.thread_time()
            self._look()
            self._look_at = started + max(_LEAST_S, 2 * (time.thread_time() - busy))
            self._unseen = False

    def _look(self) -> None:
        now = self._clock.now()
        made, view = self._core.step(now)
        for decision in made:
            self._count(decision)
        if self._came_up.is_set():  # a broker that lost its memory has no retained screens
            self._came_up.clear()
            self._announcer.forget_screens()
            self._alive_at = 0.0
        self._announcer.decisions(view, self._known, now)
        self._announcer.screens(self._core.screens(view, now, self._said(now)))
        self._commands.pump(now)
        self._looked_at.set(now / 1000)
        self._say_alive()
        self.ready.set()

    def _said(self, now: Millis) -> Mapping[tuple[str, str], ScreenMessage]:
        """Return what staff say on screens, asked once a second; each ends by itself at its time."""
        if time.monotonic() >= self._messages_at + _MESSAGES_S:
            self._standing = self._messages(now)
            self._messages_at = time.monotonic()
        return self._standing

    def _say_alive(self) -> None:
        """Say, after a complete look, that it was made: a scheduler that hangs is silent, not only one that is gone."""
        now = time.monotonic()
        if self._session.connected and (not self._alive_at or now >= self._alive_at + _ALIVE_S):
            self._alive_at = now
            self._session.publish(SCHEDULER_STATUS_TOPIC, ONLINE, retain=True)

    def _receive(self) -> None:
        """Wait a tick for a message, or until what has come may be looked at, then take all that are there."""
        patience_s = self._tick_s
        if self._unseen:
            patience_s = min(
                patience_s, max(0.0, self._settled_at - time.monotonic(), self._look_at - time.monotonic())
            )
        try:
            if not self._waiting:
                self._waiting.append(self._inbox.get(timeout=patience_s))
            while len(self._waiting) < _BATCH:
                self._waiting.append(self._inbox.get_nowait())
        except queue.Empty:
            return  # a quiet tick, or the end of what was there

    def _again(self, reason: str, stop: threading.Event) -> None:
        self._failures.inc()
        log.warning("look_failed", reason=reason)
        stop.wait(_TICK_S)

    def _refresh(self) -> None:
        version, community = self._catalogue()
        if version != self._version:
            self._version, self._known = version, Places(community)
            log.info("catalogue_read", version=version, spaces=len(community.spaces))

    # -- messages

    def _handle(self, message: Message) -> None:
        """Deal with one message. What cannot be read is counted and left."""
        try:
            topic = parse(message.topic)
            match topic:
                case StateTopic():
                    self._core.rooms.hear(RoomState.model_validate_json(message.payload))
                case AckTopic(site, device):
                    self._commands.on_ack(site, device, Ack.model_validate_json(message.payload))
                case EventTopic(site, "alert"):
                    self._doubt(site, Alert.model_validate_json(message.payload))
                case EventTopic(site, "button"):
                    self._press(site, ButtonPressed.model_validate_json(message.payload))
        except (ValidationError, InvalidError) as error:
            self._rejected.inc()
            fault = first_fault(error) if isinstance(error, ValidationError) else str(error)
            log.warning("message_rejected", topic=message.topic, reason=fault)

    def _doubt(self, site: str, alert: Alert) -> None:
        """Take back what was held against a group on the word of a sensor that is not believed any more."""
        device = alert.params.get("device")
        if alert.key.startswith("doubt/") and not alert.cleared and isinstance(device, str):
            for decision in self._core.doubt(site, device, self._clock.now()):
                self._count(decision)

    def _press(self, site: str, press: ButtonPressed) -> None:
        """Do what a press means, once: a crash before it is remembered repeats it, and operations do not mind."""
        if self._store.pressed(press.ref):
            self._presses.labels("repeated").inc()
            return
        now = self._clock.now()
        try:
            decision = self._core.press(site, press, now)
        except FencedError:
            raise
        except (ConflictError, NotFoundError) as error:
            self._presses.labels("refused").inc()
            log.info("press_refused", ref=press.ref, action=press.action, space=press.space, reason=str(error))
        else:
            self._presses.labels("done").inc()
            self._count(decision)
        self._store.remember_press(press.ref, now)

    def _count(self, decision: Decision) -> None:
        self._decisions.labels(decision.kind, str(decision.shadow).lower()).inc()
        log.info(
            "decision",
            kind=decision.kind,
            site=decision.site,
            space=decision.space,
            booking=decision.booking,
            rule=decision.rule,
            shadow=decision.shadow,
        )

    # -- session

    def _publish(self, topic: str, payload: str, retain: bool) -> Delivery:
        return self._session.publish(topic, payload, retain=retain)

    def _on_up(self, _session_present: bool) -> None:
        self._settled_at = time.monotonic() + _SETTLE_S
        self._came_up.set()

    def _session_lost(self) -> None:
        # What we know grows old; RoomWatch makes it stale. Messages not acknowledged come again.
        if not self._leaving:
            log.warning("broker_lost", reason=self._session.last_error)
