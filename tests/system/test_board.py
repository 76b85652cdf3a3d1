"""The board and what staff do on it, in real Chromium: found, seen, acted on by keyboard, never shown stale."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from services.contracts.instants import from_wall
from tests.accessibility import violations
from tests.running import Running, say, sign_in, wait_until

pytestmark = pytest.mark.chromium

_AHEAD = (9 - datetime.now(UTC).hour + 12) % 24 - 12
ZONE = ZoneInfo(f"Etc/GMT{-_AHEAD:+d}")
"""Where it is nine in the morning now: whatever the hour on the machine, the day lies before us."""
COMMUNITY = """
devices = [
  { id = "seen-east", site = "jianghu", space = "east", kind = "presence" },
  { id = "seen-west", site = "jianghu", space = "west", kind = "presence" },
  { id = "door-east", site = "jianghu", space = "east", kind = "door" },
]

[[sites]]
id = "jianghu"
name = "江湖里社区"
timezone = "@ZONE@"

[[sites]]
id = "hof"
name = "Hofgarten"
timezone = "Europe/Berlin"

[[spaces]]
id = "hall"
site = "jianghu"
name = "邻里会客厅"
group = "会客厅"
capacity = 60
functions = ["film"]
parts = ["east", "west"]

[[spaces]]
id = "east"
site = "jianghu"
name = "东厅"
group = "会客厅"
capacity = 30
functions = ["class", "film"]
features = ["projector"]

[[spaces]]
id = "west"
site = "jianghu"
name = "西厅"
group = "会客厅"
capacity = 24
functions = ["dance"]

[[spaces]]
id = "tea"
site = "jianghu"
name = "清和茶楼"
group = "街坊"
capacity = 10
functions = ["tea"]
features = ["kettle"]

[[spaces]]
id = "attic"
site = "hof"
name = "Dachboden"
group = "Haus"
capacity = 8
functions = ["study"]

[[supply]]
id = "tea-all"
site = "jianghu"
space = "tea"
owner = "清和茶楼"
functions = ["tea"]
start = "00:00"
end = "24:00"
approval = "host"
approve_within_min = 600
""".replace("@ZONE@", ZONE.key)
PLAN: dict[str, Any] = {
    "items": [
        {
            "site": "jianghu", "id": "ground", "name": "一层", "view_box": [0, 0, 400, 200],
            "svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200"><script>window.stolen = 1</script>'
                   '<rect width="400" height="200" fill="none" stroke="gray"/>'
                   '<path data-space="east" onclick="window.stolen = 2" d="M10 10h180v180h-180z"/></svg>',
            "areas": [{"space": "west", "x": 210, "y": 10, "width": 180, "height": 180}],
        },
        {
            "site": "jianghu", "id": "street", "name": "街面", "view_box": [0, 0, 100, 60], "svg": None,
            "areas": [{"space": "tea", "x": 10, "y": 10, "width": 80, "height": 40}],
        },
    ],
    "next": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One program for all: each test works with spaces and bookings of its own."""
    folder = tmp_path_factory.mktemp("board")
    file = folder / "community.toml"
    file.write_text(COMMUNITY, encoding="utf-8")
    running = Running(folder, "--community", str(file))
    for name, kind, fields in (
        ("seen-east", "presence", {"present": True}),
        ("seen-west", "presence", {"present": False}),
        ("door-east", "door", {"open": False, "locked": True}),
    ):
        device = running.device(name)
        say(device, f"fs/v1/jianghu/dev/{name}/up/{kind}", boot="b", seq=0, **fields)
        device.loop_stop()
    yield running
    if running.program.process.poll() is None:
        running.program.stop()


@pytest.fixture(scope="module")
def session(up: Running, browsers: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookie of the staff user, who signs in once."""
    context = browsers.new_context(locale="zh-CN")
    page = context.new_page()
    sign_in(page, up)
    expect(page.locator("#spaces [data-space='jianghu/east']")).to_be_visible()
    state = tmp_path_factory.mktemp("session") / "state.json"
    context.storage_state(path=state)
    context.close()
    return state


Look = Callable[..., Page]


@pytest.fixture
def look(up: Running, browsers: Browser, session: Path) -> Iterator[Look]:
    """Open a page as the staff user; `waits` is what must be there."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str, waits: str = "#spaces [data-space]", routes: dict[str, Any] | None = None, **options: Any
    ) -> Page:
        context = browsers.new_context(storage_state=session, locale="zh-CN", **options)
        contexts.append(context)
        page = context.new_page()
        for pattern, answer in (routes or {}).items():
            page.route(re.compile(pattern), answer if callable(answer) else _answering(answer))
        page.goto(up.url + path)
        expect(page.locator(waits).first).to_be_visible()
        return page

    yield opened
    for context in contexts:
        context.close()


def _answering(answer: Any, status: int = 200) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, content_type="application/json", body=json.dumps(answer))


@cache
def _begun() -> datetime:
    """The last full five minutes when it was first asked for: bookings of all tests stand as written to each other."""
    now = datetime.now(ZONE)
    return now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)


def _at(hours: float) -> datetime:
    """So many hours from when the tests began; on the grid."""
    return _begun() + timedelta(hours=hours)


def _id(title: str) -> str:
    return f"b{title.encode().hex()}"


def _of(title: str) -> str:
    """Return what selects whatever stands for the booking with this title."""
    return f"[data-booking='{_id(title)}']"


def _book(up: Running, title: str, space: str, start: datetime, minutes: int = 60, **more: Any) -> None:
    body = {"id": _id(title), "site": "jianghu", "space": space, "group": "合唱团", "title": title, "people": 6,
            "start": start.isoformat(), "end": (start + timedelta(minutes=minutes)).isoformat(), **more}  # fmt: skip
    answer = httpx.post(
        f"{up.url}/api/v1/bookings", headers={"Authorization": f"Bearer {up.token}"}, json=body, timeout=30
    )
    assert answer.status_code == 201, answer.text


def _state(up: Running, title: str) -> str:
    return str(_kept(up, title)["state"])


def _kept(up: Running, title: str) -> Any:
    return next(one for one in up.api("/bookings?limit=500").json()["items"] if one["title"] == title)


def _shown(page: Page) -> list[str]:
    names: list[str] = page.locator("#spaces .tile").evaluate_all(
        "all => all.map(one => one.dataset.space.split('/')[1])"
    )
    return names


# -- what is looked at


def test_filters_find_spaces_and_stay_in_the_address(look: Look, up: Running) -> None:
    _book(up, "街舞入门", "west", _at(2), function="dance")
    page = look("/")
    assert _shown(page) == ["hall", "east", "west", "tea"]
    page.locator("[data-filter=q]").fill("街舞")
    expect(page.locator("#spaces .tile")).to_have_count(2)  # the hall is not free then either
    assert "q=" in page.url
    page.locator(".more-filters summary").click()
    page.locator("[data-filter=function]").select_option("dance")
    expect(page.locator("#spaces .tile")).to_have_count(1)
    page.reload()
    expect(page.locator("[data-filter=q]")).to_have_value("街舞")
    expect(page.locator("[data-filter=function]")).to_have_value("dance")
    expect(page.locator("#spaces .tile")).to_have_count(1)
    expect(page.locator(".shown")).to_have_text("共 4 个空间，符合条件的有 1 个")
    page.get_by_role("button", name="清除条件").click()
    expect(page.locator("#spaces .tile")).to_have_count(4)
    page.locator("[data-filter=state]").select_option("occupied")
    expect(page.locator("#spaces .tile[data-space='jianghu/east']")).to_be_visible()
    expect(page.locator("#spaces .tile[data-space='jianghu/west']")).to_have_count(0)
    page.locator("[data-filter=state]").select_option("")
    page.locator("[data-filter=people]").fill("500")
    expect(page.locator(".none")).to_be_visible()


def test_one_site_at_a_time_with_its_own_clock(look: Look) -> None:
    page = look("/?site=hof")
    assert _shown(page) == ["attic"]
    expect(page.locator("#site")).to_have_text("Hofgarten")
    berlin = datetime.now(ZoneInfo("Europe/Berlin"))
    assert abs(int(page.locator("#clock").inner_text()[:2]) - berlin.hour) in (0, 1, 23)
    page.locator("[data-filter=site]").select_option("jianghu")
    expect(page.locator("#spaces .tile")).to_have_count(4)
    assert "site=jianghu" in page.url


def test_a_plan_shows_the_states_and_leads_to_the_spaces(look: Look) -> None:
    page = look("/?view=plan", ".plan .area", {"/floorplans": PLAN})
    east = page.locator(".area[data-space='east']")
    expect(east).to_have_attribute("data-state", "occupied")
    expect(east).to_have_attribute("aria-label", re.compile("东厅，使用中"))
    expect(page.locator(".area-label", has_text="东厅")).to_contain_text("使用中")
    assert "hatch-occupied" in east.evaluate("one => getComputedStyle(one).fill")
    assert page.evaluate("window.stolen") is None
    east.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-title")).to_have_text("东厅")
    page.keyboard.press("Escape")
    expect(east).to_be_focused()
    page.locator(".area[data-space='west']").click()
    expect(page.locator("#dialog-title")).to_have_text("西厅")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="一层").press("ArrowRight")
    expect(page.get_by_role("tab", name="街面")).to_be_focused()
    expect(page.locator(".area[data-space='tea']")).to_have_attribute("data-state", "unknown")
    none = look("/?view=plan", ".plan .nothing", {"/floorplans": {"items": [], "next": None}})
    expect(none.locator(".nothing").get_by_role("link")).to_have_attribute("href", "/setup")


def test_the_day_shows_bookings_use_and_now_and_is_walked_by_keys(look: Look, up: Running) -> None:
    start = _at(0.5)
    _book(up, "晨读", "west", start, 30, function="dance")
    page = look("/?view=day", f".row[data-space='jianghu/west'] {_of('晨读')}")
    row = page.locator(".row[data-space='jianghu/west']")
    block = row.locator(f"{_of('晨读')}")
    expect(block).to_have_attribute("aria-label", re.compile(f"{start:%H:%M}–.*晨读，合唱团，已预约"))
    expect(page.locator(f".row[data-space='jianghu/hall'] {_of('晨读')}[data-elsewhere]")).to_be_visible()
    expect(row.locator(".now-line")).to_be_visible()
    used = page.locator(".row[data-space='jianghu/east'] .spell[data-state=occupied]").last
    expect(used).to_have_attribute("aria-label", re.compile("起一直有人"))
    row.locator("[tabindex='0']").last.focus()
    page.keyboard.press("Home")
    for _ in range(20):
        if page.evaluate("document.activeElement.dataset.booking") == _id("晨读"):
            break
        page.keyboard.press("ArrowRight")
    expect(block).to_be_focused()
    expect(page.locator(".day > .told")).to_contain_text("晨读")
    page.keyboard.press("Enter")
    expect(page.locator(f"#dialog li{_of('晨读')} .detail")).to_be_visible()
    page.keyboard.press("Escape")
    expect(block).to_be_focused()
    # What is booked while somebody looks comes by itself.
    _book(up, "晚读", "west", start + timedelta(hours=1), 30, function="dance")
    expect(row.locator(f"{_of('晚读')}")).to_be_visible()


# -- acts


def _open(page: Page, space: str) -> Locator:
    page.locator(f"#spaces [data-space='jianghu/{space}'] .name").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_be_visible()
    return page.locator("#dialog")


def _asked(page: Page) -> Locator:
    """Return the question before something that hurts."""
    return page.locator("dialog[aria-labelledby='ask-title']")


def _pick(dialog: Locator, title: str) -> None:
    """Open a booking, unless it is the one that is open by itself."""
    pick = dialog.locator(f"li{_of(title)} .pick")
    expect(pick).to_be_visible()
    if pick.get_attribute("aria-expanded") == "false":
        pick.click()


def test_by_keyboard_alone_a_group_is_checked_in_by_name_and_the_focus_comes_back(look: Look, up: Running) -> None:
    _book(up, "排练", "west", _at(0), 30, function="dance")
    page = look("/")
    page.keyboard.press("Tab")
    for _ in range(60):
        if page.evaluate("document.activeElement.closest('.tile')?.dataset.space") == "jianghu/west":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    check_in = page.locator("#dialog [data-act=check_in]")
    expect(check_in).to_be_visible()
    for _ in range(40):
        if check_in.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog .outcome .answer")).to_contain_text("排练")
    expect(page.locator(f"#dialog li{_of('排练')}")).to_have_attribute("data-state", "in_use")
    page.keyboard.press("Escape")
    expect(page.locator("#spaces [data-space='jianghu/west'] .name")).to_be_focused()
    assert _state(up, "排练") == "in_use"
    told = up.api("/decisions?kind=check_in&by=user").json()["items"]
    assert (told[0]["actor"], told[0]["booking"]) == ("user:staff", _id("排练"))
    expect(page.locator(".feed li[data-kind=check_in]", has_text="staff")).to_be_visible()


def test_what_hurts_asks_first_and_has_a_way_back(look: Look, up: Running) -> None:
    _book(up, "太极", "west", _at(6), function="dance")
    page = look("/")
    dialog = _open(page, "west")
    _pick(dialog, "太极")
    cancel = dialog.locator(f"li{_of('太极')} [data-act=cancel]")
    cancel.click()
    asked = _asked(page)
    expect(asked).to_contain_text("取消「太极」吗")
    asked.get_by_role("button", name="取消", exact=True).click()
    assert _state(up, "太极") == "booked"
    cancel.click()
    _asked(page).get_by_role("button", name="确定取消").click()
    expect(dialog.locator(".outcome")).to_contain_text("已取消")
    assert _state(up, "太极") == "cancelled"
    dialog.locator(".outcome .undo").click()
    expect(dialog.locator(f"li{_of('太极')}")).to_have_attribute("data-state", "booked")
    assert _state(up, "太极") == "booked"


def test_a_booking_moves_to_what_is_really_there_and_it_is_said_why_not_elsewhere(look: Look, up: Running) -> None:
    _book(up, "讲座", "east", _at(8), people=20, function="class")
    _book(up, "占用", "west", _at(8), function="dance")
    page = look("/")
    dialog = _open(page, "east")
    _pick(dialog, "讲座")
    dialog.locator(f"li{_of('讲座')} [data-act=move]").click()
    form = dialog.locator(".act-form")
    expect(form.locator(".place-picker .lead")).to_be_visible()
    form.locator("[name=start]").fill((_at(11)).strftime("%Y-%m-%dT%H:%M"))
    form.locator("[name=start]").press("Tab")
    form.locator("[data-place=east] input").check()
    form.locator("details summary").click()
    expect(form.locator(".why-not")).to_contain_text("清和茶楼")
    form.locator("button[type=submit]").click()
    expect(dialog.locator(".outcome .answer")).to_contain_text("讲座")
    moved = _kept(up, "讲座")
    assert datetime.fromisoformat(moved["start"]) == _at(11)


def test_a_walk_in_is_let_in_and_a_new_booking_is_made(look: Look, up: Running) -> None:
    page = look("/?site=hof")
    page.locator("#spaces [data-space='hof/attic'] .name").click()
    dialog = page.locator("#dialog")
    dialog.locator("[data-act=walk_in]").click()
    form = dialog.locator(".act-form")
    form.locator("[name=people]").fill("3")
    expect(form.locator("[data-place=attic] input")).to_be_checked()
    form.locator("button[type=submit]").click()
    expect(dialog.locator(".bookings li[data-state=in_use]")).to_contain_text("临时来访")
    expect(dialog.locator("[data-act=walk_in]")).to_have_count(0)  # somebody has it now
    dialog.locator("[data-act=book]").click()
    form = dialog.locator(".act-form")
    day = (datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=2)).date()
    for name, value in (("group", "Lesekreis"), ("day", day.isoformat()), ("from", "18:00"), ("to", "20:00")):
        form.locator(f"[name={name}]").fill(value)
        form.locator(f"[name={name}]").press("Tab")
    expect(form.locator("[data-place=attic] input")).to_be_checked()
    form.locator("button[type=submit]").click()
    expect(dialog.locator(".outcome .answer")).to_contain_text("Lesekreis")
    made = _kept(up, "Lesekreis")
    assert datetime.fromisoformat(made["start"]) == datetime(
        day.year, day.month, day.day, 18, tzinfo=ZoneInfo("Europe/Berlin")
    )


def test_a_space_is_closed_only_after_a_look_at_whom_it_concerns(look: Look, up: Running) -> None:
    start = _at(30)
    _book(up, "插花", "east", start, function="film", people=10)
    page = look("/")
    dialog = _open(page, "east")
    dialog.locator("[data-act=block]").click()
    form = dialog.locator(".act-form")
    form.locator("[name=from]").fill(start.strftime("%Y-%m-%dT%H:%M"))
    form.locator("[name=to]").fill((start + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    form.locator("[name=why]").fill("空调漏水")
    form.locator("button[type=submit]").click()
    preview = form.locator(".preview")
    expect(preview).to_contain_text("空调漏水")
    expect(preview.locator(".moves .lost")).to_contain_text("合唱团")
    assert _state(up, "插花") == "booked"
    preview.locator("[data-act=agree]").click()
    expect(dialog.locator(".outcome .answer")).to_contain_text("东厅")
    wait_until(lambda: _state(up, "插花") == "cancelled")


def test_message_unlock_and_contact_tell_what_came_of_it(look: Look, up: Running) -> None:
    sent: list[tuple[str, Any]] = []

    def take(answer: Any, status: int = 200) -> Callable[[Route], None]:
        def handle(route: Route) -> None:
            sent.append((route.request.method, route.request.post_data_json))
            _answering(answer, status)(route)

        return handle

    _book(up, "家庭聚会", "east", _at(6), group="R-K7M4PX", function="film")
    refused = {"type": "x", "title": "t", "status": 409, "detail": "这里没有能开的门锁"}
    resident = {"handle": "R-K7M4PX", "name": "周老师", "phone": "13800000000", "since": "2026-01-01"}
    page = look("/", routes={
        r"/spaces/jianghu/east/message": take({}), r"/spaces/jianghu/east/unlock": take(refused, 409),
        r"/residents/R-K7M4PX": take(resident),
    })  # fmt: skip
    dialog = _open(page, "east")
    dialog.locator("[data-act=message]").click()
    dialog.locator("[name=text]").fill("今晚八点停水")
    dialog.locator(".act-form button[type=submit]").click()
    expect(dialog.locator(".outcome .answer")).to_have_text("已显示在屏幕上。")
    assert sent[-1] == ("PUT", {"text": "今晚八点停水", "minutes": 30})
    dialog.locator("[data-act=unlock]").click()
    _asked(page).get_by_role("button", name="开门").click()
    expect(dialog.locator(".outcome .answer[data-wrong]")).to_have_text("这里没有能开的门锁")
    _pick(dialog, "家庭聚会")
    dialog.get_by_role("button", name="查看联系方式").click()
    expect(dialog.locator(".contact")).to_contain_text("周老师")
    expect(dialog.locator(".contact a")).to_have_attribute("href", "tel:13800000000")


def test_a_steward_of_some_spaces_acts_only_there(look: Look) -> None:
    who = {"name": "wang", "role": "steward", "language": "zh", "spaces": ["jianghu/west"]}
    page = look("/", routes={r"/api/v1/session": who})
    dialog = _open(page, "east")
    expect(dialog).to_contain_text("由别的管家负责")
    expect(dialog.locator("[data-act=book]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(_open(page, "west").locator("[data-act=book]")).to_be_visible()


def test_a_board_whose_session_is_over_leads_to_the_sign_in_page(look: Look) -> None:
    """The stream ends, and when the browser asks for it again it is refused; nothing else of the board is."""
    over: list[bool] = []

    def stream(route: Route) -> None:
        if over:
            refused(route)
        else:  # it ends at once, and is asked for again
            route.fulfill(status=200, content_type="text/event-stream", body="retry: 100\n\n")

    refused = _answering({"type": "urn:foldspace:problem:unauthenticated", "status": 401}, 401)
    page = look("/", routes={r"/api/v1/stream": stream})
    page.route(re.compile(r"/api/v1/session\?"), refused)
    over.append(True)
    page.wait_for_url("**/signin")


def test_a_redrawn_dialog_keeps_the_focus_and_what_was_typed(look: Look, up: Running) -> None:
    page = look("/")
    dialog = _open(page, "west")
    dialog.locator("[data-act=book]").click()
    group = dialog.locator("[name=group]")
    group.fill("读书会")
    device = up.device("seen-west")
    say(device, "fs/v1/jianghu/dev/seen-west/up/presence", boot="b", seq=1, present=True)
    device.loop_stop()
    expect(dialog.locator(".state").first).to_have_attribute("data-state", "occupied")
    _book(up, "插队", "west", _at(10), function="dance")
    expect(dialog.locator(f"li{_of('插队')}, .bookings")).not_to_have_count(0)
    expect(group).to_be_focused()
    expect(group).to_have_value("读书会")


# -- decisions


def test_the_page_of_decisions_filters_links_and_answers(look: Look, up: Running) -> None:
    _book(up, "品茶", "tea", _at(5), function="tea")
    _book(up, "对弈", "tea", _at(9), function="tea")
    page = look("/decisions", "#list .decision")
    asked = page.locator(f"#waiting li{_of('品茶')}")
    asked.locator("[data-act=approve]").click()
    expect(asked).to_have_count(0)
    assert _state(up, "品茶") == "booked"
    refused = page.locator(f"#waiting li{_of('对弈')}")
    refused.locator("[data-act=refuse]").click()
    _asked(page).get_by_role("button", name="确定不同意").click()
    expect(refused).to_have_count(0)
    assert _state(up, "对弈") == "cancelled"
    page.locator("[data-filter=kind]").select_option("approve")
    expect(page.locator("#list .decision")).to_have_count(1)
    assert "kind=approve" in page.url
    card = page.locator("#list .decision").first
    expect(card.locator(".by")).to_have_text("staff")
    card.locator("summary").first.click()
    card.get_by_role("link").first.click()
    linked = page.locator("#linked .decision")
    expect(linked).to_contain_text("空间主人同意了")
    expect(linked.locator("details").first).to_have_attribute("open", "")
    page.goto(f"{up.url}/decisions?by=person&name=nobody")
    expect(page.locator("#none")).to_be_visible()
    page.goto(f"{up.url}/decisions?kind=book&space=tea")
    first = page.locator("#list .decision", has_text="品茶")
    first.locator(".actions [data-do=undo]").click()
    _asked(page).get_by_role("button", name="确定撤销").click()
    wait_until(lambda: _state(up, "品茶") == "cancelled")
    expect(first).to_have_attribute("data-undone", "")


def test_what_a_decision_saw_and_how_a_rehearsal_went_are_told_in_words(look: Look) -> None:
    room = {"state": {"occupancy": "vacant", "since": 1772500000000, "confidence": 0.93}}
    booking = {"title": "排练", "group": "合唱团", "start": 1772500000000, "end": 1772503600000, "state": "warned"}
    view = {"rooms": {"jianghu/east": room}, "bookings": {"b": booking}}
    decision = {
        "id": "d1",
        "at": "2026-03-03T09:15:00.000+08:00",
        "site": "jianghu",
        "space": "east",
        "kind": "release",
        "booking": "b",
        "shadow": True,
        "actor": "scheduler",
        "summary": "东厅无人到场",
        "rule": "no_show.release/1",
        "inputs": {"view": view, "policy": {"grace_min": 10}},
        "considered": [{"group": "书友会", "said": "排在第一位"}],
        "would_change": ["有人就不会释放。"],
        "proposal": None,
        "answer_until": None,
        "undo": {"possible": False, "until": None, "undone_by": None},
    }
    judged = {"decision": "d1", "at": decision["at"], "space": "east", "name": "东厅", "summary": "东厅无人到场"}
    judged |= {"verdict": "right", "text": "此后一直没有人用。", "used_min": 0, "freed_min": 45}
    rehearsal = {"site": "jianghu", "day": "2026-03-03", "released": 3, "right": 2, "wrong": 0, "open": 0, "untold": 1}
    rehearsal |= {
        "freed_min": 90,
        "summary": "会释放 3 次，其中 2 次是对的，1 次说不准。",
        "items": [judged],
        "next": None,
    }
    page = look("/decisions", "#list .decision", {r"/decisions\?limit": {"items": [decision], "next": None},
                                                  r"/decisions/shadow": rehearsal})  # fmt: skip
    expect(page.locator(".said")).to_have_text("会释放 3 次，其中 2 次是对的，1 次说不准。")
    page.locator("#rehearsal summary").click()
    expect(page.locator(".judged [data-verdict], .judged li").first).to_contain_text("此后一直没有人用")
    card = page.locator("#list .decision")
    card.locator("summary").first.click()
    expect(card.locator(".changes")).to_contain_text("有人就不会释放")
    expect(card.locator(".inputs")).to_contain_text("东厅：空闲")
    expect(card.locator(".inputs")).to_contain_text("书友会：排在第一位")
    expect(card.locator(".inputs")).to_contain_text("排练（合唱团）")


# -- for everybody


@pytest.mark.parametrize(("scheme", "lang"), [("light", "zh"), ("dark", "en")])
def test_no_view_shuts_anybody_out_and_none_is_wider_than_a_phone(
    look: Look, up: Running, scheme: str, lang: str
) -> None:
    page = look(
        f"/?lang={lang}", routes={"/floorplans": PLAN}, viewport={"width": 360, "height": 740}, color_scheme=scheme
    )
    for view, waits in (
        ("tiles", ".tile"),
        ("list", ".space-list .space-row[data-space]"),
        ("plan", ".plan .area"),
        ("day", ".row .block"),
    ):
        page.locator(f"button[data-view={view}]").click()
        expect(page.locator(f"#spaces {waits}").first).to_be_visible()
        assert violations(page) == [], view
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, view
    page.locator("#spaces .row .name").first.click()
    page.locator("#dialog [data-act=book]").click()
    expect(page.locator("#dialog .places input").first).to_be_visible()
    assert violations(page) == []
    assert (
        page.evaluate("document.querySelector('#dialog').scrollWidth - document.querySelector('#dialog').clientWidth")
        <= 0
    )
    page.keyboard.press("Escape")
    page.goto(f"{up.url}/decisions?lang={lang}")
    page.locator("#list .decision summary").first.click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    menu = page.locator(".nav-menu")
    menu.click()
    expect(page.locator(".nav-links a").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".nav-links a").first).not_to_be_visible()
    expect(menu).to_be_focused()


def test_wall_clocks_become_instants_as_the_server_reads_them(look: Look) -> None:
    """Every half hour around each change of clocks, and odd zones; a skipped time and one that comes twice as well."""
    days = [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Asia/Shanghai", date(2026, 3, 3)),
        ("Asia/Kathmandu", date(2026, 3, 3)),
        ("Pacific/Apia", date(2026, 12, 30)),
        ("Africa/Casablanca", date(2026, 2, 15)),
        ("America/St_Johns", date(2026, 11, 1)),
    ]
    asked = [(zone, day, f"{minute // 60:02}:{minute % 60:02}") for zone, day in days for minute in range(0, 1440, 30)]
    page = look("/")
    told = page.evaluate(
        """async (asked) => {
            const { toInstant, toLocal } = await import("/static/shared/zoned.js");
            return asked.map(([local, zone]) => {
                const { instant, kind } = toInstant(local, zone);
                return { at: Date.parse(instant), kind, back: toLocal(instant, zone) };
            });
        }""",
        [[f"{day.isoformat()}T{clock}", zone] for zone, day, clock in asked],
    )
    for (zone, day, clock), found in zip(asked, told, strict=True):
        assert found["at"] == from_wall(day, clock, zone), (zone, day, clock)
        if found["kind"] != "skipped":
            assert found["back"] == f"{day.isoformat()}T{clock}"
    kinds = {(zone, day, clock): found["kind"] for (zone, day, clock), found in zip(asked, told, strict=True)}
    assert kinds["Europe/Berlin", date(2026, 3, 29), "02:30"] == "skipped"
    assert kinds["Europe/Berlin", date(2026, 10, 25), "02:30"] == "twice"
    assert kinds["Asia/Shanghai", date(2026, 3, 3), "02:30"] == "exact"
    refused = """async () => {
        const { toInstant } = await import("/static/shared/zoned.js");
        const refuses = (one) => { try { return !toInstant(one, "UTC"); } catch { return true; } };
        return ["2026-02-30T10:00", "", "soon"].map(refuses);
    }"""
    assert page.evaluate(refused) == [True, True, True]


def test_in_every_view_what_is_old_is_never_shown_as_fresh(look: Look, up: Running) -> None:
    """The last: the program is stopped under the eyes of whoever looks."""
    views = {
        "tiles": (".tile[data-space='jianghu/east']", None),
        "list": (".space-row[data-space='jianghu/east']", None),
        "plan": (".area[data-space='east']", {"/floorplans": PLAN}),
        "day": (".row[data-space='jianghu/east']", None),
    }
    pages = {view: look(f"/?view={view}", f"#spaces {mark}", routes) for view, (mark, routes) in views.items()}
    for view, (mark, _) in views.items():
        expect(pages[view].locator("#link")).to_have_attribute("data-link", "live")
        expect(pages[view].locator(mark)).not_to_have_attribute("data-old", "")
    expect(pages["day"].locator(".row[data-space='jianghu/east'] .spell").first).to_be_visible()
    _open(pages["tiles"], "east")
    up.program.stop()
    for view, (mark, _) in views.items():
        expect(pages[view].locator("#link")).to_have_attribute("data-link", "reconnecting")
        expect(pages[view].locator(mark)).to_have_attribute("data-old", "")
    expect(pages["list"].locator(".space-row[data-space='jianghu/east'] .since")).to_contain_text("数据停在")
    expect(pages["plan"].locator(".area[data-space='east']")).to_have_attribute("aria-label", re.compile("已过时"))
    expect(pages["day"].locator(".row[data-space='jianghu/east'] .line")).to_have_attribute("data-old", "")
    expect(pages["tiles"].locator("#dialog .space-panel")).to_have_attribute("data-old", "")
