"""A button with a keypad at the door or at the shared service corner."""

from firmware_sim.sensors.sample import NOTHING, Sample, Watcher
from firmware_sim.world import World
from services.contracts.names import Millis


class Button(Watcher):
    """Says every press once. `serves` are the spaces whose people come to this button."""

    def __init__(self, world: World, serves: frozenset[str]) -> None:
        super().__init__()
        self._world = world
        self._serves = serves

    def look(self, now: Millis) -> list[Sample]:  # noqa: ARG002  # every sensor is given the time
        if not self._world.presses:
            return NOTHING
        return [
            Sample("button", {"action": press.action, "code": press.code}, repeats=False)
            for press in self._world.presses
            if press.space in self._serves
        ]
