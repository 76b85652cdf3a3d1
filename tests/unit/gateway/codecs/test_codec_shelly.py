"""Shelly: notifications that carry what changed."""

from typing import Any

import pytest

from services.contracts.errors import PayloadError

RPC = "shellyplugsg3-54320464f17c/events/rpc"


def status(method: str = "NotifyStatus", **components: Any) -> dict[str, Any]:
    return {"src": "s", "dst": "d", "method": method, "params": {"ts": 1745708765.60, **components}}


def test_a_full_status_tells_every_port_air_and_health(hear: Any) -> None:
    message = status(
        "NotifyFullStatus",
        **{
            "switch:0": {"id": 0, "output": True, "apower": 31.5, "aenergy": {"total": 1234.5}},
            "switch:1": {"id": 1, "output": True, "apower": 0.4, "aenergy": {"total": 2.0}},
            "pm1:2": {"id": 2, "apower": -40.0, "errors": []},
            "switch:3": {"id": 3, "output": False, "errors": ["overpower"]},
            "temperature:0": {"tC": 21.0}, "humidity:0": {"rh": 44}, "illuminance:0": {"lux": 90},
            "devicepower:0": {"battery": {"percent": 80}}, "wifi": {"rssi": -61}, "sys": {"uptime": 77},
        },
    )  # fmt: skip
    heard = hear("shelly", RPC, message, "charging")
    ts = 1_745_708_765_600
    assert [reading for kind, reading in heard.readings if kind == "charging"] == [
        {"ts": ts, "port": 0, "state": "charging", "power_w": 31.5, "energy_wh": 1234.5},
        {"ts": ts, "port": 1, "state": "idle", "power_w": 0.4, "energy_wh": 2.0},
        {"ts": ts, "port": 2, "state": "charging", "power_w": -40.0},
        {"ts": ts, "port": 3, "state": "fault"},
    ]
    assert heard["climate"] == {"ts": ts, "temp_c": 21.0, "rh_pct": 44.0, "lux": 90.0}
    assert heard["health"] == {"ts": ts, "battery_pct": 80.0, "rssi_dbm": -61.0, "uptime_s": 77.0}
    assert heard.notes == ()


def test_partial_notification_off_is_idle_and_invents_no_energy(hear: Any) -> None:
    heard = hear("shelly", RPC, status(**{"switch:0": {"id": 0, "output": False, "source": "MQTT"}}), "charging")
    assert heard["charging"] == {"ts": 1_745_708_765_600, "port": 0, "state": "idle", "power_w": 0.0}


@pytest.mark.parametrize("switch", [{"output": True}, {"aenergy": {"total": 3.0}}])
def test_partial_notification_without_power_is_a_sign_of_life_alone(hear: Any, switch: Any) -> None:
    heard = hear("shelly", RPC, status(**{"switch:0": {"id": 0, **switch}}), "charging")
    assert (heard.readings, heard.online, heard.notes) == ([], True, ("power_not_told", "no_charging"))


def test_fault_placeholder_topic_pasted_from_the_vendors_page_is_noted(hear: Any) -> None:
    heard = hear("shelly", "<shelly-id>/events/rpc", status(**{"switch:0": {"output": False}}), "charging")
    assert (heard.kinds, heard.notes) == (["charging"], ("placeholder_topic",))


def test_fault_clock_never_set_leaves_the_time_to_the_arrival(hear: Any) -> None:
    message = {"method": "NotifyStatus", "params": {"ts": 12.5, "temperature:0": {"tC": 20}}}
    heard = hear("shelly", RPC, message, "climate")
    assert (heard["climate"], heard.notes) == ({"temp_c": 20.0}, ("clock_unset",))


def test_components_that_went_away_are_null_and_skipped(hear: Any) -> None:
    assert hear("shelly", RPC, status(**{"temperature:0": None, "wifi": None}), "climate").notes == ("no_climate",)


def test_events_press_buttons(hear: Any) -> None:
    events = [
        {"component": "input:0", "event": "btn_down", "ts": 1745708765.5},
        {"component": "input:0", "event": "long_push", "ts": 1745708765.6},
    ]
    heard = hear("shelly", RPC, status("NotifyEvent", events=events), "button")
    assert heard.readings == [("button", {"ts": 1_745_708_765_600, "action": "end"})]
    assert heard.notes == ("event_without_meaning",)
    assert hear("shelly", RPC, status("NotifyEvent", events=events), "charging").readings == []


def test_power_of_what_is_no_charging_device_is_not_called_charging(hear: Any) -> None:
    heard = hear("shelly", RPC, status(**{"switch:0": {"apower": 900}}), "motion")
    assert (heard.readings, heard.notes) == ([], ("power_of_another_kind", "no_motion"))


@pytest.mark.parametrize(("payload", "online"), [("true", True), ("false", False)])
def test_online_topic(hear: Any, payload: str, online: bool) -> None:
    assert hear("shelly", "plug/online", payload, "charging").online is online


@pytest.mark.parametrize(
    ("topic", "payload", "words"),
    [
        ("plug/status", {}, "topic 'plug/status': expected"),
        ("plug/online", "maybe", "online: expected true or false"),
        (RPC, {"method": "Shelly.GetInfo"}, "method: expected NotifyStatus"),
        (RPC, status(**{"switch:x": {}}), "switch:x: expected a number"),
        (RPC, status(**{"switch:0": {"apower": "5"}}), "apower: expected a number"),
    ],
)
def test_what_cannot_be_understood_names_the_place(hear: Any, topic: str, payload: Any, words: str) -> None:
    with pytest.raises(PayloadError, match="^" + words):
        hear("shelly", topic, payload, "charging")
