"""A recurring wish is a season of wishes, and a season is an instance that the planner's judge can read."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.bookings.records import Alternative
from services.bookings.seasons import MOST_WISHES, instance_of, season_of
from services.catalogue.availability import Availability
from services.contracts.community import parse_community
from services.contracts.errors import InvalidError
from services.contracts.instants import from_wall, local_clock, to_datetime
from services.contracts.names import DAY, HOUR
from tests.unit.bookings.promise_records import a_booking, a_request

ZONE = "Europe/Berlin"
FIRST = a_request(
    "r1",
    earliest=from_wall(date(2026, 9, 1), "18:00", ZONE),
    latest_end=from_wall(date(2026, 9, 1), "22:00", ZONE),
    duration_min=90,
    alternatives=(Alternative("council", from_wall(date(2026, 9, 2), "18:00", ZONE), None),),
)


def test_a_season_keeps_its_local_times_and_says_whose_it_is() -> None:
    wishes = season_of(FIRST, "FREQ=WEEKLY;BYDAY=TU", date(2026, 11, 30), ZONE)
    assert len(wishes) == 13
    assert {(local_clock(one.earliest, ZONE), local_clock(one.latest_end, ZONE)) for one in wishes} == {
        ("18:00", "22:00")
    }
    assert {one.season for one in wishes} == {"r1"}
    assert wishes[1].id == "r1.20260908"
    [other] = wishes[-1].alternatives
    assert other.earliest is not None
    assert f"{to_datetime(other.earliest, ZONE):%Y-%m-%d %H:%M}" == "2026-11-25 18:00"
    assert replace(wishes[0], id="r1", season=None) == FIRST


@pytest.mark.parametrize(
    ("rrule", "until", "says"),
    [
        ("FREQ=DAILY", None, f"has more than {MOST_WISHES} days"),
        ("FREQ=DAILY;COUNT=5000", None, f"has more than {MOST_WISHES} days"),
        ("FREQ=WEEKLY;BYDAY=TU", date(2026, 8, 1), "has no day"),
        ("FREQ=HOURLY", None, "request r1: rrule: FREQ is HOURLY"),
        (None, date(2026, 12, 1), "until: expected with an rrule"),
    ],
)
def test_a_season_that_cannot_be_meant_is_refused(rrule: str | None, until: date | None, says: str) -> None:
    with pytest.raises(InvalidError, match=says):
        season_of(FIRST, rrule, until, ZONE)


COMMUNITY = parse_community(
    {
        "sites": [{"id": "wuhan", "name": "江湖里", "timezone": "UTC", "hours": [{"start": "08:00", "end": "20:00"}]}],
        "spaces": [
            {"id": "council", "site": "wuhan", "name": "议事厅", "capacity": 20, "functions": ["class", "council"],
             "capacity_by_function": {"class": 12}, "features": ["screen"]},
            {"id": "events", "site": "wuhan", "name": "活动厅", "capacity": 40, "functions": ["class"]},
            {"id": "hall", "site": "wuhan", "name": "会客厅", "capacity": 60, "functions": ["class", "council"],
             "parts": ["council", "events"]},
            {"id": "corner", "site": "wuhan", "name": "角落", "capacity": 4},
        ],
        "supply": [
            {"id": "am", "site": "wuhan", "space": "events", "owner": "o", "functions": ["class"], "start": "07:00",
             "end": "10:00"},
            {"id": "noon", "site": "wuhan", "space": "events", "owner": "o", "functions": ["class"], "start": "10:00",
             "end": "12:00"},
        ],
    },
    "test",
)  # fmt: skip
START = 20_000 * DAY


def instance(*requests: Any, bookings: Any = ()) -> dict[str, Any]:
    house = Availability(COMMUNITY)
    return instance_of("wuhan", COMMUNITY.spaces, house, requests, bookings, START, START + DAY, 15)


def suited(made: dict[str, Any], number: int = 0) -> list[str]:
    asked = set(made["requests"][number]["features"])
    return [space["id"] for space in made["spaces"] if asked <= set(space["features"])]


def test_open_hours_are_those_of_hours_and_supply_joined() -> None:
    opened = {space["id"]: space["open"] for space in instance()["spaces"]}
    assert [[a[11:16], b[11:16]] for a, b in opened["events"]] == [["08:00", "12:00"]]
    assert [[a[11:16], b[11:16]] for a, b in opened["hall"]] == [["08:00", "20:00"]]


@pytest.mark.parametrize(
    ("wish", "spaces"),
    [
        ({}, ["council", "events", "hall"]),
        ({"functions": ("council",)}, ["council", "hall"]),
        ({"functions": ("class",), "people": 15}, ["events", "hall"]),
        ({"space": "corner", "people": 3}, ["corner"]),
        ({"space": "corner", "people": 3, "alternatives": (Alternative("council"),)}, ["council", "corner"]),
        ({"features": ("screen",)}, ["council"]),
        ({"functions": ("opera",)}, []),
    ],
)
def test_a_wish_is_for_the_spaces_that_suit_it(wish: dict[str, Any], spaces: list[str]) -> None:
    assert suited(instance(a_request(**wish))) == spaces


def test_wishes_are_cut_to_the_stretch_and_bookings_are_fixed() -> None:
    late = a_request("late", earliest=START - HOUR, latest_end=START + HOUR, duration_min=60, priority=3)
    gone = a_request("gone", earliest=START - 2 * HOUR, latest_end=START + HOUR, duration_min=61)
    made = instance(late, gone, a_request("far", earliest=START + DAY, latest_end=START + 2 * DAY), bookings=[
        a_booking("b1", space="hall", start=START + HOUR, end=START + 3 * HOUR),
    ])  # fmt: skip
    assert [(one["id"], one["weight"], one["duration_min"]) for one in made["requests"]] == [
        ("late", 4, 60),
        ("b1", 1, 120),
    ]
    assert made["requests"][0]["earliest"] == "2024-10-04T00:00:00.000+00:00"
    assert made["fixed"] == [{"request": "b1", "space": "hall", "start": "2024-10-04T01:00:00.000+00:00"}]
    assert made["grid_min"] == 15
