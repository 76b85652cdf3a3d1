"""Screens over HTTP: what a door shows, and since when; ETags that stay; staff's messages; QR codes; pictures."""

import io
import json
from collections.abc import Callable

import pytest
from PIL import Image

from services.api.deps import ApiSettings
from services.bookings.records import BLOCK, Booking
from services.contracts.events import Screen
from services.contracts.names import HOUR, MINUTE
from services.scheduler.core import Core
from services.scheduler.places import Places
from services.scheduler.rooms import RoomWatch
from services.signage import fonts
from tests.fonts import faces as machines_faces
from tests.unit.api.conftest import COMMUNITY, NINE, SITE

V1 = "/api/v1"
DOOR = f"{V1}/public/screens/lane/room-a"
PREVIEW = f"{V1}/public/screens/lane"


def tell_screens(house) -> None:
    """Let the scheduler tell the screens, as it does after every look, with what staff say."""
    core = Core(house.deps.bookings, RoomWatch(), lambda: Places(COMMUNITY))
    now = house.clock.now()
    for state in [house.deps.live.level.state(SITE, space.id) for space in COMMUNITY.spaces]:
        if state is not None:
            core.rooms.hear(state)
    for screen in core.screens(core.look(now), now, house.deps.messages.standing(now)):
        topic = f"fs/v1/{SITE}/space/{screen.space}/screen"
        house.deps.live.receive(topic, screen.model_dump_json().encode())


def door(house) -> dict:
    answer = house.client.get(DOOR)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_door_says_what_is_on_what_comes_next_and_what_follows(house) -> None:
    house.book("b1")
    house.book("b2", start=NINE + 2 * HOUR)
    house.book("b3", start=NINE + 4 * HOUR)
    house.hear("occupied")
    shown = door(house)
    assert (shown["status"], shown["word"]) == ("in_use", {"zh": "使用中", "en": "In use"})
    assert (shown["name"], shown["site_name"]) == ("甲室", "里弄社区")
    assert shown["now"] == {
        "title": "排练",
        "start": "2026-03-03T09:00:00.000+08:00",
        "end": "2026-03-03T10:00:00.000+08:00",
    }
    assert shown["next"]["start"][11:16] == "11:00"
    assert [one["start"][11:16] for one in shown["later"]] == ["13:00"]
    assert (shown["stale"], shown["as_of"][11:16]) == (False, "09:00")


@pytest.mark.parametrize(
    ("occupancy", "booked", "status"),
    [
        ("occupied", False, "in_use"),
        ("vacant", False, "free"),
        ("unknown", False, "unknown"),
        ("vacant", True, "booked"),
        ("unknown", True, "booked"),
        ("occupied", True, "in_use"),
    ],
)
def test_the_state_is_what_somebody_at_the_door_wants_to_know(house, occupancy: str, booked: bool, status: str) -> None:
    if booked:
        house.book()
    house.hear(occupancy)
    assert door(house)["status"] == status


def test_free_is_until_the_next_booking_also_of_the_hall_it_is_a_part_of(house) -> None:
    house.hear("vacant")
    assert door(house)["free_until"] is None
    house.book("whole", space="hall", start=NINE + 3 * HOUR)
    assert door(house)["free_until"][11:16] == "12:00"


def test_silent_sensors_are_never_shown_as_fresh(house) -> None:
    house.hear("vacant")
    house.clock.at = NINE + 10 * MINUTE
    shown = door(house)
    assert (shown["status"], shown["stale"], shown["as_of"][11:16]) == ("unknown", True, "09:00")
    preview = house.client.get(PREVIEW).json()
    assert (preview["stale"], preview["as_of"][11:16]) == (True, "09:00")


def test_a_lost_room_is_closed_and_not_booked(house) -> None:
    block = Booking(f"{BLOCK}1", SITE, "room-a", "漏水", "漏水", 1, NINE, NINE + HOUR)
    house.deps.bookings.book(block, "user:li", NINE - HOUR)
    house.deps.live.agenda.changed()
    assert (door(house)["status"], door(house)["now"]["title"]) == ("closed", "漏水")


def test_nothing_of_a_resident_is_on_a_door(house) -> None:
    for id, title, function, start in [("b1", "R-K7M4PX", "", NINE), ("b2", "R-K7M4PX", "reading", NINE + 2 * HOUR)]:
        made = Booking(id, SITE, "room-a", "R-K7M4PX", title, 2, start, start + HOUR, function=function, code="1234")
        house.deps.bookings.book(made, "resident", NINE - HOUR)
    house.hear("vacant")
    house.clock.at = NINE + 12 * MINUTE
    house.deps.live.agenda.changed()
    house.hear("vacant", as_of=house.clock.at)
    tell_screens(house)
    shown = door(house)
    assert (shown["now"]["title"], shown["next"]["title"]) == ("居民预约", "阅读")
    for text in (house.client.get(DOOR).text, house.client.get(PREVIEW).text):
        assert "R-K7M4PX" not in text
        assert "1234" not in text
    screen = house.deps.live.level.screen(SITE, "room-a")
    assert screen is not None
    assert "R-K7M4PX" not in screen.model_dump_json()


def test_a_notice_counts_down_in_both_languages_and_goes_at_its_end(house) -> None:
    until = NINE + 5 * MINUTE
    screen = Screen(
        site=SITE, space="room-a", name="甲室", as_of=NINE, occupancy="vacant", notice="screens.warn",
        notice_until=until, params={"title": "排练", "until_at": until},
    )  # fmt: skip
    house.deps.live.receive(f"fs/v1/{SITE}/space/room-a/screen", screen.model_dump_json().encode())
    notice = door(house)["notice"]
    assert (notice["kind"], notice["until"][11:16]) == ("warn", "09:05")
    assert "09:05" in notice["text"]["zh"]
    assert "09:05" in notice["text"]["en"]
    house.clock.at = until
    assert door(house)["notice"] is None


def test_a_screen_that_asks_again_is_told_only_what_changed_and_the_time(house) -> None:
    house.hear("vacant")
    first = house.client.get(DOOR)
    assert first.headers["cache-control"] == "public, max-age=2"
    house.clock.at += 30_000
    again = house.client.get(DOOR, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-clock"] == "2026-03-03T09:00:30.000+08:00"
    house.book()
    changed = house.client.get(DOOR, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_the_preview_has_every_space_in_the_communitys_order(house) -> None:
    house.book("b1", space="tea")
    shown = house.client.get(PREVIEW).json()
    assert [one["space"] for one in shown["spaces"]] == ["hall", "room-a", "room-b", "tea"]
    assert shown["spaces"][3]["now"]["title"] == "排练"
    assert shown["spaces"][0]["group"] == "会客厅"


@pytest.mark.parametrize("path", ["/lane/nowhere", "/nowhere/room-a", "/nowhere", "/lane/nowhere.png", "/nowhere.png"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_such_screen(house, path: str, language: str) -> None:
    answer = house.client.get(f"{V1}/public/screens{path}?lang={language}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


# -- messages of staff


def message(house, method: str, **options):
    return house.client.request(method, f"{V1}/spaces/lane/room-a/message", headers=house.as_("steward"), **options)


def test_what_staff_say_appears_and_goes_at_its_end(house) -> None:
    assert message(house, "GET").json()["message"] is None
    said = message(house, "PUT", json={"text": " 今天在二楼 ", "minutes": 30})
    assert said.status_code == 200, said.text
    assert said.json()["message"] == {
        "text": "今天在二楼",
        "until": "2026-03-03T09:30:00.000+08:00",
        "by": "user:token-steward",
        "at": "2026-03-03T09:00:00.000+08:00",
    }
    tell_screens(house)
    assert door(house)["message"] == {"text": "今天在二楼", "until": "2026-03-03T09:30:00.000+08:00"}
    house.clock.at = NINE + 30 * MINUTE
    assert door(house)["message"] is None  # also when no scheduler is there to take it away
    assert message(house, "GET").json()["message"] is None


def test_a_message_is_replaced_and_taken_away(house) -> None:
    message(house, "PUT", json={"text": "一", "minutes": 30})
    message(house, "PUT", json={"text": "二", "minutes": 30})
    assert message(house, "GET").json()["message"]["text"] == "二"
    assert message(house, "DELETE").status_code == 204
    assert message(house, "DELETE").status_code == 204
    assert message(house, "GET").json()["message"] is None
    tell_screens(house)
    assert door(house)["message"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"text": "", "minutes": 5}, {"text": "好" * 121, "minutes": 5}, {"text": "好", "minutes": 0},
        {"text": "好", "minutes": 1441}, {"text": "a\x00b", "minutes": 5}, {"text": "好"},
        {"text": "好", "minutes": 5, "x": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_said(house, body: dict[str, object]) -> None:
    assert message(house, "PUT", json=body).status_code == 422
    assert house.deps.messages.standing(0) == {}


def test_a_steward_speaks_for_the_spaces_in_their_charge(house) -> None:
    body = {"text": "好", "minutes": 5}
    token = house.deps.people.issue_token("tea", "steward", spaces=["lane/tea"])
    headers = {"Authorization": f"Bearer {token}"}
    theirs = house.client.put(f"{V1}/spaces/lane/tea/message", headers=headers, json=body)
    other = house.client.put(f"{V1}/spaces/lane/room-a/message", headers=headers, json=body)
    taken = house.client.delete(f"{V1}/spaces/lane/room-a/message", headers=headers)
    assert (theirs.status_code, other.status_code, taken.status_code) == (200, 403, 403)


def test_no_message_for_a_space_that_is_not_there(house) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = house.client.request(
            method, f"{V1}/spaces/lane/nowhere/message", headers=house.as_("admin"), json={"text": "好", "minutes": 5}
        )
        assert answer.status_code == 404


# -- pictures and codes


def painted(answer) -> Image.Image:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(answer.content))


@pytest.fixture
def font() -> None:
    """Skip what needs a font where there is none."""
    machines_faces()


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("path", [DOOR, PREVIEW])
def test_a_panel_gets_its_size_in_its_shades(house, path: str) -> None:
    house.book()
    image = painted(house.client.get(f"{path}.png?width=400&height=300&levels=4&rotate=90"))
    assert image.size == (400, 300)
    colours = image.convert("L").getcolors()
    assert colours is not None
    assert {grey for _, grey in colours} <= {0, 85, 170, 255}


@pytest.mark.usefixtures("font")
def test_a_picture_stays_the_same_until_something_changes_however_long_that_takes(house) -> None:
    house.book("b1", start=NINE + 3 * HOUR)
    house.hear("vacant")
    tell_screens(house)
    first = house.client.get(f"{DOOR}.png")
    for minute in range(1, 120, 7):
        house.clock.at = NINE + minute * MINUTE
        house.machine.at = house.clock.at
        house.hear("vacant", as_of=house.clock.at)
        again = house.client.get(f"{DOOR}.png", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
    house.book("b2", start=NINE + 5 * HOUR)
    changed = house.client.get(f"{DOOR}.png", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.content != first.content


@pytest.mark.usefixtures("font")
def test_a_picture_changes_at_midnight_for_it_tells_of_a_day(house) -> None:
    house.hear("vacant")
    first = house.client.get(f"{DOOR}.png").headers["etag"]
    house.clock.at = house.machine.at = NINE + 15 * HOUR
    house.hear("vacant", as_of=house.clock.at)
    assert house.client.get(f"{DOOR}.png", headers={"If-None-Match": first}).status_code == 200


@pytest.mark.parametrize(
    "query", ["width=63", "width=2001", "height=1e9", "levels=3", "rotate=45", "lang=fr", "levels=4&red=1", "width=%00"]
)
def test_a_panel_that_cannot_be(house, query: str) -> None:
    answer = house.client.get(f"{DOOR}.png?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_font_it_says_what_to_install(build: Callable[[ApiSettings], object]) -> None:
    house = build(ApiSettings(font="/nowhere/font.ttc"))
    for language in ("zh", "en"):
        answer = house.client.get(f"{DOOR}.png", headers={"Accept-Language": language})  # type: ignore[attr-defined]  # House
        assert answer.status_code == 503
        assert "fonts-noto-cjk" in answer.json()["detail"]
    assert house.client.get(DOOR).status_code == 200  # type: ignore[attr-defined]  # House


def test_codes_lead_to_where_people_reach_the_pages(build: Callable[[ApiSettings], object]) -> None:
    house = build(ApiSettings(url="https://space.example"))
    client = house.client  # type: ignore[attr-defined]  # House
    code = client.get(f"{V1}/public/spaces/lane/room-a/qr.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    assert "style" not in code.text
    assert client.get(DOOR).json()["link"] == "https://space.example/r/lane/room-a"
    assert client.get(PREVIEW).json()["link"] == "https://space.example/r/lane"
    assert client.get(f"{V1}/public/sites/lane/qr.svg").text != code.text
    etag = {"If-None-Match": code.headers["etag"]}
    assert client.get(f"{V1}/public/spaces/lane/room-a/qr.svg", headers=etag).status_code == 304
    for path in ("spaces/lane/nowhere", "sites/nowhere"):
        assert client.get(f"{V1}/public/{path}/qr.svg").status_code == 404


def test_without_a_setting_codes_lead_to_where_the_request_came_in(house) -> None:
    assert door(house)["link"] == "http://testserver/r/lane/room-a"


# -- the pages' files


def test_the_worker_may_serve_the_screens_alone_and_carries_the_files_version(house) -> None:
    script = house.client.get("/screen/worker.js")
    assert script.headers["service-worker-allowed"] == "/screen/"
    assert script.headers["content-type"].startswith("text/javascript")
    assert f'"{door(house)["version"]}"' in script.text
    files = script.text.split("FILES = ")[1].split(";")[0]
    assert "/static/screens/door.html" in files
    for path in json.loads(files):
        assert house.client.get(path).status_code == 200, path


def test_no_file_of_a_font_is_no_font(tmp_path) -> None:
    broken = tmp_path / "font.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(fonts.FontMissingError, match="not a font"):
        fonts.find(str(broken))
    with pytest.raises(fonts.FontMissingError, match="fonts-noto-cjk"):
        fonts.find("", [(str(broken), str(broken)), ("/nowhere", "/nowhere")])
