"""The world, its residents and its devices, moved on together step by step."""

from collections.abc import Iterator
from datetime import date

from firmware_sim.device import VirtualDevice
from firmware_sim.faults import faults_of
from firmware_sim.residents import Residents
from firmware_sim.scenario import Scenario
from firmware_sim.sensors.kinds import buttons_serve, sensor_of
from firmware_sim.world import STEP_MS, World
from services.contracts.community import Device
from services.contracts.names import Millis
from services.kit.logs import logger

log = logger("world")


class Neighbourhood:
    """Everything of a scenario from the midnight of `day` on.

    One scenario and day give one sequence of steps, bit for bit, however it is cut into calls. `salt` makes boot ids
    differ between two runs that start at the same instant of the same day.
    """

    def __init__(self, scenario: Scenario, day: date, *, salt: str = "") -> None:
        self.scenario = scenario
        self.world = World(scenario, day)
        self.residents = Residents(scenario, self.world)
        entries = [device for device in scenario.community.devices if device.site == scenario.site]
        strangers = [
            Device(id=new.id, site=scenario.site, space=new.space, kind=new.kind, heartbeat_s=new.heartbeat_s)
            for new in scenario.tables.strangers
        ]
        claims = {new.id: new.claim for new in scenario.tables.strangers}
        # A button of the catalogue comes later, and so before a stranger's: people know it.
        serves = buttons_serve(self.world, [*strangers, *entries])
        self.devices = {
            entry.id: VirtualDevice(
                entry,
                sensor_of(entry, self.world, serves.get(entry.id, frozenset())),
                seed=(scenario.seed, day, salt),
                claim=claims.get(entry.id),
            )
            for entry in [*entries, *strangers]
        }
        """By name; strangers last."""
        self.unheard_presses = 0
        """Presses where no button is."""
        self._watched = [(device, {room.id for room in device.sensor.rooms}) for device in self.devices.values()]
        self._served = frozenset().union(*serves.values())
        self._day: date | None = None

    def begin(self, at: Millis) -> None:
        """Let the day pass unwatched until `at`, then power all devices on."""
        self.world.skip_to(at)
        self._expect_faults()
        for device in self.devices.values():
            device.begin(self.world.now)

    def steps(self, to: Millis) -> Iterator[Millis]:
        """Move the world on, yielding after each step; the caller then steps the devices."""
        while self.world.now + STEP_MS <= to:
            self.world.step()
            self._expect_faults()
            for press in self.world.presses:
                if press.space not in self._served:
                    self.unheard_presses += 1
                    log.warning("press_without_button", space=press.space, action=press.action)
            yield self.world.now

    def awake(self) -> Iterator[VirtualDevice]:
        """Yield the devices whose step may do something now, in order; stepping the others would change nothing."""
        now, stirred = self.world.now, self.world.stirred
        for device, rooms in self._watched:
            if now >= device.rests_until or not stirred.isdisjoint(rooms):
                yield device

    def _expect_faults(self) -> None:
        if self._day != self.world.day:
            self._day = self.world.day
            for device, changes in faults_of(self.scenario, self.world.day, self.world.day_number).items():
                self.devices[device].expect(changes)
                self.devices[device].stir()
