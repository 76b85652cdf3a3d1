"""`make screenshots`: pictures of the pages for the README, taken from the demo in real Chromium."""

import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from tests.running import CHROMIUM_FLAGS, Running, sign_in
from tests.servers import program

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SPEED = 60

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}


def main() -> None:
    """Let the demo's morning pass, then look at it in both languages, on desk and phone, light and dark."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = program("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        up = Running(Path(folder), "--demo", "--speed", str(SPEED))
        try:
            _wait_for_clock(up, "09:18")
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            context = browser.new_context(viewport=DESKTOP, locale="zh-CN")
            page = context.new_page()
            page.goto(up.url)
            page.screenshot(path=IMAGES / "signin.zh.png")
            sign_in(page, up)
            page.locator("[data-space]").first.wait_for()
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / "board.zh.png")
            page.get_by_role("button", name="English").click()
            page.get_by_role("button", name="中文").wait_for()
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / "board.en.png")
            for name in ("devices", "quarantine", "decisions"):
                page.goto(f"{up.url}/{name}")
                page.wait_for_timeout(2500)
                page.screenshot(path=IMAGES / f"{name}.en.png")
            for view in ("day", "list"):
                page.goto(f"{up.url}/?view={view}")
                page.wait_for_timeout(2500)
                page.screenshot(path=IMAGES / f"board.{view}.en.png")
            state = context.storage_state()
            for name, viewport, scheme in (("board.phone", PHONE, "light"), ("board.dark", DESKTOP, "dark")):
                other = browser.new_context(
                    viewport=viewport,
                    color_scheme=scheme,
                    storage_state=state,
                    device_scale_factor=2 if viewport is PHONE else 1,
                )
                view = other.new_page()
                view.goto(up.url)
                view.locator("[data-space]").first.wait_for()
                view.wait_for_timeout(1500)
                view.screenshot(path=IMAGES / f"{name}.en.png")
                if viewport is PHONE:
                    view.locator(".tile[data-state='vacant'] .name").first.click()
                    view.wait_for_timeout(500)
                    view.screenshot(path=IMAGES / "why.phone.en.png")
            browser.close()
        finally:
            up.program.stop()
    print(f"pictures in {IMAGES}")


def _wait_for_clock(up: Running, local: str) -> None:
    while True:
        now = httpx.get(f"{up.url}/api/v1/clock", headers={"Authorization": f"Bearer {up.token}"}, timeout=10).json()[
            "now"
        ]
        if now[11:16] >= local:
            return
        time.sleep(0.5)


if __name__ == "__main__":
    main()
