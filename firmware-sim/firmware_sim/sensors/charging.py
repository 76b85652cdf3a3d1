"""A charging point: sessions, the power curve of a battery filling up, energy."""

import math
from typing import Any

from firmware_sim.agenda import PlugIn
from firmware_sim.sensors.sample import NEVER, Sample
from firmware_sim.world import Room
from services.contracts.commands import Command
from services.contracts.names import HOUR, Millis

_FULL_POWER_SHARE = 0.7
"""A battery takes full power up to this share of what it needs, then less and less."""
_DONE_W = 1.0
_IDLE: dict[str, Any] = {"state": "idle", "power_w": 0.0, "energy_wh": 0.0, "session": None}


def meter(phone: PlugIn, now: Millis) -> tuple[float, float]:
    """Return the power in W that a plugged phone draws and the energy in Wh that it has drawn."""
    hours = max(0, now - phone.at) / HOUR
    knee_wh = _FULL_POWER_SHARE * phone.needs_wh
    knee_h = knee_wh / phone.power_w
    if hours <= knee_h:
        return phone.power_w, phone.power_w * hours
    left_wh = (phone.needs_wh - knee_wh) * math.exp(-(hours - knee_h) * phone.power_w / (phone.needs_wh - knee_wh))
    return phone.power_w * left_wh / (phone.needs_wh - knee_wh), phone.needs_wh - left_wh


class ChargingPoint:
    """Six sockets or so, each a slot with its own reading."""

    def __init__(self, room: Room) -> None:
        self.rooms = (room,)
        self._sockets = room.sockets
        self._on = [True] * len(room.sockets)
        self._said: dict[int, tuple[str, str | None]] = {}

    def wake(self) -> None:
        self.repeat()

    def repeat(self) -> None:
        self._said.clear()

    def look(self, now: Millis) -> list[Sample]:
        samples: list[Sample] = []
        for port, phone in enumerate(self._sockets):
            if phone is None and self._said.get(port) == ("idle", None):
                continue
            fields = {"port": port, **self._port(phone if self._on[port] else None, now)}
            said = (fields["state"], fields["session"])
            samples.append(Sample("charging", fields, port, send=self._said.get(port) != said))
            self._said[port] = said
        return samples

    def rests_until(self, now: Millis) -> Millis:
        return NEVER if not any(self._sockets) else now

    def act(self, command: Command) -> str | None:
        if command.do not in ("charging_on", "charging_off"):
            return f"this device cannot {command.do}"
        port = command.args.get("port")
        if port is not None and (not isinstance(port, int) or not 0 <= port < len(self._on)):
            return f"args.port: expected 0 to {len(self._on) - 1}, or nothing for all ports"
        for index in range(len(self._on)) if port is None else (port,):
            self._on[index] = command.do == "charging_on"
        return None

    def _port(self, phone: PlugIn | None, now: Millis) -> dict[str, Any]:
        if phone is None:
            return _IDLE
        power_w, energy_wh = meter(phone, now)
        return {
            "state": "charging" if power_w > _DONE_W else "done",
            "power_w": round(power_w, 1),
            "energy_wh": round(energy_wh, 2),
            "session": phone.session,
        }
