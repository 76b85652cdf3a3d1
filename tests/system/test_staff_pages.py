"""The pages of devices and quarantine, in real Chromium: a newcomer is claimed, and what it said before counts."""

import pytest
from playwright.sync_api import Page, expect

from tests.running import Running, say

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
