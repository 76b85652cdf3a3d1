"""PIR motion: confirms an arrival, goes quiet when people sit still."""

from firmware_sim.sensors.sample import Sample, Watcher
from firmware_sim.world import Room
from services.contracts.names import Millis

HOLD_MS: Millis = 30_000
"""Blocking time after a movement."""


class Motion(Watcher):
    """Motion while somebody moved within HOLD_MS."""

    def __init__(self, rooms: tuple[Room, ...]) -> None:
        super().__init__()
        self._rooms = rooms

    def look(self, now: Millis) -> list[Sample]:
        moved = any(now - room.moved_at < HOLD_MS for room in self._rooms)
        return self._if_new("motion", {"motion": moved})
