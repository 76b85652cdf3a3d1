"""Importing calendars as Google, Outlook, Apple and Nextcloud export them: once, again, and after changes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import services.bookings.tables
import services.catalogue.tables  # noqa: F401  # both declare the tables that create_all makes
from services.bookings.operations import Operations
from services.bookings.records import Booking, BookingState
from services.bookings.store import BookingStore
from services.calendars.expanding import expand
from services.calendars.feed import Dated, Place, feed
from services.calendars.importer import Imported, Importer
from services.calendars.importing import AHEAD, MAX_BOOKINGS, Wish
from services.calendars.queries import CalendarQueries
from services.calendars.reading import read
from services.catalogue.view import CatalogueView
from services.contracts.community import parse_community
from services.contracts.errors import FileError
from services.contracts.instants import to_millis, to_rfc3339
from services.contracts.names import DAY, HOUR, MINUTE, Millis
from services.contracts.policy import Policy
from services.kit.database import metadata, open_engine

EXPORTED = Path(__file__).with_name("exported")
NOW = to_millis(datetime(2026, 3, 1, 1, 0, tzinfo=UTC))
"""Sunday, 09:00 in Shanghai."""
ZONE = "Asia/Shanghai"
VIEW = CatalogueView(
    1,
    parse_community(
        {
            "sites": [{"id": "lane", "name": "里弄", "timezone": ZONE}],
            "spaces": [
                {"id": "hall", "site": "lane", "name": "大厅", "capacity": 40, "functions": ["rehearsal"],
                 "hours": [{"start": "08:00", "end": "22:00"}]},
                {"id": "tea", "site": "lane", "name": "茶楼", "capacity": 10, "functions": ["reading"]},
            ],
            "devices": [],
        },
        "test",
    ),
)  # fmt: skip
WISH = Wish("lane", "hall", "合唱团", 8)

Import = Callable[..., Imported]


class House:
    """An importer over a real store."""

    def __init__(self, folder: Path) -> None:
        engine = open_engine(f"sqlite:///{folder / 'records.sqlite'}")
        metadata.create_all(engine)
        self.store = BookingStore(engine, VIEW.claims, lambda: VIEW.availability)
        self.operations = Operations(self.store, VIEW.claims, Policy)
        self._importer = Importer(self.store, CalendarQueries(engine), lambda: "1234")

    def run(
        self, content: bytes | str, wish: Wish = WISH, *, dry_run: bool = False, whole: bool = False, now: Millis = NOW
    ) -> Imported:
        said = content.encode() if isinstance(content, str) else content
        return self._importer.run(said, wish, VIEW.availability, "user:li", now, dry_run=dry_run, whole=whole)

    def times(self) -> list[str]:
        held = self.store.bookings(states=[BookingState.BOOKED, BookingState.ASKED], limit=500)
        return [f"{to_rfc3339(one.start, ZONE)[5:16]}–{to_rfc3339(one.end, ZONE)[11:16]}" for one in held]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def actions(done: Imported) -> list[tuple[str, str | None]]:
    return [(step.action, step.why) for step in done.steps]


def exported(name: str) -> bytes:
    return (EXPORTED / f"{name}.ics").read_bytes().replace(b"\n", b"\r\n")


def event(uid: str = "u1", start: str = "20260310T190000", end: str = "20260310T200000", *more: str) -> str:
    lines = [f"UID:{uid}", f"DTSTART:{start}", f"DTEND:{end}", "SUMMARY:排练", *more]
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def calendar(*events: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *events, "END:VCALENDAR", ""])


def test_google_a_series_with_a_day_left_out_and_a_day_moved(house: House) -> None:
    done = house.run(exported("google"))
    assert house.times() == [
        "03-03T19:00–20:30", "03-06T14:00–15:20", "03-10T19:00–20:30", "03-25T19:00–20:30", "03-31T19:00–20:30",
    ]  # fmt: skip
    assert {one.title for one in house.store.bookings()} == {"周二排练, 全体", "周二排练改周三", "声部小组"}
    assert [step.rounded for step in done.steps if step.occurrence.uid.startswith("5vv1odd")] == [True]
    assert ("skip", "calendar.import_all_day") in actions(done)
    assert ("skip", "calendar.import_cancelled") in actions(done)  # the day left out
    assert all("li@example.org" not in str(one) for one in house.store.bookings())
    assert {decision.rule for decision in house.store.decisions()} == {"person.import/1"}


def test_outlook_a_windows_zone_the_first_wednesdays_and_a_cancelled_hour(house: House) -> None:
    done = house.run(exported("outlook"))
    assert house.times() == ["03-04T09:00–10:30", "04-01T09:00–10:30", "05-06T09:00–10:30"]
    assert ("skip", "calendar.import_cancelled") in actions(done)


def test_apple_a_far_zone_over_its_change_of_clocks_and_a_time_without_a_zone(house: House) -> None:
    house.run(exported("apple"))
    assert house.times() == ["03-06T09:00–10:00", "03-07T15:00–16:00", "03-13T08:00–09:00"]


def test_nextcloud_durations_an_extra_day_a_zone_nobody_knows_and_a_rule_by_the_hour(house: House) -> None:
    done = house.run(exported("nextcloud"))
    assert house.times() == ["03-24T15:00–16:30", "03-26T15:00–16:30", "03-31T14:00–15:30"]
    refused = {why for action, why in actions(done) if action == "refuse"}
    assert refused == {"calendar.import_unknown_zone", "calendar.import_rule"}


@pytest.mark.parametrize("name", ["google", "outlook", "apple", "nextcloud"])
def test_the_same_file_again_changes_nothing(house: House, name: str) -> None:
    first = house.run(exported(name))
    before = house.store.bookings()
    again = house.run(exported(name))
    assert first.done
    assert not again.done
    assert {action for action, _ in actions(again)} <= {"keep", "skip", "refuse"}
    assert house.store.bookings() == before


def test_a_try_writes_nothing_and_says_what_would_be(house: House) -> None:
    tried = house.run(exported("google"), dry_run=True)
    assert not tried.done
    assert house.store.bookings() == []
    done = house.run(exported("google"))
    assert actions(tried) == actions(done)
    assert [step.booking for step in tried.steps] == [step.booking for step in done.steps]


def test_all_or_nothing_and_what_is_in_the_way_is_said(house: House) -> None:
    house.store.book(
        Booking("b1", "lane", "hall", "书友会", "读书", 5, *_span("2026-03-10T19:30", "2026-03-10T20:30")),
        "user:li",
        NOW,
    )
    two = calendar(event("u1"), event("u2", "20260311T190000", "20260311T200000"))
    whole = house.run(two, whole=True)
    assert not whole.done
    assert actions(whole) == [("refuse", "calendar.import_taken"), ("book", None)]
    assert len(house.store.bookings()) == 1
    some = house.run(two)
    assert some.done
    assert actions(some) == actions(whole)
    assert house.times() == ["03-10T19:30–20:30", "03-11T19:00–20:00"]


def _span(start: str, end: str) -> tuple[Millis, Millis]:
    first, last = (to_millis(datetime.fromisoformat(f"{one}+08:00")) for one in (start, end))
    return first, last


def test_the_house_has_the_last_word(house: House) -> None:
    closed = house.run(calendar(event("u1", "20260310T230000", "20260310T233000")))
    assert actions(closed) == [("refuse", "problems.outside_hours")]
    crowd = house.run(calendar(event("u2")), Wish("lane", "tea", "合唱团", 11))
    assert actions(crowd) == [("refuse", "problems.over_capacity")]
    long = house.run(calendar(event("u3", "20260310T190000", "20260312T190000")), Wish("lane", "tea", "合唱团", 5))
    assert actions(long) == [("refuse", "problems.booking_too_long")]
    nothing = house.run(calendar(event("u4", "20260310T190000", "20260310T190000")))
    assert actions(nothing) == [("refuse", "calendar.import_no_length")]
    over = house.run(calendar(event("u5", "20260301T080000", "20260301T090000")))
    assert actions(over) == [("skip", "calendar.import_past")]
    assert house.run(calendar(event("u6", "20240301T080000", "20240301T090000"))).outside == 1


def test_what_is_moved_there_is_moved_here_and_what_is_moved_here_stays(house: House) -> None:
    house.run(calendar(event()))
    [first] = house.store.bookings()
    moved = house.run(calendar(event(start="20260310T200000", end="20260310T213000")))
    assert actions(moved) == [("move", None)]
    assert house.times() == ["03-10T20:00–21:30"]
    assert house.store.booking(first.id).version == 1
    house.operations.move(first.id, None, _span("2026-03-10T10:00", "2026-03-10T11:30")[0], "user:li", NOW)
    again = house.run(calendar(event(start="20260310T200000", end="20260310T213000")))
    assert actions(again) == [("keep", "calendar.import_moved_here")]
    assert house.times() == ["03-10T10:00–11:30"]


def test_what_is_cancelled_there_is_cancelled_here_and_what_is_cancelled_here_stays_so(house: House) -> None:
    house.run(calendar(event("u1"), event("u2", "20260311T190000", "20260311T200000")))
    gone = house.run(calendar(event("u1", "20260310T190000", "20260310T200000", "STATUS:CANCELLED")))
    assert actions(gone) == [("cancel", None)]
    assert house.times() == ["03-11T19:00–20:00"]
    [other] = house.store.bookings(states=[BookingState.BOOKED])
    house.operations.cancel(other.id, "user:li", NOW)
    again = house.run(calendar(event("u2", "20260311T190000", "20260311T200000")))
    assert actions(again) == [("skip", "calendar.import_closed")]


def test_a_day_left_out_later_is_cancelled_and_its_hour_can_be_had_in_the_same_import(house: House) -> None:
    rule = "RRULE:FREQ=WEEKLY;COUNT=3"
    house.run(calendar(event("u1", "20260310T190000", "20260310T200000", rule)))
    later = calendar(
        event("u1", "20260310T190000", "20260310T200000", rule, "EXDATE:20260317T190000"),
        event("u2", "20260317T190000", "20260317T200000"),
    )
    done = house.run(later, whole=True)
    assert done.done
    assert sorted(action for action, _ in actions(done)) == ["book", "cancel", "keep", "keep"]
    assert house.times() == ["03-10T19:00–20:00", "03-17T19:00–20:00", "03-24T19:00–20:00"]


def test_a_series_moved_to_another_hour_moves_its_bookings_instead_of_making_new_ones(house: House) -> None:
    rule = "RRULE:FREQ=DAILY;COUNT=3"
    house.run(calendar(event("u1", "20260310T190000", "20260310T200000", rule)))
    done = house.run(calendar(event("u1", "20260310T193000", "20260310T203000", rule)))
    assert [action for action, _ in actions(done)] == ["move"] * 3
    assert house.times() == ["03-10T19:30–20:30", "03-11T19:30–20:30", "03-12T19:30–20:30"]


def test_one_import_books_so_many_and_no_more(house: House) -> None:
    rule = "RRULE:FREQ=DAILY"
    twice = calendar(event("u1", "20260302T090000", "20260302T091000", rule),
                     event("u2", "20260302T100000", "20260302T101000", rule))  # fmt: skip
    tried = house.run(twice, dry_run=True)
    assert len(tried.steps) > MAX_BOOKINGS
    assert sum(action == "book" for action, _ in actions(tried)) == MAX_BOOKINGS
    assert ("refuse", "calendar.import_too_many") in actions(tried)


def test_titles_can_be_left_at_home(house: House) -> None:
    house.run(calendar(event()), Wish("lane", "hall", "合唱团", 8, titles=False))
    assert [one.title for one in house.store.bookings()] == ["合唱团"]


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR",
     b"BEGIN:VCALENDAR\r\n:::\r\nEND:VCALENDAR"],
)  # fmt: skip
def test_what_is_no_calendar_is_refused_in_a_sentence_or_is_empty(content: bytes) -> None:
    try:
        assert read(content, ZONE) == []
    except FileError as error:
        assert "{" not in str(error)


_LINES = st.sampled_from(
    [
        "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VCALENDAR", "END:VCALENDAR", "UID:1", "UID:2", "DTSTART:20260310T190000",
        "DTSTART;VALUE=DATE:20260310", "DTSTART;TZID=Europe/Berlin:20260310T190000", "DTEND:20260310T200000Z",
        "DTSTART:99991231T235959Z", "DTSTART:00010101T000000", "DURATION:P99999999D", "DURATION:-PT1H", "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RRULE:FREQ=DAILY;UNTIL=20260401",
        "RRULE:FREQ=DAILY;COUNT=0", "RRULE:", "EXDATE:20260311T190000", "EXDATE;VALUE=DATE:20260311", "EXDATE:x",
        "RDATE;VALUE=PERIOD:20260312T190000/PT1H", "RDATE:20260312", "RECURRENCE-ID:20260311T190000",
        "RECURRENCE-ID;VALUE=DATE:20260311", "STATUS:CANCELLED", "TRANSP:TRANSPARENT", "SUMMARY:a\x00b",
        "SUMMARY:\ud800", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "TZID:Europe/Berlin",
        "BEGIN:STANDARD", "END:STANDARD", "X", ":", ";=:",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINES, max_size=14), st.booleans())
@example(["UID:a", "DTSTART:00010101T000000"], True)
def test_no_file_is_an_error_of_ours(lines: list[str], inside: bool) -> None:
    body = ["BEGIN:VEVENT", *lines, "END:VEVENT"] if inside else lines
    said = "\r\n".join(["BEGIN:VCALENDAR", *body, "END:VCALENDAR"]).encode(errors="replace")
    try:
        found = expand(read(said, ZONE), NOW, NOW + AHEAD)
    except FileError:
        return
    for one in found:
        assert one.start == 0 or one.start < NOW + AHEAD


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(1, 24), st.text(max_size=40)), max_size=6),
    st.sampled_from(["Europe/Berlin", "America/New_York", ZONE]),
)
def test_what_a_feed_says_is_read_back(spans: list[tuple[int, int, str]], zone: str) -> None:
    bookings = [
        Booking(f"b{index}", "lane", "hall", "g", title, 3, NOW + hours * HOUR, NOW + hours * HOUR + slots * 5 * MINUTE)
        for index, (hours, slots, title) in enumerate(spans)
    ]
    said = feed([Dated(one, NOW, NOW) for one in bookings], "f", zone, (NOW, NOW + 400 * DAY),
                lambda _: Place("a", "b", ""), "en")  # fmt: skip
    found = {one.uid: (one.start, one.end) for one in expand(read(said, ZONE), NOW, NOW + AHEAD)}
    assert found == {f"{one.id}@lane.foldspace": (one.start, one.end) for one in bookings}
