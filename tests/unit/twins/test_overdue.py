"""A gap counts when the numbers after it have been there for a while."""

from services.contracts.names import SECOND
from services.twins.overdue import OVERDUE, Overtaken

BOOT = ("s", "radar", "b")


def test_a_gap_is_overdue_once_it_was_overtaken_for_long_enough() -> None:
    overtaken = Overtaken()
    assert overtaken.overdue(BOOT, 7, 0) == -1
    assert overtaken.overdue(BOOT, 9, OVERDUE - 1) == -1
    assert overtaken.overdue(BOOT, 12, OVERDUE) == 7
    assert overtaken.overdue(BOOT, 20, 2 * OVERDUE - 1) == 7
    assert overtaken.overdue(BOOT, 20, 2 * OVERDUE) == 12


def test_a_boot_without_gaps_is_forgotten() -> None:
    overtaken = Overtaken()
    overtaken.overdue(BOOT, 7, 0)
    overtaken.keep_only(set())
    assert overtaken.overdue(BOOT, 9, OVERDUE) == -1


def test_a_clock_set_back_makes_nobody_wait_for_ever() -> None:
    overtaken = Overtaken()
    overtaken.overdue(BOOT, 7, 1000 * SECOND)
    assert overtaken.overdue(BOOT, 8, 0) == -1
    assert overtaken.overdue(BOOT, 9, OVERDUE) == 8
