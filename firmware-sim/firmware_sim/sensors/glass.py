"""A glass wall: a sensor that looks through it notices some of the movements in the space behind."""

import random

from firmware_sim.world import Room
from services.contracts.names import Millis


class GlassWall:
    """`share` is the chance that one movement behind it is noticed."""

    def __init__(self, behind: tuple[Room, ...], share: float, luck: random.Random) -> None:
        self.behind = behind
        self._share = share
        self._luck = luck

    def shows_movement(self, now: Millis) -> bool:
        """Tell whether something that moves in this step is noticed."""
        return any(room.moved_at == now and self._luck.random() < self._share for room in self.behind)
