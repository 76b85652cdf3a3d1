"""Messages of real devices, where they are at hand, each fault in them handled as its test says."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from services.contracts.errors import PayloadError

RECORDINGS = Path(os.environ.get("FOLDSPACE_RECORDINGS", Path(__file__).parents[5] / "shared" / "data" / "recordings"))
CAPTURES, UPLINKS = RECORDINGS.parent / "payload_captures.jsonl", RECORDINGS.parent / "lorawan_uplinks.jsonl"

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(
        not (CAPTURES.exists() and UPLINKS.exists()),
        reason="the captures are not at hand; they lie beside the folder that FOLDSPACE_RECORDINGS names",
    ),
]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def capture(words: str) -> list[dict[str, Any]]:
    """Return the captures whose source, device, note or topic holds these words."""
    found = [
        row for row in rows(CAPTURES) if any(words in str(row.get(key)) for key in ("src", "dev", "note", "topic"))
    ]
    assert found, words
    return found


def codec_of(row: dict[str, Any]) -> str:
    topic = row["topic"]
    if topic is None:
        return "ocpp"
    heads = {"tele": "tasmota", "application": "chirpstack"}
    return "shelly" if topic.endswith("/events/rpc") else heads.get(topic.split("/")[0], "zigbee2mqtt")


def said(hear: Any, row: dict[str, Any], kind: str) -> Any:
    return hear(codec_of(row), row["topic"] or "ocpp/point-1", row["payload"], kind)


def test_exactly_two_captures_cannot_be_understood_whatever_the_kind(hear: Any) -> None:
    refused = []
    for row in rows(CAPTURES):
        for kind in ("motion", "presence", "door", "charging", "climate", "button", "count"):
            try:
                said(hear, row, kind)
            except PayloadError:
                refused.append((row["src"], kind))
    assert len(refused) == 2 * 7
    assert {src.rsplit("/", 1)[1] for src, _ in refused} == {"1916", "130"}


def test_fault_stale_false_in_the_same_second_is_followed_by_the_true_one(hear: Any) -> None:
    heard = [said(hear, row, "motion")["motion"] for row in capture("issues/2830")]
    assert heard == [{"motion": False}, {"motion": True}, {"motion": False}, {"motion": False}]


def test_fault_old_contact_state_before_the_new_one_ends_with_the_new_one(hear: Any) -> None:
    heard = [said(hear, row, "door")["door"] for row in capture("issues/9846")]
    assert heard == [{"open": False}, {"open": True}, {"open": True}]


def test_fault_identical_message_twice_says_the_same_twice(hear: Any) -> None:
    first, second = (said(hear, row, "motion") for row in capture("issues/567") if "bridge" not in row["topic"])
    assert first.said == second.said


def test_fault_bridge_log_and_discovery_say_nothing(hear: Any) -> None:
    [log] = capture("bridge/log")
    [discovery] = capture("HA discovery")
    assert said(hear, log, "motion").notes == ("bridge_message",)
    assert said(hear, discovery, "motion").notes == ("discovery_message",)


def test_fault_contact_message_without_contact_opens_no_door(hear: Any) -> None:
    [row] = capture("WITHOUT a contact")
    heard = said(hear, row, "door")
    assert (heard.kinds, heard.notes) == (["health"], ("no_door",))


def test_fault_true_repeated_for_a_minute_is_motion_each_time(hear: Any) -> None:
    [row] = capture("issues/270")
    assert said(hear, row, "motion")["motion"] == {"motion": True}


def test_fault_three_publishes_in_a_second_carry_the_same_time(hear: Any) -> None:
    [row] = capture("PJ-ZGD01")
    assert said(hear, row, "door").readings == [("door", {"ts": 1_710_005_260_000, "open": False})]


def test_fault_opposite_contact_polarity_of_tasmota(hear: Any) -> None:
    closed, opened = capture("MCCGQ12LM")
    assert said(hear, closed, "door")["door"] == {"open": False}
    assert said(hear, opened, "door")["door"] == {"open": True}


def test_fault_synthetic_timeout_of_tasmota(hear: Any) -> None:
    [row] = capture("RTCGQ12LM")
    assert said(hear, row, "motion").notes == ("synthetic_timeout",)
    assert said(hear, row, "presence").readings == []


def test_state_of_a_switch_says_how_the_board_is(hear: Any) -> None:
    state, sensor = capture("Tasmota switch")
    assert said(hear, state, "motion").kinds == ["health"]
    assert said(hear, sensor, "motion")["motion"] == {"motion": True}


def test_shelly_notifications_and_the_placeholder_topic(hear: Any) -> None:
    real, pasted = capture("Shelly")
    assert said(hear, real, "charging")["charging"]["state"] == "idle"
    assert "placeholder_topic" in said(hear, pasted, "charging").notes


def test_ocpp_frames_with_a_slow_clock_keep_their_time(hear: Any) -> None:
    heard = [said(hear, row, "charging")["charging"] for row in capture("evcc-io")]
    assert [(reading["state"], reading["ts"]) for reading in heard] == [
        ("done", 1_681_556_685_659),
        ("done", 1_720_490_547_000),
    ]


KINDS = {
    "em300-mcs": "door", "ws301": "door", "ws202": "motion", "ws52x": "charging",
    "vs121": "count", "vs132": "count", "vs133": "count", "vs350": "count", "vs351": "count", "vs360": "count",
}  # fmt: skip


@pytest.mark.parametrize("server", ["chirpstack", "things_stack"])
def test_every_uplink_says_its_main_word_and_the_bytes_say_what_the_object_says(hear: Any, server: str) -> None:
    for row in rows(UPLINKS):
        kind = KINDS.get(row["model"], "presence")
        data = base64.b64encode(bytes.fromhex(row["bytes"])).decode()
        heard = []
        for decoded in (row["decoded"], None):
            if server == "chirpstack":
                topic, message = "application/a/device/b/event/up", {"object": decoded, "data": data}
            else:
                topic = "v3/a@t/devices/b/up"
                message = {"uplink_message": {"decoded_payload": decoded, "frm_payload": data}}
            heard.append(hear(server, topic, message, kind))
        assert kind in heard[0].kinds, row
        assert heard[0].readings == heard[1].readings, row
