"""The whole program as a newcomer starts it: real broker, real processes, real Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.running import CHROMIUM_FLAGS, Running, sign_in
from tests.servers import chromium_path

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
functions = ["reading"]
group = "会客厅"

[[spaces]]
id = "corner"
site = "jianghu"
name = "共享服务角"
capacity = 12
functions = ["charging"]
group = "共享服务角"

[[devices]]
id = "reading-mmwave"
site = "jianghu"
space = "reading"
kind = "presence"

[[devices]]
id = "corner-pir"
site = "jianghu"
space = "corner"
kind = "motion"

[[devices]]
id = "corner-charger"
site = "jianghu"
space = "corner"
kind = "charging"
"""


# Five seconds are Playwright's patience; a busy machine deserves more, and what is there does not wait for it.
expect.set_options(timeout=20_000)


@pytest.fixture
def community_file(tmp_path: Path) -> Path:
    path = tmp_path / "community.toml"
    path.write_text(COMMUNITY, encoding="utf-8")
    return path


@pytest.fixture
def up(tmp_path: Path, community_file: Path) -> Iterator[Running]:
    running = Running(tmp_path, "--community", str(community_file))
    yield running
    running.program.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One program for all tests of a module that leave it as it was, or do not mind what became of it."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "community.toml").write_text(COMMUNITY, encoding="utf-8")
    running = Running(folder, "--community", str(folder / "community.toml"))
    yield running
    running.program.stop()


@pytest.fixture(scope="module")
def browsers() -> Iterator[Browser]:
    """One Chromium for a whole module; each test makes a context or a page of its own."""
    path = chromium_path()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def browser(browsers: Browser) -> Iterator[Browser]:
    """Chromium without a page; what a test left open is closed after it."""
    yield browsers
    for context in browsers.contexts:
        context.close()


@pytest.fixture
def board(up: Running, browser: Browser) -> Page:
    """The board with the staff user signed in."""
    page = browser.new_page()
    sign_in(page, up)
    expect(page.locator("[data-space='jianghu/reading']")).to_be_visible(timeout=15_000)
    return page
