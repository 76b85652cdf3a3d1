"""A door or preview screen: shows what its space's retained screen topic says, and notices sent to it."""

from typing import Any

from firmware_sim.sensors.sample import NEVER, NOTHING, Sample, Watcher
from services.contracts.commands import Command
from services.contracts.events import Screen
from services.contracts.names import Millis


class Display(Watcher):
    """Has no reading of its own; its health says how old the picture is."""

    def __init__(self) -> None:
        super().__init__()
        self.screen: Screen | None = None
        self.notice: dict[str, Any] | None = None

    def show(self, screen: Screen) -> None:
        """Show a new picture."""
        self.screen = screen

    def look(self, now: Millis) -> list[Sample]:  # noqa: ARG002  # every sensor is given the time
        return NOTHING

    def rests_until(self, now: Millis) -> Millis:  # noqa: ARG002  # every sensor is given the time
        return NEVER

    def act(self, command: Command) -> str | None:
        if command.do != "show":
            return super().act(command)
        self.notice = dict(command.args)
        return None
