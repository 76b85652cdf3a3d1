"""What a feed says, as two other readers understand it: vobject, and icalendar read back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from services.bookings.records import Booking, BookingState
from services.calendars.feed import Dated, Place, feed, printable, uid
from services.calendars.zones import timezone
from services.contracts.instants import to_millis
from services.contracts.names import DAY, HOUR, MINUTE, Millis

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
NOW = to_millis(datetime(2026, 3, 3, 1, 0, tzinfo=UTC))


def booking(start: Millis = NOW, minutes: int = 60, title: str = "排练", **more: object) -> Booking:
    return Booking("b1", "lane", "hall", "合唱团", title, 8, start, start + minutes * MINUTE, code="4321", **more)  # type: ignore[arg-type]  # test sugar


def written(*bookings: Booking, zone: str = "Asia/Shanghai") -> bytes:
    entries = [Dated(one, NOW - DAY, NOW - HOUR) for one in bookings]
    span = (NOW - 60 * DAY, NOW + 400 * DAY)
    return feed(entries, "里弄 · 大厅", zone, span, lambda _: Place("大厅", "里弄社区", "https://x/r/lane/hall"), "zh")


def instants_of(at: datetime) -> Millis:
    assert at.tzinfo is not None
    return to_millis(at.astimezone(UTC))


@settings(max_examples=60, deadline=None)
@given(
    title=st.text(max_size=300) | st.text(alphabet=",;:\\\n\r\"'🎶👩‍👩‍👧长x\t", max_size=400),
    zone=st.sampled_from(ZONES),
    start=st.integers(NOW // (5 * MINUTE), (NOW + 390 * DAY) // (5 * MINUTE)).map(lambda slot: slot * 5 * MINUTE),
    minutes=st.integers(1, 288).map(lambda slots: slots * 5),
)
def test_two_readers_understand_the_same_whatever_the_title_and_the_zone(
    title: str, zone: str, start: Millis, minutes: int
) -> None:
    one = booking(start, minutes, title)
    said = written(one, zone=zone)
    assert all(len(line) <= 75 for line in said.split(b"\r\n"))
    assert b"4321" not in said.replace(str(start).encode(), b"")
    expected = printable(title or "合唱团")
    [event] = Calendar.from_ical(said).walk("VEVENT")
    assert str(event["SUMMARY"]) == expected
    assert (instants_of(event["DTSTART"].dt), instants_of(event["DTEND"].dt)) == (one.start, one.end)
    other = vobject.readOne(said.decode()).vevent
    assert other.summary.value == expected
    assert (instants_of(other.dtstart.value), instants_of(other.dtend.value)) == (one.start, one.end)
    assert other.uid.value == "b1@lane.foldspace"


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone != "UTC"])
def test_the_zone_is_right_at_every_quarter_of_an_hour_around_its_changes(zone: str) -> None:
    """vobject goes by our VTIMEZONE alone; zoneinfo knows. Of local times that come twice, the first is meant."""
    made = timezone(zone, NOW - 60 * DAY, NOW + 400 * DAY)
    assert made is not None
    calendar = vobject.readOne(
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{made.to_ical().decode()}END:VCALENDAR\r\n".replace(zone, "Somewhere")
    )
    theirs, ours = calendar.vtimezone.tzinfo, ZoneInfo(zone)
    offsets = set()
    for quarter in range(460 * 24 * 4):
        at = (datetime(2026, 1, 1, 12, tzinfo=UTC) + quarter * timedelta(minutes=15)).astimezone(ours)
        around = {(at + timedelta(hours=h)).astimezone(ours).utcoffset() for h in (-1, 0, 1)}
        if at.fold or (quarter % 96 and len(around) == 1 and quarter % 7):
            continue
        offsets.add(at.utcoffset())
        assert at.replace(tzinfo=theirs).utcoffset() == at.utcoffset(), at
    assert len(offsets) == (1 if zone == "Asia/Shanghai" else 2)


def test_the_second_of_two_equal_local_times_is_said_in_utc() -> None:
    first = to_millis(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 02:30 in Berlin, for the first time
    for start, shown in ((first, b"DTSTART;TZID=Europe/Berlin:20261025T023000"), (first + HOUR, b"20261025T013000Z")):
        said = written(booking(start, 30), zone="Europe/Berlin")
        assert shown in said
        assert instants_of(vobject.readOne(said.decode()).vevent.dtstart.value) == start


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (BookingState.ASKED, "TENTATIVE"),
        (BookingState.BOOKED, "CONFIRMED"),
        (BookingState.WARNED, "CONFIRMED"),
        (BookingState.IN_USE, "CONFIRMED"),
        (BookingState.ENDED, "CONFIRMED"),
        (BookingState.RELEASED, "CANCELLED"),
        (BookingState.CANCELLED, "CANCELLED"),
    ],
)
def test_what_is_given_up_is_cancelled_and_what_is_asked_is_tentative(state: BookingState, status: str) -> None:
    event = vobject.readOne(written(booking(state=state, version=3, function="rehearsal")).decode()).vevent
    assert event.status.value == status
    assert event.sequence.value == "3"
    assert event.transp.value == ("TRANSPARENT" if status == "CANCELLED" else "OPAQUE")
    assert event.location.value == "大厅, 里弄社区"
    assert event.categories.value == ["排练"]
    assert event.url.value == "https://x/r/lane/hall"
    assert instants_of(event.dtstamp.value) == instants_of(event.last_modified.value) == NOW - HOUR
    assert instants_of(event.created.value) == NOW - DAY


def test_an_early_end_gives_the_rest_back_and_a_moved_booking_keeps_its_name() -> None:
    over = booking(minutes=120, state=BookingState.ENDED, checked_in_at=NOW, ended_at=NOW + 33 * MINUTE)
    event = vobject.readOne(written(over).decode()).vevent
    assert instants_of(event.dtend.value) == NOW + 35 * MINUTE
    assert uid(booking(NOW + DAY, version=1)) == uid(booking())


def test_the_same_feed_twice_is_the_same_and_an_empty_one_is_a_calendar() -> None:
    assert written(booking()) == written(booking())
    empty = vobject.readOne(written().decode())
    assert empty.prodid.value
    assert not hasattr(empty, "vevent")
