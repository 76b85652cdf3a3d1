"""What a sensor hands to its firmware, and what every sensor must do."""

from dataclasses import dataclass
from typing import Any, Protocol

from firmware_sim.world import Room
from services.contracts.commands import Command
from services.contracts.names import Millis

NEVER: Millis = 2**53
"""Later than any run."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The present state of one slot of a device (a port, a rack slot; 0 where there is one only).

    `send` tells the firmware to send it now; otherwise it goes out with the next heartbeat. `repeats` is false for
    what happened once, such as a press.
    """

    kind: str
    fields: dict[str, Any]
    slot: int = 0
    send: bool = True
    repeats: bool = True


class Sensor(Protocol):
    """The part of a device that touches the world."""

    @property
    def rooms(self) -> tuple[Room, ...]:
        """The rooms it looks at."""

    def wake(self) -> None:
        """Start anew: the next look says everything, and what is counted since the start is counted from here."""

    def repeat(self) -> None:
        """Forget what was said: the next look says everything again."""

    def look(self, now: Millis) -> list[Sample]:
        """Look at the world once a step; return what is new. `now` is true time."""

    def rests_until(self, now: Millis) -> Millis:
        """After a look at `now`: until when another would find nothing and leave no trace if nothing stirs there."""

    def act(self, command: Command) -> str | None:
        """Do what a command asks of this kind of device; return what was wrong, or None."""


NOTHING: list[Sample] = []
"""Shared by all looks that found nothing new; never changed."""


class Watcher:
    """A sensor of one slot that speaks when its fields change, and obeys nothing."""

    def __init__(self, rooms: tuple[Room, ...] = ()) -> None:
        self.rooms = rooms
        self._said: dict[str, Any] | None = None

    def wake(self) -> None:
        self.repeat()

    def repeat(self) -> None:
        self._said = None

    def rests_until(self, now: Millis) -> Millis:
        return now

    def act(self, command: Command) -> str | None:
        return f"this device cannot {command.do}"

    def _if_new(self, kind: str, fields: dict[str, Any]) -> list[Sample]:
        if fields == self._said:
            return NOTHING
        self._said = fields
        return [Sample(kind, fields)]
