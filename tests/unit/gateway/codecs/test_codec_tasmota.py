"""Tasmota: boards, and Zigbee devices behind a bridge."""

from typing import Any

import pytest

from gateway.codecs.registry import codec_named
from services.contracts.errors import PayloadError

SENSOR, STATE = "tele/board/SENSOR", "tele/board/STATE"


def zigbee(address: str = "0x662E", **said: Any) -> dict[str, Any]:
    return {"ZbReceived": {address: {"Device": address, "Name": " door_sensor", "Endpoint": 1, **said}}}


def test_fault_opposite_contact_polarity_is_turned_the_right_way(hear: Any) -> None:
    assert hear("tasmota", SENSOR, zigbee(Contact=0), "door")["door"] == {"open": False}
    assert hear("tasmota", SENSOR, zigbee(Contact=1), "door")["door"] == {"open": True}


def test_fault_synthetic_timeout_may_end_motion_and_never_presence(hear: Any) -> None:
    timed_out = {"ZbReceived": {"0x057B": {"Device": "0x057B", "Occupancy": 0}}}
    motion = hear("tasmota", SENSOR, timed_out, "motion")
    assert (motion.readings, motion.notes) == ([("motion", {"motion": False})], ("synthetic_timeout",))
    presence = hear("tasmota", SENSOR, timed_out, "presence")
    assert (presence.readings, presence.notes) == ([], ("synthetic_timeout", "no_presence"))
    assert hear("tasmota", SENSOR, zigbee(Occupancy=0), "presence")["presence"] == {"present": False}


@pytest.mark.parametrize("base", ["SonoffZB#0x662E", "SonoffZB#door_sensor"])
def test_one_device_of_a_bridge_is_named_by_address_or_name(hear: Any, base: str) -> None:
    heard = hear("tasmota", SENSOR, zigbee(Contact=1, BatteryPercentage=90), "door", base)
    assert heard.readings == [("door", {"open": True}), ("health", {"battery_pct": 90.0})]
    other = hear("tasmota", SENSOR, zigbee("0x1111", Name="other", Contact=1), "door", base)
    assert (other.readings, other.notes) == ([], ("another_device",))


def test_a_bridges_own_word_is_not_its_devices_except_that_it_is_gone(hear: Any) -> None:
    base = "SonoffZB#0x662E"
    assert hear("tasmota", STATE, {"UptimeSec": 9}, "door", base).notes == ("bridge_message",)
    assert hear("tasmota", "tele/SonoffZB/LWT", "Online", "door", base).online is None
    assert hear("tasmota", "tele/SonoffZB/LWT", "Offline", "door", base).online is False


def test_fault_local_time_without_offset_is_not_taken_for_an_instant(hear: Any) -> None:
    state = {"Time": "2024-02-24T22:20:38", "UptimeSec": 611, "POWER": "OFF", "Wifi": {"RSSI": 44, "Signal": -78}}
    heard = hear("tasmota", STATE, state, "door")
    assert heard.readings == [("health", {"rssi_dbm": -78.0, "uptime_s": 611.0})]
    assert heard.notes == ("local_time_ignored", "no_door")
    heard = hear("tasmota", STATE, {**state, "Time": "2024-02-24T22:20:38+01:00"}, "door")
    assert heard["health"]["ts"] == 1_708_809_638_000


@pytest.mark.parametrize(("kind", "reading"), [("motion", {"motion": True}), ("presence", {"present": True})])
def test_a_wired_sensor_is_a_switch(hear: Any, kind: str, reading: Any) -> None:
    assert hear("tasmota", SENSOR, {"Switch1": "ON"}, kind)[kind] == reading
    assert hear("tasmota", "stat/board/RESULT", {"Switch1": {"Action": "ON"}}, kind)[kind] == reading


def test_a_switch_of_a_door_has_no_known_polarity(hear: Any) -> None:
    heard = hear("tasmota", SENSOR, {"Switch1": "ON"}, "door")
    assert (heard.readings, heard.online, heard.notes) == ([], True, ("switch_without_meaning", "no_door"))


def test_a_meter_charges_by_its_power(hear: Any) -> None:
    heard = hear("tasmota", SENSOR, {"ENERGY": {"Power": 20, "Total": 1.5}}, "charging")
    assert heard["charging"] == {"port": 0, "state": "charging", "power_w": 20.0, "energy_wh": 1500.0}
    two = hear("tasmota", SENSOR, {"ENERGY": {"Power": [0, 20], "Total": 1.5}}, "charging")
    assert [reading for _, reading in two.readings] == [
        {"port": 0, "state": "idle", "power_w": 0.0},
        {"port": 1, "state": "charging", "power_w": 20.0},
    ]
    assert hear("tasmota", SENSOR, {"ENERGY": {"Power": 20}}, "motion").notes == ("power_of_another_kind", "no_motion")


def test_a_relay_that_is_off_charges_nothing_and_one_that_is_on_does_not_tell(hear: Any) -> None:
    off = {"port": 1, "state": "idle", "power_w": 0.0}
    assert hear("tasmota", "stat/board/POWER2", "OFF", "charging")["charging"] == off
    assert hear("tasmota", STATE, {"POWER2": "OFF", "UptimeSec": 1}, "charging")["charging"] == off
    assert hear("tasmota", "stat/board/POWER", "ON", "charging").readings == []
    assert hear("tasmota", STATE, {"POWER33": "OFF", "POWERED": "OFF"}, "charging").readings == []


def test_sensor_blocks_by_any_name_and_fahrenheit(hear: Any) -> None:
    message = {
        "SI7021": {"Temperature": 68.0, "Humidity": 40},
        "BH1750": {"Illuminance": 120},
        "SCD30": {"CarbonDioxide": 700},
        "PMS5003": {"PM2.5": 3},
        "TempUnit": "F",
    }
    air = {"temp_c": 20.0, "rh_pct": 40.0, "lux": 120.0, "co2_ppm": 700.0, "pm25": 3.0}
    assert hear("tasmota", SENSOR, message, "climate")["climate"] == air
    assert hear("tasmota", "stat/board/STATUS10", {"StatusSNS": message}, "climate")["climate"] == air


def test_a_button(hear: Any) -> None:
    heard = hear("tasmota", "stat/board/RESULT", {"Button1": {"Action": "SINGLE"}}, "button")
    assert heard["button"] == {"action": "check_in"}


@pytest.mark.parametrize(("payload", "online"), [("Online", True), ("Offline", False)])
def test_last_will(hear: Any, payload: str, online: bool) -> None:
    assert hear("tasmota", "tele/board/LWT", payload, "motion").online is online


@pytest.mark.parametrize(
    ("topic", "payload", "words"),
    [
        ("board/SENSOR", {}, "topic 'board/SENSOR': expected tele/"),
        ("tele/board/LWT", "perhaps", "LWT: expected Online or Offline"),
        (SENSOR, b"nan", "not JSON"),
        (SENSOR, {"ZbReceived": 1}, "ZbReceived: expected an object"),
        (SENSOR, {"Wifi": []}, "Wifi: expected an object"),
    ],
)
def test_what_cannot_be_understood_names_the_place(hear: Any, topic: str, payload: Any, words: str) -> None:
    with pytest.raises(PayloadError, match="^" + words):
        hear("tasmota", topic, payload, "motion")


def test_filters_follow_the_full_topic_of_the_board() -> None:
    filters = codec_named("tasmota").filters
    assert filters("board") == ("tele/board/+", "stat/board/+")
    assert filters("SonoffZB#0x662E") == ("tele/SonoffZB/+", "stat/SonoffZB/+")
    assert filters("home/%prefix%/board/") == ("home/tele/board/+", "home/stat/board/+")
