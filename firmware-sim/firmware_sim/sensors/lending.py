"""A lending rack for umbrellas or toys: one contact in every slot."""

from firmware_sim.sensors.sample import NEVER, Sample
from firmware_sim.world import Room
from services.contracts.commands import Command
from services.contracts.names import Millis


class Rack:
    """Each slot says whether its thing is there."""

    def __init__(self, room: Room) -> None:
        self.rooms = (room,)
        self._rack = room.rack
        self._said: list[bool | None] = [None] * len(room.rack)

    def wake(self) -> None:
        self.repeat()

    def repeat(self) -> None:
        self._said = [None] * len(self._rack)

    def look(self, now: Millis) -> list[Sample]:  # noqa: ARG002  # every sensor is given the time
        if self._said == self._rack:
            return []
        changed = [slot for slot, there in enumerate(self._rack) if self._said[slot] != there]
        self._said = list(self._rack)
        return [Sample("lending", {"slot": slot, "present": self._rack[slot]}, slot) for slot in changed]

    def rests_until(self, now: Millis) -> Millis:  # noqa: ARG002  # every sensor is given the time
        return NEVER

    def act(self, command: Command) -> str | None:
        return f"this device cannot {command.do}"
