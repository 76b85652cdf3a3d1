"""People counting: overhead counters that send who is inside, door counters that send running totals."""

import random

from firmware_sim.sensors.sample import Sample, Watcher
from firmware_sim.world import Room
from services.contracts.names import Millis


class PeopleCounter(Watcher):
    """Counts heads from above; in a crowd it sometimes misses one until somebody passes again."""

    def __init__(self, rooms: tuple[Room, ...], miscount: float, luck: random.Random) -> None:
        super().__init__()
        self._rooms = rooms
        self._miscount = miscount
        self._luck = luck
        self._true = -1
        self._missed = 0

    def look(self, now: Millis) -> list[Sample]:  # noqa: ARG002  # every sensor is given the time
        people = sum(room.people for room in self._rooms)
        if people != self._true:
            self._true = people
            self._missed = int(people > 3 and self._luck.random() < self._miscount * people)
        return self._if_new("count", {"people": people - self._missed})


class DoorCounter(Watcher):
    """Counts passages since its start. What it misses it never gets back: its balance drifts."""

    def __init__(self, rooms: tuple[Room, ...], miscount: float, luck: random.Random) -> None:
        super().__init__()
        self._rooms = rooms
        self._miscount = miscount
        self._luck = luck
        self._seen = self._passages()
        self._in = 0
        self._out = 0

    def wake(self) -> None:
        super().wake()
        self._seen = self._passages()
        self._in = self._out = 0

    def look(self, now: Millis) -> list[Sample]:  # noqa: ARG002  # every sensor is given the time
        came, went = self._passages()
        self._in += self._noticed(came - self._seen[0])
        self._out += self._noticed(went - self._seen[1])
        self._seen = came, went
        return self._if_new("count", {"in": self._in, "out": self._out})

    def _passages(self) -> tuple[int, int]:
        return sum(room.came_in for room in self._rooms), sum(room.went_out for room in self._rooms)

    def _noticed(self, passages: int) -> int:
        return sum(self._luck.random() >= self._miscount for _ in range(passages))
