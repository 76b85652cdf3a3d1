"""Usage over HTTP: what staff see, what outsiders and partners do not, and the CSV."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.api.routes import ROUTES
from services.bookings.records import Booking, BookingState
from services.contracts.names import DAY, HOUR, MINUTE, Millis
from services.contracts.supply import Supply
from services.timeseries.ports import ReadingPoint, StatePoint
from tests.unit.api.conftest import NINE, SITE, House

V1 = "/api/v1"
MIDNIGHT = NINE - 9 * HOUR
"""Of Tuesday, 3 March 2026; the clock is set to the end of that day."""


@pytest.fixture
def used(house: House) -> House:
    """A Tuesday: three people in 甲室, nine in 乙室 and six in the 茶楼, which 清和 lends; two bookings."""
    house.clock.at = MIDNIGHT + DAY
    for space, people in (("room-a", 3), ("room-b", 9), ("tea", 6)):
        believe(house, space, MIDNIGHT, 0)
        believe(house, space, NINE, people)
        believe(house, space, NINE + 2 * HOUR, 0)
    keep(house, "b1", "room-b", NINE, checked_in_at=NINE, state=BookingState.ENDED, ended_at=NINE + HOUR)
    keep(house, "b2", "room-b", NINE + 3 * HOUR, state=BookingState.RELEASED, released_at=NINE + 3 * HOUR + 15 * MINUTE)
    house.deps.catalogue_store.add_supply(
        Supply(
            id="w", site=SITE, space="tea", owner="token-partner", functions=("reading",), start="09:00", end="11:00"
        )
    )
    return house


def believe(house: House, space: str, at: Millis, people: int) -> None:
    point = StatePoint(SITE, space, at, "occupied" if people else "vacant", people, 0.9, not people)
    house.deps.history.write([], [point])  # type: ignore[attr-defined]  # the memory one takes points as well


def keep(house: House, id: str, space: str, start: Millis, **more: Any) -> None:
    booking = Booking(id, SITE, space, "合唱团", "排练", 8, start, start + HOUR, function="reading")
    house.deps.bookings.book(replace(booking, **more), "user:li", NINE)


def get(house: House, path: str, role: Any = "steward") -> Any:
    answer = house.client.get(f"{V1}{path}", headers=house.as_(role))
    assert answer.status_code == 200, answer.text
    return answer.json()


TUESDAY = "from=2026-03-03&to=2026-03-03"


def test_staff_see_everything_as_it_is(used: House) -> None:
    found = get(used, f"/usage/figures?{TUESDAY}")
    assert (found["from"], found["to"]) == ("2026-03-03T00:00:00.000+08:00", "2026-03-04T00:00:00.000+08:00")
    assert not found["restricted"]
    rows = {row["space"]: row for row in found["items"]}
    assert rows["room-a"]["use"]["occupied_h"] == 2
    assert rows["room-a"]["use"]["peak"] == 3
    assert rows["hall"]["watched"]["unobserved_h"] == 24
    assert rows["hall"]["use"]["occupied_h"] is None
    assert found["total"]["use"]["person_h"] == 2 * (3 + 9 + 6)
    assert found["total"]["ghosts"] == {"suppressed": False, "ghosts": 1, "ghost_h": 1, "seen": 2, "share": 0.5}
    assert found["total"]["released"]["released_h"] == 0.75
    assert [row["group"] for row in found["groups"]] == ["合唱团"]
    assert [row["function"] for row in found["functions"]] == ["reading"]
    assert [row["day"] for row in found["days"]] == ["2026-03-03"]


@pytest.mark.parametrize("path", ["figures", "heatmap", "partners", "charging"])
def test_every_answer_is_as_the_document_says(used: House, path: str) -> None:
    [route] = [one for one in ROUTES if one.path == f"/usage/{path}"]
    for role in ("steward", "viewer", "partner"):
        TypeAdapter(route.answers).validate_python(get(used, f"/usage/{path}?{TUESDAY}&compare_from=2026-02-03", role))


def test_outsiders_are_not_shown_what_rests_on_fewer_than_five(used: House) -> None:
    found = get(used, f"/usage/figures?{TUESDAY}", "viewer")
    assert found["restricted"]
    assert found["groups"] is None
    rows = {row["space"]: row for row in found["items"]}
    assert rows["room-a"]["use"]["suppressed"]
    assert rows["room-a"]["use"]["occupied_h"] is None
    # 茶楼 had six, but with it and the total 甲室 could be worked out.
    assert rows["tea"]["use"]["suppressed"]
    assert rows["room-b"]["use"]["occupied_h"] == 2
    assert found["total"]["use"]["occupied_h"] == 6
    for family in ("bookings", "ghosts", "groups", "released"):
        assert found["total"][family]["suppressed"], family
        assert {value for name, value in found["total"][family].items() if name != "suppressed"} == {None}


def test_asking_for_a_part_of_the_day_tells_outsiders_of_the_whole_day(used: House) -> None:
    found = get(used, "/usage/figures?from=2026-03-03T01:00:00Z&to=2026-03-03T01:30:00Z", "viewer")
    assert (found["from"][:16], found["to"][:16]) == ("2026-03-03T00:00", "2026-03-04T00:00")
    assert get(used, "/usage/figures?from=2026-03-03T01:00:00Z&to=2026-03-03T01:30:00Z")["from"][11:16] == "09:00"


def test_asking_for_one_space_tells_outsiders_no_more(used: House) -> None:
    found = get(used, f"/usage/figures?{TUESDAY}&space=tea", "viewer")
    assert found["items"][0]["use"]["suppressed"]
    assert found["total"]["use"]["suppressed"]
    assert get(used, f"/usage/figures?{TUESDAY}&space=tea&space=room-a")["total"]["use"]["occupied_h"] == 4


def test_two_periods_that_share_a_day_are_not_for_outsiders(used: House) -> None:
    path = f"/usage/figures?{TUESDAY}&compare_from=2026-03-02&compare_to=2026-03-03"
    answer = used.client.get(V1 + path, headers=used.as_("viewer"))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:foldspace:problem:invalid")
    assert get(used, path)["compare"]["total"]["use"]["occupied_h"] == 6
    before = get(used, f"/usage/figures?{TUESDAY}&compare_from=2026-03-02", "viewer")["compare"]
    assert (before["from"][:10], before["to"][:10]) == ("2026-03-02", "2026-03-03")


def test_partners_see_the_spaces_they_lend(used: House) -> None:
    found = get(used, f"/usage/figures?{TUESDAY}", "partner")
    assert [row["space"] for row in found["items"]] == ["tea"]
    assert found["total"]["use"]["occupied_h"] == 2
    for space in ("room-b", "hall"):
        answer = used.client.get(f"{V1}/usage/figures?space={space}", headers=used.as_("partner"))
        assert answer.status_code == 403
    assert {row["owner"] for row in get(used, f"/usage/partners?{TUESDAY}", "partner")["items"]} == {
        "",
        "token-partner",
    }
    assert get(used, "/usage", "partner")["items"] == []
    assert used.client.get(f"{V1}/usage/export.csv?space=hall", headers=used.as_("partner")).status_code == 403


def test_what_partners_contribute(used: House) -> None:
    total, owner, space = get(used, f"/usage/partners?{TUESDAY}")["items"]
    assert (total["lent_h"], total["used_h"], owner["owner"], space["name"]) == (2, 2, "token-partner", "茶楼")


def test_the_heat_map_is_by_the_clock_on_the_wall(used: House) -> None:
    cells = get(used, f"/usage/heatmap?{TUESDAY}&space=room-b")["items"]
    assert len(cells) == 168
    assert (cells[24 + 9]["people"], cells[24 + 11]["people"]) == (9, 0)
    hidden = get(used, f"/usage/heatmap?{TUESDAY}&space=room-a", "viewer")["items"][24 + 9]
    assert (hidden["suppressed"], hidden["people"], hidden["occupied_share"]) == (True, None, None)


def test_charging_is_read_of_spaces_with_charging_points(used: House) -> None:
    from services.contracts.community import Device

    used.deps.catalogue_store.add_device(Device(id="point", site=SITE, space="tea", kind="charging"))
    used.deps.history.write(  # type: ignore[attr-defined]  # the memory one takes points as well
        [
            ReadingPoint(
                SITE, "tea", "point", "charging", NINE + minute * MINUTE, None, 0, "b", minute, minute,
                {"port": 1, "state": "charging", "power_w": 9.0, "energy_wh": float(minute), "session": "s"},
            )
            for minute in range(60)
        ],
        [],
    )  # fmt: skip
    total, tea = get(used, f"/usage/charging?{TUESDAY}")["items"]
    assert (tea["sessions"], tea["energy_kwh"], tea["ports"], total["sessions"]) == (1, 0.059, 1, 1)
    assert [row["suppressed"] for row in get(used, f"/usage/charging?{TUESDAY}", "viewer")["items"]] == [True, True]


def test_usage_of_bookings_stays_what_it_was_for_staff(used: House) -> None:
    [row] = get(used, "/usage")["items"]
    assert row == {
        "site": SITE, "space": "room-b", "booked_min": 120, "released_min": 45, "reused_min": 0, "suppressed": False,
    }  # fmt: skip
    [row] = get(used, "/usage", "viewer")["items"]
    assert (row["booked_min"], row["released_min"], row["suppressed"]) == (None, None, True)


def test_what_lies_ahead_is_nobodys_use(used: House) -> None:
    found = get(used, "/usage/figures?from=2026-03-03&to=2026-03-31")
    assert found["until"][:10] == "2026-03-04"
    assert found["total"]["watched"]["period_h"] == 3 * 24  # the hall is its parts
    ahead = get(used, "/usage/figures?from=2026-04-01&to=2026-04-02")
    assert (ahead["days"], ahead["total"]["watched"]["period_h"]) == ([], 0)


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-03-04&to=2026-03-02", "from=2024-01-01&to=2026-01-01", "site=elsewhere", "from=yesterday",
        "from=0001-01-01", "to=9999-12-31", "compare_to=2026-03-01", "from=2026-03-03T09:00", "from=%00",
        "compare_from=2026-03-03&compare_to=2026-03-01",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told(used: House, query: str) -> None:
    for role in ("steward", "viewer"):
        answer = used.client.get(f"{V1}/usage/figures?{query}", headers=used.as_(role))
        assert answer.status_code == 422, answer.text
    assert used.client.get(f"{V1}/usage/figures?space=nowhere", headers=used.as_("viewer")).status_code == 404


@pytest.mark.parametrize("table", ["spaces", "days", "functions", "heatmap", "partners", "charging"])
def test_every_table_as_csv_in_the_language_asked_for(used: House, table: str) -> None:
    for lang, word in (("zh", "不显示"), ("en", "too small")):
        path = f"{V1}/usage/export.csv?{TUESDAY}&table={table}&lang={lang}"
        answer = used.client.get(path, headers=used.as_("viewer"))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert f'filename="usage-lane-{table}-2026-03-03-2026-03-04.csv"' in answer.headers["content-disposition"]
        assert answer.content.startswith(b"\xef\xbb\xbf")
        head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
        assert word in head[-1]
        assert not [name for name in head if name.startswith("usage.")]
        assert all(len(row) == len(head) for row in rows)
        assert rows


def test_hidden_cells_are_empty_in_the_csv_and_groups_are_for_staff(used: House) -> None:
    path = f"{V1}/usage/export.csv?{TUESDAY}&lang=en"
    rows = list(
        csv.DictReader(io.StringIO(used.client.get(path, headers=used.as_("viewer")).text.removeprefix("\ufeff")))
    )
    [small] = [row for row in rows if row["space"] == "room-a"]
    assert (small["hours in use"], small["something hidden because it is too small"]) == ("", "yes")
    assert used.client.get(f"{path}&table=groups", headers=used.as_("viewer")).status_code == 403
    assert "合唱团" in used.client.get(f"{path}&table=groups", headers=used.as_("steward")).text


def test_a_time_series_that_is_away_is_a_503(used: House) -> None:
    used.deps.history.available = False  # type: ignore[attr-defined]  # of the memory one
    answer = used.client.get(f"{V1}/usage/figures?{TUESDAY}", headers=used.as_("steward"))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:foldspace:problem:timeseries")
    assert get(used, "/usage")["items"]  # what was booked is known all the same


def test_a_gateway_that_fell_silent_leaves_the_time_since_unknown(used: House) -> None:
    used.hear("vacant", "room-b", as_of=NINE + 4 * HOUR)
    [row] = get(used, f"/usage/figures?{TUESDAY}&space=room-b")["items"]
    assert (row["watched"]["unknown_h"], row["use"]["occupied_h"]) == (11, 2)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["room-a", "room-b", "tea", "hall"]), st.integers(0, 40)), max_size=6))
@example([("room-a", 36), ("room-b", 31), ("hall", 2), ("room-a", 6)])  # two in the whole, many in its parts
def test_no_answer_gives_outsiders_a_count_below_five(house: House, made: list[tuple[str, int]]) -> None:
    house.clock.at = MIDNIGHT + DAY
    # What earlier examples left in the series stays in it: that is as good an example.
    for number, (space, people) in enumerate(made):
        begin = MIDNIGHT - number * DAY + 10 * HOUR
        believe(house, space, begin, people)
        believe(house, space, begin + HOUR, 0)
    house.deps.measurements._days.clear()  # as if it had just been started
    found = get(house, "/usage/figures?from=2026-02-26&to=2026-03-03", "viewer")
    exact = get(house, "/usage/figures?from=2026-02-26&to=2026-03-03")
    for table, key in (("items", "space"), ("days", "day")):
        shown = {row[key]: row["use"] for row in found[table]}
        for row in exact[table]:
            use = shown[row[key]]
            assert use["suppressed"] or use == row["use"]
            if table == "items" and 0 < (row["use"]["peak"] or 0) < 5:
                assert use["suppressed"]
        hidden = [row for row in found[table] if row["use"]["suppressed"] and row.get("in_total", True)]
        if hidden and not found["total"]["use"]["suppressed"]:
            assert len(hidden) > 1
