"""When a space is there: against a clock that is read step by step, also on nights when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalogue.availability import Availability, Use
from services.contracts.community import parse_community
from services.contracts.entries import WEEKDAYS
from services.contracts.errors import NotFoundError
from services.contracts.instants import from_wall, to_millis
from services.contracts.names import HOUR, MINUTE, Millis

ZONE = "Asia/Shanghai"
BERLIN = "Europe/Berlin"
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
"""In Berlin 02:00–03:00 does not exist on the first night, and comes twice on the second."""
SPACES = [
    {"id": "hall", "site": "s", "name": "会客厅", "capacity": 60, "functions": ["tea", "rehearsal", "class"],
     "parts": ["room"], "cleaning_min": 10, "capacity_by_function": {"rehearsal": 25}},
    {"id": "room", "site": "s", "name": "议事厅", "capacity": 20, "functions": ["class"]},
]  # fmt: skip


def house(zone: str = ZONE, **tables: Any) -> Availability:
    site = {"id": "s", "name": "江湖里", "timezone": zone, **tables.pop("site", {})}
    return Availability(parse_community({"sites": [site], "spaces": SPACES, **tables}, "test"))


def at(clock: str, day: date = date(2026, 3, 2), zone: str = ZONE) -> Millis:
    return from_wall(day, clock, zone)


def use(start: str, end: str, **values: Any) -> Use:
    return Use(at(start), at(end), **values)


def window(**values: Any) -> dict[str, Any]:
    return {"id": "w", "site": "s", "space": "room", "owner": "茶楼", "functions": ["class"], "start": "09:00",
            "end": "12:00", **values}  # fmt: skip


@cache
def wall(day: date, clock: str, zone: str) -> Millis:
    """The first quarter of an hour in which a clock shows this; if none does, as if it had not been changed."""
    day, clock = (day + timedelta(days=1), "00:00") if clock == "24:00" else (day, clock)
    wanted = f"{day.isoformat()} {clock}"
    midnight = to_millis(datetime.combine(day, time(), UTC)) - 14 * HOUR
    for minute in range(0, 54 * 60, 15):
        instant = midnight + minute * MINUTE
        shown = datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(zone))
        if f"{shown:%Y-%m-%d %H:%M}" == wanted:
            return instant
    unchanged = datetime.combine(day - timedelta(days=1), time.fromisoformat(clock), ZoneInfo(zone))
    return to_millis(unchanged) + 24 * HOUR


@pytest.mark.parametrize("zone", [ZONE, BERLIN, "America/New_York", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("day", [FORWARD, BACK, date(2026, 3, 8), date(2026, 10, 4), date(2026, 7, 1)])
@pytest.mark.parametrize("clock", ["00:00", "01:45", "02:15", "02:30", "03:00", "24:00"])
def test_a_local_time_is_when_the_clock_on_the_wall_first_shows_it(zone: str, day: date, clock: str) -> None:
    assert from_wall(day, clock, zone) == wall(day, clock, zone)


CLOCKS = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
PERIODS = st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] != pair[1])


@settings(max_examples=60, deadline=None)  # the first reading of a clock fills the cache
@given(
    st.sampled_from(
        [(ZONE, date(2026, 3, 2)), (BERLIN, FORWARD), (BERLIN, BACK), ("America/New_York", date(2026, 3, 8))]
    ),
    st.lists(st.tuples(PERIODS, st.sets(st.sampled_from(WEEKDAYS), min_size=1)), max_size=3),
    st.lists(st.tuples(st.integers(-2, 2), st.integers(0, 1), st.lists(PERIODS, max_size=1)), max_size=2),
    st.lists(st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] < pair[1]), max_size=1),
)
def test_windows_are_open_when_a_walking_clock_says(
    when: tuple[str, date],
    hours: list[tuple[tuple[str, str], set[str]]],
    holidays: list[tuple[int, int, list[tuple[str, str]]]],
    lent: list[tuple[str, str]],
) -> None:
    zone, night = when
    there = house(
        zone,
        site={"hours": [{"start": a, "end": b, "days": sorted(days)} for (a, b), days in hours]},
        holidays=[
            {"id": f"h{number}", "site": "s", "name": "假", "first_day": night + timedelta(days=shift),
             "last_day": night + timedelta(days=shift + more), "hours": [{"start": a, "end": b} for a, b in other]}
            for number, (shift, more, other) in enumerate(holidays)
        ],
        supply=[window(start=a, end=b, rrule="FREQ=DAILY;INTERVAL=2", dtstart=night) for a, b in lent],
    )  # fmt: skip
    start, end = wall(night, "00:00", zone), wall(night + timedelta(days=1), "06:00", zone)
    naive: set[Millis] = set()
    for shift in range(-2, 2):
        day = night + timedelta(days=shift)
        special = [other for first, more, other in holidays if first <= shift <= first + more]
        usual = [pair for pair, days in hours if WEEKDAYS[day.weekday()] in days] if hours else [("00:00", "24:00")]
        for a, b in special[0] if special else usual:
            closes = wall(day if b > a else day + timedelta(days=1), b, zone)
            naive.update(range(wall(day, a, zone), closes, 5 * MINUTE))
    if lent:
        [(a, b)] = lent
        naive &= set(range(wall(night, a, zone), wall(night, b, zone), 5 * MINUTE))
    found = {
        minute
        for one in there.windows("s", "room", start, end)
        for minute in range(one.start, one.end, 5 * MINUTE)
    }  # fmt: skip
    assert found == {minute for minute in naive if start <= minute < end}


def test_a_night_without_half_past_two_still_opens_and_one_with_two_opens_once() -> None:
    there = house(BERLIN, supply=[window(start="02:30", end="04:00", rrule="FREQ=DAILY", dtstart=date(2026, 3, 1))])
    [short] = there.windows("s", "room", wall(FORWARD, "00:00", BERLIN), wall(FORWARD, "12:00", BERLIN))
    [long] = there.windows("s", "room", wall(BACK, "00:00", BERLIN), wall(BACK, "12:00", BERLIN))
    assert (short.end - short.start, long.end - long.start) == (30 * MINUTE, 150 * MINUTE)


def test_a_space_that_nothing_limits_is_always_there() -> None:
    there = house()
    assert there.always_there("s", "hall")
    assert there.why_not("s", "hall", use("00:00", "24:00", people=60)) is None
    assert not house(site={"hours": [{"start": "08:00", "end": "20:00"}]}).always_there("s", "room")
    closed = {"id": "x", "site": "s", "space": "room", "name": "维修", "first_day": "2026-03-02"}
    assert not house(holidays=[closed]).always_there("s", "hall")
    with pytest.raises(NotFoundError, match="space s/attic"):
        there.why_not("s", "attic", use("09:00", "10:00"))


@pytest.mark.parametrize(
    ("tables", "asked", "key"),
    [
        ({}, use("09:00", "10:00", functions=("disco",)), "not_used_for"),
        ({}, use("09:00", "10:00", people=61), "over_capacity"),
        ({}, use("09:00", "10:00", people=26, functions=("rehearsal",)), "over_capacity"),
        ({}, use("09:00", "10:00", people=25, functions=("rehearsal",)), None),
        ({}, use("09:00", "10:00", people=60, functions=("rehearsal", "tea")), None),
        ({"site": {"hours": [{"start": "08:00", "end": "20:00"}]}}, use("19:00", "21:00"), "outside_hours"),
        ({"site": {"hours": [{"start": "08:00", "end": "20:00", "days": ["tue"]}]}}, use("9:00", "10:00"),
         "closed_that_day"),
        ({"site": {"hours": [{"start": "18:00", "end": "02:00"}]}}, use("00:00", "02:00"), None),
        ({"site": {"hours": [{"start": "08:00", "end": "12:00"}, {"start": "12:00", "end": "20:00"}]}},
         use("09:00", "19:00"), None),
        ({"holidays": [{"id": "h", "site": "s", "name": "春节", "first_day": "2026-03-01", "last_day": "2026-03-03"}]},
         use("09:00", "10:00"), "holiday_closed"),
        ({"holidays": [{"id": "h", "site": "s", "name": "春节", "first_day": "2026-03-02",
                        "hours": [{"start": "10:00", "end": "12:00"}]}]}, use("09:00", "11:00"), "holiday_hours"),
        ({"holidays": [{"id": "h", "site": "s", "space": "room", "name": "维修", "first_day": "2026-03-02"}]},
         use("09:00", "11:00"), "holiday_closed"),
        ({"holidays": [{"id": "h", "site": "s", "space": "room", "name": "维修", "first_day": "2026-03-03"}]},
         use("09:00", "11:00"), None),
    ],
)  # fmt: skip
def test_why_the_hall_is_not_there(tables: dict[str, Any], asked: Use, key: str | None) -> None:
    why = house(**tables).why_not("s", "hall", asked, at("08:00"))
    assert (why.key if why else None) == key


@pytest.mark.parametrize(
    ("terms", "asked", "key"),
    [
        ({}, use("09:00", "12:00"), None),
        ({}, use("09:00", "12:05"), "outside_supply"),
        ({"days": ["tue"]}, use("09:00", "10:00"), "not_lent_that_day"),
        ({"groups": ["choir"]}, use("09:00", "10:00"), "group_not_allowed"),
        ({"groups": ["choir"]}, use("09:00", "10:00", group="合唱团"), None),
        ({"groups": ["choir"]}, use("09:00", "10:00", group="choir"), None),
        ({"notice_min": 60}, use("09:00", "10:00"), None),
        ({"notice_min": 61}, use("09:00", "10:00"), "notice_needed"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=MO", "dtstart": "2026-03-02", "exdate": ["2026-03-02"]}, use("09:00", "10:00"),
         "not_lent_that_day"),
    ],
)  # fmt: skip
def test_why_a_lent_room_is_not_there(terms: dict[str, Any], asked: Use, key: str | None) -> None:
    there = house(supply=[window(**terms)], groups=[{"id": "choir", "site": "s", "name": "合唱团"}])
    why = there.why_not("s", "room", asked, at("08:00"))
    assert (why.key if why else None) == key


def test_hours_of_a_space_stand_instead_of_its_sites() -> None:
    spaces = [dict(SPACES[1], hours=[{"start": "06:00", "end": "23:00"}])]
    community = {"sites": [{"id": "s", "name": "s", "timezone": ZONE, "hours": [{"start": "08:00", "end": "20:00"}]}]}
    there = Availability(parse_community({**community, "spaces": spaces}, "test"))
    assert [(one.start, one.end) for one in there.windows("s", "room", at("00:00"), at("24:00"))] == [
        (at("06:00"), at("23:00"))
    ]


CHANGEOVER = [
    {"site": "s", "from": "tea", "to": "rehearsal", "minutes": 20},
    {"site": "s", "from": "*", "to": "*", "minutes": 5},
    {"site": "s", "from": "tea", "to": "*", "minutes": 7},
    {"site": "s", "from": "class", "to": "class", "minutes": 3},
    {"site": "s", "space": "room", "from": "tea", "to": "rehearsal", "minutes": 45},
]


@pytest.mark.parametrize(
    ("before", "after", "minutes"),
    [
        (("hall", "tea"), ("hall", "rehearsal"), 20),
        (("hall", "rehearsal"), ("hall", "tea"), 10),  # the way back is a row of its own; cleaning counts
        (("room", "class"), ("room", "class"), 3),
        (("room", ""), ("room", "class"), 5),
        (("room", ""), ("room", ""), 0),
        (("gone", "tea"), ("room", "class"), 7),
    ],
)
def test_what_lies_between_two_uses(before: tuple[str, str], after: tuple[str, str], minutes: int) -> None:
    there = house(changeover=[row for row in CHANGEOVER if "space" not in row])
    assert there.gap_min("s", before, after) == minutes


def test_a_row_for_the_space_counts_before_one_for_the_site() -> None:
    spaces = [dict(SPACES[0], parts=[]), dict(SPACES[1], functions=["tea", "rehearsal", "class"])]
    community = {"sites": [{"id": "s", "name": "s", "timezone": ZONE}], "spaces": spaces, "changeover": CHANGEOVER}
    there = Availability(parse_community(community, "test"))
    assert there.gap_min("s", ("room", "tea"), ("room", "rehearsal")) == 45
    assert there.gap_min("s", ("hall", "tea"), ("room", "rehearsal")) == 45  # the stricter of the two
    assert there.longest_gap_min("s") == 45
