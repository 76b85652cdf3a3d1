"""When a space can be had: every stretch is open, lent and nobody else's; and local words become instants."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api import freetime, localtimes
from services.api.agenda import Plan
from services.api.problems import RefusalError
from services.bookings.records import Booking, BookingState, Offer
from services.catalogue.view import CatalogueView
from services.contracts.community import parse_community
from services.contracts.instants import to_millis
from services.contracts.names import HOUR, MINUTE, Millis

ZONE = "Asia/Shanghai"
NINE = to_millis(datetime(2026, 3, 3, 1, 0, tzinfo=UTC))
"""09:00 in Shanghai, a Tuesday."""


HALL = {"id": "hall", "site": "lane", "name": "大厅", "capacity": 9, "functions": ["council"], "parts": ["room"]}
ROOM = {"id": "room", "site": "lane", "name": "甲室", "capacity": 5, "functions": ["reading", "tea"]}
CORNER = {"id": "corner", "site": "lane", "name": "服务角", "capacity": 5}


def _view(**more: object) -> CatalogueView:
    hours = {"days": ["tue"], "start": "08:00", "end": "21:00"}
    sites = [{"id": "lane", "name": "里弄", "timezone": ZONE, "hours": [hours]}]
    return CatalogueView(1, parse_community({"sites": sites, "spaces": [HALL, ROOM, CORNER], **more}, "test"))


def _booking(start: Millis, minutes: int, **more: object) -> Booking:
    values = {"id": f"b{start}", "site": "lane", "space": "room", "group": "g", "title": "t", "people": 2}
    return Booking(**{**values, "start": start, "end": start + minutes * MINUTE, **more})  # type: ignore[arg-type]  # test sugar


def _free(view: CatalogueView, *bookings: Booking, space: str = "room", now: Millis = NINE, hours: int = 15):
    key = ("lane", space)
    plan = Plan(view, {key: bookings}, {})
    there = view.space(*key)
    taken = freetime.kept_free(plan, there, now)
    return freetime.free_stretches(view, there, taken, now, now + hours * HOUR)


def test_what_is_open_and_nobodys_is_free() -> None:
    [whole] = _free(_view())
    assert (whole.start, whole.end) == (NINE, NINE + 12 * HOUR)
    assert (whole.functions, whole.asks_host) == (("reading", "tea"), False)
    before, after = _free(_view(), _booking(NINE + HOUR, 60))
    assert (before.start, before.end) == (NINE, NINE + HOUR)
    assert (after.start, after.end) == (NINE + 2 * HOUR, NINE + 12 * HOUR)
    assert _free(_view(), space="corner") == []  # that is for everybody
    assert _free(_view(), now=NINE + 13 * HOUR, hours=2) == []


def test_too_little_to_be_of_use_is_not_told() -> None:
    assert [one.start for one in _free(_view(), _booking(NINE + 10 * MINUTE, 60))] == [NINE + 70 * MINUTE]
    [late] = _free(_view(), _booking(NINE - HOUR, 60, state=BookingState.IN_USE), now=NINE + MINUTE)
    assert late.start == NINE + 5 * MINUTE  # who runs over has the room still


def test_what_lies_between_two_uses_is_left() -> None:
    rows = [{"site": "lane", "before": "*", "after": "*", "minutes": 15}]
    before, after = _free(_view(changeover=rows), _booking(NINE + HOUR, 60, function="dance"))
    assert before.end == NINE + 45 * MINUTE
    assert after.start == NINE + 2 * HOUR + 15 * MINUTE


def test_what_is_lent_is_free_as_it_is_lent() -> None:
    window = {"id": "w", "site": "lane", "space": "room", "owner": "o", "functions": ["tea"], "days": ["tue"],
              "start": "10:00", "end": "12:00", "notice_min": 120, "approval": "host", "terms": ""}  # fmt: skip
    [lent] = _free(_view(supply=[window]))
    assert (lent.start, lent.end, lent.functions, lent.asks_host) == (NINE + 2 * HOUR, NINE + 3 * HOUR, ("tea",), True)
    club = [{"id": "club", "site": "lane", "name": "社团"}]
    assert _free(_view(groups=club, supply=[{**window, "groups": ["club"]}])) == []


def test_an_offer_that_is_held_is_somebodys() -> None:
    view, key = _view(), ("lane", "room")
    offer = Offer("o", "1", "r", "lane", "room", "g", NINE, NINE + HOUR, NINE, NINE + 5 * MINUTE)
    plan = Plan(view, {}, {key: (offer,)})
    assert freetime.promised(plan, view.space(*key), NINE) == [(NINE, NINE + HOUR)]
    assert freetime.promised(plan, view.space(*key), NINE + 5 * MINUTE) == []


@given(
    st.lists(st.tuples(st.integers(-24, 200), st.integers(1, 24)), max_size=8),
    st.integers(0, 12 * 60),
)
def test_no_stretch_touches_what_is_promised_or_shut(spans: list[tuple[int, int]], minute: int) -> None:
    view, now = _view(), NINE + minute * MINUTE
    bookings = [
        _booking(NINE + slot * 5 * MINUTE, length * 5, id=f"b{place}") for place, (slot, length) in enumerate(spans)
    ]
    found = _free(view, *bookings, now=now, hours=4)
    for one in found:
        assert one.start % (5 * MINUTE) == one.end % (5 * MINUTE) == 0
        assert one.end - max(one.start, now) >= freetime.SHORTEST
        assert NINE - HOUR <= one.start < one.end <= NINE + 12 * HOUR
        assert not any(other.start < one.end and one.start < other.end and other.end > now for other in bookings)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_now_tonight_and_a_day_are_the_sites_own() -> None:
    day = date(2026, 3, 4)
    assert localtimes.wanted("now", None, None, None, 60, NINE + MINUTE, ZONE, 14) == (NINE, NINE + 185 * MINUTE)
    assert localtimes.wanted("tonight", None, None, None, 60, NINE, ZONE, 14) == (NINE + 9 * HOUR, NINE + 13 * HOUR)
    assert localtimes.wanted("day", day, "10:00", "12:00", 60, NINE, ZONE, 14) == (NINE + 25 * HOUR, NINE + 27 * HOUR)
    assert localtimes.wanted("day", None, None, None, 60, NINE, ZONE, 14) == (NINE, NINE + 13 * HOUR)
    assert localtimes.starts_at(None, None, NINE + MINUTE, ZONE, 14) == NINE
    assert localtimes.starts_at(day, "10:00", NINE, ZONE, 14) == NINE + 25 * HOUR


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("evening_over", lambda: localtimes.wanted("tonight", None, None, None, 60, NINE + 13 * HOUR, ZONE, 14)),
        ("end_before_start", lambda: localtimes.wanted("day", None, "12:00", "12:00", 60, NINE, ZONE, 14)),
        ("too_little_time_left", lambda: localtimes.wanted("day", None, "08:00", "09:30", 60, NINE, ZONE, 14)),
        ("too_far_ahead", lambda: localtimes.wanted("day", date(2026, 3, 18), None, None, 60, NINE, ZONE, 14)),
        ("too_far_ahead", lambda: localtimes.wanted("day", date(2026, 3, 2), None, None, 60, NINE, ZONE, 14)),
        ("off_grid", lambda: localtimes.starts_at(None, "10:02", NINE, ZONE, 14)),
        ("already_begun", lambda: localtimes.starts_at(None, "08:55", NINE, ZONE, 14)),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(key: str, asked) -> None:
    with pytest.raises(RefusalError) as refused:
        asked()
    assert refused.value.key == key
