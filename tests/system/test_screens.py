"""Screens in real Chromium: they follow what happens, keep the last state with its age, and come back by themselves."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.accessibility import violations
from tests.running import Running, say, wait_until

pytestmark = pytest.mark.chromium

DOOR = "/screen/jianghu/reading"
SIZES = {"panel": (800, 480), "upright": (480, 800), "wall": (3840, 2160), "desk": (1440, 900)}


@pytest.fixture
def context(browsers: Browser) -> Iterator[BrowserContext]:
    made = browsers.new_context(viewport={"width": 800, "height": 480}, locale="zh-CN")
    yield made
    made.close()


def admin(up: Running, method: str, path: str, **body: object) -> httpx.Response:
    answer = httpx.request(
        method, f"{up.url}/api/v1{path}", json=body or None, headers={"Authorization": f"Bearer {up.token}"}, timeout=10
    )
    assert answer.status_code < 300, answer.text
    return answer


def book(up: Running, title: str, after: int, minutes: int) -> None:
    """Book the room for `minutes`, `after` five-minute steps from the present one."""
    now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(second=0, microsecond=0)
    start = now - timedelta(minutes=now.minute % 5) + timedelta(minutes=5 * after)
    admin(
        up, "POST", "/bookings", site="jianghu", space="reading", group="合唱团", title=title, people=5,
        start=start.isoformat(), end=(start + timedelta(minutes=minutes)).isoformat(),
    )  # fmt: skip


def presence(up: Running, present: bool, seq: int, boot: str = "b1") -> None:
    device = up.device("reading-mmwave")
    say(device, "fs/v1/jianghu/dev/reading-mmwave/up/presence", boot=boot, seq=seq, present=present)
    device.disconnect()
    device.loop_stop()


def controlled(page: Page) -> None:
    """Wait until the files are kept: from then on a reload needs no network."""
    wait_until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"))


def test_a_door_follows_what_happens(house: Running, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(house.url + DOOR)
    state = page.locator("#state")
    presence(house, True, 0)
    expect(state).to_have_attribute("data-status", "in_use")
    expect(page.locator("#word")).to_contain_text("使用中")
    expect(page.locator("#word")).to_contain_text("In use")
    book(house, "晨练合唱", 0, 30)
    expect(page.locator("#now-title")).to_have_text("晨练合唱")
    book(house, "夜校", 12, 60)
    expect(page.locator("#next")).to_contain_text("夜校")
    admin(house, "PUT", "/spaces/jianghu/reading/message", text="今天请走后门", minutes=5)
    expect(page.locator("#message")).to_have_text("今天请走后门")
    admin(house, "DELETE", "/spaces/jianghu/reading/message")
    expect(page.locator("#message")).to_be_hidden()
    expect(page.locator("#stage")).to_have_attribute("data-link", "live")
    wait_until(lambda: page.locator("#code").evaluate("image => image.naturalWidth > 0"))


@pytest.mark.parametrize("path", [DOOR, "/screen/jianghu"])
@pytest.mark.parametrize("query", ["?theme=light", "?lang=en&theme=dark"])
def test_everybody_can_read_it_on_every_screen(house: Running, context: BrowserContext, path: str, query: str) -> None:
    page = context.new_page()
    page.goto(house.url + path + query)
    expect(page.locator("#stage")).to_have_attribute("data-link", "live")
    assert violations(page) == []
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(
            "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
        ) == [0, 0], (width, height)
        word = page.locator("#word, .card .word").first.bounding_box()
        assert word is not None
        assert word["x"] >= 0
        assert word["x"] + word["width"] <= width
        assert word["y"] + word["height"] <= height


def test_however_much_there_is_to_say_at_a_door_nothing_is_cut_off(house: Running, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(house.url + DOOR)
    expect(page.locator("#stage")).to_have_attribute("data-link", "live")
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        left = page.evaluate(
            """() => {
                for (const id of ["notice", "now", "detail", "message", "doubt"]) {
                    const part = document.getElementById(id);
                    part.hidden = false;
                    (part.querySelector("p:last-child") ?? part).textContent = "要来请按「保留」，否则释放。".repeat(3);
                }
                dispatchEvent(new Event("resize"));
                const field = document.getElementById("state");
                return field.scrollHeight - field.clientHeight;
            }"""
        )
        assert left <= 0, (name, left)


def test_the_preview_says_what_is_on_and_what_is_free(house: Running, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(house.url + "/screen/jianghu?lang=zh")
    expect(page.locator("[data-space='reading'] .top")).to_contain_text("悦读空间")
    expect(page.locator("[data-space='corner'] .word")).to_have_text("情况不明")
    expect(page.locator("#coming-head")).to_have_text("即将开始")
    expect(page.locator("#tallies")).to_contain_text("处空闲")


def test_the_sheet_for_a_door_prints_on_one_page(house: Running, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{house.url}{DOOR}/print")
    expect(page.locator("#steps li")).to_have_count(3)
    expect(page.get_by_role("heading", level=1)).to_have_text("悦读空间")
    wait_until(lambda: page.locator("#code").evaluate("image => image.naturalWidth > 0"))
    assert violations(page) == []
    for paper in ("A4", "A5"):
        printed = page.pdf(format=paper, print_background=True)
        assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") + printed.count(b"/Type /Page/") == 1


def test_without_the_server_it_keeps_the_last_state_with_its_age_and_comes_back(
    house: Running, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(house.url + DOOR)
    expect(page.locator("#stage")).to_have_attribute("data-link", "live")
    controlled(page)
    shown = page.locator("#word").inner_text()
    house.program.stop()
    expect(page.locator("#stage")).to_have_attribute("data-link", "lost")
    expect(page.locator("#lost")).to_contain_text("连接中断")
    before = page.locator("#lost").inner_text()
    expect(page.locator("#lost")).not_to_have_text(before)  # it grows older

    page.reload()
    expect(page.locator("#stage")).to_have_attribute("data-link", "lost")
    expect(page.locator("#lost")).to_contain_text("连接中断")
    assert page.locator("#word").inner_text() == shown
    assert violations(page) == []

    house.start()
    presence(house, True, 0, "b2")
    expect(page.locator("#stage")).to_have_attribute("data-link", "live", timeout=40_000)
    expect(page.locator("#lost")).to_be_hidden()


class Renaming(ThreadingHTTPServer):
    """Stands before the program and, once told to, says another version of the files wherever it says its own."""

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.behind = url
        self.names: tuple[bytes, bytes] | None = None
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, name="renaming", daemon=True).start()


class _Forward(BaseHTTPRequestHandler):
    server: Renaming

    def do_GET(self) -> None:
        asked = {"If-None-Match": self.headers["If-None-Match"]} if self.headers["If-None-Match"] else {}
        answer = httpx.get(self.server.behind + self.path, headers={**asked, "Accept-Encoding": "identity"}, timeout=20)
        body = answer.content if self.server.names is None else answer.content.replace(*self.server.names)
        self.send_response(answer.status_code)
        for name in ("Content-Type", "ETag", "X-Clock", "Cache-Control", "Content-Security-Policy"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        if answer.status_code != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.mark.parametrize("workers", ["allow", "block"])
def test_a_new_version_of_the_files_loads_by_itself(
    house: Running, browsers: Browser, workers: Literal["allow", "block"]
) -> None:
    front = Renaming(house.url)
    context = browsers.new_context(service_workers=workers)
    page = context.new_page()
    page.goto(front.url + DOOR)
    expect(page.locator("#stage")).to_have_attribute("data-link", "live")
    if workers == "allow":
        controlled(page)
    version = httpx.get(f"{house.url}/api/v1/public/screens/jianghu/reading").json()["version"]
    page.evaluate("document.documentElement.dataset.old = true")
    front.names = (version.encode(), b"0123456789ab")
    admin(house, "PUT", "/spaces/jianghu/reading/message", text=f"新版本 {workers}", minutes=5)  # so that it is news
    expect(page.locator("html[data-old]")).to_have_count(0)
    expect(page.locator("#stage")).to_have_attribute("data-link", "live")
    expect(page.locator("#message")).to_have_text(f"新版本 {workers}")
    context.close()
    front.shutdown()
    front.server_close()


def test_no_such_room_says_so_and_a_room_that_comes_is_shown(house: Running, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(house.url + "/screen/jianghu/nowhere")
    expect(page.locator("#lost")).to_contain_text("nowhere")
    expect(page.locator("#main")).to_be_hidden()


def test_the_same_state_is_on_paper(house: Running, tmp_path: Path) -> None:
    def picture(**headers: str) -> httpx.Response:
        return httpx.get(
            f"{house.url}/api/v1/public/screens/jianghu/reading.png?width=400&height=300", headers=headers, timeout=20
        )

    first = picture()
    assert first.status_code == 200
    assert first.content.startswith(b"\x89PNG")
    assert picture(**{"If-None-Match": first.headers["etag"]}).status_code == 304
    admin(house, "PUT", "/spaces/jianghu/reading/message", text="今天请走后门", minutes=5)
    wait_until(lambda: picture(**{"If-None-Match": first.headers["etag"]}).status_code == 200)
