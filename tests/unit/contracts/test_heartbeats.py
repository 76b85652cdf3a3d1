"""What silence means, by kind: a battery contact owes a word a day, a mains sensor one in minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.community import DEVICE_KINDS
from services.contracts.heartbeats import owed_s, presence, silence_limit
from services.contracts.names import DAY, MINUTE, SECOND

NOW = 10 * DAY


@pytest.mark.parametrize(("kind", "owed"), [("door", 86_400), ("button", 86_400), ("lending", 86_400), ("count", 60)])
def test_every_kind_owes_its_own(kind: str, owed: float) -> None:
    assert owed_s(kind, None) == owed
    assert owed_s(kind, 7.0) == 7.0


def test_every_kind_of_the_contract_owes_at_least_one_word_a_day() -> None:
    assert all(0 < silence_limit(kind, None) <= 2.5 * DAY for kind in DEVICE_KINDS)


@pytest.mark.parametrize(
    ("silent", "said"),
    [(0, "online"), (89_000, "online"), (90_000, "online"), (91_000, "late"), (149_000, "late"), (150_000, "offline")],
)
def test_one_and_a_half_heartbeats_is_late_and_two_and_a_half_is_gone(silent: int, said: str) -> None:
    assert presence(60, True, NOW - silent, NOW) == said
    assert presence(60, None, NOW - silent, NOW) == said


def test_a_last_will_counts_at_once_and_never_heard_is_its_own() -> None:
    assert presence(60, False, NOW - SECOND, NOW) == "offline"
    assert presence(60, None, None, NOW) == presence(60, None, 0, NOW) == "unheard"


@given(st.floats(1, 86_400), st.integers(1, 10 * MINUTE), st.integers(0, 10 * MINUTE))
def test_silence_only_ever_makes_it_worse(owed: float, silent: int, more: int) -> None:
    order = ("online", "late", "offline")
    before, after = (presence(owed, True, NOW - ms, NOW) for ms in (silent, silent + more))
    assert order.index(before) <= order.index(after)
