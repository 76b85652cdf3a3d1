"""Gap repair asks what can be had, says what cannot, and forgets what came."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.names import DAY, MINUTE, SECOND, Millis
from services.twins.records import AWAY, CANNOT_RESEND, GONE, NOT_SENT, UNANSWERED, Answer, GapRepair, Span
from services.twins.repair import LATER, MOST_RANGES, Boot, Gappy, Plan, plan
from services.twins.spans import total

T0: Millis = 1_700_000_000_000


def device(*gaps: Span, online: bool = True, resends: bool = True, seen: Millis = T0, overdue: int = 2**53) -> Gappy:
    return Gappy("s", "radar", online, resends, (Boot("b", gaps, seen, overdue),))


def answered(made: Plan, command: str = "c1") -> tuple[GapRepair, ...]:
    """Queue what was planned."""
    assert made.ask is not None
    return made.asked_by(command)


def ok(at: Millis = T0, readings: int = 0, missing: tuple[Span, ...] = ()) -> dict[str, Answer]:
    return {"c1": Answer("ok", at, readings=readings, missing=missing)}


def spans(repairs: Any, state: str = "asked") -> list[Span]:
    return [(one.first, one.last) for one in repairs if one.state == state]


def test_an_overdue_gap_is_asked_for_and_noted() -> None:
    made = plan(device((3, 5), (9, 9)), (), {}, T0)
    assert made.ask is not None
    assert (made.ask.boot, made.ask.ranges) == ("b", ((3, 5), (9, 9)))
    assert [(one.state, one.count, one.command, one.asked_at) for one in answered(made)] == [
        ("asked", 3, "c1", T0),
        ("asked", 1, "c1", T0),
    ]


def test_what_may_still_be_on_its_way_is_not_asked_for() -> None:
    made = plan(device((3, 5), (9, 9), overdue=5), (), {}, T0)
    assert made.ask is not None
    assert made.ask.ranges == ((3, 5),)


def test_nobody_asks_a_device_that_is_offline() -> None:
    assert plan(device((3, 5), online=False), (), {}, T0) == Plan((), None, 0, 0)


def test_a_device_that_speaks_through_a_codec_is_never_asked() -> None:
    made = plan(device((3, 5), resends=False), (), {}, T0)
    assert made.ask is None
    assert [(one.state, one.reason) for one in made.repairs] == [("unrepairable", CANNOT_RESEND)]
    assert made.given_up == 3


def test_one_question_at_a_time_and_at_most_32_ranges_in_it() -> None:
    gaps = tuple((n * 10, n * 10) for n in range(40))
    first = plan(device(*gaps), (), {}, T0)
    repairs = answered(first)
    assert len(repairs) == 32
    waiting = plan(device(*gaps), repairs, {"c1": Answer("unfinished", T0)}, T0 + MINUTE)
    assert waiting.ask is None
    rest = plan(device(*gaps[32:]), repairs, ok(), T0 + MINUTE)
    assert rest.ask is not None
    assert rest.ask.ranges == gaps[32:]
    assert rest.repaired == 32


def test_earlier_boots_come_first_and_a_question_is_about_one() -> None:
    two = replace(device(), boots=(Boot("old", ((1, 1),), T0, 9), Boot("new", ((4, 4),), T0, 9)))
    made = plan(two, (), {}, T0)
    assert made.ask is not None
    assert (made.ask.boot, made.ask.ranges) == ("old", ((1, 1),))
    next_made = plan(replace(two, boots=two.boots[1:]), made.asked_by("c1"), ok(), T0)
    assert next_made.ask is not None
    assert next_made.ask.boot == "new"


def test_what_came_is_forgotten_and_the_rest_keeps_waiting() -> None:
    repairs = answered(plan(device((0, 9)), (), {}, T0))
    made = plan(device((2, 3), (7, 7)), repairs, ok(readings=10), T0 + SECOND)
    assert made.repaired == 7
    assert made.ask is None
    assert spans(made.repairs) == [(2, 3), (7, 7)]
    assert plan(device(), made.repairs, ok(), T0 + SECOND) == Plan((), None, 3, 0)


def test_what_the_device_no_longer_holds_is_given_up_at_once() -> None:
    repairs = answered(plan(device((0, 9)), (), {}, T0))
    made = plan(device((0, 9)), repairs, ok(readings=6, missing=((0, 3),)), T0 + SECOND)
    assert spans(made.repairs, "unrepairable") == [(0, 3)]
    assert made.repairs[0].reason == GONE
    assert spans(made.repairs) == [(4, 9)]
    assert made.given_up == 4
    again = plan(device((0, 3)), made.repairs, {}, T0 + DAY)
    assert (spans(again.repairs, "unrepairable"), again.ask, again.given_up) == ([(0, 3)], None, 0)


def test_promised_readings_get_time_for_their_number() -> None:
    repairs = answered(plan(device((0, 999)), (), {}, T0))
    due = T0 + MINUTE + 200 * SECOND
    half = plan(device((500, 999)), repairs, ok(readings=1000), due - 1)
    assert half.repairs[0].attempts == 0
    late = plan(device((500, 999)), half.repairs, ok(readings=1000), due)
    assert (late.repairs[0].attempts, late.repairs[0].command, late.ask) == (0, None, None)


def test_a_promise_that_brings_a_part_costs_no_attempt() -> None:
    repairs = answered(plan(device((0, 3)), (), {}, T0))
    part = plan(device((2, 2)), repairs, ok(readings=4), T0 + 2 * MINUTE)
    nothing = plan(device((0, 3)), repairs, ok(readings=4), T0 + 2 * MINUTE)
    gone = plan(device((0, 3)), repairs, ok(readings=2, missing=((0, 1),)), T0 + 2 * MINUTE)
    assert [made.repairs[-1].attempts for made in (part, nothing, gone)] == [0, 1, 1]
    assert {made.repairs[-1].due_at for made in (part, nothing, gone)} == {T0 + 7 * MINUTE}


def test_three_promises_with_doubling_pauses_and_then_no_more() -> None:
    now, gap = T0, device((3, 3))
    repairs: tuple[GapRepair, ...] = ()
    asked_at = []
    for _ in range(6 * 60):
        made = plan(gap, repairs, {"c1": Answer("ok", asked_at[-1] if asked_at else now, readings=1)}, now)
        if made.ask is not None:
            asked_at.append(now)
        repairs = made.asked_by("c1")
        now += 10 * SECOND
    assert len(asked_at) == 3
    first, second = (later - earlier for earlier, later in pairwise(asked_at))
    assert (first, second) == (6 * MINUTE + 10 * SECOND, 11 * MINUTE + 10 * SECOND)  # each at the next look
    assert [(one.state, one.reason) for one in repairs] == [("unrepairable", NOT_SENT)]


def test_a_refusal_costs_time_and_no_attempt() -> None:
    repairs = answered(plan(device((3, 3)), (), {}, T0))
    refused = plan(device((3, 3), (8, 8)), repairs, {"c1": Answer("refused", T0, "clock not set")}, T0)
    assert [(one.reason, one.attempts, one.due_at) for one in refused.repairs] == [("clock not set", 0, T0 + LATER)]
    assert refused.ask is None
    again = plan(device((3, 3), (8, 8)), refused.repairs, {}, T0 + LATER)
    assert again.ask is not None
    assert again.ask.ranges == ((3, 3), (8, 8))


def test_who_never_answers_for_a_day_is_given_up() -> None:
    now, repairs = T0, ()
    reasons = set()
    while now < T0 + DAY + LATER:
        made = plan(device((3, 3), seen=now), repairs, {"c1": Answer("unanswered", now)}, now)
        repairs = made.asked_by("c1")
        reasons |= {one.reason for one in repairs if one.state == "unrepairable"}
        now += 5 * MINUTE
    assert reasons == {UNANSWERED}
    assert plan(device((3, 3), seen=now), repairs, {}, now).ask is None


def test_a_boot_nobody_heard_for_a_day_is_given_up_until_it_is_back() -> None:
    away = plan(device((3, 3), online=False, seen=T0 - DAY), (), {}, T0)
    assert [(one.state, one.reason) for one in away.repairs] == [("unrepairable", AWAY)]
    back = plan(device((3, 3), seen=T0), away.repairs, {}, T0)
    assert back.ask is not None
    assert back.ask.ranges == ((3, 3),)


def test_a_device_that_goes_offline_before_sending_loses_no_attempt() -> None:
    repairs = answered(plan(device((3, 3)), (), {}, T0))
    gone = plan(device((3, 3), online=False), repairs, ok(readings=1), T0 + 10 * MINUTE)
    assert [(one.attempts, one.command) for one in gone.repairs] == [(0, None)]
    back = plan(device((3, 3)), gone.repairs, {}, T0 + 11 * MINUTE)
    assert back.ask is not None


def test_beyond_the_bound_neighbours_are_merged_and_still_counted_right() -> None:
    gaps = tuple((n * 3, n * 3) for n in range(1000))
    made = plan(device(*gaps, resends=False), (), {}, T0)
    assert len(made.repairs) == MOST_RANGES
    assert sum(one.count for one in made.repairs) == made.given_up == 1000
    fewer = plan(device(*gaps[:990], resends=False), made.repairs, {}, T0 + 1)
    assert (fewer.repaired, sum(one.count for one in fewer.repairs)) == (10, 990)
    assert len(fewer.repairs) <= MOST_RANGES


GAPS = st.lists(st.integers(0, 400), unique=True, max_size=120)


def as_gaps(numbers: list[int]) -> tuple[Span, ...]:
    found: list[Span] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


@given(
    looks=st.lists(
        st.tuples(
            GAPS,
            st.booleans(),
            st.sampled_from(["unfinished", "ok", "refused", "unanswered"]),
            st.lists(st.integers(0, 400), max_size=5),
            st.integers(1, 3 * 60),
        ),
        max_size=12,
    )
)
def test_whatever_happens_repairs_are_of_gaps_disjoint_and_rightly_counted(looks: list[Any]) -> None:
    repairs: tuple[GapRepair, ...] = ()
    now = T0
    for numbers, online, state, missing, minutes in looks:
        gaps = as_gaps(numbers)
        answer = Answer(state, now, missing=tuple((n, n + 3) for n in missing), readings=3)
        made = plan(device(*gaps, online=online, seen=now), repairs, {"c1": answer}, now)
        repairs = made.asked_by("c1")
        assert made.repaired >= 0
        assert made.given_up >= 0
        assert made.ask is None or (online and 1 <= len(made.ask.ranges) <= 32)
        for before, after in pairwise(repairs):
            assert before.last < after.first
        for one in repairs:
            held = sum(max(0, min(last, one.last) - max(first, one.first) + 1) for first, last in gaps)
            assert one.count == held > 0
            assert one.state == "unrepairable" or one.command is not None or one.due_at is not None
        assert sum(one.count for one in repairs) <= total(gaps)
        now += minutes * MINUTE
