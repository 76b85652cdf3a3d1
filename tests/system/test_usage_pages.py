"""Usage in real Chromium: tiles, heat map, comparison, CSV, the monthly report on paper; and what a viewer sees."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from services.catalogue.people import PeopleStore
from services.contracts.community import load_community
from services.kit.database import open_engine
from services.timeseries.sqlite import SqliteTimeseries
from tests.accessibility import violations
from tests.running import Running, sign_in
from tests.system.conftest import COMMUNITY
from tests.usagemonth import month, write

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
FIRST = (TODAY.replace(day=1) - timedelta(days=1)).replace(day=1)
"""Of last month, which is over whatever day it is."""
MONTH = f"{FIRST:%Y-%m}"

CHARGED = COMMUNITY + "".join(
    f"""
[[spaces]]
id = "{id}"
site = "jianghu"
name = "{name}"
capacity = {capacity}
functions = ["tea", "class"]
group = "空间合伙人"

[[supply]]
id = "{id}-w"
site = "jianghu"
space = "{id}"
owner = "{name}"
functions = ["tea", "class"]
start = "09:00"
end = "17:00"
"""
    for id, name, capacity in (("teahouse", "清和茶楼", 24), ("school", "育才学校", 30), ("desk", "共享工位", 1))
)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A program with two months behind it."""
    folder: Path = tmp_path_factory.mktemp("used")
    community = folder / "community.toml"
    community.write_text(CHARGED, encoding="utf-8")
    running = Running(folder, "--community", str(community))
    try:
        engine = open_engine(f"sqlite:///{folder / 'data' / 'foldspace.sqlite'}")
        series = SqliteTimeseries(folder / "data" / "timeseries.sqlite")
        begin = (FIRST - timedelta(days=1)).replace(day=1)
        days = (TODAY.replace(day=1) - begin).days
        write(month(load_community(community), "jianghu", begin, days), series, engine)
        series.close()
        PeopleStore(engine).add_user("kan", "a good password", "viewer")
        engine.dispose()
        yield running
    finally:
        running.program.stop()


@pytest.fixture
def page(used: Running, browser: Browser) -> Page:
    """A page with the staff user signed in."""
    found = browser.new_page(viewport={"width": 1280, "height": 900})
    sign_in(found, used)
    expect(found.locator("#who")).to_contain_text("staff")
    return found


def test_the_page_compares_explains_and_exports(used: Running, page: Page) -> None:
    page.goto(f"{used.url}/usage?period=last_month")
    tile = page.locator("[data-figure='heads']")
    assert int(tile.locator(".value").inner_text().replace(",", "")) > 100
    expect(tile.locator(".change")).to_contain_text("对比期")
    page.locator("#compare").select_option("none")
    expect(tile.locator(".change")).to_have_count(0)
    # The chart is drawn by a library that comes only now; the table says the same.
    expect(page.locator(".uplot canvas")).to_be_visible()
    page.get_by_text("用表格看").click()
    expect(page.locator("#panel-by_day .figures-table tbody tr")).to_have_count((TODAY.replace(day=1) - FIRST).days)
    # The heat map: a table walked by arrow keys, each cell told in words.
    cell = page.locator(".heat tbody td").first
    cell.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".heat-detail")).to_contain_text("星期二 09:00–10:00")
    page.get_by_role("button", name="有人的时间占比").click()
    expect(page.locator(".heat caption")).to_contain_text("有人的时间占比")
    # Sorting is told to screen readers.
    page.locator("#panel-by_space").get_by_role("button", name="人次", exact=True).click()
    expect(page.locator("#panel-by_space th[aria-sort='descending']")).to_contain_text("人次")
    with page.expect_download() as download:
        page.locator("#panel-by_space .csv").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"), newline="")))
    assert rows[0][:2] == ["空间编号", "名称"]
    assert len(rows) == 1 + 5
    assert violations(page) == []
    for scheme, lang in (("dark", "en"), ("light", "en")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # of its words
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"{used.url}/usage?period=last_month&lang={lang}")
        expect(page.locator("#panel-charging")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []


def test_the_monthly_report_prints_on_a4(used: Running, page: Page, tmp_path: Path) -> None:
    for lang, said in (("zh", "个空间共来过至少"), ("en", "visits of people")):
        page.goto(f"{used.url}/usage/report?month={MONTH}&lang={lang}")
        expect(page.locator(".part-report_summary")).to_contain_text(said)
        expect(page.locator(".part-report_notes li").first).to_be_visible()
        assert violations(page) == []
        paper = "one.closest('section').getBoundingClientRect().right + 1"
        tables = "[...document.querySelectorAll('.report table')]"
        assert page.evaluate(f"{tables}.every((one) => one.getBoundingClientRect().right <= {paper})")
        names = "[...document.querySelectorAll('.report .figures-table tbody th')]"
        assert page.evaluate(f"{names}.every((one) => one.clientWidth >= 60)"), "a name has room on a line"
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 688, "height": 980})  # A4 within its margins, at 96 dots an inch
        edge = "document.querySelector('.report').getBoundingClientRect().right + 1"
        drawn = "[...document.querySelectorAll('.report table, .report svg')]"
        assert page.evaluate(f"{drawn}.every((one) => one.getBoundingClientRect().right <= {edge})")
        printed = page.pdf(prefer_css_page_size=True)
        assert 1 <= printed.count(b"/Type /Page\n") <= 4
        assert b"/MediaBox [0 0 594.95996 841.91998]" in printed or b"/MediaBox [0 0 595" in printed
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1280, "height": 900})


_PAPER = """() => {
  const light = (element, name) => {
    const [r, g, b, a = 1] = getComputedStyle(element)[name].match(/[\\d.]+/g).map(Number);
    return a === 0 ? null : (r * 0.2126 + g * 0.7152 + b * 0.0722) / 255;
  };
  const ground = (element) => (element ? (light(element, "backgroundColor") ?? ground(element.parentElement)) : 1);
  const dark = [];
  for (const element of document.querySelectorAll("body, body *")) {
    if (!element.checkVisibility() || element.closest("svg")) continue;
    const text = [...element.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    const [under, ink] = [ground(element), light(element, "color")];
    if (text && under - ink < 0.3 && ink - under < 0.3) dark.push(`pale: ${element.outerHTML.slice(0, 120)}`);
    const large = element.clientWidth > 200 && element.clientHeight > 40;
    if (large && under < 0.7) dark.push(`dark ${under}: ${element.outerHTML.slice(0, 120)}`);
  }
  return dark;
}"""
"""What would be printed as on a dark screen: large dark grounds, and text that is lost on its ground."""

_DRAWN = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) seen.add(data.slice(at, at + 3).join());
  return [...seen];
}"""
_BLUE_ON_PAPER, _BLUE_IN_THE_DARK = "11,79,138", "127,189,242"  # --occupied


@pytest.mark.parametrize(
    "path",
    ["/usage", "/usage/report", "/setup", "/people", "/devices", "/decisions", "/?stay", "/quarantine", "/calendars",
     "/r/jianghu", "/screen/jianghu/teahouse/print"],
)  # fmt: skip
def test_paper_is_light_while_the_screen_is_dark(used: Running, page: Page, path: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{used.url}{path}")
    page.wait_for_load_state("networkidle")
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.evaluate(_PAPER) == []


def test_a_chart_is_drawn_anew_for_paper(used: Running, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{used.url}/usage?period=last_month")
    chart = page.locator("canvas").first
    expect(chart).to_be_visible()
    assert _BLUE_IN_THE_DARK in chart.evaluate(_DRAWN)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.locator("canvas").first.evaluate(_DRAWN)
    assert _BLUE_ON_PAPER in printed
    assert _BLUE_IN_THE_DARK not in printed
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert _BLUE_IN_THE_DARK in page.locator("canvas").first.evaluate(_DRAWN)


def test_a_viewer_is_not_shown_small_figures(used: Running, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(used.url)
    page.get_by_label("用户名").fill("kan")
    page.get_by_label("密码").fill("a good password")
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_contain_text("kan")
    page.goto(f"{used.url}/usage?period=last_month&compare=none")
    expect(page.locator("#restricted")).to_contain_text("少于 5")
    desk = page.locator("#panel-by_space tr", has_text="共享工位")
    expect(desk).to_contain_text("不显示")
    expect(page.locator("#panel-by_group")).to_have_count(0)
    assert violations(page) == []
