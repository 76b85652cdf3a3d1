"""The air, light and sound of a room: what people do to it, minute by minute."""

import math
import random
from dataclasses import dataclass

OUTDOOR_CO2_PPM = 420.0
_CO2_M3_PER_PERSON_H = 0.0187
"""What a person at light work breathes out."""
_VOLUME_M3_PER_SEAT = 8.0
_AIR_CHANGES_PER_H = 2.5
_DOOR_AIR_CHANGES_PER_H = 1.5
"""On top while people come and go."""
_COOLING_K = 2.5
"""What a running fan or air conditioning makes of the warmth."""
_SILENT_MOVES_PER_MIN = 0.1
"""Who moves less than this reads, sleeps or meditates and says nothing."""
_FORGOTTEN_LIGHT = 0.1
"""Share of departures after which nobody switches the light off."""


@dataclass(slots=True)
class Air:
    """The state of one room's air. `seats` gives its size."""

    seats: int
    co2_ppm: float = OUTDOOR_CO2_PPM + 15
    temp_c: float = 22.0
    rh_pct: float = 55.0
    light_on: bool = False
    dark_in_min: float = 0.0
    was_occupied: bool = False
    lamps_left_on: float = 0.0
    """Above 0: somebody left the lamps on for good."""
    window_changes_per_h: float = 0.0
    """Air that comes in by an open window."""
    fan_power: float = 0.0
    """Sound power, against 0 dB, of fans and air conditioning that run by themselves."""
    clients: float = 0.0
    """Wi-Fi clients that stay: a printer, laptops left behind."""

    def step(self, minutes: float, people: int, passages: int, hour: float, luck: random.Random) -> None:
        """Move on by `minutes` with `people` inside; `hour` is the local hour of the day."""
        hours = minutes / 60
        volume = max(4, self.seats) * _VOLUME_M3_PER_SEAT
        changes = _AIR_CHANGES_PER_H + (_DOOR_AIR_CHANGES_PER_H if passages else 0.0) + self.window_changes_per_h
        # Mass balance dC/dt = G·n/V − λ·(C − C_out), solved for the step.
        settles_at = OUTDOOR_CO2_PPM + 1e6 * _CO2_M3_PER_PERSON_H * people / (volume * changes)
        self.co2_ppm = settles_at + (self.co2_ppm - settles_at) * math.exp(-changes * hours)
        outside_c = 18.0 + 6.0 * math.sin((hour - 9) / 24 * 2 * math.pi)
        warm_c = 20.5 + 0.15 * (outside_c - 18) + 4.0 * min(1.5, people / max(4, self.seats))
        if self.window_changes_per_h:
            warm_c += (outside_c - warm_c) * min(0.8, self.window_changes_per_h / 15)
        if self.fan_power >= 1:
            warm_c -= _COOLING_K
        self.temp_c += (warm_c - self.temp_c) * (1 - math.exp(-hours * 0.8))
        humid_pct = 52 + 9 * min(1.5, people / max(4, self.seats))
        self.rh_pct += (humid_pct - self.rh_pct) * (1 - math.exp(-hours))
        self._switch_light(minutes, people, luck)

    def _switch_light(self, minutes: float, people: int, luck: random.Random) -> None:
        if people:
            self.light_on = True
        elif self.was_occupied:
            self.dark_in_min = 90.0 if luck.random() < _FORGOTTEN_LIGHT else 2.0
        elif self.light_on:
            self.dark_in_min -= minutes
            self.light_on = self.dark_in_min > 0
        self.was_occupied = people > 0


def daylight_lux(hour: float) -> float:
    """Return what comes through the windows at a local hour."""
    return max(0.0, 220.0 * math.sin((hour - 6) / 12.5 * math.pi)) if 6 < hour < 18.5 else 0.0


def noise_db(people: int, moves_per_min: float, fan_power: float = 0.0) -> float:
    """Return the mean level of a room: its hum, then voices and feet; `fan_power` is what runs by itself."""
    voices = people * 10**4.2 if moves_per_min >= people * _SILENT_MOVES_PER_MIN else 0.0
    sources = 10**3.4 + voices + moves_per_min * 10**4.0 + fan_power
    return 10 * math.log10(sources)
