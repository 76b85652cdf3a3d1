"""The pages of devices and quarantine, in real Chromium: a newcomer is claimed, and what it said before counts."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.running import Running, say, wait_until

pytestmark = pytest.mark.chromium

STRANGER = "fs/v1/jianghu/dev/radar-9"


def test_a_stranger_is_claimed_by_the_code_on_its_label_and_its_messages_are_replayed(up: Running, board: Page) -> None:
    stranger = up.device("radar-9")
    say(stranger, f"{STRANGER}/status", online=True, boot="b1", claim="K7M2P9QX")
    say(stranger, f"{STRANGER}/up/presence", boot="b1", seq=0, present=True)

    board.goto(f"{up.url}/devices")
    card = board.locator("[data-device='jianghu/radar-9'].stranger")
    expect(card).to_be_visible(timeout=20_000)
    card.locator("[name=code]").fill("AAAA2222")
    card.locator("button[type=submit]").click()
    expect(card.locator(".answer[data-wrong]")).not_to_be_empty(timeout=10_000)
    card.locator("[name=code]").fill("k7m2-p9qx")
    card.locator("[name=space]").select_option("reading")
    card.locator("[name=kind]").select_option("presence")
    card.locator("button[type=submit]").click()
    expect(card).to_have_count(0, timeout=15_000)
    issued = board.locator("[data-issued='radar-9']")
    expect(issued).to_contain_text("jianghu.radar-9")
    issued.get_by_role("button").click()
    expect(issued).to_have_count(0)
    expect(board.locator(".device", has_text="radar-9")).to_be_visible(timeout=20_000)

    # Its next word counts; what it said before waits in quarantine until somebody has it read again.
    board.goto(f"{up.url}/quarantine")
    board.locator("[data-kind='device']").click()
    expect(board.locator("body")).to_contain_text("radar-9")
    account = up.api("/account").json()
    assert account["quarantined"] == 2
    board.locator("#replay").click()
    expect(board.locator("[data-kind='device']")).to_have_count(0, timeout=20_000)
    account = up.api("/account").json()
    assert (account["received"], account["quarantined"]) == (2, 0)
    stranger.loop_stop()


def test_a_steward_agrees_to_what_is_proposed_when_a_room_is_lost(up: Running, board: Page) -> None:
    def post(path: str, body: dict[str, object]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {up.token}", "Accept-Language": "zh"}
        return httpx.post(f"{up.url}/api/v1{path}", headers=headers, json=body, timeout=30)

    now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(minute=0, second=0, microsecond=0)
    start, end = (now + timedelta(hours=hours) for hours in (3, 4))
    booking = {"id": "club", "site": "jianghu", "space": "reading", "group": "书友会", "people": 4,
               "start": start.isoformat(), "end": end.isoformat()}  # fmt: skip
    assert post("/bookings", booking).status_code == 201
    lost = {"site": "jianghu", "space": "reading", "start": start.isoformat(), "end": end.isoformat(),
            "cause": "closed", "why": "空调漏水"}  # fmt: skip
    assert post("/disturbances", lost).status_code == 201
    entry = board.locator(".feed li[data-kind=propose]")
    expect(entry).to_contain_text("空调漏水")
    entry.get_by_role("button", name=re.compile("^同意")).click()
    board.locator("#dialog .actions button.primary").click()
    expect(board.locator(".feed li[data-kind=agree]")).to_be_visible()
    expect(entry.get_by_role("button")).to_have_count(0)
    wait_until(lambda: up.api("/bookings").json()["items"][0]["space"] == "corner")
