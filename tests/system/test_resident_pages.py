"""The residents' pages in real Chromium: looking without an account, three taps, the door, passkeys, forgetting."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.accessibility import violations
from tests.running import Running, wait_until

pytestmark = pytest.mark.chromium

COMMUNITY = """
[[sites]]
id = "jianghu"
name = "江湖里社区"
timezone = "Asia/Shanghai"

[[spaces]]
id = "reading"
site = "jianghu"
name = "悦读空间"
capacity = 20
functions = ["reading", "study"]

[[spaces]]
id = "tea"
site = "jianghu"
name = "茶室"
capacity = 8
functions = ["tea"]
"""
ZONE = ZoneInfo("Asia/Shanghai")
NAME, PHONE = "王芳", "13800138000"


HEARD: list[tuple[str, bytes]] = []
"""All that went over MQTT."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One running program for all of the file: each test has rooms or a time of its own."""
    folder: Path = tmp_path_factory.mktemp("residents")
    (folder / "community.toml").write_text(COMMUNITY, encoding="utf-8")
    running = Running(folder, "--community", str(folder / "community.toml"))
    said = running.device("listener")
    said.on_message = lambda _client, _data, message: HEARD.append((message.topic, bytes(message.payload)))
    said.subscribe("#", qos=1)
    yield running
    said.loop_stop()
    running.program.stop()


@pytest.fixture
def url(town: Running) -> str:
    """The pages under a name: browsers allow no passkeys at a bare address."""
    return f"http://localhost:{town.http_port}"


@pytest.fixture
def phone(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()


def as_admin(town: Running, method: str, path: str, **body: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {town.token}", "Accept-Language": "zh"}
    return httpx.request(method, f"{town.url}/api/v1{path}", headers=headers, json=body or None, timeout=20)


def comes_in(page: Page, name: str = NAME, number: str = PHONE) -> str:
    """Leave name and number where they are asked for; return the code that is shown once."""
    page.get_by_label("怎么称呼您").fill(name)
    page.get_by_label("电话").fill(number)
    page.locator("button[type=submit]:visible").last.click()
    code = page.locator("output.code")
    expect(code).to_be_visible()
    shown = code.inner_text()
    page.get_by_role("button", name="记下了").click()
    return shown


def test_anybody_looks_and_three_taps_book_and_it_is_given_back(town: Running, url: str, phone: Page) -> None:
    said: list[str] = []
    phone.on("console", lambda message: said.append(message.text))
    phone.goto(f"{url}/r")
    card = phone.locator("[data-space='jianghu/reading']")
    expect(card).to_contain_text("空着")
    assert violations(phone) == []
    phone.get_by_role("button", name="今晚").tap()
    phone.get_by_role("button", name="现在").tap()
    assert not [one for one in said if "401" in one]  # passers-by are asked for nothing

    # The first time name and number come in between; they and the booking are one step.
    card.tap()
    comes_in(phone)
    expect(phone.locator("dialog")).to_contain_text("约好了")
    phone.get_by_role("link", name="看我的预约").tap()
    booking = phone.locator("[data-booking]")
    expect(booking).to_contain_text("悦读空间")
    expect(booking).to_contain_text(re.compile(r"预约码 \d{4}"))
    assert violations(phone) == []
    [kept] = town.api("/bookings").json()["items"]
    assert re.fullmatch(r"R-[A-Z0-9]{6}", kept["group"])
    assert kept["title"] == "阅读"
    booking.get_by_role("button", name="退掉").tap()
    phone.locator("dialog").get_by_role("button", name="退掉").tap()
    expect(booking).to_contain_text("已取消")

    # From then on: the room, the button, done.
    phone.goto(f"{url}/r")
    phone.locator("[data-space='jianghu/tea']").tap()
    phone.locator("dialog .primary:visible").tap()
    expect(phone.locator("dialog")).to_contain_text("约好了")
    phone.get_by_role("link", name="看我的预约").tap()
    phone.locator("[data-state=booked]").get_by_role("button", name="我到了").tap()
    expect(phone.locator("[data-state=in_use]")).to_contain_text("使用中")
    phone.locator("[data-state=in_use]").get_by_role("button", name="用完了").tap()
    phone.locator("dialog").get_by_role("button", name="用完了").tap()
    expect(phone.locator("[data-state=in_use]")).to_have_count(0)


def test_a_wish_waits_its_offer_is_taken_and_the_person_is_forgotten(town: Running, url: str, phone: Page) -> None:
    phone.goto(f"{url}/me")
    comes_in(phone, "李明", "13900139000")
    expect(phone.locator(".hello")).to_contain_text("李明")
    phone.get_by_role("link", name="排队").tap()
    phone.get_by_role("button", name="明天").tap()
    assert violations(phone) == []
    phone.get_by_role("button", name="排上队").tap()
    expect(phone.get_by_role("status").filter(has_text="排上了")).to_be_visible()
    wish = next(one for one in town.api("/requests").json()["items"] if one["state"] in ("waiting", "offered"))
    tomorrow = datetime.now(ZONE).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    offered = as_admin(
        town, "POST", "/offers", request=wish["id"], space="reading", start=tomorrow.isoformat(), hold_min=60
    )
    assert offered.status_code == 201, offered.text
    phone.get_by_role("link", name="看我的预约").tap()
    phone.reload()
    offer = phone.locator("[data-offer]")
    expect(offer).to_contain_text("还剩")
    offer.get_by_role("button", name="我要").tap()
    expect(phone.locator("[data-booking]")).to_contain_text("悦读空间")

    phone.locator(".account > summary").tap()
    assert violations(phone) == []
    phone.get_by_role("button", name="删除我的资料").tap()
    phone.locator("dialog").get_by_role("button", name="全部删除").tap()
    expect(phone.get_by_text("已全部删除。")).to_be_visible()
    assert as_admin(town, "GET", f"/residents/{wish['group']}").status_code == 404
    wait_until(lambda: {one["state"] for one in town.api("/bookings").json()["items"] if one["group"] == wish["group"]}
               == {"cancelled"}, 10)  # fmt: skip


def test_the_door_takes_a_walk_in_and_a_code(town: Running, url: str, phone: Page, browser: Browser) -> None:
    phone.goto(f"{url}/r/jianghu/reading?lang=zh")
    expect(phone.locator(".door")).to_contain_text("空着")
    assert violations(phone) == []
    phone.get_by_role("button", name="现在就用").tap()
    comes_in(phone, "赵敏", "13700137000")
    phone.get_by_role("button", name="好", exact=True).tap()
    expect(phone.locator(".door")).to_contain_text("现在是您的时间")
    expect(phone.locator("[data-booking]")).to_contain_text("使用中")
    assert violations(phone) == []
    phone.locator("[data-booking]").get_by_role("button", name="用完了").tap()
    phone.locator("dialog").get_by_role("button", name="用完了").tap()
    expect(phone.locator(".door")).to_contain_text("空着")

    now = datetime.now(ZONE)
    start = now - timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
    booked = as_admin(
        town, "POST", "/bookings", site="jianghu", space="tea", group="合唱团", people=3,
        start=start.isoformat(), end=(start + timedelta(minutes=30)).isoformat(), code="4711",
    )  # fmt: skip
    assert booked.status_code == 201, booked.text
    stranger = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark").new_page()
    stranger.goto(f"{url}/r/jianghu/tea")
    expect(stranger.locator(".door")).to_contain_text("有人用")
    assert "合唱团" not in stranger.content()
    stranger.get_by_text("有预约码").click()
    assert violations(stranger) == []
    stranger.get_by_label("四位预约码").fill("0000")
    stranger.get_by_role("button", name="我到了").click()
    expect(stranger.locator(".answer[data-wrong]")).not_to_be_empty()
    stranger.get_by_label("四位预约码").fill("4711")
    stranger.get_by_role("button", name="我到了").click()
    expect(stranger.get_by_text("已签到，用到")).to_be_visible()
    assert town.api("/bookings?space=tea&state=in_use").json()["items"][0]["id"] == booked.json()["id"]


def test_a_passkey_alone_is_enough_and_lets_one_in_again(url: str, phone: Page) -> None:
    devtools = phone.context.new_cdp_session(phone)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    phone.goto(f"{url}/me")
    phone.get_by_role("button", name="用通行密钥，不留电话").tap()
    expect(phone.locator("output.code")).to_be_visible()
    phone.get_by_role("button", name="记下了").tap()
    phone.locator(".account > summary").tap()
    handle = phone.get_by_text("编号 R-").inner_text()
    assert "Linux" in phone.locator(".account .rows").first.inner_text()
    phone.get_by_role("button", name="退出登录").tap()
    phone.get_by_role("button", name="在别的手机上用过").tap()
    phone.get_by_role("button", name="用通行密钥登录").tap()
    phone.locator(".account > summary").tap()
    expect(phone.get_by_text("编号 R-")).to_have_text(handle)


def test_bookings_go_into_the_calendar_of_the_phone_until_the_link_is_revoked(url: str, phone: Page) -> None:
    phone.goto(f"{url}/me")
    comes_in(phone, "赵敏", "13700137000")
    phone.locator(".account > summary").tap()
    phone.get_by_role("button", name="生成日历链接").tap()
    link = phone.locator(".calendar input")
    expect(link).to_have_value(re.compile(rf"^{re.escape(url)}/api/v1/calendars/[\w-]{{32}}\.ics$"))
    first = link.input_value()
    expect(phone.get_by_role("link", name="加到日历")).to_have_attribute("href", first.replace("http:", "webcal:"))
    phone.get_by_role("button", name="复制链接").tap()
    expect(phone.locator(".calendar .answer")).to_have_text(re.compile("已复制|已选中"))
    assert violations(phone) == []
    assert httpx.get(first).text.startswith("BEGIN:VCALENDAR")
    phone.get_by_role("button", name="换新链接").tap()
    phone.locator("dialog").get_by_role("button", name="换新链接").tap()
    expect(link).not_to_have_value(first)
    second = link.input_value()
    assert [httpx.get(one).status_code for one in (first, second)] == [404, 200]
    phone.locator("[data-calendar]").get_by_role("button", name="停用").tap()
    phone.locator("dialog").get_by_role("button", name="停用").tap()
    expect(phone.locator("[data-calendar]")).to_have_count(0)
    expect(link).to_have_count(0)
    assert httpx.get(second).status_code == 404


def test_the_page_speaks_the_language_of_the_account_unless_opened_in_another(url: str, phone: Page) -> None:
    phone.goto(f"{url}/me")
    comes_in(phone, "赵敏", "13700137000")
    phone.locator(".account > summary").tap()
    phone.get_by_label("语言").select_option("en")
    phone.get_by_role("button", name="保存").tap()
    expect(phone.get_by_text("Hello, 赵敏")).to_be_visible()
    phone.evaluate("localStorage.removeItem('foldspace.language')")  # as on a device that nobody has chosen on
    phone.goto(f"{url}/me?lang=zh")
    expect(phone.get_by_text("您好，赵敏")).to_be_visible()
    phone.goto(f"{url}/me")
    expect(phone.get_by_text("Hello, 赵敏")).to_be_visible()
    phone.locator("#language").tap()
    expect(phone.get_by_text("您好，赵敏")).to_be_visible()
    phone.goto(f"{url}/me")
    expect(phone.get_by_text("您好，赵敏")).to_be_visible()


def test_what_is_proposed_is_said_in_words_and_answered(url: str, phone: Page) -> None:
    phone.goto(f"{url}/me")
    comes_in(phone, "赵敏", "13700137000")
    now = datetime.now(ZONE).replace(microsecond=0)
    here = {"start": now.isoformat(), "end": (now + timedelta(hours=1)).isoformat()}
    later = {name: (datetime.fromisoformat(at) + timedelta(days=1)).isoformat() for name, at in here.items()}
    common = {"site": "jianghu", "space": "reading", "site_name": "江湖里社区", "name": "悦读空间", "booking": "b",
              **here, "why": "上一场的人还在悦读空间没走，另有一处空着，一样合适。",
              "expires": (now + timedelta(minutes=8)).isoformat()}  # fmt: skip
    asked = [
        {**common, "id": "p-1", "to": {"space": "tea", "name": "茶室", **here}},
        {**common, "id": "p-2", "to": {"space": "reading", "name": "悦读空间", **later}},
        {**common, "id": "p-3", "to": {"space": "tea", "name": "茶室", **later}},
        {**common, "id": "p-4", "to": None},
    ]
    said: list[str] = []

    def answer(route: Route) -> None:
        id, act = route.request.url.partition("?")[0].split("/")[-2:]
        said.append(f"{id}/{act}")
        asked[:] = [one for one in asked if one["id"] != id]
        route.fulfill(json={})

    phone.route("**/api/v1/me/proposals?*", lambda route: route.fulfill(json={"items": asked, "next": None}))
    phone.route("**/api/v1/me/proposals/*/*", answer)
    phone.reload()
    expect(phone.locator("#held")).to_have_text("4")
    first = phone.locator("[data-proposal=p-1]")
    expect(first).to_contain_text("换到茶室，时间不变")
    expect(first.locator(".left")).to_contain_text("不答复就照旧")
    expect(phone.locator("[data-proposal=p-2]")).to_contain_text("还在悦读空间，时间改到")
    expect(phone.locator("[data-proposal=p-3]")).to_contain_text("换到茶室，时间改到")
    expect(phone.locator("[data-proposal=p-4]")).to_contain_text("这个预约会取消")
    assert violations(phone) == []
    first.get_by_role("button", name="同意").tap()
    expect(first).to_have_count(0)
    phone.locator("[data-proposal=p-4]").get_by_role("button", name="照旧").tap()
    expect(phone.locator("[data-proposal]")).to_have_count(2)
    assert said == ["p-1/agree", "p-4/decline"]


def test_what_is_shown_is_marked_as_old_without_a_connection(url: str, phone: Page) -> None:
    phone.clock.install()
    phone.goto(f"{url}/r?lang=en")
    expect(phone.locator(".card").first).to_be_visible()
    expect(phone.locator("#stale")).to_be_hidden()
    phone.context.set_offline(True)
    phone.clock.fast_forward(60_000)
    expect(phone.locator("#stale")).to_contain_text("No connection")
    phone.context.set_offline(False)
    phone.clock.fast_forward(20_000)
    expect(phone.locator("#stale")).to_be_hidden()


def test_no_name_and_no_number_went_over_mqtt_into_logs_or_into_the_time_series(town: Running) -> None:
    """After all of the above, in whatever order: only the one table ever had them."""
    with httpx.Client(base_url=f"{town.url}/api/v1", headers={"X-CSRF": "1"}, timeout=20) as person:
        account = person.post("/me", json={"name": "钱多多", "phone": "13600136000"}).json()
        day = (datetime.now(ZONE) + timedelta(days=3)).date().isoformat()
        later = {"site": "jianghu", "space": "reading", "day": day, "at": "10:00", "minutes": 30}
        booked = person.post("/me/bookings", json=later)
        assert booked.status_code == 201, booked.text
        assert person.post(f"/me/bookings/{booked.json()['id']}/cancel").status_code == 200
    handle = account["handle"].encode()
    wait_until(lambda: any(handle in payload for _, payload in HEARD), 30)
    people = [NAME, PHONE, "李明", "13900139000", "赵敏", "13700137000", "钱多多", "13600136000", account["code"]]
    written = [path.read_bytes() for path in (town.folder / "data").glob("timeseries*")]
    written += [path.read_bytes() for path in town.folder.glob("up-*.log")]
    written += [topic.encode() + payload for topic, payload in HEARD]
    assert len(written) > 3
    for one in people:
        escaped = one.encode("unicode_escape")  # as JSON may write it
        assert not [text[:200] for text in written if one.encode() in text or escaped in text.lower()], one
