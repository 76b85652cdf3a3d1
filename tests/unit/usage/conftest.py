"""A day and a space to measure, in as few words as possible."""

from datetime import date

from services.contracts.instants import from_wall
from services.contracts.names import Millis
from services.contracts.states import Occupancy
from services.timeseries.ports import StatePoint
from services.usage.hours import Day, days_of

ZONE = "Asia/Shanghai"
DAY = date(2026, 11, 3)
"""A Tuesday."""


def at(clock: str, day: date = DAY) -> Millis:
    """Return an instant by the clock on the wall."""
    return from_wall(day, clock, ZONE)


def whole(day: date = DAY) -> Day:
    """Return a whole local day."""
    [found] = days_of(at("00:00", day), at("24:00", day), ZONE)
    return found


def believed(clock: str, occupancy: Occupancy, people: int | None = None, day: date = DAY) -> StatePoint:
    """Return that from a time on this was believed of the room."""
    return StatePoint("lane", "room", at(clock, day), occupancy, people, 0.9, occupancy == "vacant")
