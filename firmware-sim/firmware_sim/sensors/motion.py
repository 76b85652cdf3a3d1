"""PIR motion: confirms an arrival, goes quiet when people sit still."""

from firmware_sim.sensors.glass import GlassWall
from firmware_sim.sensors.sample import NEVER, Sample, Watcher
from firmware_sim.world import Room
from services.contracts.names import Millis

HOLD_MS: Millis = 30_000
"""Blocking time after a movement."""


class Motion(Watcher):
    """Motion while somebody moved within HOLD_MS; `walls` are what it looks through besides."""

    def __init__(self, rooms: tuple[Room, ...], walls: tuple[GlassWall, ...] = ()) -> None:
        super().__init__(rooms + tuple(room for wall in walls for room in wall.behind))
        self._own = rooms
        self._walls = walls
        self._moved_at: Millis = -HOLD_MS
        self._seen_through_at: Millis = -HOLD_MS

    def look(self, now: Millis) -> list[Sample]:
        for wall in self._walls:
            if wall.shows_movement(now):
                self._seen_through_at = now
        self._moved_at = max(self._seen_through_at, *(room.moved_at for room in self._own))
        return self._if_new("motion", {"motion": now - self._moved_at < HOLD_MS})

    def rests_until(self, now: Millis) -> Millis:
        return self._moved_at + HOLD_MS if now - self._moved_at < HOLD_MS else NEVER
