"""OCPP 1.6 frames relayed over MQTT."""

from typing import Any

import pytest

from services.contracts.errors import PayloadError

TOPIC, AT, AT_TEXT = "ocpp/point-1", 1_710_005_260_000, "2024-03-09T17:27:40Z"


def call(action: str, **payload: Any) -> list[Any]:
    return [2, "2717", action, payload]


def meter(*samples: dict[str, str], **more: Any) -> list[Any]:
    return call("MeterValues", connectorId=2, meterValue=[{"timestamp": AT_TEXT, "sampledValue": samples}], **more)


def power(value: str, **more: str) -> dict[str, str]:
    return {"value": value, "measurand": "Power.Active.Import", "unit": "W", **more}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Available", "idle"), ("Preparing", "idle"), ("Reserved", "idle"), ("Charging", "charging"),
        ("SuspendedEV", "done"), ("SuspendedEVSE", "done"), ("Finishing", "done"),
        ("Unavailable", "fault"), ("Faulted", "fault"),
    ],
)  # fmt: skip
def test_status_of_a_connector(hear: Any, status: str, state: str) -> None:
    frame = call("StatusNotification", connectorId=1, status=status, errorCode="NoError", timestamp=AT_TEXT)
    reading = hear("ocpp", TOPIC, frame, "charging")["charging"]
    flowing = {} if state == "charging" else {"power_w": 0.0}  # how much flows is for the meter to say
    assert reading == {"ts": AT, "port": 1, "state": state, **flowing}


def test_fault_slow_clock_is_handed_on_for_the_gateway_to_judge(hear: Any) -> None:
    frame = call("StatusNotification", connectorId=1, status="Finishing", timestamp="2024-07-09T02:02:27Z")
    assert hear("ocpp", TOPIC, frame, "charging")["charging"]["ts"] == 1_720_490_547_000


def test_meter_values_in_a_transaction(hear: Any) -> None:
    frame = meter(power("1.5", unit="kW"), {"value": "3000", "unit": "Wh"}, transactionId=9)
    assert hear("ocpp", TOPIC, frame, "charging")["charging"] == {
        "ts": AT, "port": 2, "state": "charging", "power_w": 1500.0, "energy_wh": 3000.0, "session": "9",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("samples", "transaction", "state"),
    [
        ([power("0")], 9, "done"),
        ([power("0")], None, "idle"),
        ([power("7")], None, "charging"),
        ([{"value": "3"}], 9, "charging"),
        ([power("1", phase="L1"), power("1", phase="L2"), power("1", phase="L3")], None, "charging"),
        ([power("0", phase="L1"), power("30")], None, "charging"),
    ],
)
def test_power_and_transaction_decide_the_state(hear: Any, samples: Any, transaction: Any, state: str) -> None:
    more = {} if transaction is None else {"transactionId": transaction}
    assert hear("ocpp", TOPIC, meter(*samples, **more), "charging")["charging"]["state"] == state


def test_energy_alone_outside_a_transaction_does_not_tell_the_state(hear: Any) -> None:
    heard = hear("ocpp", TOPIC, meter({"value": "3"}), "charging")
    assert (heard.readings, heard.online, heard.notes) == ([], True, ("power_not_told", "no_charging"))


def test_a_transaction_starts_and_who_charges_is_not_taken_over(hear: Any) -> None:
    frame = call("StartTransaction", connectorId=1, idTag="ee26742f", meterStart=500, timestamp=AT_TEXT)
    heard = hear("ocpp", TOPIC, frame, "charging")
    assert heard["charging"] == {"ts": AT, "port": 1, "state": "charging", "energy_wh": 500.0}
    assert "ee26742f" not in str(heard.readings)


@pytest.mark.parametrize(
    ("frame", "online", "notes"),
    [
        (call("StopTransaction", transactionId=9, meterStop=1), True, ("stop_names_no_port", "no_charging")),
        (call("StatusNotification", connectorId=0, status="Available"), True, ("charge_point_itself", "no_charging")),
        (call("Heartbeat"), True, ("call_without_reading", "no_charging")),
        ([3, "2717", {}], None, ("answer_frame",)),
        ([4, "2717", "NotSupported", "", {}], None, ("answer_frame",)),
    ],
)
def test_frames_without_a_reading(hear: Any, frame: Any, online: bool | None, notes: Any) -> None:
    heard = hear("ocpp", TOPIC, frame, "charging")
    assert (heard.readings, heard.online, heard.notes) == ([], online, notes)


def test_boot_names_the_firmware(hear: Any) -> None:
    frame = call("BootNotification", chargePointVendor="chargebyte", firmwareVersion="0.5.0")
    assert hear("ocpp", TOPIC, frame, "charging")["health"] == {"fw": "0.5.0"}


def test_fault_tabs_between_the_values_are_no_fault(hear: Any) -> None:
    frame = b'[2,\t"6a73",\t"StatusNotification",\t{"connectorId":\t1,\t"status":\t"Charging"}]'
    assert hear("ocpp", TOPIC, frame, "charging")["charging"] == {"port": 1, "state": "charging"}


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b'[2,\t"6a73",\t"Authorize",\t{"connectorId":\t1\t"idTag":\t"x"}]', "not JSON"),  # the missing comma
        ({"status": "Charging"}, "frame: expected an array"),
        ([2, "1", "Heartbeat"], "frame: expected"),
        ([True, "1", "Heartbeat", {}], "frame: expected"),
        (call("StatusNotification", connectorId=1, status="Sleeping"), "status: expected one of Available"),
        (call("StatusNotification", status="Charging"), "connectorId: expected the number"),
        (meter(power("a lot")), "value: expected a number as text"),
        (meter(power("nan")), "value: expected a number"),
        (meter(power("5", unit="A")), "unit: expected one of W"),
    ],
)
def test_what_cannot_be_understood_names_the_place(hear: Any, frame: Any, words: str) -> None:
    with pytest.raises(PayloadError, match="^" + words):
        hear("ocpp", TOPIC, frame, "charging")
