"""The configuration a device holds, with its version. It stands in flash: reboots keep it."""

from typing import Any

from pydantic import ValidationError

from firmware_sim.orders import RefusedError
from services.contracts.commands import ConfigureArgs
from services.contracts.readings import first_fault

SHORTEST_HEARTBEAT_S = 1
LONGEST_HEARTBEAT_S = 86_400


class Twin:
    """Takes what `configure` brings whole or not at all. Version 0 is what it left the factory with."""

    def __init__(self, heartbeat_s: float) -> None:
        self.heartbeat_s = heartbeat_s
        self.version = 0

    def report(self) -> dict[str, Any]:
        """Return what the birth and the health after a change say of it."""
        return {"config": {"heartbeat_s": self.heartbeat_s}, "config_v": self.version}

    def configure(self, args: dict[str, Any]) -> None:
        """Apply a configuration, or raise RefusedError and change nothing."""
        if args.keys() == {"heartbeat_s"}:  # the older form, which knows no versions
            self._apply(args, "args")
            return
        try:
            wanted = ConfigureArgs.model_validate(args)
        except ValidationError as error:
            fault = first_fault(error)
            raise RefusedError(f"args: expected version and config, or heartbeat_s alone: {fault}") from None
        if wanted.version < self.version:
            raise RefusedError(f"args.version: {wanted.version} is older than the held {self.version}")
        self._apply(wanted.config, "args.config")
        self.version = wanted.version

    def _apply(self, config: dict[str, Any], place: str) -> None:
        unknown = sorted(config.keys() - {"heartbeat_s"})
        if unknown:
            raise RefusedError(f"{place}: this device does not know {', '.join(unknown)}; expected heartbeat_s")
        heartbeat_s = config.get("heartbeat_s", self.heartbeat_s)
        is_number = isinstance(heartbeat_s, int | float) and not isinstance(heartbeat_s, bool)
        if not is_number or not SHORTEST_HEARTBEAT_S <= heartbeat_s <= LONGEST_HEARTBEAT_S:
            raise RefusedError(f"{place}.heartbeat_s: expected {SHORTEST_HEARTBEAT_S} to {LONGEST_HEARTBEAT_S}")
        self.heartbeat_s = heartbeat_s
