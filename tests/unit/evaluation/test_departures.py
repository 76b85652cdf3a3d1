"""An emptied room is recognised when it is first said to be vacant; who comes back soon has not left."""

from services.contracts.files import TruthRow
from services.contracts.names import MINUTE
from services.contracts.states import Occupancy
from services.evaluation.departures import Departures, departures
from services.evaluation.score import Belief


def truth(*rows: tuple[int, int | None]) -> list[TruthRow]:
    return [TruthRow(minute * MINUTE, "s", "room", people) for minute, people in rows]


def said(*rows: tuple[int, Occupancy]) -> list[Belief]:
    return [Belief(minute * MINUTE, occupancy, False) for minute, occupancy in rows]


def test_the_delay_is_from_the_departure_to_the_first_vacant() -> None:
    beliefs = said((0, "occupied"), (14, "unknown"), (17, "vacant"))
    assert departures(beliefs, truth((0, 2), (10, 0), (40, 0))).delays_min == [7]


def test_a_room_already_called_vacant_takes_no_time() -> None:
    assert departures(said((0, "vacant")), truth((0, 2), (10, 0), (40, 0))).delays_min == [0]


def test_a_room_never_called_vacant_before_somebody_comes_counts_as_not_recognised() -> None:
    figures = departures(said((0, "occupied"), (50, "vacant")), truth((0, 2), (10, 0), (40, 1), (50, 1))).as_json()
    assert (figures["departures"], figures["recognised_15_min"], figures["recognised_median_min"]) == (1, 0, None)


def test_an_absence_shorter_than_twenty_minutes_is_no_departure() -> None:
    assert departures(said((0, "vacant")), truth((0, 2), (10, 0), (29, 1), (30, 1))).delays_min == []
    assert departures(said((0, "vacant")), truth((0, 2), (10, 0), (30, 1), (31, 1))).delays_min == [0]


def test_an_empty_stretch_in_several_rows_is_one_departure() -> None:
    assert departures(said((16, "vacant")), truth((0, 2), (10, 0), (15, 0), (40, 0))).delays_min == [6]


def test_unobserved_time_hides_departures_and_ends_the_wait() -> None:
    assert departures(said((0, "vacant")), truth((0, 2), (5, None), (10, 0), (60, 0))).delays_min == []
    assert departures(said((0, "vacant")), truth((0, 2), (10, 0), (20, None), (60, 0))).delays_min == []


def test_the_shares_are_of_all_departures() -> None:
    both = Departures([1.0, 5.0])
    both += Departures([15.0, float("inf")])
    assert both.as_json() == {
        "departures": 4,
        "recognised_5_min": 2,
        "recognised_5_min_pct": 50,
        "recognised_15_min": 3,
        "recognised_15_min_pct": 75,
        "recognised_median_min": 10,
    }
    assert Departures().as_json()["recognised_5_min_pct"] is None
