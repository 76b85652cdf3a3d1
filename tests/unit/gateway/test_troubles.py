"""What is wrong with the gateway: told once, said again every minute, and told when it is over."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.line import Report
from gateway.troubles import GROWTH_COUNT, Troubles
from services.contracts.events import Alert
from services.contracts.texts import texts
from services.journal.ledger import QUARANTINE_ROWS

T0 = 1_700_000_000_000
MIN = 60_000


@dataclass
class World:
    """Everything that can be wrong, and is not."""

    refusing: str = ""
    backlog_full: bool = False
    quarantine_rows: int = 0
    report: Report = field(default_factory=Report)
    unclaimed: int = 0
    noisy: tuple[tuple[str, str], ...] = ()
    off: tuple[tuple[str, str, int], ...] = ()
    quarantined: int = 0

    def backlog_size(self) -> int:
        return 7


@pytest.fixture
def world() -> World:
    return World()


class Watch:
    """Sees a world and keeps what was told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.troubles = Troubles()

    def see(self, at: int = T0) -> list[tuple[str, str, str, bool]]:
        """Return the news as (site, key, level, cleared)."""
        w = self.world
        self.troubles.see(w.report, w, w, w.unclaimed, w.noisy, w.off, w.quarantined, at)
        news = self.troubles.news(["a", "b"])
        for _, alert in news:
            for sentence in texts(alert.text, alert.params).values():  # what is missing shows as it is
                assert sentence != alert.text
                assert "{" not in sentence
        return [(site, alert.key, alert.level, alert.cleared) for site, alert in news]


def both(key: str, level: str, cleared: bool = False) -> list[tuple[str, str, str, bool]]:
    return [("a", f"gateway/{key}", level, cleared), ("b", f"gateway/{key}", level, cleared)]


def test_all_is_well(world: World) -> None:
    assert Watch(world).see() == []


@pytest.mark.parametrize(
    ("wrong", "key", "level"),
    [
        ({"report": Report(trouble="disk full")}, "journal", "critical"),
        ({"report": Report(trouble="at its bound", full=True)}, "journal", "critical"),
        ({"report": Report(fill_percent=80, last_id=10, drained=4)}, "journal_filling", "warning"),
        ({"refusing": "connection refused"}, "timeseries", "warning"),
        ({"backlog_full": True}, "backlog", "critical"),
        ({"quarantine_rows": QUARANTINE_ROWS}, "quarantine_full", "warning"),
        ({"unclaimed": 2}, "unclaimed", "info"),
    ],
)
def test_a_trouble_is_told_once_to_every_site_and_once_that_it_is_over(
    world: World, wrong: dict[str, Any], key: str, level: str
) -> None:
    watch = Watch(world)
    watch.see()
    good = {name: getattr(world, name) for name in wrong}
    for name, value in wrong.items():
        setattr(world, name, value)
    assert watch.see() == both(key, level)
    assert watch.see(T0 + 3000) == []
    for name, value in good.items():
        setattr(world, name, value)
    assert watch.see(T0 + 6000) == both(key, level, cleared=True)
    assert watch.see(T0 + 9000) == []


@pytest.mark.parametrize(
    ("wrong", "key", "level"),
    [
        ({"noisy": (("b", "loud"),)}, "noisy/loud", "warning"),
        ({"off": (("b", "slow", -7_200_000),)}, "clock/slow", "info"),
    ],
)
def test_a_device_in_trouble_is_told_to_its_own_site(world: World, wrong: dict[str, Any], key: str, level: str) -> None:
    watch = Watch(world)
    for name, value in wrong.items():
        setattr(world, name, value)
    assert watch.see() == [("b", f"gateway/{key}", level, False)]
    for name in wrong:
        setattr(world, name, ())
    assert watch.see(T0 + 3000) == [("b", f"gateway/{key}", level, True)]


def test_a_clock_a_minute_off_is_nobodys_business(world: World) -> None:
    world.off = (("a", "d", 60_000),)
    assert Watch(world).see() == []


def test_a_journal_first_failing_then_full_is_told_twice_and_cleared_once(world: World) -> None:
    watch = Watch(world)
    world.report = Report(trouble="read-only")
    assert len(watch.see()) == 2
    world.report = Report(trouble="at its bound", full=True, fill_percent=100)
    assert watch.see(T0 + 3000) == both("journal", "critical")
    world.report = Report()
    assert watch.see(T0 + 6000) == both("journal", "critical", cleared=True)


def test_the_quarantine_growing_is_told_while_it_grows(world: World) -> None:
    watch = Watch(world)
    world.quarantined = 1_000_000
    assert watch.see() == []
    world.quarantined += GROWTH_COUNT - 1
    assert watch.see(T0 + 5 * MIN) == []
    world.quarantined += 1
    assert watch.see(T0 + 6 * MIN) == both("quarantine", "warning")
    assert watch.see(T0 + 17 * MIN) == both("quarantine", "warning", cleared=True)


def test_what_stands_is_said_again_every_minute_with_its_beginning(world: World) -> None:
    watch = Watch(world)
    world.unclaimed, world.noisy = 1, (("b", "loud"),)
    watch.see()

    def standing(at: int) -> list[tuple[str, Alert]]:
        watch.see(at)
        return watch.troubles.standing(["a", "b"], list, at)

    said = [(site, alert.key, alert.at) for site, alert in standing(T0)]
    assert said == [
        ("a", "gateway/unclaimed", T0),
        ("b", "gateway/unclaimed", T0),
        ("b", "gateway/noisy/loud", T0),
    ]
    assert standing(T0 + MIN - 1) == []
    again = standing(T0 + MIN)
    assert [(site, alert.key, alert.at) for site, alert in again] == said
    assert standing(T0 + 30_000) != []  # a clock set back silences nobody
