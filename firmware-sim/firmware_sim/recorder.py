"""A simulated day without a broker: what would have been published, in virtual time, with the truth beside it."""

from collections.abc import Callable, Iterator
from datetime import date

from firmware_sim.device import VirtualDevice
from firmware_sim.firmware import Outgoing
from firmware_sim.neighbourhood import Neighbourhood
from firmware_sim.scenario import Scenario
from firmware_sim.sensors.screen import Display
from services.contracts.events import OfferMade, Screen
from services.contracts.files import RecordedMessage, TruthRow
from services.contracts.names import MINUTE, Millis
from services.contracts.topics import CmdTopic, parse


class VirtualSimulation:
    """A scenario's day, moved on by hand. Links are perfect but for the scenario's faults.

    `truth` grows with every step: one row for each change, and one for every space at the start.
    """

    def __init__(self, scenario: Scenario, day: date, start: Millis | None = None) -> None:
        self.scenario = scenario
        self.neighbourhood = Neighbourhood(scenario, day)
        self.neighbourhood.begin(scenario.start_at(day) if start is None else start)
        world = self.neighbourhood.world
        self.truth: list[TruthRow] = [
            TruthRow(world.now, scenario.site, space, world.people(space)) for space in world.spaces
        ]

    @property
    def now(self) -> Millis:
        """The last step that was made."""
        return self.neighbourhood.world.now

    @property
    def spaces(self) -> tuple[str, ...]:
        """All spaces of the site."""
        return self.neighbourhood.world.spaces

    def people(self, space: str) -> int:
        """Return how many people are really in a space."""
        return self.neighbourhood.world.people(space)

    def advance(self, to: Millis) -> list[RecordedMessage]:
        """Let time pass until `to`; return what was published, in order."""
        published: list[RecordedMessage] = []
        for now in self.neighbourhood.steps(to):
            self.truth += self.neighbourhood.world.truth_changes
            for device in self.neighbourhood.awake():
                published += [_recorded(now, message) for message in self._step(device, now)]
        return published

    def hear_offer(self, offer: OfferMade) -> None:
        """Let the residents hear an offer, now."""
        self.neighbourhood.residents.hear_offer(offer, self.now)

    def see_screen(self, screen: Screen) -> None:
        """Show a screen of a space to the residents and on its displays, now."""
        self.neighbourhood.residents.see_screen(screen, self.now)
        for device in self.neighbourhood.devices.values():
            if isinstance(device.sensor, Display) and device.entry.space == screen.space:
                device.sensor.show(screen)

    def command(self, topic: str, payload: bytes) -> list[RecordedMessage]:
        """Give a command to a device, now; return its acknowledgement, if it hears it. Raises TopicError."""
        match parse(topic):
            case CmdTopic(site, name) if site == self.scenario.site and name in self.neighbourhood.devices:
                device = self.neighbourhood.devices[name]
                if device.firmware.linked:
                    device.stir()
                    return [_recorded(self.now, message) for message in device.firmware.on_command(payload, self.now)]
        return []

    def _step(self, device: VirtualDevice, now: Millis) -> list[Outgoing]:
        firmware = device.firmware
        messages = device.step(now)
        for message in messages:
            if message.ref is not None:
                firmware.delivered(message.ref)
        if device.wants_link == firmware.linked:
            return messages
        device.stir()
        if device.wants_link:
            return [*firmware.link_up(), *messages]
        firmware.link_down()
        return [*messages, firmware.will()]


def record(
    scenario: Scenario,
    day: date,
    start: Millis,
    end: Millis,
    respond: Callable[[VirtualSimulation, list[RecordedMessage]], None] | None = None,
    every_ms: Millis = MINUTE,
) -> Iterator[RecordedMessage]:
    """Yield what the devices publish from `start` to `end`.

    After every `every_ms` of virtual time `respond` gets the simulation and the messages since its last call; it may
    put in offers, screens and commands.
    """
    simulation = VirtualSimulation(scenario, day, start)
    now = start
    while now < end:
        now = min(now + every_ms, end)
        messages = simulation.advance(now)
        yield from messages
        if respond is not None:
            respond(simulation, messages)


def _recorded(now: Millis, message: Outgoing) -> RecordedMessage:
    return RecordedMessage(now, message.topic, message.payload)
