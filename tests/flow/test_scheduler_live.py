"""The scheduler over a real broker and a real database, under a clock moved by hand."""

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.bookings.leasestore import LeaseStore
from services.bookings.operations import Operations
from services.bookings.records import BookingState
from services.bookings.store import BookingStore
from services.commands.outbox import CommandOutbox
from services.commands.queries import RecentCommands
from services.contracts.events import ButtonPressed
from services.contracts.instants import local_clock
from services.contracts.readings import parse_json_object
from services.contracts.topics import EVENTS_FILTER, SCREEN_FILTER, EventTopic, ScreenTopic, StateTopic
from services.kit.broker import EmbeddedBroker
from services.kit.clock import ManualClock
from services.kit.database import metadata, open_engine
from services.kit.mqtt import Broker, Message, MqttSession
from services.scheduler.lease import Leadership
from services.scheduler.places import Places
from services.scheduler.runner import Scheduler
from services.signage.messages import Message as ScreenMessage
from services.signage.store import MessageStore
from tests.running import wait_until
from tests.unit.scheduler.stories import ZONE, a_booking, a_community, a_request, a_state, at

WAIT_S = 20.0


class Live:
    """A broker, a database, a scheduler that can be stopped and started, and an onlooker."""

    def __init__(self, folder: Path) -> None:
        self.broker = EmbeddedBroker("127.0.0.1", 0, folder)
        self.broker.start()
        self.clock = ManualClock(at("08:58"))
        self.engine = open_engine(f"sqlite:///{folder / 'foldspace.sqlite'}")
        metadata.create_all(self.engine)
        self.community = a_community()
        self.places = Places(self.community)
        self.store = BookingStore(self.engine, self.places.claims)
        self.operations = Operations(self.store, self.places.claims, lambda: self.community.policy)
        self.messages = MessageStore(self.engine)
        self.registry = CollectorRegistry()
        self._heard: queue.Queue[Message] = queue.Queue()
        self._up = threading.Event()
        self.onlooker = MqttSession(
            Broker.parse(self.broker.url),
            "onlooker",
            filters=(EVENTS_FILTER, SCREEN_FILTER),
            on_message=self._heard.put,
            on_up=lambda _present: self._up.set(),
        )
        self.onlooker.start()
        assert self._up.wait(WAIT_S)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self.registry = CollectorRegistry()
        leadership = Leadership(LeaseStore(self.engine), "test", 15, self.registry)
        scheduler = Scheduler(
            self.clock,
            Broker.parse(self.broker.url),
            self.store,
            lambda: (1, self.community),
            lambda publish: CommandOutbox(self.engine, publish, self.clock, self.registry, fence=leadership.fence),
            self.registry,
            leadership,
            self.messages.standing,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=scheduler.run, args=(self._stop,), name="scheduler-under-test")
        self._thread.start()
        assert scheduler.ready.wait(WAIT_S)

    def stop(self) -> None:
        if self._thread is not None:
            self._stop.set()
            self._thread.join(WAIT_S)
            assert not self._thread.is_alive()
            self._thread = None

    def close(self) -> None:
        self.stop()
        self.onlooker.stop()
        self.engine.dispose()
        self.broker.stop()

    def say(self, occupancy: str, clock: str) -> None:
        """Move to `clock`, where the gateway says this of the room, as it does every minute."""
        while self.clock.at < at(clock):
            self.clock.advance(60)
            state = a_state("rongqu", occupancy, self.clock.at, since=at("08:50"))
            assert self.publish(str(StateTopic("wuhan", "rongqu")), state.model_dump_json(), retain=True)
            # A scheduler that is left minutes behind its clock takes the gateway to be silent.
            wait_until(lambda: self.looked_at() >= self.clock.at)

    def looked_at(self) -> int:
        """Return the clock time of the last look, in ms."""
        return round(1000 * (self.registry.get_sample_value("foldspace_scheduler_looked_at_seconds") or 0.0))

    def press(self, ref: str, action: str, code: str | None = None) -> None:
        press = ButtonPressed(
            ref=ref, device="button", space="rongqu", action=action, code=code, at=self.clock.at  # type: ignore[arg-type]  # a test's own words
        )  # fmt: skip
        assert self.publish(str(EventTopic("wuhan", "button")), press.model_dump_json())

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> bool:
        return self.onlooker.publish(topic, payload, retain=retain).wait(WAIT_S)

    def hear(self, wanted: Callable[[str, dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next event or screen that is wanted; the test fails when it does not come."""
        while True:
            message = self._heard.get(timeout=WAIT_S)
            if message.topic == str(EventTopic("wuhan", "button")):  # our own
                continue
            payload = parse_json_object(message.payload)
            if wanted(message.topic, payload):
                return payload

    def decision(self, kind: str) -> dict[str, Any]:
        topic = str(EventTopic("wuhan", "decision"))
        return self.hear(lambda name, event: name == topic and event["kind"] == kind)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path)
    try:
        yield live
    finally:
        live.close()


def test_no_show_from_warning_to_the_next_group(live: Live) -> None:
    live.store.book(a_booking(), "user:wang", live.clock.now())
    live.store.add_request(a_request())
    live.start()
    live.say("vacant", "09:10")
    warned = live.decision("warn")
    assert local_clock(warned["params"]["release_at"], ZONE) == "09:15"
    assert warned["summary"]["zh"].startswith("融趣园「晨练合唱」（合唱团）")
    screen = live.hear(lambda name, _: name == str(ScreenTopic("wuhan", "rongqu")))
    while screen["notice"] != "screens.warn":
        screen = live.hear(lambda name, _: name == str(ScreenTopic("wuhan", "rongqu")))
    assert local_clock(screen["notice_until"], ZONE) == "09:15"
    live.say("vacant", "09:15")
    live.decision("release")
    offer = live.hear(lambda name, _: name == str(EventTopic("wuhan", "offer")))
    live.press("button/x/7", "claim", offer["code"])
    live.press("button/x/7", "claim", offer["code"])
    assert live.decision("offer_taken")["params"]["group"] == "组r1"
    taken = live.store.booking(f"b-{offer['id']}")
    assert taken.state is BookingState.BOOKED
    screen_key, door_key = ("wuhan", "rongqu-screen"), ("wuhan", "rongqu-door")
    orders = RecentCommands(live.engine).of([screen_key, door_key], 20)
    assert [order.do for order in orders[screen_key]].count("show") >= 1
    assert [order.do for order in orders[door_key]] == ["unlock"]


def test_what_happened_while_it_was_away_is_done_and_told_once(live: Live) -> None:
    live.store.book(a_booking(), "user:wang", live.clock.now())
    live.start()
    live.decision("book")
    live.stop()
    kept = live.operations.keep("b1", "user:wang", live.clock.now())
    live.clock.advance(120)
    live.press("button/x/1", "check_in", "1357")
    live.start()
    assert live.decision("keep")["id"] == kept.id
    assert live.decision("check_in")["booking"] == "b1"
    live.stop()
    assert live.store.pressed("button/x/1")
    live.start()
    live.press("button/x/1", "check_in", "1357")
    live.press("button/x/2", "end")
    live.decision("end")
    kinds = [decision.kind for decision in live.store.decisions()]
    assert kinds == ["end", "check_in", "keep", "book"]
    assert live.registry.get_sample_value("foldspace_presses_total", {"outcome": "repeated"}) == 1


def test_what_cannot_be_read_is_counted_and_left(live: Live) -> None:
    live.store.book(a_booking(), "user:wang", live.clock.now())
    live.start()
    assert live.publish(str(StateTopic("wuhan", "rongqu")), '{"v":1}')
    assert live.publish(str(EventTopic("wuhan", "button")), "not json")
    live.press("button/x/1", "claim", "0000")
    live.press("button/x/2", "keep")
    live.decision("keep")
    assert live.registry.get_sample_value("foldspace_scheduler_rejected_total") == 2
    assert live.registry.get_sample_value("foldspace_presses_total", {"outcome": "refused"}) == 1


def test_what_staff_say_is_on_the_screen_within_a_look_and_gone_at_its_end(live: Live) -> None:
    live.start()
    live.messages.put(ScreenMessage("wuhan", "rongqu", "今天请走后门", at("09:05"), "user:wang", live.clock.now()))
    topic = str(ScreenTopic("wuhan", "rongqu"))
    shown = live.hear(lambda name, screen: name == topic and screen["message"] is not None)
    assert (shown["message"], shown["message_until"]) == ("今天请走后门", at("09:05"))
    live.say("vacant", "09:04")
    live.say("vacant", "09:05")
    gone = live.hear(lambda name, screen: name == topic and screen["message"] is None)
    assert (gone["message_until"], gone["as_of"]) == (None, at("09:05"))
