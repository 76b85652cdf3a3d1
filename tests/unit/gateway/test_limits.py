"""How much one device may say: every buffer after an outage, and not without end."""

import pytest

from gateway import limits
from gateway.limits import BURST, RATE_PER_S, TOPICS, Allowance, RateError

T0 = 1_700_000_000_000


def spend(allowance: Allowance, at: int, count: int) -> int:
    """Send `count` messages at one instant; return how many were taken."""
    taken = 0
    for _ in range(count):
        try:
            allowance.take(at, "d")
        except RateError:
            continue
        taken += 1
    return taken


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BURST", 100)


def test_a_burst_is_taken_whole_and_then_what_the_rate_allows() -> None:
    allowance = Allowance()
    assert spend(allowance, T0, 150) == 100
    assert allowance.used == 1.0
    assert spend(allowance, T0 + 1000, 150) == RATE_PER_S
    assert spend(allowance, T0 + 1000, 1) == 0
    assert spend(allowance, T0 + 3600_000, 150) == 100


def test_at_the_sustained_rate_nothing_is_ever_refused() -> None:
    allowance = Allowance()
    assert sum(spend(allowance, T0 + n * 20, 1) for n in range(1000)) == 1000


def test_a_clock_set_back_gives_nothing_away_and_takes_nothing() -> None:
    allowance = Allowance()
    spend(allowance, T0, 100)
    assert spend(allowance, T0 - 3600_000, 5) == 0
    assert spend(allowance, T0 + 100, 10) == 5


def test_the_refusal_names_the_device_and_the_rate() -> None:
    allowance = Allowance()
    spend(allowance, T0, 100)
    with pytest.raises(RateError, match="device 'loud': sends more than 50 messages a second without end"):
        allowance.take(T0, "loud")


def test_topics_are_counted_once_each() -> None:
    allowance = Allowance()
    for _ in range(2):
        for n in range(TOPICS):
            allowance.meet(f"t/{n}", "d")
    with pytest.raises(RateError, match=f"device 'd': uses more than {TOPICS} topics"):
        allowance.meet("t/one-more", "d")
    allowance.meet("t/0", "d")


def test_three_days_of_the_liveliest_sensor_fit_into_a_burst() -> None:
    assert BURST < 3 * 86_400  # one a second would be a little more; the rate makes up for it while it is sent
    assert BURST + RATE_PER_S * 600 > 3 * 86_400
