"""mmWave and seat presence: sees people who sit still, but for short gaps."""

import random

from firmware_sim.sensors.sample import Sample, Watcher
from firmware_sim.world import Room
from services.contracts.names import Millis

HOLD_MS: Millis = 15_000
"""The sensor reports absence only after this long; the usual factory setting is between 5 and 30 s."""
_GAP_CHANCE = 0.0015
"""A step, with one or two people who do not move: about once an hour."""


class Presence(Watcher):
    """Present, or not for HOLD_MS."""

    def __init__(self, rooms: tuple[Room, ...], luck: random.Random) -> None:
        super().__init__()
        self._rooms = rooms
        self._luck = luck
        self._blind_until: Millis = 0
        self._seen_at: Millis | None = None

    def look(self, now: Millis) -> list[Sample]:
        if self._sees(now):
            self._seen_at = now
        present = self._seen_at is not None and now - self._seen_at <= HOLD_MS
        return self._if_new("presence", {"present": present})

    def _sees(self, now: Millis) -> bool:
        people = sum(room.people for room in self._rooms)
        if people == 0:
            return False
        if any(room.moved_at == now for room in self._rooms):
            return True
        if people <= 2 and now >= self._blind_until and self._luck.random() < _GAP_CHANCE:
            self._blind_until = now + self._luck.randrange(10_000, 40_000)
        return now >= self._blind_until
