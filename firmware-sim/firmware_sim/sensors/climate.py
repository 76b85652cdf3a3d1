"""Climate: CO2, temperature, humidity, light, noise and Wi-Fi clients, once a minute."""

import random
from collections.abc import Callable

from firmware_sim.air import daylight_lux, noise_db
from firmware_sim.sensors.sample import NOTHING, Sample, Watcher
from firmware_sim.world import Room
from services.contracts.commands import Command
from services.contracts.names import MINUTE, Millis

_LAMP_LUX = 320.0
_PHONES_PER_PERSON = 0.85
_NOTABLE_PPM = 60.0
"""A change of CO2 that is sent at once; smaller ones wait for the heartbeat."""


class Climate(Watcher):
    """The mean of its rooms, with the noise of cheap sensors. `hour` gives the local hour."""

    def __init__(self, rooms: tuple[Room, ...], hour: Callable[[], float], luck: random.Random) -> None:
        super().__init__(rooms)
        self._hour = hour
        self._luck = luck
        self._window = luck.uniform(0.3, 1.0)
        self._neighbours_phones = luck.randrange(0, 2)
        self._sent_ppm: float | None = None
        self._eco = False
        """Whether light and air of the room have been told to save power."""

    def repeat(self) -> None:
        self._sent_ppm = None

    def look(self, now: Millis) -> list[Sample]:
        if self._sent_ppm is not None and now % MINUTE:
            return NOTHING
        airs, luck = [room.air for room in self.rooms], self._luck
        people = sum(room.people for room in self.rooms)
        moves = sum(room.moves_per_min for room in self.rooms)
        co2 = sum(air.co2_ppm for air in airs) / len(airs) + luck.gauss(0, 8)
        lamps = sum(air.light_on or air.lamps_left_on > 0 for air in airs) / len(airs)
        fan_power = sum(air.fan_power for air in airs) / len(airs)
        clients = people * _PHONES_PER_PERSON + sum(air.clients for air in airs)
        fields = {
            "co2_ppm": round(co2),
            "temp_c": round(sum(air.temp_c for air in airs) / len(airs) + luck.gauss(0, 0.05), 1),
            "rh_pct": round(sum(air.rh_pct for air in airs) / len(airs) + luck.gauss(0, 0.3), 1),
            "lux": round(self._window * daylight_lux(self._hour()) + lamps * _LAMP_LUX + abs(luck.gauss(0, 3))),
            "noise_db": round(noise_db(people, moves, fan_power) + luck.gauss(0, 1.2), 1),
            "wifi_clients": max(0, round(clients + luck.gauss(0, 0.4))) + self._neighbours_phones,
        }
        if self._eco:
            fields["eco"] = True
        notable = self._sent_ppm is None or abs(co2 - self._sent_ppm) > _NOTABLE_PPM
        if notable:
            self._sent_ppm = co2
        return [Sample("climate", fields, send=notable)]

    def act(self, command: Command) -> str | None:
        if command.do not in ("eco_on", "eco_off"):
            return super().act(command)
        self._eco = command.do == "eco_on"
        return None

    def rests_until(self, now: Millis) -> Millis:
        return now - now % MINUTE + MINUTE
