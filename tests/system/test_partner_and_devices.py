"""The pages of partners and of devices, in real Chromium: lending, answering, recalling; letting devices in and out."""

import itertools
import re
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import violations
from tests.running import Running, say, sign_in, wait_until

pytestmark = pytest.mark.chromium

PARTNER = "清和茶楼"
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def partner(up: Running, browser: Browser) -> Page:
    """A partner whose first window staff have recorded, signed in on the page of lending."""
    password = up.add_user(PARTNER, "partner")
    window = {"id": "mornings", "site": "jianghu", "space": "reading", "owner": PARTNER, "functions": ["reading"],
              "start": "08:00", "end": "12:00", "approval": "host", "recall": [{"before_min": 60}]}  # fmt: skip
    assert up.send("POST", "/supply", window).status_code == 201
    page = browser.new_page()
    sign_in(page, up, PARTNER, password)
    page.wait_for_url(re.compile(r"/(partner)?$"))
    page.goto(f"{up.url}/partner")
    expect(page.locator("#windows [data-supply=mornings]")).to_be_visible()
    return page


def test_a_partner_lends_answers_and_recalls(up: Running, partner: Page) -> None:
    # Lends hours, with the keyboard alone.
    partner.locator("#lend").press("Enter")
    dialog = partner.locator("dialog[open]")
    dialog.locator("[name=start]").fill("14:00")
    dialog.locator("[name=end]").fill("16:30")
    dialog.locator("[name=rules]").fill("散场前收好桌椅")
    dialog.locator("[name=end]").press("Enter")
    expect(partner.locator("dialog")).to_have_count(0)
    expect(partner.locator("#windows > li")).to_have_count(2)
    expect(partner.locator("#windows")).to_contain_text("散场前收好桌椅")
    [lent] = [one for one in up.api("/supply").json()["items"] if one["id"] != "mornings"]
    assert (lent["owner"], lent["start"], lent["end"], lent["functions"]) == (PARTNER, "14:00", "16:30", ["reading"])

    # Hours that are lent already are refused in words, and what was typed stays.
    partner.locator("#lend").click()
    dialog.locator("[name=start]").fill("15:00")
    dialog.locator("button[type=submit]").click()
    expect(dialog.locator(".answer[data-wrong]")).not_to_be_empty()
    expect(dialog.locator("[name=start]")).to_have_value("15:00")
    dialog.locator("[data-do=cancel]").click()

    # Somebody asks for a morning; the partner agrees.
    day = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=8)
    booking = {"id": "club", "site": "jianghu", "space": "reading", "group": "书友会", "people": 4,
               "start": day.isoformat(), "end": (day + timedelta(hours=1)).isoformat()}  # fmt: skip
    assert up.send("POST", "/bookings", booking).json()["state"] == "asked"
    partner.reload()
    partner.locator("#asked").get_by_role("button", name=re.compile("^同意")).click()
    expect(partner.locator("#asked")).to_be_hidden()
    wait_until(lambda: up.api("/bookings").json()["items"][0]["state"] == "booked")

    # A week later the partner needs the room: staff get a proposal that says why.
    partner.locator("#after").click()
    if day.isocalendar().week != (datetime.now(ZONE) + timedelta(days=7)).isocalendar().week:
        partner.locator("#after").click()
    partner.locator(f"[data-day='{day.date().isoformat()}'] .window").first.click()
    expect(dialog).to_contain_text("书友会")
    dialog.locator("[name=why]").fill("包场婚宴")
    dialog.locator("button.danger").click()
    expect(partner.locator("#note")).to_contain_text("包场婚宴")
    assert "包场婚宴" in up.api("/proposals?lang=zh").json()["items"][0]["summary"]
    assert violations(partner) == []

    # On a phone nothing is wider than the page.
    partner.set_viewport_size({"width": 360, "height": 740})
    assert partner.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    partner.locator("#windows [data-supply=mornings] button").click()
    partner.locator("dialog[open] button[value=yes]").click()
    expect(partner.locator("#windows > li")).to_have_count(1)


def test_an_admin_lets_a_device_in_gives_it_a_new_password_and_unlocks_a_door(up: Running, board: Page) -> None:
    board.goto(f"{up.url}/devices")
    board.locator("#new > summary").click()
    form = board.locator("#new form")
    form.locator("[name=id]").fill("reading-door")
    form.locator("[name=space]").select_option("jianghu/reading")
    form.locator("[name=kind]").select_option("door")
    form.locator("button[type=submit]").click()
    issued = board.locator("#new [data-issued='reading-door']")
    expect(issued).to_contain_text("jianghu.reading-door")
    first = issued.locator("code").nth(1).inner_text()
    issued.get_by_role("button").click()
    card = board.locator("[data-device='jianghu/reading-door']")
    expect(card).to_be_visible()
    assert violations(board) == []

    card.locator("summary[data-do=keys]").click()
    card.locator("[data-do=rotate]").click()
    board.locator("dialog[open] button[value=yes]").click()
    again = card.locator("[data-issued='reading-door'] code").nth(1)
    expect(again).to_be_visible()
    assert again.inner_text() != first

    door = up.device("reading-door")
    told: list[bytes] = []
    door.on_message = lambda _client, _data, message: told.append(message.payload)
    door.subscribe("fs/v1/jianghu/dev/reading-door/cmd", 1)
    say(door, "fs/v1/jianghu/dev/reading-door/status", online=True, boot="b1")
    seqs = itertools.count()

    def heard() -> object:
        # The gateway looks at the catalogue every few seconds: what comes before that is a stranger's.
        say(door, "fs/v1/jianghu/dev/reading-door/up/door", boot="b1", seq=next(seqs), open=False, locked=True)
        time.sleep(0.5)
        return (up.api("/spaces/jianghu/reading").json()["state"] or {}).get("doors", {}).get("reading-door")

    wait_until(heard)
    answer = up.send("POST", "/spaces/jianghu/reading/unlock")
    assert (answer.status_code, answer.json()["device"]) == (202, "reading-door")
    wait_until(lambda: any(b'"unlock"' in payload for payload in told))
    door.loop_stop()
