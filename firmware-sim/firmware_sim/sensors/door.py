"""A door contact with a lock: tells that somebody passed, nothing about how many or which way."""

from firmware_sim.sensors.sample import NEVER, Sample, Watcher
from firmware_sim.world import Room
from services.contracts.commands import Command
from services.contracts.names import Millis

OPEN_MS: Millis = 10_000
"""How long the door stands open after somebody passed."""


class Door(Watcher):
    """Open after a passage, and while it is propped.

    Who has a key opens a locked door, which locks itself again when it closes.
    """

    def __init__(self, rooms: tuple[Room, ...]) -> None:
        super().__init__(rooms)
        self._locked = False

    def look(self, now: Millis) -> list[Sample]:
        is_open = any(room.propped or now - room.passed_at < OPEN_MS for room in self.rooms)
        return self._if_new("door", {"open": is_open, "locked": self._locked and not is_open})

    def rests_until(self, now: Millis) -> Millis:
        closes = max(room.passed_at for room in self.rooms) + OPEN_MS
        return closes if now < closes else NEVER

    def act(self, command: Command) -> str | None:
        if command.do not in ("lock", "unlock"):
            return super().act(command)
        self._locked = command.do == "lock"
        return None
