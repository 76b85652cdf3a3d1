"""The board in real Chromium: how soon it shows, what it weighs, and 200 spaces at 50 states/s beside an idle page."""

import json
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench.latency import client
from tests.bench.rig import prepare
from tests.running import CHROMIUM_FLAGS, Running, sign_in
from tests.servers import chromium_path

SPACES = 200
RATE = 50
SECONDS = 20
SLOWDOWN = 4
WEIGHT_KB = 100
SHOWN_S = 1.0
FRAME_MS = 1000 / 60

_WATCH = """
    window.seen = { frames: [], tasks: [], events: 0, shown: null };
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((one) => one.duration)))
        .observe({ type: "longtask" });
    const Source = window.EventSource;
    window.EventSource = class extends Source {
        constructor(...all) { super(...all); this.addEventListener("space_state", () => { seen.events += 1; }); }
    };
    new MutationObserver((_, watcher) => {
        if (!document.querySelector(".tile[data-state]")) return;
        watcher.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => { seen.shown = performance.now(); }));
    }).observe(document, { childList: true, subtree: true });
"""
"""Before anything of a page: what takes long, what the stream brings, and when the first space has been painted."""

_SHOWN = """new Promise((done) => {
    const look = () => seen.shown === null ? setTimeout(look, 20) : done(seen.shown);
    look();
})"""

_FRAMES = """(seconds) => new Promise((done) => {
    Object.assign(seen, { frames: [], tasks: [], events: 0 });
    const begun = performance.now();
    let last = begun;
    const frame = (at) => {
        if (at > last) seen.frames.push(at - last);
        last = at;
        if (performance.now() - begun < seconds * 1000) requestAnimationFrame(frame);
        else done({ ...seen });
    };
    requestAnimationFrame(frame);
})"""


def run() -> None:
    """Print the weight and the speed of the first look, then how smooth each view stays."""
    path = chromium_path()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        prepare(folder, SPACES, kind="count")
        up = Running(folder, "--community", str(folder / "community.toml"))
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        try:
            _send(up, 1)  # so that there is something to show
            page = browser.new_page()
            sign_in(page, up)
            page.locator(".tile").first.wait_for()
            state: Any = page.context.storage_state()
            page.close()
            _look(browser, up, state)
            _smooth(browser, up, state)
        finally:
            browser.close()
            up.program.stop()


def _look(browser: Browser, up: Running, state: Any) -> None:
    """Load the board cold on a slow processor."""
    for rate in (1, SLOWDOWN):
        context = browser.new_context(storage_state=state, viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.add_init_script(_WATCH)
        cdp = context.new_cdp_session(page)
        cdp.send("Network.enable")
        cdp.send("Performance.enable")
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        paths: dict[str, str] = {}
        weights: dict[str, float] = {}
        cdp.on(
            "Network.responseReceived",
            lambda event, paths=paths: paths.update({event["requestId"]: event["response"]["url"]}),
        )
        cdp.on(
            "Network.loadingFinished",
            lambda event, weights=weights: weights.update({event["requestId"]: event["encodedDataLength"]}),
        )
        page.goto(up.url)
        shown = page.evaluate(_SHOWN)
        own = _spent(cdp)["all"]
        page.wait_for_timeout(1_000)
        pages = sum(weights.get(id, 0) for id, url in paths.items() if _is_page(url)) / 1000
        data = sum(weights.get(id, 0) for id, url in paths.items() if not _is_page(url)) / 1000
        files = sum(_is_page(url) for url in paths.values())
        print(
            f"processor {rate}× slower: first space after {shown / 1000:5.2f} s (aim < {SHOWN_S:g} s), "
            f"{own:.2f} s of them the page's own work",
            flush=True,
        )
        context.close()
    print(f"page, styles, modules and words: {pages:6.1f} kB compressed in {files} answers (aim ≤ {WEIGHT_KB} kB)")
    print(f"data of {SPACES} spaces:              {data:6.1f} kB compressed", flush=True)


def _is_page(url: str) -> bool:
    path = urlsplit(url).path
    return not path.startswith("/api/") or path.endswith("/texts")


def _smooth(browser: Browser, up: Running, state: Any) -> None:
    """Watch the frames of an idle page, then of each view while states arrive."""
    size: Any = {"width": 1440, "height": 900}
    stranger = browser.new_page(viewport=size)
    stranger.add_init_script(_WATCH)
    stranger.goto(f"{up.url}/signin")
    idle = _tell("idle page", stranger, None)
    stranger.close()
    context = browser.new_context(storage_state=state, viewport=size)
    page = context.new_page()
    page.add_init_script(_WATCH)
    number = 1
    for view, waits in (("tiles", ".tile"), ("list", ".space-row[data-space]"), ("day", ".row .line")):
        page.goto(f"{up.url}/?view={view}")
        page.locator(f"#spaces {waits}").first.wait_for()
        page.wait_for_timeout(2_000)
        number += 1
        load = threading.Thread(target=_send, args=(up, number, SECONDS + 2), daemon=True)
        load.start()
        time.sleep(1)
        _tell(view, page, idle)
        load.join()
    context.close()


def _tell(name: str, page: Page, idle: float | None) -> float:
    """Print the frames of a page; return the share of frames it dropped."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    before = _spent(cdp)
    seen = page.evaluate(_FRAMES, SECONDS)
    work = {name: (spent - before[name]) / SECONDS * 1000 for name, spent in _spent(cdp).items()}
    frames = sorted(seen["frames"])
    cuts = statistics.quantiles(frames, n=100)
    dropped = sum(max(0, round(frame / FRAME_MS) - 1) for frame in frames)
    share = dropped / (dropped + len(frames))
    longest = max(seen["tasks"], default=0)
    beside = "" if idle is None else f"   smooth frames {(1 - share) / (1 - idle):5.3f} of idle"
    print(
        f"{name:10} {seen['events'] / SECONDS:5.1f} states/s   "
        f"frames p50 {cuts[49]:5.1f}  p95 {cuts[94]:5.1f}  p99 {cuts[98]:5.1f} ms   "
        f"dropped {share:6.2%}   long tasks {len(seen['tasks'])}, longest {longest:.0f} ms{beside}",
        flush=True,
    )
    print(
        " " * 11 + "of each second: " + ", ".join(f"{name} {spent:.0f} ms" for name, spent in work.items()), flush=True
    )
    return share


def _spent(cdp: CDPSession) -> dict[str, float]:
    """Return the seconds that the page has spent so far, by what for."""
    known = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    parts = {
        "all": "TaskDuration",
        "script": "ScriptDuration",
        "style": "RecalcStyleDuration",
        "layout": "LayoutDuration",
    }
    return {name: known[key] for name, key in parts.items()}


def _send(up: Running, number: int, seconds: int = 0) -> None:
    """Publish counts, each one news: one of every space, or at a steady rate for so long."""
    publisher = client(up.mqtt_port, f"publisher-{number}")
    begun = time.perf_counter()
    for index in range(RATE * seconds if seconds else SPACES):
        wait = begun + index / RATE - time.perf_counter() if seconds else 0
        if wait > 0:
            time.sleep(wait)
        people = (index // SPACES + number) % 10 + 1
        payload = json.dumps({"boot": f"b{number}", "seq": index // SPACES, "people": people})
        publisher.publish(f"fs/v1/bench/dev/sensor-{index % SPACES}/up/count", payload, qos=1)
    time.sleep(1)
    publisher.disconnect()
    publisher.loop_stop()
