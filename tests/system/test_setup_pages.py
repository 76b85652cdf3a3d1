"""Setting up in real Chromium: from nothing to the first live sensor, then spaces, policy and a plan by keyboard."""

import json
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import violations
from tests.running import Running, sign_in, wait_until

pytestmark = pytest.mark.chromium


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Running]:
    """A program that was started without any community."""
    running = Running(tmp_path)
    yield running
    running.program.stop()


def guide_to_the_first_sensor(page: Page, up: Running) -> None:
    expect(page).to_have_url(f"{up.url}/welcome")
    page.get_by_label("社区名称").fill("江湖里社区")
    page.get_by_label("时区").select_option("Asia/Shanghai")
    assert violations(page) == []
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("名称", exact=True).fill("悦读空间")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="生成接入信息").click()
    shown = page.locator("#credentials code")
    expect(shown).to_have_count(5)
    _, user, password, topic, payload = shown.all_inner_texts()
    assert violations(page) == []

    sensor = paho.Client(CallbackAPIVersion.VERSION2, "first")
    sensor.username_pw_set(user, password)
    sensor.connect("127.0.0.1", up.mqtt_port)
    sensor.loop_start()
    wrong = page.locator(".waiting[data-wrong]")

    def told() -> bool:
        # A sensor says it again and again: the gateway may hear of the new site a moment after its first word.
        sensor.publish(topic, json.dumps({"present": "yes"}), qos=1).wait_for_publish(10)
        page.wait_for_timeout(500)
        return wrong.count() > 0 and "present" in wrong.inner_text()

    wait_until(told)
    sensor.publish(topic, payload, qos=1).wait_for_publish(10)
    expect(page.locator("#live-tile [data-state=occupied]")).to_contain_text("悦读空间")
    assert violations(page) == []
    sensor.loop_stop()


def test_from_an_empty_start_to_a_live_sensor_and_a_community_that_is_set_up(up: Running, browser: Browser) -> None:
    page = browser.new_page()
    sign_in(page, up)
    guide_to_the_first_sensor(page, up)
    page.get_by_role("link", name="打开看板").click()
    expect(page.locator("[data-space='site-1/space-1']")).to_be_visible()

    # A space is changed; what cannot be meant is told beside its field, and nothing typed is lost.
    page.goto(f"{up.url}/setup#spaces")
    page.get_by_role("button", name="修改 悦读空间").click()
    page.get_by_label("容纳人数").fill("0")
    page.get_by_label("看板分组").fill("会客厅")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_label("容纳人数")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("看板分组")).to_have_value("会客厅")
    page.get_by_label("容纳人数").fill("24")
    # A use is typed as people call it: one that everybody has keeps its id, an invented one is its own.
    uses = page.locator("fieldset:has(> legend:text-is('用途'))")
    uses.locator(".adder input").fill("茶叙、剪纸")
    uses.get_by_role("button", name="添加").click()
    expect(uses.locator("label.check")).to_have_text(["茶叙 tea", "剪纸"])
    assert violations(page) == []
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".entry", has_text="悦读空间")).to_contain_text("可容纳 24 人 · 茶叙、剪纸")
    space = up.api("/spaces/site-1/space-1").json()
    assert (space["capacity"], space["functions"]) == (24, ["tea", "剪纸"])

    # Its removal is refused in one sentence: the sensor stands in it.
    page.get_by_role("button", name="删除 悦读空间").click()
    page.locator("dialog .primary").click()
    expect(page.locator(".answer[data-wrong]")).to_contain_text("sensor-1")

    # The policy is previewed before it is set.
    page.goto(f"{up.url}/setup#policy")
    page.locator("#knob-grace_min").fill("4")
    page.locator("#policy-preview").click()
    expect(page.locator("#preview-title")).to_be_visible(timeout=40_000)
    assert violations(page) == []
    page.locator(".policy button[type=submit]").click()
    page.locator("dialog .primary").click()
    wait_until(lambda: up.api("/policy").json()["grace_min"] == 4)

    # A plan is drawn by keyboard alone.
    page.goto(f"{up.url}/setup#plans")
    page.locator("#plan-blank").click()
    page.locator("[data-plan-space='space-1']").press("Enter")
    expect(page.locator("[data-area='space-1']")).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert violations(page) == []
    page.locator(".plan-editor .primary").press("Enter")
    wait_until(lambda: up.api("/floorplans").json()["items"])
    [plan] = up.api("/floorplans").json()["items"]
    assert plan["areas"] == [{"space": "space-1", "x": 30, "y": 30, "width": 180, "height": 120}]
