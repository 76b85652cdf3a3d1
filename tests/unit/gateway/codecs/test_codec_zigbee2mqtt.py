"""Zigbee2MQTT: what its state messages say, and each fault its users met."""

from typing import Any

import pytest

from services.contracts.errors import PayloadError

TOPIC = "zigbee2mqtt/office_pir"


@pytest.mark.parametrize(
    ("kind", "said", "becomes"),
    [
        ("motion", "occupancy", ("motion", {"motion": True})),
        ("presence", "occupancy", ("presence", {"present": True})),
        ("climate", "occupancy", ("motion", {"motion": True})),
        ("presence", "presence", ("presence", {"present": True})),
        ("climate", "presence", ("presence", {"present": True})),
        ("motion", "presence", ("motion", {"motion": True})),
    ],
)
def test_the_catalogue_decides_whether_occupancy_is_motion_or_presence(
    hear: Any, kind: str, said: str, becomes: Any
) -> None:
    assert hear("zigbee2mqtt", TOPIC, {said: True}, kind).readings == [becomes]


def test_a_door_is_open_while_the_contact_is_not_made(hear: Any) -> None:
    assert hear("zigbee2mqtt", TOPIC, {"contact": True}, "door")["door"] == {"open": False}
    assert hear("zigbee2mqtt", TOPIC, {"contact": False}, "door")["door"] == {"open": True}
    assert hear("zigbee2mqtt", TOPIC, {"garage_door_contact": True}, "door")["door"] == {"open": False}
    heard = hear("zigbee2mqtt", TOPIC, {"contact": True, "lock_state": "locked"}, "door")
    assert heard["door"] == {"open": False, "locked": True}


def test_fault_contact_message_without_contact_keeps_the_battery_and_invents_no_door(hear: Any) -> None:
    heard = hear("zigbee2mqtt", TOPIC, {"battery": 100, "linkquality": 26, "device": {"model": "X"}}, "door")
    assert heard.readings == [("health", {"battery_pct": 100.0})]
    assert heard.notes == ("no_door",)


def test_fault_stale_false_just_before_true_passes_both_in_order(hear: Any) -> None:
    stale, true = (hear("zigbee2mqtt", TOPIC, {"occupancy": seen}, "motion") for seen in (False, True))
    assert (stale["motion"], true["motion"]) == ({"motion": False}, {"motion": True})


def test_fault_a_cached_state_sent_again_carries_when_the_device_was_last_heard(hear: Any) -> None:
    heard = hear("zigbee2mqtt", TOPIC, {"occupancy": True, "last_seen": "2024-03-09T18:27:40+01:00"}, "motion")
    assert heard["motion"] == {"ts": 1_710_005_260_000, "motion": True}
    heard = hear("zigbee2mqtt", TOPIC, {"occupancy": True, "last_seen": 1_710_005_260_123}, "motion")
    assert heard["motion"]["ts"] == 1_710_005_260_123


def test_fault_the_same_message_twice_says_the_same_twice(hear: Any) -> None:
    message = {"occupancy": True, "last_seen": 1_710_005_260_123, "linkquality": 68}
    again = {**message, "linkquality": 100}
    assert hear("zigbee2mqtt", TOPIC, message, "motion").said == hear("zigbee2mqtt", TOPIC, again, "motion").said


def test_fault_battery_over_100_does_not_cost_the_word_on_who_is_there(hear: Any) -> None:
    heard = hear("zigbee2mqtt", TOPIC, {"occupancy": True, "battery": 200}, "motion")
    assert heard.kinds == ["motion"]
    assert heard.notes == ("battery_out_of_range",)


@pytest.mark.parametrize(
    ("topic", "payload", "note"),
    [
        ("zigbee2mqtt/bridge/log", {"type": "device_connected", "message": "0x00"}, "bridge_message"),
        ("homeassistant/sensor/0x00/battery/config", {"unique_id": "x"}, "discovery_message"),
        (f"{TOPIC}/set", {"state": "ON"}, "command_to_device"),
        (TOPIC, b"", "emptied"),
    ],
)
def test_what_is_not_the_devices_word_is_noted_and_says_nothing(hear: Any, topic: str, payload: Any, note: str) -> None:
    heard = hear("zigbee2mqtt", topic, payload, "motion")
    assert (heard.readings, heard.online, heard.notes) == ([], None, (note,))


@pytest.mark.parametrize(("payload", "online"), [("online", True), ("offline", False), ({"state": "online"}, True)])
def test_availability_in_both_forms(hear: Any, payload: Any, online: bool) -> None:
    assert hear("zigbee2mqtt", f"{TOPIC}/availability", payload, "motion").online is online


def test_a_plug_charges_by_its_power_and_counts_kilowatt_hours(hear: Any) -> None:
    plug = {"state": "ON", "power": 18.5, "energy": 1.25}
    assert hear("zigbee2mqtt", TOPIC, plug, "charging")["charging"] == {
        "port": 0, "state": "charging", "power_w": 18.5, "energy_wh": 1250.0,
    }  # fmt: skip
    assert hear("zigbee2mqtt", TOPIC, {**plug, "power": 0.3}, "charging")["charging"]["state"] == "idle"
    assert hear("zigbee2mqtt", TOPIC, {"state": "OFF"}, "charging")["charging"]["state"] == "idle"
    on_alone = hear("zigbee2mqtt", TOPIC, {"state": "ON"}, "charging")
    assert (on_alone.readings, on_alone.notes) == ([], ("no_charging",))
    assert hear("zigbee2mqtt", TOPIC, plug, "climate").notes == ("power_of_another_kind", "no_climate")


def test_air_and_the_older_illuminance(hear: Any) -> None:
    air = {"co2": 600, "temperature": 21.5, "humidity": 40, "illuminance": 20_000, "illuminance_lux": 100}
    heard = hear("zigbee2mqtt", TOPIC, {**air, "noise": 44, "pm25": 7}, "climate")
    assert heard["climate"] == {
        "co2_ppm": 600.0, "temp_c": 21.5, "rh_pct": 40.0, "lux": 100.0, "noise_db": 44.0, "pm25": 7.0,
    }  # fmt: skip
    assert hear("zigbee2mqtt", TOPIC, {"illuminance": 80}, "climate")["climate"] == {"lux": 80.0}


@pytest.mark.parametrize(("said", "action"), [("single", "check_in"), ("double", "keep"), ("hold", "end")])
def test_a_button_is_pressed(hear: Any, said: str, action: str) -> None:
    assert hear("zigbee2mqtt", TOPIC, {"action": said}, "button")["button"] == {"action": action}
    assert hear("zigbee2mqtt", TOPIC, {"action": said}, "motion").readings == []


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"{", "not JSON"),
        (b"ON", "not JSON"),
        ([], "payload: expected an object"),
        ({"occupancy": "yes"}, "occupancy: expected true or false, got 'yes'"),
        ({"temperature": "warm"}, "temperature: expected a number"),
        ({"last_seen": "now"}, "last_seen: expected an RFC 3339 time"),
    ],
)
def test_what_cannot_be_understood_names_the_field(hear: Any, payload: Any, words: str) -> None:
    with pytest.raises(PayloadError, match="^" + words.replace("[", r"\[")):
        hear("zigbee2mqtt", TOPIC, payload, "motion")
