"""mmWave and seat presence: sees people who sit still, but for gaps."""

import random

from firmware_sim.sensors.glass import GlassWall
from firmware_sim.sensors.sample import NEVER, Sample, Watcher
from firmware_sim.world import STEP_MS, Room
from services.contracts.names import Millis

HOLD_MS: Millis = 15_000
"""The sensor reports absence only after this long; the usual factory setting is between 5 and 30 s."""
_GAP_CHANCE = 0.0015
"""A step, with one or two people who do not move: about once an hour."""
_GAP_MS = (10_000, 40_000)
_STILL_MOVES_PER_MIN = 0.15
"""People who together move less than this hardly breathe for a radar: it loses them for up to two minutes."""
_STILL_GAP_CHANCE = 0.003
_STILL_GAP_MS = (10_000, 120_000)


class Presence(Watcher):
    """Present, or not for HOLD_MS; `walls` are what it looks through besides."""

    def __init__(self, rooms: tuple[Room, ...], luck: random.Random, walls: tuple[GlassWall, ...] = ()) -> None:
        super().__init__(rooms + tuple(room for wall in walls for room in wall.behind))
        self._own = rooms
        self._luck = luck
        self._walls = walls
        self._blind_until: Millis = 0
        self._seen_at: Millis | None = None
        self._sees_on = False
        """While it rests, somebody is in plain sight all the time."""

    def look(self, now: Millis) -> list[Sample]:
        if self._sees_on:
            self._seen_at = now - STEP_MS
        if self._sees(now):
            self._seen_at = now
        present = self._seen_at is not None and now - self._seen_at <= HOLD_MS
        self._sees_on = self._seen_at == now and self._in_plain_sight
        return self._if_new("presence", {"present": present})

    def rests_until(self, now: Millis) -> Millis:
        if self._sees_on:
            return NEVER
        if any(room.people for room in self._own):
            return now
        gone = self._seen_at is None or now - self._seen_at > HOLD_MS
        return NEVER if gone or self._seen_at is None else self._seen_at + HOLD_MS + 1

    @property
    def _still(self) -> bool:
        return sum(room.moves_per_min for room in self._own) < _STILL_MOVES_PER_MIN

    @property
    def _in_plain_sight(self) -> bool:
        return sum(room.people for room in self._own) > 2 and not self._still

    def _sees(self, now: Millis) -> bool:
        if any(wall.shows_movement(now) for wall in self._walls):
            return True
        if not any(room.people for room in self._own):
            return False
        if any(room.moved_at == now for room in self._own):
            return True
        if not self._in_plain_sight:
            still = self._still
            chance, (least, most) = (_STILL_GAP_CHANCE, _STILL_GAP_MS) if still else (_GAP_CHANCE, _GAP_MS)
            if now >= self._blind_until and self._luck.random() < chance:
                self._blind_until = now + self._luck.randrange(least, most)
        return now >= self._blind_until
