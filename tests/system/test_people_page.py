"""The page of people and rights, the account dialog and the sign-in page, in real Chromium."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import violations
from tests.running import Running

pytestmark = pytest.mark.chromium


def test_an_admin_lets_somebody_in_who_sees_to_their_own_account(up: Running, board: Page, browser: Browser) -> None:
    board.goto(f"{up.url}/people")
    board.locator("#add-person").click()
    form = board.locator("dialog.person")
    form.locator("[name=name]").fill("李阿姨")
    form.locator("[name=role]").select_option("steward")
    form.get_by_label("悦读空间").check()
    assert violations(board) == []
    form.locator("button[type=submit]").click()
    password = board.locator("#shown-person code").inner_text()
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", password)
    board.locator("#shown-person").get_by_role("button", name="已记下").click()
    row = board.locator("[data-person='李阿姨']")
    expect(row).to_contain_text("负责：悦读空间")
    expect(board.locator("#entries li").first).to_contain_text("添加用户 李阿姨")

    board.locator("#add-token").click()
    board.locator("dialog.person [name=name]").fill("门口屏幕")
    board.locator("dialog.person summary").click()
    board.locator("dialog.person").get_by_label("spaces:read", exact=True).check()
    board.locator("dialog.person button[type=submit]").click()
    token = board.locator("#shown-token code").inner_text()
    expect(board.locator("[data-token='门口屏幕']")).to_contain_text("spaces:read")
    asked = board.request.get(f"{up.url}/api/v1/spaces", headers={"Authorization": f"Bearer {token}"})
    assert asked.status == 200
    assert violations(board) == []

    hers = browser.new_context(color_scheme="dark", viewport={"width": 360, "height": 740}).new_page()
    hers.goto(f"{up.url}/signin")
    hers.get_by_label("用户名").fill("李阿姨")
    hers.get_by_label("密码").fill("not it")
    hers.keyboard.press("Enter")
    expect(hers.locator("#problem")).to_have_text("用户名或密码不对。")
    assert violations(hers) == []
    hers.get_by_label("密码").fill(password)
    hers.keyboard.press("Enter")
    hers.locator("#account-of-mine").click()
    account = hers.locator("dialog.profile")
    expect(account).to_contain_text("就是这里")
    assert violations(hers) == []
    for name, value in (("old", password), ("new", "a new horse"), ("again", "a new horse")):
        account.locator(f"[name={name}]").fill(value)
    account.get_by_role("button", name="更改密码").click()
    expect(account.locator(".answer").nth(1)).to_contain_text("密码已更改")

    row.get_by_role("button", name="删除").click()
    board.locator("dialog button.primary").click()
    expect(row).to_have_count(0)
    hers.goto(up.url)
    expect(hers).to_have_url(re.compile("/signin"))
