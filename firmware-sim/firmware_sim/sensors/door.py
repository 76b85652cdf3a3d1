"""A door contact with a lock: tells that somebody passed, nothing about how many or which way."""

from firmware_sim.sensors.sample import Sample, Watcher
from firmware_sim.world import Room
from services.contracts.commands import Command
from services.contracts.names import Millis

OPEN_MS: Millis = 10_000
"""How long the door stands open after somebody passed."""


class Door(Watcher):
    """Open after a passage. Who has a key opens a locked door, which locks itself again when it closes."""

    def __init__(self, rooms: tuple[Room, ...]) -> None:
        super().__init__()
        self._rooms = rooms
        self._locked = False

    def look(self, now: Millis) -> list[Sample]:
        is_open = any(now - room.passed_at < OPEN_MS for room in self._rooms)
        return self._if_new("door", {"open": is_open, "locked": self._locked and not is_open})

    def act(self, command: Command) -> str | None:
        if command.do not in ("lock", "unlock"):
            return super().act(command)
        self._locked = command.do == "lock"
        return None
