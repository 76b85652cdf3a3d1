"""What a day of beliefs comes to: unknown and unobserved time is never counted as empty."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.names import HOUR, MINUTE
from services.timeseries.ports import StatePoint
from services.usage.measured import measure
from tests.unit.usage.conftest import DAY, ZONE, at, believed, whole


def test_every_hour_knows_what_was_believed_of_it() -> None:
    points = [
        believed("08:00", "vacant", 0),
        believed("09:30", "occupied", 4),
        believed("10:15", "occupied", 6),
        believed("11:00", "unknown"),
        believed("12:00", "vacant", 0),
    ]
    found = measure(points, whole(), ZONE)
    assert found.hours[7].unobserved == HOUR
    nine, ten, eleven = found.hours[9], found.hours[10], found.hours[11]
    assert (nine.occupied, nine.vacant, nine.person, nine.most) == (30 * MINUTE, 30 * MINUTE, 4 * 30 * MINUTE, 4)
    assert (ten.occupied, ten.person, ten.most) == (HOUR, 4 * 15 * MINUTE + 6 * 45 * MINUTE, 6)
    assert (eleven.unknown, eleven.occupied + eleven.vacant) == (HOUR, 0)
    assert found.present == {4: 45 * MINUTE, 6: 45 * MINUTE}
    assert found.occupied == [(at("09:30"), at("11:00"))]
    assert found.observed == [(at("08:00"), at("11:00")), (at("12:00"), at("24:00"))]
    assert (found.visits, found.heads, found.most) == (1, 6, 6)


def test_somebody_nobody_counted_is_one_and_adds_no_person_hours() -> None:
    found = measure([believed("09:00", "occupied"), believed("10:00", "vacant", 0)], whole(), ZONE)
    hour = found.hours[9]
    assert (hour.occupied, hour.counted, hour.person, hour.most) == (HOUR, 0, 0, 1)
    assert (found.visits, found.heads) == (1, 1)


def test_a_short_loss_of_signal_does_not_make_two_visits() -> None:
    short = [
        believed("09:00", "occupied", 2), believed("09:30", "unknown"), believed("09:44", "occupied", 5),
        believed("10:00", "vacant", 0),
    ]  # fmt: skip
    assert (measure(short, whole(), ZONE).visits, measure(short, whole(), ZONE).heads) == (1, 5)
    long = [*short[:1], believed("09:20", "unknown"), believed("09:44", "occupied", 5), believed("10:00", "vacant", 0)]
    assert (measure(long, whole(), ZONE).visits, measure(long, whole(), ZONE).heads) == (2, 7)


def test_a_visit_counts_on_the_day_on_which_it_begins() -> None:
    before = DAY - timedelta(days=1)
    points = [believed("22:00", "occupied", 3, before), believed("01:00", "vacant", 0)]
    assert measure(points, whole(before), ZONE).visits == 1
    assert measure(points, whole(), ZONE).visits == 0
    assert measure(points, whole(), ZONE).hours[0].occupied == HOUR


def test_a_visit_over_midnight_with_a_short_loss_is_one() -> None:
    before = DAY - timedelta(days=1)
    points = [
        believed("22:00", "occupied", 3, before),
        believed("23:55", "unknown", None, before),
        believed("00:05", "occupied", 3),
        believed("01:00", "vacant", 0),
    ]
    assert [measure(points, whole(day), ZONE).visits for day in (before, DAY)] == [1, 0]


_POINTS = st.lists(
    st.tuples(
        st.integers(-30, 24 * 60), st.sampled_from(["occupied", "vacant", "unknown"]), st.none() | st.integers(0, 9)
    ),
    max_size=30,
)


@given(_POINTS)
def test_nothing_is_lost_and_nothing_counted_twice(raw: list[tuple[int, str, int | None]]) -> None:
    day = whole()
    points = sorted(
        (StatePoint("s", "r", day.start + m * MINUTE, o, p, 0.9, release_grade=False) for m, o, p in raw),  # type: ignore[arg-type]  # sampled from its words
        key=lambda one: one.at,
    )
    found = measure(points, day, ZONE)
    hours = found.hours.values()
    assert all(one.occupied + one.vacant + one.unknown + one.unobserved == HOUR for one in hours)
    assert sum(b - a for a, b in found.occupied) == sum(one.occupied for one in hours)
    assert sum(b - a for a, b in found.observed) == sum(one.occupied + one.vacant for one in hours)
    assert sum(found.present.values()) == sum(one.counted for one in hours)
    assert sum(n * spent for n, spent in found.present.items()) == sum(one.person for one in hours)
    assert found.visits <= found.heads
    if not points:
        assert sum(one.unobserved for one in hours) == 24 * HOUR


@given(_POINTS, st.integers(1, 24 * 60 - 1))
def test_a_day_cut_in_two_adds_up_to_the_day(raw: list[tuple[int, str, int | None]], minute: int) -> None:
    from services.usage.hours import days_of

    day = whole()
    points = sorted(
        (StatePoint("s", "r", day.start + m * MINUTE, o, p, 0.9, release_grade=False) for m, o, p in raw),  # type: ignore[arg-type]  # as above
        key=lambda one: one.at,
    )
    cut = day.start + minute * MINUTE
    [first], [second] = days_of(day.start, cut, ZONE), days_of(cut, day.end, ZONE)
    parts = [measure(points, first, ZONE), measure(points, second, ZONE)]
    entire = measure(points, day, ZONE)
    for name in ("occupied", "vacant", "unknown", "unobserved", "person", "counted"):
        split = sum(getattr(hour, name) for part in parts for hour in part.hours.values())
        assert split == sum(getattr(hour, name) for hour in entire.hours.values())
    assert sum(part.visits for part in parts) == entire.visits
