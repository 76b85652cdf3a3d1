"""What a series means, and what a change of it does: exceptions stay, nothing is booked twice. Pure."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bookings.records import Booking, BookingState
from services.bookings.series.plan import (
    Segment,
    Series,
    booking_of,
    changed,
    difference,
    ended,
    extended,
    planned,
)
from services.contracts.instants import from_wall, local_clock
from services.contracts.names import DAY, HOUR

ZONE = "Europe/Berlin"
TUESDAY = date(2026, 9, 1)
NOW = from_wall(date(2026, 8, 30), "12:00", ZONE)


def weekly(**values: Any) -> Series:
    segment = Segment("2026-09-01", "hall", "19:00", "21:00", "FREQ=WEEKLY;BYDAY=TU", "2026-09-01")
    return Series("s", "site", "合唱团", "排练", 20, (replace(segment, **values),), "2026-11-30", "rehearsal")


def booked(series: Series) -> list[Booking]:
    return [booking_of(series, one, None) for one in difference(None, series, [], NOW, ZONE).book]


def apply(before: Series, after: Series, bookings: list[Booking], now: int = NOW) -> tuple[Series, list[Booking]]:
    """Do what the difference says, as a store would."""
    todo = difference(before, after, bookings, now, ZONE)
    kept = {booking.id: booking for booking in bookings}
    for booking in todo.cancel:
        kept[booking.id] = replace(booking, state=BookingState.CANCELLED)
    for booking, one in todo.move:
        kept[booking.id] = replace(booking, space=one.space, start=one.start, end=one.end)
    for one in todo.book:
        times = sum(booking.occurrence == one.day.isoformat() for booking in bookings)
        new = booking_of(after, one, None, times)
        assert new.id not in kept
        kept[new.id] = new
    return replace(after, exceptions=todo.exceptions), list(kept.values())


def held(bookings: list[Booking]) -> dict[str, tuple[str, str]]:
    return {
        one.occurrence or "": (one.space, local_clock(one.start, ZONE))
        for one in bookings
        if one.state is not BookingState.CANCELLED
    }


def test_seven_in_the_evening_stays_seven_when_the_clocks_change() -> None:
    found = planned(weekly(), TUESDAY, date(2026, 11, 30), ZONE)
    assert {local_clock(one.start, ZONE) for one in found} == {"19:00"}
    assert len(found) == 13
    assert found[8].start - found[7].start == 7 * DAY + HOUR  # the clocks went back on 25 October


def test_a_night_goes_over_midnight() -> None:
    [first, *_] = planned(weekly(start="22:00", end="01:00"), TUESDAY, date(2026, 9, 30), ZONE)
    assert first.end - first.start == 3 * HOUR


def test_what_was_moved_or_cancelled_by_hand_is_left_alone_by_every_later_change() -> None:
    series, bookings = weekly(), booked(weekly())
    bookings[1] = replace(bookings[1], start=bookings[1].start + HOUR, end=bookings[1].end + HOUR)
    bookings[2] = replace(bookings[2], state=BookingState.CANCELLED)
    moved, cancelled = bookings[1], bookings[2]
    series, bookings = apply(series, changed(series, TUESDAY, space="events"), bookings)
    series, bookings = apply(series, ended(series, TUESDAY), bookings)
    series, bookings = apply(series, extended(series, date(2026, 10, 31)), bookings)
    assert moved in bookings
    assert [one for one in bookings if one.occurrence == cancelled.occurrence] == [cancelled]
    wanted = {one.day.isoformat(): ("events", "19:00") for one in planned(series, TUESDAY, date.max, ZONE)}
    assert len(wanted) == 9
    wanted[moved.occurrence or ""] = ("hall", "20:00")
    del wanted[cancelled.occurrence or ""]
    assert held(bookings) == wanted
    assert set(series.exceptions) == {moved.occurrence, cancelled.occurrence}


def test_this_and_following_begins_where_it_says() -> None:
    series, bookings = weekly(), booked(weekly())
    series, bookings = apply(
        series, changed(series, date(2026, 10, 1), rrule="FREQ=WEEKLY;BYDAY=TH", start="18:00"), bookings
    )
    days = sorted(held(bookings))
    assert days[4:6] == ["2026-09-29", "2026-10-01"]
    assert held(bookings)["2026-10-01"] == ("hall", "18:00")
    assert len(series.segments) == 2
    again = changed(series, date(2026, 9, 15), space="events")
    assert [one.first_day for one in again.segments] == ["2026-09-01", "2026-09-15"]
    assert again.segments[1].rrule == "FREQ=WEEKLY;BYDAY=TU"


def test_what_has_begun_or_is_over_is_history() -> None:
    series, bookings = weekly(), booked(weekly())
    todo = difference(series, ended(series, TUESDAY), bookings, bookings[3].start, ZONE)
    assert todo.cancel == tuple(bookings[4:])


def test_a_rule_that_ended_goes_on_only_when_asked() -> None:
    series = weekly(rrule="FREQ=WEEKLY;COUNT=3;BYDAY=TU")
    assert len(planned(extended(series, date(2026, 12, 31)), TUESDAY, date.max, ZONE)) == 3
    beyond = extended(series, date(2026, 9, 30), beyond_rule=True)
    assert beyond.segments[0].rrule == "FREQ=WEEKLY;BYDAY=TU"
    assert len(planned(beyond, TUESDAY, date.max, ZONE)) == 5


RULES = st.sampled_from(
    ["FREQ=WEEKLY;BYDAY=TU", "FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;COUNT=9"]
)
STARTS = st.fixed_dictionaries({"start": st.sampled_from(["07:00", "18:00"])})
STEPS = st.one_of(
    st.tuples(st.just("change"), st.integers(0, 60), st.fixed_dictionaries({"rrule": RULES})),
    st.tuples(st.just("change"), st.integers(0, 60), STARTS),
    st.tuples(st.just("stop"), st.integers(0, 60), st.just({})),
    st.tuples(st.just("extend"), st.integers(0, 90), st.just({})),
    st.tuples(st.sampled_from(["move", "cancel"]), st.integers(0, 20), st.just({})),
)  # fmt: skip


@settings(deadline=None)  # how long it takes is no promise
@given(st.lists(STEPS, max_size=6))
def test_after_any_changes_the_bookings_are_the_plan_but_for_exceptions(
    steps: list[tuple[str, int, dict[str, str]]],
) -> None:
    series, bookings = weekly(), booked(weekly())
    by_hand: dict[str, Booking] = {}
    for kind, number, values in steps:
        day = TUESDAY + timedelta(days=number)
        if kind in ("move", "cancel"):
            live = [one for one in bookings if one.state is BookingState.BOOKED and one.id not in by_hand]
            if live:
                one = live[number % len(live)]
                meant = {"state": BookingState.CANCELLED} if kind == "cancel" else {"space": "attic"}
                by_hand[one.id] = replace(one, **meant)  # type: ignore[arg-type]  # either of two fields
                bookings = [by_hand.get(each.id, each) for each in bookings]
            continue
        if kind == "change":
            after = changed(series, day, **values)
        else:
            after = ended(series, day) if kind == "stop" else extended(series, day)
        series, bookings = apply(series, after, bookings)
    assert all(one in bookings for one in by_hand.values())
    exceptions = {one.occurrence for one in by_hand.values()}
    plan = {one.day.isoformat(): one for one in planned(series, TUESDAY, date.max, ZONE)}
    live = [one for one in bookings if one.state is BookingState.BOOKED and one.occurrence not in exceptions]
    if not steps or steps[-1][0] not in ("move", "cancel"):
        assert sorted(one.occurrence or "" for one in live) == sorted(day for day in plan if day not in exceptions)
        assert all(
            (one.start, one.end) == (plan[one.occurrence or ""].start, plan[one.occurrence or ""].end) for one in live
        )


@pytest.mark.parametrize("times", [0, 2])
def test_an_occurrence_names_its_booking(times: int) -> None:
    [one, *_] = planned(weekly(), TUESDAY, date(2026, 9, 30), ZONE)
    booking = booking_of(weekly(), one, None, times)
    assert booking.id == ("s.20260901.2" if times else "s.20260901")
    assert (booking.series, booking.occurrence, booking.group) == ("s", "2026-09-01", "合唱团")
