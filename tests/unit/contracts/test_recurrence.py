"""Which recurrence rules can be meant, and on which local days they fall."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.contracts.recurrence import Recurring, check_rule
from services.contracts.supply import Supply

TUESDAY = date(2026, 9, 1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def days(rule: str, first: date = TUESDAY, last: date = date(2027, 8, 31), **values: Any) -> list[date]:
    entry = Recurring(rrule=rule, dtstart=values.pop("dtstart", TUESDAY), **values)
    return entry.rule_days(first, last, "Asia/Shanghai", "19:00")


@settings(deadline=None)  # how long it takes is no promise
@given(
    st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    st.integers(1, 5),
    st.sets(st.sampled_from(range(7)), min_size=1),
    st.none() | st.integers(1, 40),
    st.sets(st.integers(0, 200), max_size=5),
    st.sets(st.integers(0, 200), max_size=5),
    st.integers(-30, 200),
    st.integers(0, 200),
)
def test_weekly_days_are_those_a_calendar_shows(
    dtstart: date,
    every: int,
    weekdays: set[int],
    count: int | None,
    without: set[int],
    with_: set[int],
    begin: int,
    length: int,
) -> None:
    rule = f"FREQ=WEEKLY;INTERVAL={every};BYDAY={','.join(WEEKDAYS[one] for one in sorted(weekdays))}"
    monday = dtstart - timedelta(days=dtstart.weekday())
    calendar = [
        day
        for shift in range(450)
        if (day := dtstart + timedelta(days=shift)).weekday() in weekdays and (day - monday).days // 7 % every == 0
    ]
    wanted = set(calendar[:count]) | {dtstart + timedelta(days=shift) for shift in with_}
    wanted -= {dtstart + timedelta(days=shift) for shift in without}
    first = dtstart + timedelta(days=begin)
    last = first + timedelta(days=length)
    try:
        found = days(
            rule if count is None else f"{rule};COUNT={count}",
            first,
            last,
            dtstart=dtstart,
            exdate=tuple(dtstart + timedelta(days=shift) for shift in sorted(without)),
            rdate=tuple(dtstart + timedelta(days=shift) for shift in sorted(with_)),
        )
    except ValidationError:
        assert not wanted  # every day of the rule was taken out again
        return
    assert found == sorted(day for day in wanted if first <= day <= last)


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260929", date(2026, 9, 29)),
        ("20260929T190000", date(2026, 9, 29)),
        ("20260929T185959", date(2026, 9, 22)),
        ("20260929T110000Z", date(2026, 9, 29)),  # 19:00 in Shanghai
        ("20260929T105959Z", date(2026, 9, 22)),
    ],
)
def test_until_is_included_and_meant_in_the_sites_zone(until: str, last: date) -> None:
    assert days(f"FREQ=WEEKLY;BYDAY=TU;UNTIL={until}")[-1] == last


def test_the_last_friday_of_every_month() -> None:
    assert days("FREQ=MONTHLY;BYDAY=-1FR", last=date(2026, 10, 31)) == [date(2026, 9, 25), date(2026, 10, 30)]
    assert days("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=1") == [date(2026, 9, 30)]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("BYDAY=TU", "FREQ is missing; expected one of DAILY"),
        ("FREQ=HOURLY", "FREQ is HOURLY"),
        ("FREQ=SECONDLY;BYDAY=MO", "FREQ is SECONDLY"),
        ("FREQ=DAILY;BYHOUR=1", "BYHOUR: expected parts that choose days"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20261231", "has COUNT and UNTIL"),
        ("FREQ=WEEKLY;FREQ=DAILY", "each name once"),
        ("FREQ=WEEKLY;BYDAY", "expected NAME=VALUE"),
        ("nonsense", "expected NAME=VALUE"),
        ("FREQ=WEEKLY;BYDAY=XX", "XX: expected a weekday"),
        ("FREQ=WEEKLY;BYDAY=2TU", "expected a weekday without a number"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0: expected a number from 1"),
        ("FREQ=DAILY;COUNT=1000000000", "COUNT=1000000000: expected a number from 1 to 5000"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
        ("FREQ=WEEKLY;UNTIL=soon", "UNTIL=SOON: expected YYYYMMDD"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never falls on any day"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never falls on any day"),
        ("FREQ=DAILY;INTERVAL=700;BYDAY=MO", "never falls on any day"),
        ("FREQ=WEEKLY;UNTIL=20260801", "never falls on any day"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO: expected with FREQ=YEARLY"),
    ],
)
def test_an_impossible_rule_says_what_was_expected(rule: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        check_rule(rule, TUESDAY)
    assert str(caught.value).startswith("rrule: ")
    assert "\n" not in str(caught.value)


def test_a_rule_whose_days_are_all_taken_out_is_none() -> None:
    with pytest.raises(ValueError, match="never falls"):
        check_rule("FREQ=DAILY;COUNT=2", TUESDAY, exdate=(TUESDAY, TUESDAY + timedelta(days=1)))
    check_rule("FREQ=DAILY;COUNT=2", TUESDAY, exdate=(TUESDAY,))
    check_rule("FREQ=DAILY;COUNT=1", TUESDAY, exdate=(TUESDAY,), rdate=(date(2026, 9, 5),))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"rrule": "FREQ=DAILY"}, "dtstart: expected the first local day"),
        ({"dtstart": TUESDAY}, "rrule: expected a rule"),
        ({"rdate": [TUESDAY]}, "rrule: expected a rule"),
        ({"rrule": "FREQ=DAILY", "dtstart": TUESDAY, "days": ["mon"]}, "days: expected none beside rrule"),
        ({"valid_from": TUESDAY, "valid_until": date(2026, 8, 31)}, "valid_until: 2026-08-31 is before valid_from"),
    ],
)
def test_a_window_says_its_days_once_and_whole(values: dict[str, Any], says: str) -> None:
    entry = {"id": "w", "site": "s", "space": "tea", "owner": "o", "functions": [], "start": "09:00", "end": "11:00"}
    with pytest.raises(ValidationError, match=says):
        Supply.model_validate(entry | values)


def test_a_window_is_lent_within_its_validity() -> None:
    entry = {"id": "w", "site": "s", "space": "tea", "owner": "o", "functions": [], "start": "09:00", "end": "11:00"}
    window = Supply.model_validate(entry | {"valid_from": date(2026, 9, 3), "valid_until": date(2026, 9, 4)})
    assert window.lent_days(TUESDAY, date(2026, 9, 30), "UTC") == [date(2026, 9, 3), date(2026, 9, 4)]
    ruled = Supply.model_validate(
        entry
        | {"rrule": "FREQ=DAILY", "dtstart": TUESDAY, "valid_until": date(2026, 9, 2), "rdate": [date(2026, 9, 9)]}
    )
    assert ruled.lent_days(TUESDAY, date(2026, 9, 30), "UTC") == [TUESDAY, date(2026, 9, 2)]
