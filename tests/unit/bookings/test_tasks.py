"""Between two uses a space is made ready; who does it knows from when until when."""

from typing import Any

from services.bookings.records import BookingState
from services.bookings.tasks import Task, tasks_of
from services.catalogue.availability import Availability
from services.contracts.community import parse_community
from services.contracts.names import DAY, HOUR, MINUTE
from tests.unit.bookings.promise_records import NINE, TEN, a_booking

HOUSE = Availability(
    parse_community(
        {
            "sites": [{"id": "wuhan", "name": "江湖里", "timezone": "Asia/Shanghai"}],
            "spaces": [
                {"id": "hall", "site": "wuhan", "name": "大厅", "capacity": 60, "parts": ["council", "events"]},
                *(
                    {"id": id, "site": "wuhan", "name": id, "capacity": 20, "functions": ["tea", "dance"],
                     "cleaning_min": cleaning}
                    for id, cleaning in (("council", 0), ("events", 0), ("rongqu", 10))
                ),
            ],
            "changeover": [{"site": "wuhan", "from": "tea", "to": "dance", "minutes": 20}],
        },
        "test",
    )
)  # fmt: skip


def tasks(*bookings: Any) -> list[Task]:
    return tasks_of("wuhan", bookings, HOUSE, NINE - HOUR, NINE + DAY)


def test_a_changeover_has_the_time_between_the_two() -> None:
    tea = a_booking("tea", space="events", function="tea")
    dance = a_booking("dance", space="events", function="dance", start=TEN + 30 * MINUTE, end=TEN + HOUR)
    (task,) = tasks(dance, tea)
    assert (task.kind, task.space, task.minutes) == ("changeover", "events", 20)
    assert (task.start, task.due, task.after_booking, task.short) == (TEN, TEN + 30 * MINUTE, "dance", False)


def test_the_way_back_and_the_same_again_need_none() -> None:
    dance = a_booking("dance", space="events", function="dance")
    tea = a_booking("tea", space="events", function="tea", start=TEN + HOUR, end=TEN + 2 * HOUR)
    assert tasks(dance, tea) == []
    assert tasks(tea, a_booking("tea2", space="events", function="tea")) == []


def test_cleaning_is_done_also_when_nobody_comes_after() -> None:
    (task,) = tasks(a_booking("tea", function="tea"))
    assert (task.kind, task.due, task.minutes) == ("cleaning", None, 10)


def test_too_little_time_is_said_and_a_whole_waits_for_its_parts() -> None:
    tea = a_booking("tea", space="events", function="tea")
    whole = a_booking("whole", space="hall", function="dance", start=TEN + 5 * MINUTE, end=TEN + HOUR)
    (task,) = tasks(tea, whole)
    assert (task.due, task.short) == (TEN + 5 * MINUTE, True)


def test_nobody_came_so_nothing_is_to_be_done() -> None:
    assert tasks(a_booking("tea", function="tea", state=BookingState.CANCELLED)) == []
    assert tasks(a_booking("tea", function="tea", state=BookingState.RELEASED)) == []
