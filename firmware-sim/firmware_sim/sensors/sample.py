"""What a sensor hands to its firmware, and what every sensor must do."""

from dataclasses import dataclass
from typing import Any, Protocol

from services.contracts.commands import Command
from services.contracts.names import Millis


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

    def wake(self) -> None:
        """Forget what was said: the next look says everything again, as after a start."""

    def look(self, now: Millis) -> list[Sample]:
        """Look at the world once a step; return what is new. `now` is true time."""

    def act(self, command: Command) -> str | None:
        """Do what a command asks of this kind of device; return what was wrong, or None."""


NOTHING: list[Sample] = []
"""Shared by all looks that found nothing new; never changed."""


class Watcher:
    """A sensor of one slot that speaks when its fields change, and obeys nothing."""

    def __init__(self) -> None:
        self._said: dict[str, Any] | None = None

    def wake(self) -> None:
        self._said = None

    def act(self, command: Command) -> str | None:
        return f"this device cannot {command.do}"

    def _if_new(self, kind: str, fields: dict[str, Any]) -> list[Sample]:
        if fields == self._said:
            return NOTHING
        self._said = fields
        return [Sample(kind, fields)]
