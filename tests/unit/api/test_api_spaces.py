"""Spaces as people see them, their history, and the words of the pages."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import FOLDERS, PARTS, page_files
from services.api.board import PAGE_SECTIONS
from services.api.history import buckets
from services.api.spaceview import stale_after
from services.bookings import machine
from services.bookings.reasons import Why
from services.bookings.rehearsals import Reason, Verdict
from services.bookings.repair import Cause
from services.contracts.commands import Action
from services.contracts.events import Alert, DecisionKind
from services.contracts.names import MINUTE, SECOND
from services.contracts.texts import LANGUAGES, catalogue
from services.kit.clock import ManualClock, ScaledClock, WallClock
from services.timeseries.ports import StatePoint
from services.timeseries.spans import spans

V1 = "/api/v1"


def _spaces(house, lang: str = "zh") -> dict[str, Any]:
    answer = house.client.get(f"{V1}/spaces?lang={lang}", headers=house.as_("viewer")).json()
    assert answer["next"] is None
    return {item["space"]: item for item in answer["items"]}


def test_every_space_is_there_before_anything_is_heard(house) -> None:
    spaces = _spaces(house)
    assert list(spaces) == ["hall", "room-a", "room-b", "tea"]
    assert all(item["state"] is None and item["stale"] for item in spaces.values())


def test_a_state_is_shown_with_why_in_both_languages(house) -> None:
    house.hear()
    state = _spaces(house)["room-a"]["state"]
    assert state["occupancy"] == "occupied"
    assert state["since"] == "2026-03-03T08:55:00.000+08:00"
    assert "12 秒前" in state["why"]
    assert "states." not in state["why"]
    english = _spaces(house, "en")["room-a"]["state"]
    assert "12 s ago" in english["why"]
    assert english["evidence"][0]["device"] == "seen-a"
    assert "12 s ago" in english["evidence"][0]["text"]


def test_an_old_state_is_called_stale(house) -> None:
    house.hear()
    assert _spaces(house)["room-a"]["stale"] is False
    house.clock.advance(181)
    assert _spaces(house)["room-a"]["stale"] is True


def test_a_fast_clock_does_not_make_a_live_state_old() -> None:
    assert stale_after(WallClock()) == 180 * SECOND
    assert stale_after(ScaledClock(0, 30)) == 300 * SECOND
    assert stale_after(ManualClock()) == 180 * SECOND


def test_a_booking_of_a_room_is_also_one_of_its_hall(house) -> None:
    house.book()
    house.book("b2", space="hall", start=house.clock.now() + 120 * MINUTE)
    spaces = _spaces(house)
    assert {name: item["now"] and item["now"]["id"] for name, item in spaces.items()} == {
        "hall": "b1",
        "room-a": "b1",
        "room-b": None,
        "tea": None,
    }
    assert spaces["room-b"]["next"]["id"] == "b2"
    assert spaces["tea"]["next"] is None


def test_a_space_says_what_can_be_done_with_its_bookings(house) -> None:
    house.book()
    house.book("b2", space="hall", start=house.clock.now() + 60 * MINUTE)
    spaces = _spaces(house)
    assert (spaces["room-a"]["now"]["can"], spaces["room-a"]["next"]["can"]) == (["check_in", "keep"], [])
    house.deps.operations.check_in("b1", "user:li", house.clock.now())
    house.clock.advance(50 * 60)
    house.deps.live.agenda.changed()
    spaces = _spaces(house)
    assert spaces["room-a"]["now"]["can"] == ["end"]
    # Room b is empty, but the hall that comes next is made of the room in use too.
    assert spaces["room-b"]["next"]["can"] == ["keep"]
    house.deps.operations.end("b1", "user:li", house.clock.now())
    house.deps.live.agenda.changed()
    assert _spaces(house)["room-b"]["next"]["can"] == ["check_in", "keep"]


def test_a_warned_booking_counts_down(house) -> None:
    booking = house.book()
    house.clock.advance(600)
    now = house.clock.now()
    house.deps.bookings.commit(machine.warn(booking, now, now + 5 * MINUTE, Why("no_show.warn/1")))
    house.deps.live.agenda.changed()
    assert _spaces(house)["room-a"]["countdown"] == {"kind": "release", "until": "2026-03-03T09:15:00.000+08:00"}


def test_a_held_offer_is_shown_without_its_code(house) -> None:
    wish = house.wish()
    house.deps.operations.offer(wish.id, "user:li", house.clock.now(), space="tea")
    house.deps.live.agenda.changed()
    offer = _spaces(house)["tea"]["offer"]
    assert offer["group"] == "书友会"
    assert "code" not in offer


def test_alerts_stand_until_they_are_cleared(house) -> None:
    def tell(cleared: bool) -> list[dict[str, Any]]:
        alert = Alert(key="k", level="warning", at=house.clock.now(), cleared=cleared, text="states.alert_device_lost")
        house.deps.live.receive("fs/v1/lane/events/alert", alert.model_dump_json().encode())
        items: list[dict[str, Any]] = house.client.get(f"{V1}/alerts", headers=house.as_("viewer")).json()["items"]
        return items

    [standing] = tell(cleared=False)
    assert standing["level"] == "warning"
    assert tell(cleared=True) == []


def test_one_space_names_its_devices(house) -> None:
    one = house.client.get(f"{V1}/spaces/lane/room-a", headers=house.as_("viewer")).json()
    assert [device["id"] for device in one["devices"]] == ["seen-a"]


def test_the_clock_is_the_communitys(house) -> None:
    clock = house.client.get(f"{V1}/clock", headers=house.as_("viewer")).json()
    assert clock["now"] == "2026-03-03T09:00:00.000+08:00"
    assert clock["zone"] == "Asia/Shanghai"


# -- history


def _point(at: int, occupancy: Any, people: int | None = None) -> StatePoint:
    return StatePoint("lane", "room-a", at, occupancy, people, 0.9, False)


def test_history_over_http(house) -> None:
    now = house.clock.now()
    house.deps.history.write([], [_point(now - 90 * MINUTE, "vacant"), _point(now - 30 * MINUTE, "occupied", 4)])
    path = f"{V1}/spaces/lane/room-a/history?from=2026-03-03T08:00:00%2B08:00&to=2026-03-03T09:00:00%2B08:00"
    viewer = house.as_("viewer")
    spells = house.client.get(path, headers=viewer).json()["items"]
    assert [(s["from"][11:16], s["to"][11:16], s["occupancy"]) for s in spells] == [
        ("08:00", "08:30", "vacant"),
        ("08:30", "09:00", "occupied"),
    ]
    [first, second] = house.client.get(path + "&every=40m", headers=viewer).json()["items"]
    assert (first["vacant_s"], first["occupied_s"], first["people_max"]) == (1800, 600, 4)
    assert (second["from"][11:16], second["to"][11:16], second["occupied_s"]) == ("08:40", "09:00", 1200)
    assert house.client.get(path + "&every=soon", headers=viewer).status_code == 422
    assert house.client.get(path.replace("2026-03-03T08", "2020-03-03T08"), headers=viewer).status_code == 422
    assert house.client.get(f"{path}&every=1s".replace("03T08", "02T08"), headers=viewer).status_code == 422


points = st.lists(
    st.builds(_point, st.integers(-50, 250), st.sampled_from(["occupied", "vacant", "unknown"])), max_size=8
).map(lambda found: sorted(found, key=lambda point: point.at))


@given(points, st.integers(0, 100), st.integers(1, 100), st.integers(1, 40))
def test_no_moment_is_lost_or_told_twice(found: list[StatePoint], start: int, length: int, width: int) -> None:
    end = start + length
    told = list(spans(found, start, end))
    assert told[0][0] == start
    assert told[-1][1] == end
    assert all(left[1] == right[0] for left, right in pairwise(told))
    for row in buckets(found, start * SECOND, end * SECOND, width * SECOND, "UTC"):
        lasted = row["occupied_s"] + row["vacant_s"] + row["unknown_s"]
        assert 0 < lasted <= width
    total = sum(r["occupied_s"] + r["vacant_s"] + r["unknown_s"] for r in buckets(found, start, end, width, "UTC"))
    assert round(total * SECOND) == length


# -- words


def _page_sources() -> list[Path]:
    """The files of the pages that are ours."""
    folders = [page_files() / folder for folder in (*FOLDERS, PARTS) if folder != "vendor"]
    return [file for folder in folders for file in folder.iterdir() if file.suffix in {".js", ".html", ".css"}]


def test_every_key_of_the_pages_exists() -> None:
    sources = [file.read_text(encoding="utf-8") for file in _page_sources() if file.suffix in {".js", ".html"}]
    # A key that goes on with ${…} belongs to a family, below.
    said = "|".join(sorted(PAGE_SECTIONS))
    keys = set(re.findall(rf"[\"`]((?:{said})\.[a-z_]+)[\"`]", "\n".join(sources)))
    assert len(keys) > 50
    assert keys <= set(catalogue())


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("role", ["viewer", "steward", "scheduler", "partner", "admin"]),
        ("state", ["asked", "booked", "warned", "in_use", "released", "ended", "cancelled", "blocked"]),
        ("view", ["tiles", "list", "plan", "day"]),
        ("trouble", ["stale", "release", "asked", "overrun", "fault", "offline"]),
        ("line", ["occupied", "occupied_now", "unknown", "unknown_now", "dark", "offer_held", "blocked", "booking"]),
        ("alert", ["info", "warning", "critical"]),
        ("by", ["scheduler", "user", "device", "group", "resident", "community", "scenario"]),
        ("do", list(get_args(Action))),
        ("door", ["open", "closed", "locked"]),
        ("presence", ["trouble", "doubted", "online", "late", "offline", "unheard"]),
        ("learned", ["noise_db", "wifi_clients", "co2_ppm", "lux"]),
        ("unit", ["noise_db", "wifi_clients", "co2_ppm", "lux"]),
    ],
)
def test_every_family_of_keys_is_whole(family: str, members: list[str]) -> None:
    assert {f"board.{family}_{member}" for member in members} <= set(catalogue())


def test_every_decision_act_and_verdict_has_its_words() -> None:
    known = set(catalogue())
    assert {f"decide.kind_{kind}" for kind in get_args(DecisionKind)} <= known
    assert {f"decide.verdict_{one}" for one in get_args(Verdict)} <= known
    assert {f"decide.judged_{one}" for one in get_args(Reason)} <= known
    asking = {f"decide.{how}_{act}" for how in ("ask", "sure", "act") for act in ("end", "cancel", "refuse", "lift")}
    assert asking <= known
    assert {f"decide.cause_{cause}" for cause in get_args(Cause)} - {"decide.cause_recall"} <= known


def test_both_languages_fill_the_same_places() -> None:
    for key, sentences in catalogue().items():
        if key.split(".")[0] in PAGE_SECTIONS | {"problems"}:
            places = [set(re.findall(r"\{(\w+)\}", sentences[language])) for language in LANGUAGES]
            assert places[0] == places[1], key


def test_the_words_of_the_pages_need_no_sign_in(house) -> None:
    chinese = house.client.get(f"{V1}/texts?lang=zh").json()
    assert chinese["board.sign_in"] == "登录"
    assert {key.split(".")[0] for key in chinese} <= PAGE_SECTIONS
    some = house.client.get(f"{V1}/texts?lang=zh&section=page&section=problems").json()
    assert {key.split(".")[0] for key in some} == {"page"}


def test_pages_have_no_words_inline_and_nothing_from_elsewhere() -> None:
    for file in _page_sources():
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", source), file.name
        assert not re.search(r"[\u4e00-\u9fff]", source), file.name
        if file.suffix == ".html":
            assert "style=" not in source
            assert not re.search(r"<script(?![^>]*src=)|\son\w+=", source), file.name
