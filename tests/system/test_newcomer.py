"""A newcomer's first quarter of an hour: start it, point a sensor at it, watch the board, stop it, start it again."""

import json
import re
import signal
import time
from pathlib import Path

import httpx
import paho.mqtt.client as paho
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import Running, occupancy, say, sign_in, wait_until
from tests.servers import Foldspace

pytestmark = pytest.mark.chromium

READING = "fs/v1/jianghu/dev/reading-mmwave/up/presence"


def test_the_board_follows_a_plain_client_and_is_right_again_after_a_restart(up: Running, board: Page) -> None:
    tile = board.locator("[data-space='jianghu/reading']")
    expect(tile).to_have_attribute("data-state", "unknown", timeout=15_000)
    device = up.device("reading-mmwave")
    say(device, READING, boot="b1", seq=0, present=True)
    expect(tile).to_have_attribute("data-state", "occupied", timeout=10_000)
    expect(tile).to_contain_text("使用中")

    assert up.program.stop(signal.SIGKILL) == -signal.SIGKILL
    expect(board.locator("#link")).not_to_have_attribute("data-link", "live", timeout=30_000)
    device.loop_stop()
    up.start()
    again = up.device("reading-mmwave")
    say(again, READING, boot="b2", seq=0, present=False)
    expect(board.locator("#link")).to_have_attribute("data-link", "live", timeout=60_000)
    expect(tile).to_have_attribute("data-state", "vacant", timeout=30_000)
    again.loop_stop()


def test_the_board_speaks_english_by_a_switch_and_remembers_it(house: Running, browser: Browser) -> None:
    board = browser.new_page()
    sign_in(board, house)
    expect(board.locator("[data-space='jianghu/reading'] .word")).to_be_visible()
    board.get_by_role("button", name="English").click()
    expect(board.get_by_role("button", name="中文")).to_be_visible(timeout=10_000)
    board.reload()
    expect(board.locator("[data-space='jianghu/reading'] .word")).to_have_text(
        re.compile("Unknown|In use|Vacant"), timeout=15_000
    )


def test_nobody_sees_the_board_without_signing_in(house: Running, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(house.url)
    expect(page).to_have_url(f"{house.url}/signin")
    assert httpx.get(f"{house.url}/api/v1/spaces").status_code == 401


@pytest.mark.parametrize(
    ("protocol", "device", "said", "space"),
    [
        (paho.MQTTv311, "reading-mmwave", {"present": True}, "reading"),
        (paho.MQTTv5, "corner-pir", {"motion": True}, "corner"),
    ],
    ids=["3.1.1", "5"],
)
def test_one_port_serves_both_protocol_versions(
    house: Running, protocol: int, device: str, said: dict[str, bool], space: str
) -> None:
    client = house.device(device, protocol)
    kind = "presence" if "present" in said else "motion"
    say(client, f"fs/v1/jianghu/dev/{device}/up/{kind}", boot="b", seq=0, **said)
    wait_until(lambda: occupancy(house, space) == "occupied")
    client.loop_stop()


def test_every_kind_of_bad_input_gets_one_clear_reason_and_changes_nothing(house: Running) -> None:
    device = house.device("reading-mmwave")
    before = house.api("/account").json()["quarantined"]
    now = time.time_ns() // 1_000_000
    say(device, READING, boot="bad", seq=0, ts=now, present=True)
    wait_until(lambda: occupancy(house, "reading") == "occupied")
    bad: list[tuple[str, bytes, str]] = [
        (READING, b"\xff\xfe\x00garbage", "presence"),
        (READING, b'{"present": "yes"}', "present"),
        (READING, b'{"boot": "b", "seq": 1}', "present: Field required"),
        (READING, json.dumps({"boot": "b", "seq": 2, "ts": 0, "present": False}).encode(), "ts=0"),
        (READING, json.dumps({"boot": "b", "seq": 3, "ts": 4_070_908_800_000, "present": False}).encode(), "clock"),
        (READING, b'{"present": false, "pad": "' + b"x" * 1_000_000 + b'"}', "bytes"),
        ("fs/v1/jianghu/dev/nobody/up/presence", b'{"present": true}', "device 'nobody'"),
        ("fs/v1/atlantis/dev/reading-mmwave/up/presence", b'{"present": true}', "site 'atlantis'"),
        ("fs/v1/jianghu/dev/reading-mmwave/up/telepathy", b'{"present": true}', "'telepathy' is unknown"),
        ("fs/v1/jianghu/reading/presence", b'{"present": true}', "topic"),
    ]
    for topic, payload, _ in bad:
        device.publish(topic, payload, qos=1).wait_for_publish(10)
    wait_until(lambda: house.api("/account").json()["quarantined"] == before + len(bad))
    items = house.api("/quarantine?limit=100").json()["items"]
    for topic, _, fault in bad:
        assert any(item["topic"] == topic and fault in item["reason"] for item in items), (topic, fault, items)
    assert occupancy(house, "reading") == "occupied"
    assert house.api("/account").json()["pending"] == 0
    device.loop_stop()


def test_the_same_reading_twice_is_stored_once_and_a_hole_is_listed(up: Running) -> None:
    device = up.device("reading-mmwave")
    for seq in (0, 1, 1, 4, 0):
        say(device, READING, boot="b", seq=seq, present=True)
    wait_until(lambda: up.api("/account").json()["received"] == 5)
    wait_until(lambda: up.api("/account").json()["pending"] == 0)
    account = up.api("/account").json()
    assert (account["stored"], account["duplicate"], account["quarantined"]) == (3, 2, 0)
    # The numbers of each device are those of the last checkpoint, a moment later.
    wait_until(lambda: of_mine(up)["last_seq"] == 4)
    assert of_mine(up)["gaps"] == [[2, 3]]
    device.loop_stop()


def test_a_second_start_carries_on_and_ctrl_c_ends_it_cleanly(up: Running) -> None:
    device = up.device("reading-mmwave")
    say(device, READING, boot="b", seq=0, present=True)
    wait_until(lambda: up.api("/account").json()["stored"] == 1)
    token, password = up.token, up.password
    device.loop_stop()
    assert up.program.stop(signal.SIGINT) == 0
    assert up.program.output().rstrip().endswith("stopped")
    assert "Traceback" not in up.program.output()
    assert "warning" not in up.program.output()
    up.start()
    assert (up.token, up.password) == (token, password)
    assert up.api("/account").json()["stored"] == 1
    assert oct((up.folder / "data" / "admin.token").stat().st_mode & 0o777) == "0o600"


def test_a_second_program_on_the_same_folder_or_ports_says_so_in_one_line(house: Running, tmp_path: Path) -> None:
    http, mqtt = f"127.0.0.1:{house.http_port}", f"127.0.0.1:{house.mqtt_port}"
    for index, (data, options, fault) in enumerate(
        [
            (house.folder / "data", [], "another foldspace is using it"),
            (tmp_path / "other", ["--mqtt", mqtt], f"--mqtt {mqtt}"),
            (tmp_path / "third", ["--http", http, "--mqtt", "127.0.0.1:0"], f"--http {http}"),
        ]
    ):
        second = Foldspace("up", "--data", str(data), *options, log=tmp_path / f"second-{index}.log")
        assert second.process.wait(30) == 1, second.output()
        (line,) = [line for line in second.output().splitlines() if line.startswith("foldspace:")]
        assert fault in line
        assert "Traceback" not in second.output()
        assert data.exists() == (index == 0), "a start that fails leaves nothing behind"
    assert house.api("/account").status_code == 200


def test_a_recording_replayed_into_it_moves_the_board(up: Running, board: Page, tmp_path: Path) -> None:
    lines = [
        {"at": f"2021-09-07T08:00:0{second}+08:00", "topic": READING,
         "payload": {"ts": 1630972800000 + second * 1000, "boot": "rec", "seq": second, "present": True}}
        for second in range(3)
    ]  # fmt: skip
    recording = tmp_path / "r.ndjson"
    recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
    arguments = ["replay", str(recording), "--mqtt", f"mqtt://127.0.0.1:{up.mqtt_port}", "--speed", "max"]
    first = Foldspace(*arguments, log=tmp_path / "replay.log")
    assert first.process.wait(60) == 0, first.output()
    assert "3 messages published" in first.output()
    expect(board.locator("[data-space='jianghu/reading']")).to_have_attribute("data-state", "occupied", timeout=15_000)
    assert Foldspace(*arguments, log=tmp_path / "again.log").process.wait(60) == 0
    wait_until(lambda: up.api("/account").json()["duplicate"] == 3)
    assert up.api("/account").json()["stored"] == 3


def test_the_stream_resumes_without_loss(house: Running) -> None:
    headers = {"Authorization": f"Bearer {house.token}"}
    device = house.device("reading-mmwave")
    say(device, READING, boot="stream", seq=0, present=False)
    wait_until(lambda: occupancy(house, "reading") == "vacant")
    with httpx.stream("GET", f"{house.url}/api/v1/stream", headers=headers, timeout=20) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        say(device, READING, boot="stream", seq=1, present=True)
        last = next(event_id for event_id, event, data in events(response) if shows(event, data, "occupied"))
    say(device, READING, boot="stream", seq=2, present=False)  # while nobody listens
    wait_until(lambda: occupancy(house, "reading") == "vacant")
    resumed = {**headers, "Last-Event-ID": last}
    with httpx.stream("GET", f"{house.url}/api/v1/stream", headers=resumed, timeout=20) as response:
        missed: list[int] = []
        for event_id, event, data in events(response):
            missed.append(int(event_id.rpartition("-")[2]))
            if shows(event, data, "vacant"):
                break
    first = int(last.rpartition("-")[2]) + 1
    assert missed == list(range(first, first + len(missed)))
    foreign = {**headers, "Last-Event-ID": "another-7"}
    with httpx.stream("GET", f"{house.url}/api/v1/stream", headers=foreign, timeout=20) as response:
        assert next(event for _, event, _ in events(response)) == "resync"
    device.loop_stop()


def of_mine(up: Running) -> dict[str, object]:
    (mine,) = [item for item in up.api("/account").json()["devices"] if item["device"] == "reading-mmwave"]
    return mine  # type: ignore[no-any-return]  # as JSON has it


def events(response: httpx.Response):  # type: ignore[no-untyped-def]  # a generator of (id, event, data)
    event_id = event = ""
    for line in response.iter_lines():
        if line.startswith("id:"):
            event_id = line[3:].strip()
        elif line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:"):
            yield event_id, event, json.loads(line[5:] or "null")


def shows(event: str, data: dict[str, object], wanted: str) -> bool:
    state = data.get("state")
    return event == "space_state" and isinstance(state, dict) and state["occupancy"] == wanted
