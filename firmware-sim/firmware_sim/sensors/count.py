"""People counting: overhead counters that send who is inside, door counters that send totals or a balance."""

import random

from firmware_sim.mishaps import Mounting
from firmware_sim.sensors.sample import NEVER, Sample, Watcher
from firmware_sim.world import Room
from services.contracts.names import Millis


class PeopleCounter(Watcher):
    """Counts heads from above; in a crowd it sometimes misses one until somebody passes again."""

    def __init__(self, rooms: tuple[Room, ...], miscount: float, luck: random.Random) -> None:
        super().__init__(rooms)
        self._miscount = miscount
        self._luck = luck
        self._true = -1
        self._missed = 0

    def look(self, now: Millis) -> list[Sample]:  # noqa: ARG002  # every sensor is given the time
        people = sum(room.people for room in self.rooms)
        if people != self._true:
            self._true = people
            self._missed = int(people > 3 and self._luck.random() < self._miscount * people)
        return self._if_new("count", {"people": people - self._missed})

    def rests_until(self, now: Millis) -> Millis:  # noqa: ARG002  # every sensor is given the time
        return NEVER


class DoorCounter(Watcher):
    """Counts passages since its start. What it misses it never gets back: its balance drifts.

    `mounting` adds the bias of a wrong place. With `says_people` it sends the balance, never below zero, as counters
    do that pretend to know who is inside; otherwise both running totals.
    """

    def __init__(
        self,
        rooms: tuple[Room, ...],
        miscount: float,
        luck: random.Random,
        mounting: Mounting | None = None,
        *,
        says_people: bool = False,
    ) -> None:
        super().__init__(rooms)
        self._luck = luck
        self._misses_in = self._misses_out = miscount
        self._doubles_in = self._doubles_out = 0.0
        if mounting is not None:
            self._misses_in, self._misses_out = max(miscount, mounting.misses_in), max(miscount, mounting.misses_out)
            self._doubles_in, self._doubles_out = mounting.doubles_in, mounting.doubles_out
        self._says_people = says_people
        self._seen = self._passages()
        self._in = 0
        self._out = 0
        self._balance = 0

    def wake(self) -> None:
        super().wake()
        self._seen = self._passages()
        self._in = self._out = self._balance = 0

    def look(self, now: Millis) -> list[Sample]:  # noqa: ARG002  # every sensor is given the time
        came, went = self._passages()
        more_in = self._noticed(came - self._seen[0], self._misses_in, self._doubles_in)
        more_out = self._noticed(went - self._seen[1], self._misses_out, self._doubles_out)
        self._seen = came, went
        self._in += more_in
        self._out += more_out
        self._balance = max(0, self._balance + more_in - more_out)
        if self._says_people:
            return self._if_new("count", {"people": self._balance})
        return self._if_new("count", {"in": self._in, "out": self._out})

    def rests_until(self, now: Millis) -> Millis:  # noqa: ARG002  # every sensor is given the time
        return NEVER

    def _passages(self) -> tuple[int, int]:
        return sum(room.came_in for room in self.rooms), sum(room.went_out for room in self.rooms)

    def _noticed(self, passages: int, misses: float, doubles: float) -> int:
        counted = 0
        for _ in range(passages):
            drawn = self._luck.random()
            if drawn >= misses:
                counted += 2 if drawn > 1 - doubles else 1
        return counted
