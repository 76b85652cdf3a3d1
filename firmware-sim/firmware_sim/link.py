"""The radio of one virtual device: its own MQTT session, carrying what the firmware hands out."""

from collections import deque
from collections.abc import Callable, Iterable

from pydantic import ValidationError

from firmware_sim.device import VirtualDevice
from firmware_sim.firmware import Outgoing
from firmware_sim.sensors.screen import Display
from services.contracts.events import Screen
from services.contracts.names import Millis
from services.contracts.topics import CmdTopic, ScreenTopic
from services.kit.logs import logger
from services.kit.mqtt import Broker, Delivery, Message, MqttSession, Will

log = logger("fleet")


class Link:
    """Driven by the fleet's one thread; every method returns at once."""

    def __init__(self, device: VirtualDevice, broker: Broker, protocol: int, now: Callable[[], Millis]) -> None:
        entry, will = device.entry, device.firmware.will()
        self.device = device
        self.commands = str(CmdTopic(entry.site, entry.id))
        self._picture = str(ScreenTopic(entry.site, entry.space))
        self._now = now
        self._under_way: deque[tuple[Delivery, int]] = deque()
        shows = isinstance(device.sensor, Display)
        self.session = MqttSession(
            broker,
            f"{entry.site}.{entry.id}",
            filters=(self.commands, self._picture) if shows else (self.commands,),
            on_message=self._hear,
            on_up=self._up,
            on_down=self._down,
            will=Will(will.topic, will.payload),
            protocol=protocol,
        )

    @property
    def standing(self) -> bool:
        """Whether the device is as connected as it wants to be."""
        return self.device.firmware.linked == self.device.wants_link

    def keep(self) -> None:
        """Connect, keep alive, or cut the connection, as the device wants."""
        if self.device.wants_link:
            self.session.tick()
        elif self.session.fileno() is not None:
            self.session.drop()
            self.session.read()  # finds the connection gone

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Publish what the firmware handed out."""
        for message in messages:
            delivery = self.session.publish(message.topic, message.payload, retain=message.retain)
            if message.ref is not None:
                self._under_way.append((delivery, message.ref))

    def note_deliveries(self) -> None:
        """Tell the firmware what the broker has acknowledged."""
        while self._under_way and self._under_way[0][0].done:
            self.device.firmware.delivered(self._under_way.popleft()[1])

    @property
    def owes(self) -> bool:
        """Whether something is not acknowledged yet."""
        return bool(self._under_way)

    def _up(self, _session_present: bool) -> None:
        self.send(self.device.firmware.link_up())

    def _down(self, reason: str) -> None:
        self._under_way.clear()
        self.device.firmware.link_down()
        log.debug("device_unlinked", device=self.device.entry.id, reason=reason)

    def _hear(self, message: Message) -> None:
        if message.topic == self.commands:
            self.send(self.device.firmware.on_command(message.payload, self._now()))
        elif isinstance(self.device.sensor, Display):
            try:
                self.device.sensor.show(Screen.model_validate_json(message.payload))
            except ValidationError as error:
                log.warning("screen_not_shown", device=self.device.entry.id, faults=error.error_count())
