"""Supply windows become instants of the site's own days, and cover a time or do not."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.catalogue.windows import covering, windows_between
from services.contracts.community import Supply
from services.contracts.instants import to_millis
from services.contracts.names import Millis

ZONE = "Asia/Shanghai"
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def at(clock: str, day: int = 2) -> Millis:
    return to_millis(datetime.fromisoformat(f"2026-03-{day:02}T{clock}").replace(tzinfo=ZoneInfo(ZONE)))


def lent(**values: Any) -> Supply:
    entry = {"id": "w", "site": "s", "space": "tea", "owner": "o", "functions": ["class"], "start": "09:00",
             "end": "24:00", "days": ["mon"]}  # fmt: skip
    return Supply.model_validate(entry | values)


def test_a_window_is_there_on_its_days_in_the_sites_zone() -> None:
    [window] = windows_between(MONDAY, TUESDAY, [lent()], ZONE)
    assert (window.start, window.end) == (at("09:00"), at("00:00", 3))


@pytest.mark.parametrize(
    ("start", "end", "wanted", "covered"),
    [
        (at("09:00"), at("00:00", 3), [], True),
        (at("08:55"), at("10:00"), [], False),
        (at("23:00"), at("01:00", 3), [], True),
        (at("23:00"), at("01:00", 3), ["class"], False),
        (at("23:00"), at("03:00", 3), [], False),
        (at("10:00"), at("11:00"), ["talk", "class"], True),
        (at("10:00"), at("11:00"), ["talk"], False),
    ],
)
def test_cover(start: Millis, end: Millis, wanted: list[str], covered: bool) -> None:
    windows = windows_between(
        MONDAY,
        TUESDAY,
        [lent(), lent(id="night", days=["tue"], start="00:00", end="02:00", functions=["talk"])],
        ZONE,
    )
    assert (covering(windows, start, end, wanted) is not None) is covered


def test_of_windows_that_reach_as_far_the_one_that_asks_least_is_used() -> None:
    asking = lent(id="asking", approval="host", functions=["talk"], end="12:00")
    free = lent(id="free", functions=["class"], end="12:00")
    windows = windows_between(MONDAY, MONDAY, [asking, free], ZONE)
    assert [one.supply for one in covering(windows, at("09:00"), at("11:00"), []) or ()] == ["free"]
    assert [one.supply for one in covering(windows, at("09:00"), at("11:00"), ["talk"]) or ()] == ["asking"]


def test_a_window_for_some_groups_is_for_nobody_else() -> None:
    windows = windows_between(MONDAY, MONDAY, [lent(groups=["choir"])], ZONE)
    assert covering(windows, at("10:00"), at("11:00"), [], "choir") is not None
    assert covering(windows, at("10:00"), at("11:00"), [], "") is None
    assert covering(windows, at("10:00"), at("11:00"), []) is not None
