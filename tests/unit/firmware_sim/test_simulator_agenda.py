import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.agenda import attend, with_breaks
from firmware_sim.tables import Activity
from services.contracts.names import MINUTE

START = 1_780_000_000_000
END = START + 90 * MINUTE


def activity(**turns_out: Any) -> Activity:
    return Activity(id="a", space="r", group="g", title="t", people=12, start="09:00", end="10:30", **turns_out)


@given(st.integers())
def test_on_time_means_in_ones_twos_and_threes_around_the_start(seed: int) -> None:
    stays = attend(activity(), START, END, random.Random(seed))
    assert 9 <= len(stays) <= 12
    assert all(-8 * MINUTE <= stay.arrives - START <= 7 * MINUTE for stay in stays)
    assert all(-5 * MINUTE <= stay.leaves - END <= 2 * MINUTE for stay in stays)


@given(st.integers())
def test_no_show_late_early_and_overrun_are_what_they_say(seed: int) -> None:
    luck = random.Random(seed)
    assert attend(activity(attendance="no_show"), START, END, luck) == []
    late = attend(activity(attendance="late", late_min=20), START, END, luck)
    assert min(stay.arrives for stay in late) >= START + 20 * MINUTE
    early = attend(activity(attendance="leaves_early", leaves_min=25), START, END, luck)
    assert max(stay.leaves for stay in early) <= START + 25 * MINUTE
    over = attend(activity(attendance="overruns", overrun_min=9), START, END, luck)
    assert END + 6 * MINUTE <= max(stay.leaves for stay in over) <= END + 9 * MINUTE


@pytest.mark.parametrize("seed", range(40))
def test_a_break_never_empties_the_room(seed: int) -> None:
    luck = random.Random(seed)
    stays = with_breaks(attend(activity(), START, END, luck), ("corner",), luck)
    for at in range(START + 8 * MINUTE, END - 5 * MINUTE, MINUTE):
        assert any(stay.space == "r" and stay.arrives <= at < stay.leaves for stay in stays)
