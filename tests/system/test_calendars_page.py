"""The page of calendars in real Chromium: a link is read, a calendar brought in, a webhook told."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import vobject
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import violations
from tests.httpfake import Answer, HttpFake
from tests.running import Running, sign_in, wait_until

pytestmark = pytest.mark.chromium


@pytest.fixture
def up(tmp_path: Path, community_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("FOLDSPACE_WEBHOOK_PRIVATE", "yes")
    running = Running(tmp_path, "--community", str(community_file))
    yield running
    running.program.stop()


@pytest.fixture
def page(up: Running, browser: Browser) -> Page:
    page = browser.new_page()
    sign_in(page, up)
    page.wait_for_url(f"{up.url}/", timeout=60_000)
    page.goto(f"{up.url}/calendars")
    expect(page.locator("#feed-form button[type=submit]")).to_be_visible()
    return page


def _calendar(folder: Path) -> Path:
    day = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=2)).strftime("%Y%m%d")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", "BEGIN:VEVENT", "UID:u1", "SUMMARY:读书会",
             f"DTSTART;TZID=Asia/Shanghai:{day}T190000", f"DTEND;TZID=Asia/Shanghai:{day}T203000",
             "RRULE:FREQ=WEEKLY;COUNT=2", "END:VEVENT", "BEGIN:VEVENT", "UID:u2", "SUMMARY:放假",
             f"DTSTART;VALUE=DATE:{day}", "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
    file = folder / "club.ics"
    file.write_text("\r\n".join(lines), encoding="utf-8")
    return file


def test_calendars_out_and_in_and_a_webhook_that_is_told(up: Running, page: Page, tmp_path: Path) -> None:
    page.locator("#feed-form [name=space]").select_option("reading")
    page.locator("#feed-form button[type=submit]").click()
    url = page.locator("#issued input").input_value()
    assert "/api/v1/calendars/" in url
    page.locator("#issued").get_by_role("button", name="记下了").click()
    expect(page.locator("#issued")).to_be_hidden()

    with HttpFake(lambda _: Answer(204)) as hook:
        page.locator("#subscribe > summary").click()
        form = page.locator("#subscription-form")
        form.locator("[name=name]").fill("门禁系统")
        form.locator("[name=target]").fill(f"http://127.0.0.1:{hook.port}/hook")
        form.locator("[value=book]").check()
        form.locator("[type=submit]").click()
        secret = page.locator("#secret input").input_value()

        page.locator("#import-form [type=file]").set_input_files(_calendar(tmp_path))
        page.locator("#import-form [name=space]").select_option("reading")
        page.locator("#import-form [name=group]").fill("书友会")
        page.locator("#import-form [type=submit]").click()
        rows = page.locator("#preview tbody tr")
        expect(rows).to_have_count(3)
        expect(page.locator("#preview .sum")).to_contain_text("预约 2 个")
        expect(rows.filter(has_text="放假")).to_contain_text("全天日程不占空间")
        assert up.api("/bookings").json()["items"] == []
        page.get_by_role("button", name="导入", exact=True).click()
        expect(page.locator("#import-form .answer")).to_have_text("已导入。")

        wait_until(lambda: len(hook.asked) == 2)
        told = [json.loads(asked.body) for asked in hook.asked]
        assert {one["type"] for one in told} == {"decision.book"}
        assert told[0]["data"] == up.api(f"/decisions/{told[0]['data']['id']}?lang=zh").json()
        head = {name.lower(): value for name, value in hook.asked[0].headers.items()}
        signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + hook.asked[0].body
        key = b64decode(secret.removeprefix("whsec_"))
        assert head["webhook-signature"] == "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        row = page.locator("[data-subscription]")
        row.get_by_role("button", name="发一条测试").click()
        expect(row.locator(".answer").first).to_have_text("测试已送达。")
        expect(row.locator(".deliveries li")).to_have_count(3)

    events = vobject.readOne(httpx.get(url, timeout=10).text).vevent_list
    assert {one.summary.value for one in events} == {"读书会"}
    expect(page.locator("[data-feed]")).to_contain_text("上次读取")

    for scheme, language in (("light", "zh"), ("dark", "en")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        page.goto(f"{up.url}/calendars?lang={language}")
        expect(page.locator("[data-subscription]")).to_be_visible()
        page.locator("#subscribe > summary").click()
        assert violations(page) == []
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    feed = page.locator("[data-feed]")
    feed.get_by_role("button").click()
    page.locator("dialog button.primary").click()
    expect(feed).to_have_count(0)
    assert httpx.get(url, timeout=10).status_code == 404
