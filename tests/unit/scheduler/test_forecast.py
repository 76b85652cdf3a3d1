"""Rates of no-shows: shrunken, explained, and used to ask, never to take."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.bookings import machine
from services.bookings.reasons import Why
from services.bookings.records import BookingState, Outcome
from services.contracts.names import DAY, HOUR
from services.scheduler.forecast import USUAL, Forecast, Seen
from services.scheduler.policy import replay
from tests.unit.scheduler.stories import Story, a_booking, at, tell

WHY = Why("test/1")


def zone(_site: str) -> str:
    return "Asia/Shanghai"


def outcomes(group: str, *no_shows: bool, hour: str = "19:00") -> list[Outcome]:
    """One booking a week, the last a week ago."""
    first = at(hour) - len(no_shows) * 7 * DAY
    return [Outcome("wuhan", group, first + week * 7 * DAY, gone) for week, gone in enumerate(no_shows)]


def test_without_a_history_the_usual_is_expected() -> None:
    chance = Forecast([], zone).chance("wuhan", "合唱团", at("19:00"))
    assert chance.rate == USUAL
    assert chance.group == chance.everybody == Seen(0, 0)


def test_one_slip_is_no_habit_and_a_habit_is_no_slip() -> None:
    def rate(*gone: bool) -> float:
        return Forecast(outcomes("g", *gone), zone).chance("wuhan", "g", at("19:00")).rate

    assert USUAL < rate(True) < 2.5 * USUAL
    assert rate(*[True] * 10) > 0.6
    assert rate(*[False] * 10) < 0.05


def test_a_habit_of_one_evening_is_not_held_against_the_morning() -> None:
    history = outcomes("g", *[True] * 8) + outcomes("g", *[False] * 8, hour="09:00")
    forecast = Forecast(history, zone)
    evening, morning = forecast.chance("wuhan", "g", at("19:00")), forecast.chance("wuhan", "g", at("09:00"))
    assert evening.rate > 1.5 * morning.rate
    assert (evening.same_hour, morning.same_hour, evening.group) == (Seen(8, 8), Seen(8, 0), Seen(16, 8))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 24 * 28), st.booleans()), max_size=60))
def test_a_rate_is_a_probability_and_the_order_of_the_past_does_not_matter(
    past: list[tuple[str, int, bool]],
) -> None:
    history = [Outcome("wuhan", group, at("00:00") + hour * HOUR, gone) for group, hour, gone in past]
    one, other = Forecast(history, zone), Forecast(reversed(history), zone)
    for group in "abcd":
        chance = one.chance("wuhan", group, at("19:00"))
        assert 0 < chance.rate < 1
        assert chance == other.chance("wuhan", group, at("19:00"))


def often_absent() -> Story:
    """A group that did not come to any of its last eight Mondays at eleven, and has booked the ninth."""
    story = tell([a_booking("ninth", "11:00", "12:00")])
    ledger = story.scheduler.ledger
    for week in range(1, 9):
        start, end = (at(clock) - week * 7 * DAY for clock in ("11:00", "12:00"))
        ledger.book(replace(a_booking(f"past{week}"), start=start, end=end), "file", start)
        ledger.commit(machine.warn(ledger.booking(f"past{week}"), start, start, WHY))
        ledger.commit(machine.release(ledger.booking(f"past{week}"), start, WHY))
    return story


def test_a_group_that_often_stays_away_is_asked_once_and_keeps_its_room_without_an_answer() -> None:
    story = often_absent()
    story.room("vacant")
    assert story.until("10:59") == ["09:00 ask"]
    asked = story.last("ask")
    assert (asked.params["no_shows"], asked.params["bookings"]) == (8, 8)
    assert replay(asked) == asked
    assert story.scheduler.ledger.booking("ninth").state is BookingState.BOOKED


def test_whoever_is_asked_may_answer_at_once() -> None:
    story = often_absent()
    story.until("09:00")
    story.scheduler.operations.keep("ninth", "group", story.now)
    story.room("vacant")
    assert story.until("11:59") == []


def test_a_policy_may_ask_nobody() -> None:
    story = tell([a_booking("ninth", "11:00", "12:00")], ask_ahead_min=0)
    assert story.until("10:59") == []
