"""The steward's question to the board, in real Chromium: who says so, how strongly, and who is not believed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from playwright.sync_api import Page, expect

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
functions = ["reading"]
group = "会客厅"
"""
DEVICES = {
    "reading-counter": "count", "reading-door": "door", "reading-mmwave": "presence", "reading-pir": "motion",
    "reading-thermal": "presence",
}  # fmt: skip

Say = Callable[..., None]

MOST_FLIPS = 60
"""More often within a minute than any sensor has a reason to change its mind."""


@pytest.fixture
def community_file(tmp_path: Path) -> Path:
    """Instead of the one of the other pages: a space of which many devices tell."""
    path = tmp_path / "community.toml"
    devices = "".join(
        f'[[devices]]\nid = "{name}"\nsite = "jianghu"\nspace = "reading"\nkind = "{kind}"\n'
        for name, kind in DEVICES.items()
    )
    path.write_text(COMMUNITY + devices, encoding="utf-8")
    return path


@pytest.fixture
def say(up: Running) -> Iterator[Say]:
    """Return what lets a device of the space speak."""

    def one(name: str, **fields: object) -> None:
        topic = f"fs/v1/jianghu/dev/{name}/up/{DEVICES[name]}"
        devices[name].publish(topic, json.dumps(fields), qos=1).wait_for_publish(10)

    devices: dict[str, paho.Client] = {name: up.device(name) for name in DEVICES}
    yield one
    for device in devices.values():
        device.loop_stop()


@pytest.fixture
def divided(say: Say, board: Page) -> Page:
    """The board of a space where one device speaks for people, one for nobody, and one cannot make up its mind."""
    say("reading-counter", people=2)
    say("reading-mmwave", present=False)
    say("reading-door", open=False)
    say("reading-pir", motion=False)
    for number in range(MOST_FLIPS):
        say("reading-thermal", present=number % 2 == 1)
    return board


def test_the_dialog_tells_both_sides_and_who_is_not_believed(up: Running, divided: Page, say: Say) -> None:
    divided.locator("[data-space='jianghu/reading'] .name").click()
    dialog = divided.locator("#dialog")
    thermal = dialog.locator("[data-device='reading-thermal']")
    expect(thermal.locator(".chip")).to_have_text("暂不采信：不停地改口", timeout=90_000)
    expect(thermal).to_have_attribute("data-side", "none")
    expect(thermal).to_be_visible()
    expect(dialog.locator("section[data-side=for]")).to_contain_text("reading-counter")
    expect(dialog.locator("section[data-side=for] .weight")).to_have_text("有力")
    expect(dialog.locator("section[data-side=against]")).to_contain_text("reading-mmwave")
    expect(dialog.locator(".likely")).to_contain_text("%")
    expect(dialog.locator(".promise")).to_contain_text("预约")

    # What it has learned is asked for by the reader, from what the gateway has kept.
    wait_until(lambda: any(one["doubt"] for one in up.api("/spaces/jianghu/reading/learned").json()["sensors"]))
    dialog.locator(".learned summary").click()
    expect(dialog.locator(".learned [data-device='reading-mmwave']")).to_contain_text("100%", timeout=30_000)
    expect(dialog.locator(".learned [data-device='reading-thermal'] .chip")).to_have_text("暂不采信：不停地改口")
    expect(dialog.locator(".learned")).to_contain_text("2 小时")

    # News draws the dialog anew, and leaves the reader where they were.
    say("reading-counter", people=0)
    expect(dialog.locator("section[data-side=for]")).not_to_contain_text("reading-counter", timeout=20_000)
    expect(dialog.locator(".learned summary")).to_be_focused()
    expect(dialog.locator(".learned table")).to_be_visible()


def test_the_page_of_devices_marks_and_finds_who_is_not_believed(up: Running, divided: Page) -> None:
    divided.goto(f"{up.url}/devices?lang=en")
    card = divided.locator("[data-device='jianghu/reading-thermal']")
    expect(card.locator(".chip")).to_have_text("not believed: it keeps changing its mind", timeout=60_000)
    divided.locator("#state").select_option("doubted")
    expect(divided.locator(".device")).to_have_count(1)
    expect(card).to_be_visible()
