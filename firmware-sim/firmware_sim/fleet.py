"""The simulated community on a real broker: one MQTT session for every device, all in one thread.

Every device has its connection, last will and back-off as a real one has; a session for the residents hears offers
and sees screens.
"""

import secrets
import select
import threading
from collections import deque
from datetime import date

from pydantic import ValidationError

from firmware_sim.link import Link
from firmware_sim.neighbourhood import Neighbourhood
from firmware_sim.scenario import Scenario
from firmware_sim.world import STEP_MS
from services.contracts.errors import TopicError
from services.contracts.events import OfferMade, Screen
from services.contracts.names import SECOND
from services.contracts.topics import SCREEN_FILTER, EventTopic, ScreenTopic, parse
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.mqtt import MQTT5, MQTT311, Broker, Message, MqttSession

LEGACY_SHARE = 8
"""Every eighth device speaks MQTT 3.1.1, as the cheap ones still do."""
_CONNECTS_AT_ONCE = 8
_STEPS_AT_ONCE = 60
"""After a stall the links must be served while the world catches up."""
_TICK_S = 0.25
_GOODBYE_ROUNDS = 20

log = logger("fleet")


class Simulation:
    """Runs `scenario` from `clock`'s present on; `day` is the local day it begins with.

    `legacy_broker` is where devices of MQTT 3.1.1 connect, for brokers with one listener for each version; without
    it every device speaks MQTT 5.
    """

    def __init__(
        self, scenario: Scenario, broker: Broker, clock: Clock, day: date, *, legacy_broker: Broker | None = None
    ) -> None:
        self.ready = threading.Event()
        """Set once every device that is on has been connected."""
        self.neighbourhood = Neighbourhood(scenario, day, salt=secrets.token_hex(4))
        self.misunderstood = 0
        """Offers and screens that did not decode."""
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._links = [
            Link(device, *self._carrier(index, broker, legacy_broker), clock.now)
            for index, device in enumerate(self.neighbourhood.devices.values())
        ]
        self._residents = MqttSession(
            broker,
            f"{scenario.site}.residents",
            filters=(str(EventTopic(scenario.site, "offer")), SCREEN_FILTER.replace("+", scenario.site, 1)),
            on_message=self._residents_hear,
        )
        self._waiting = deque(self._links)
        """Links that do not stand; connected a few at a time."""

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread = threading.Thread(target=self.run, args=(self._stop,), name="simulation", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; every device says that it goes offline."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set."""
        self.neighbourhood.begin(self._clock.now())
        log.info("simulation_started", devices=len(self._links))
        try:
            while not stop.is_set():
                self._keep_links()
                self._pass_time()
                self._serve(self._pause_s())
        finally:
            self._say_goodbye()

    @staticmethod
    def _carrier(index: int, broker: Broker, legacy_broker: Broker | None) -> tuple[Broker, int]:
        if legacy_broker is not None and index % LEGACY_SHARE == LEGACY_SHARE - 1:
            return legacy_broker, MQTT311
        return broker, MQTT5

    def _keep_links(self) -> None:
        self._residents.tick()
        for link in self._links:
            if link.device.firmware.linked or not link.device.wants_link:
                link.keep()
            elif link not in self._waiting:
                self._waiting.append(link)
        if not self._residents.connected:
            return  # one session asks whether the broker is there; ninety would stall the thread
        for _ in range(min(_CONNECTS_AT_ONCE, len(self._waiting))):
            link = self._waiting.popleft()
            link.keep()
            if not link.standing:
                self._waiting.append(link)
        if not self._waiting and not self.ready.is_set():
            log.info("simulation_ready", devices=len(self._links))
            self.ready.set()

    def _pass_time(self) -> None:
        world = self.neighbourhood.world
        to = min(self._clock.now(), world.now + _STEPS_AT_ONCE * STEP_MS)
        for now in self.neighbourhood.steps(to):
            for link in self._links:
                link.send(link.device.step(now))

    def _pause_s(self) -> float:
        until_step_s = (self.neighbourhood.world.now + STEP_MS - self._clock.now()) / SECOND
        most_s = _TICK_S if self.ready.is_set() else 0.02
        return min(most_s, max(0.001, self._clock.real_seconds(until_step_s)))

    def _serve(self, timeout_s: float) -> None:
        """Read and write whatever is possible, waiting up to `timeout_s` for something."""
        sessions: dict[int, MqttSession] = {}
        poll = select.poll()
        for session in (self._residents, *(link.session for link in self._links)):
            fd = session.fileno()
            if fd is not None:
                sessions[fd] = session
                poll.register(fd, select.POLLIN | (select.POLLOUT if session.wants_write else 0))
        for fd, event in poll.poll(timeout_s * 1000):
            if event & ~select.POLLOUT:
                sessions[fd].read()
            if event & select.POLLOUT:
                sessions[fd].write()
        for link in self._links:
            link.note_deliveries()

    def _residents_hear(self, message: Message) -> None:
        residents, now = self.neighbourhood.residents, self._clock.now()
        try:
            match parse(message.topic):
                case EventTopic():
                    residents.hear_offer(OfferMade.model_validate_json(message.payload), now)
                case ScreenTopic():
                    residents.see_screen(Screen.model_validate_json(message.payload), now)
        except (TopicError, ValidationError) as error:
            self.misunderstood += 1
            log.warning("residents_misunderstood", topic=message.topic, reason=str(error).splitlines()[0])

    def _say_goodbye(self) -> None:
        for link in self._links:
            if link.device.firmware.linked:
                link.send([link.device.firmware.will()])
        for _ in range(_GOODBYE_ROUNDS):
            self._serve(0.05)
            if not any(link.owes or link.session.wants_write for link in self._links):
                break
        for session in (self._residents, *(link.session for link in self._links)):
            session.stop()
        firmwares = [link.device.firmware for link in self._links]
        log.info(
            "simulation_stopped",
            lost=sum(firmware.lost for firmware in firmwares),
            vanished=sum(firmware.vanished for firmware in firmwares),
        )
