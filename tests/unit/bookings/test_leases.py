"""The lease by itself: one leads at a time, tokens only grow, and a clock set back locks nobody out."""

from hypothesis import given
from hypothesis import strategies as st

from services.bookings.leases import Lease, taken

LENGTH = 15_000
AT = 1_772_499_600_000


def test_nobody_takes_a_lease_that_runs() -> None:
    lease = taken(None, "a", AT, LENGTH)
    assert lease == Lease("a", 1, AT, AT + LENGTH)
    assert taken(lease, "b", AT + LENGTH - 1, LENGTH) is None
    assert taken(lease, "b", AT + LENGTH, LENGTH) == Lease("b", 2, AT + LENGTH, AT + 2 * LENGTH)


def test_who_starts_anew_under_its_old_name_need_not_wait_and_is_another_one() -> None:
    lease = taken(None, "up", AT, LENGTH)
    again = taken(lease, "up", AT + 1, LENGTH)
    assert again is not None
    assert again.token == 2


def test_a_clock_set_back_locks_nobody_out() -> None:
    lease = taken(None, "a", AT, LENGTH)
    assert taken(lease, "b", AT - 3_600_000, LENGTH) == Lease("b", 2, AT - 3_600_000, AT - 3_600_000 + LENGTH)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-LENGTH, 2 * LENGTH)), min_size=1, max_size=40))
def test_tokens_only_grow_and_none_is_given_twice(tries: list[tuple[str, int]]) -> None:
    lease, now, given_out = None, AT, list[int]()
    for holder, passed in tries:
        now += passed
        got = taken(lease, holder, now, LENGTH)
        if got is None:
            assert lease is not None
            assert lease.holder != holder
            assert lease.renewed_at <= now < lease.expires
        else:
            lease = got
            given_out.append(got.token)
    assert given_out == list(range(1, len(given_out) + 1))
