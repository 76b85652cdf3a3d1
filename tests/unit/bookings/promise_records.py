"""Plain records and claims for the tests of bookings."""

from dataclasses import replace
from typing import Any

from services.bookings.records import Booking, Request
from services.contracts.errors import NotFoundError
from services.contracts.names import HOUR, MINUTE, Millis

NINE: Millis = 20_000 * 24 * HOUR + 9 * HOUR
TEN: Millis = NINE + HOUR

_CLAIMS = {
    "hall": frozenset({"hall", "council", "events"}),
    "council": frozenset({"council"}),
    "events": frozenset({"events"}),
    "rongqu": frozenset({"rongqu"}),
}


def claims(site: str, space: str) -> frozenset[str]:
    """A hall made of two rooms, and a room."""
    if space not in _CLAIMS:
        raise NotFoundError(f"space {site}/{space} is not in the catalogue")
    return _CLAIMS[space]


def a_booking(id: str = "b1", **values: Any) -> Booking:
    return replace(Booking(id, "wuhan", "rongqu", "合唱团", "晨练合唱", 8, NINE, TEN), **values)


def a_request(id: str = "r1", **values: Any) -> Request:
    return replace(Request(id, "wuhan", f"组{id}", "书法课", 8, 30, NINE, NINE + 4 * HOUR, NINE - HOUR), **values)


def minutes(count: float) -> Millis:
    return int(count * MINUTE)
