"""Every page of the table, in both languages, light and dark, at a desk and on a phone: readable, whole and light.

The pages are those of the demo at work, so that they have something to show.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboards import PARTS
from services.api.board import PAGE_SECTIONS
from services.api.pages import PAGES
from tests.accessibility import violations
from tests.running import Running, say, wait_until

pytestmark = pytest.mark.chromium

SITE, SPACE = "wuhan-jianghu", "teahouse"
LIGHT_ENOUGH = 100_000
"""Bytes over the wire of what a page is made from, before charts: files and words, without the records it shows."""
VIEWS = {
    "desk-zh-light": ("zh", "light", {"width": 1440, "height": 900}),
    "phone-en-dark": ("en", "dark", {"width": 360, "height": 740}),
}
_KEY = re.compile(rf"\b(?:{'|'.join(sorted(PAGE_SECTIONS))})\.[a-z]+_?[a-z_]*\b")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo's morning at work, with a message in quarantine and a stranger at the door."""
    up = Running(tmp_path_factory.mktemp("demo"), "--demo", "--speed", "60")
    stranger = up.device("radar-9")
    say(stranger, f"fs/v1/{SITE}/dev/radar-9/status", online=True, boot="b1", claim="K7M2P9QX")
    say(stranger, f"fs/v1/{SITE}/dev/radar-9/up/presence", boot="b1", seq=0)
    wait_until(lambda: up.api("/decisions").json()["items"] and up.api("/account").json()["quarantined"] > 0)
    stranger.loop_stop()
    yield up
    up.program.stop()


@pytest.fixture(scope="module", params=VIEWS)
def context(request: pytest.FixtureRequest, demo: Running, browsers: Browser) -> Iterator[BrowserContext]:
    """Somebody with all rights, signed in, with a language, a scheme and a screen of their own."""
    language, scheme, viewport = VIEWS[request.param]
    context = browsers.new_context(viewport=viewport, color_scheme=scheme, service_workers="block")  # type: ignore[arg-type]  # literals all
    context.add_init_script(f"try {{ localStorage.setItem('foldspace.language', '{language}') }} catch {{}}")
    signed_in = context.request.post(
        f"{demo.url}/api/v1/session", data={"name": "staff", "password": demo.password}, headers={"X-CSRF": "1"}
    )
    assert signed_in.ok, signed_in.text()
    yield context
    context.close()


def settled(page: Page) -> None:
    """Wait until nothing is being fetched, apart from streams and what pages ask for again and again."""
    page.wait_for_load_state("load")
    expect(page.locator("h1").first).not_to_be_empty()
    page.wait_for_timeout(1500)


@pytest.mark.parametrize("path", [page.path for page in PAGES if page.path != "/signin"])
def test_a_page_is_readable_whole_and_light(demo: Running, context: BrowserContext, path: str) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(demo.url + path.format(site=SITE, space=SPACE))
    settled(page)
    # Workers are kept out, so that what a page weighs is seen; a screen says so.
    assert [one for one in complaints if "Service Worker registration blocked" not in one] == []
    assert _KEY.findall(page.locator("body").inner_text()) == [], "a key without its words"
    assert violations(page) == []
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) <= 0, "wider than the screen"
    assert 0 < weight(page) <= LIGHT_ENOUGH
    page.close()


def weight(page: Page) -> int:
    """Return the bytes that came over the wire for the page's files and words."""
    files = page.evaluate(
        """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .map((one) => [new URL(one.name).pathname, one.transferSize])"""
    )
    return sum(
        size
        for path, size in files
        if (not path.startswith("/api/") or path == "/api/v1/texts") and not path.startswith("/static/vendor/")
    )


def test_every_file_of_the_pages_is_asked_for_by_some_page(demo: Running) -> None:
    """What nobody loads is dead: every module, style and picture is named by another file of the pages."""
    folder = Path(__file__).parents[2] / "dashboards"
    files = [path for path in folder.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg", ".webmanifest"}]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in [*files, *_servers()])
    for path in files:
        name = f"<!-- part: {path.stem} -->" if path.parent.name == PARTS else path.name
        assert name in sources, f"{path.relative_to(folder)} is named nowhere"


def _servers() -> list[Path]:
    return list((Path(__file__).parents[2] / "services" / "api").glob("*.py"))
