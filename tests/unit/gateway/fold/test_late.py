"""What came too late is noted in stretches, survives a trip through JSON, and is ripe when the buffer is empty."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.fold import memory
from gateway.fold.late import APART, OLDEST, PATIENCE, SETTLED, Late, beyond, is_ripe, noted, together
from services.contracts.names import DAY, MINUTE, Millis

NOW: Millis = 1_700_000_000_000


def of(*ago: Millis) -> Late | None:
    late: Late | None = None
    for one in ago:
        late = noted(late, NOW - one, NOW)
    return late


def test_neighbours_are_one_stretch_and_distant_ones_are_two() -> None:
    late = of(60 * MINUTE, 30 * MINUTE, 5 * DAY, 90 * MINUTE)
    assert late is not None
    assert late.stretches == ((NOW - 5 * DAY, NOW - 5 * DAY), (NOW - 90 * MINUTE, NOW - 30 * MINUTE))


def test_a_reading_of_another_age_is_not_believed_to_come_out_of_a_buffer() -> None:
    assert of(OLDEST + 1) is None
    assert of(OLDEST) is not None


@given(st.lists(st.integers(0, 20 * 60).map(lambda minutes: minutes * MINUTE), min_size=1, max_size=12))
def test_the_order_of_arrival_does_not_matter_and_nothing_is_left_out(ago: list[Millis]) -> None:
    late, other = of(*ago), of(*sorted(ago))
    assert late is not None
    assert late == other == together(of(*ago[:1]), of(*ago[1:]))
    assert all(any(start <= NOW - one <= end for start, end in late.stretches) for one in ago)
    assert all(b[0] - a[1] >= APART for a, b in zip(late.stretches, late.stretches[1:], strict=False))


def test_what_is_left_begins_behind_what_was_corrected() -> None:
    late = of(5 * DAY, 90 * MINUTE, 30 * MINUTE)
    assert late is not None
    left = beyond(late, NOW - 60 * MINUTE)
    assert left is not None
    assert left.stretches == ((NOW - 60 * MINUTE + 1, NOW - 30 * MINUTE),)
    assert beyond(late, NOW - 30 * MINUTE) is None


def test_it_is_ripe_when_no_more_comes_or_when_it_never_ends() -> None:
    late = Late(((0, 1),), NOW, NOW)
    assert not is_ripe(late, NOW + SETTLED - 1)
    assert is_ripe(late, NOW + SETTLED)
    endless = Late(((0, 1),), NOW, NOW + PATIENCE)
    assert not is_ripe(endless, NOW + PATIENCE)  # the last one heard may not be stored yet
    assert is_ripe(endless, NOW + PATIENCE + 1)


def test_it_survives_in_the_snapshot_and_an_older_snapshot_has_none() -> None:
    late = of(60 * MINUTE, 5 * DAY)
    assert memory.from_json(memory.to_json(memory.SpaceMemory(late=late))).late == late
    assert memory.from_json("{}").late is None
