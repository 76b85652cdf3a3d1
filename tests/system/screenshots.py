"""`make screenshots`: pictures of every face for the README, taken from the demo in real Chromium.

One line a picture: where, in which language, on what, in which scheme.
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
from playwright.sync_api import Browser, sync_playwright

from tests.running import CHROMIUM_FLAGS, Running
from tests.servers import chromium_path

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SPEED = 60
SITE, SPACE = "wuhan-jianghu", "teahouse"

DESK, PHONE, WALL = (1440, 900, 1), (360, 740, 2), (1920, 1080, 1)
"""Width, height and pixels for each of CSS's."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture. `file` is its name without language and ending."""

    file: str
    path: str
    language: Literal["zh", "en"] = "zh"
    screen: tuple[int, int, int] = DESK
    scheme: Literal["light", "dark"] = "light"
    click: str = ""
    """What is tapped before, if anything."""


SHOTS = (
    Shot("board", "/"),
    Shot("board", "/", "en"),
    Shot("board.dark", "/", "en", scheme="dark"),
    Shot("board.phone", "/", "zh", PHONE),
    Shot("board.phone", "/", "en", PHONE),
    Shot("board.day", "/?view=day"),
    Shot("board.day", "/?view=day", "en"),
    Shot("why.phone", "/", "en", PHONE, click=".tile[data-state='vacant'] .name"),
    Shot("decisions", "/decisions"),
    Shot("decisions", "/decisions", "en"),
    Shot("usage", "/usage"),
    Shot("usage", "/usage", "en"),
    Shot("devices", "/devices"),
    Shot("devices", "/devices", "en"),
    Shot("quarantine", "/quarantine", "en"),
    Shot("setup", "/setup"),
    Shot("setup", "/setup", "en"),
    Shot("people", "/people", "en"),
    Shot("calendars", "/calendars", "en"),
    Shot("partner", "/partner"),
    Shot("partner", "/partner", "en"),
    Shot("resident.phone", f"/r/{SITE}", "zh", PHONE),
    Shot("resident.phone", f"/r/{SITE}", "en", PHONE),
    Shot("door.phone", f"/r/{SITE}/{SPACE}", "zh", PHONE),
    Shot("screen.door", f"/screen/{SITE}/{SPACE}", "zh", WALL),
    Shot("screen.site", f"/screen/{SITE}", "zh", WALL, "dark"),
    Shot("signin", "/signin"),
)


def main() -> None:
    """Let the demo's morning pass, then take every picture, and the one an e-paper panel fetches."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = chromium_path()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        up = Running(Path(folder), "--demo", "--speed", str(SPEED))
        try:
            _wait_for_clock(up, "09:18")
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
            for shot in SHOTS:
                _take(browser, up, shot)
            browser.close()
            picture = httpx.get(f"{up.url}/api/v1/public/screens/{SITE}/{SPACE}.png", timeout=30)
            (IMAGES / "screen.paper.png").write_bytes(picture.raise_for_status().content)
        finally:
            up.program.stop()
    print(f"{len(SHOTS) + 1} pictures in {IMAGES}")


def _take(browser: Browser, up: Running, shot: Shot) -> None:
    width, height, scale = shot.screen
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme=shot.scheme,
        locale="zh-CN" if shot.language == "zh" else "en-GB",
    )
    if shot.path != "/signin":
        who = {"name": "staff", "password": up.password}
        context.request.post(f"{up.url}/api/v1/session", data=who, headers={"X-CSRF": "1"})
    page = context.new_page()
    page.goto(f"{up.url}{shot.path}{'&' if '?' in shot.path else '?'}lang={shot.language}")
    page.wait_for_load_state("load")
    page.wait_for_timeout(3000)
    if shot.click:
        page.locator(shot.click).first.click()
        page.wait_for_timeout(800)
    page.screenshot(path=IMAGES / f"{shot.file}.{shot.language}.png")
    context.close()


def _wait_for_clock(up: Running, local: str) -> None:
    while up.api("/clock").json()["now"][11:16] < local:
        time.sleep(0.5)


if __name__ == "__main__":
    main()
