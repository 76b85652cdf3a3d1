"""LoRaWAN uplinks of both network servers, with Milesight's objects and bytes."""

import base64
from typing import Any

import pytest

from services.contracts.errors import PayloadError

UP = "application/5a/device/24e124538b223213/event/up"
TTS_UP = "v3/house@ttn/devices/hall-counter/up"
AT, AT_TEXT = 1_710_005_260_000, "2024-03-09T17:27:40.000Z"


def chirpstack(data: str = "", decoded: Any = None, **more: Any) -> dict[str, Any]:
    """Return an uplink event; `data` in hexadecimal."""
    return {
        "deduplicationId": "3ac7e3c4", "time": AT_TEXT, "devAddr": "00189440", "fCnt": 7, "fPort": 85,
        "data": base64.b64encode(bytes.fromhex(data)).decode(), "object": decoded,
        "rxInfo": [{"gatewayId": "a", "rssi": -101}, {"gatewayId": "b", "rssi": -57}], **more,
    }  # fmt: skip


def things_stack(data: str = "", decoded: Any = None, **more: Any) -> dict[str, Any]:
    up = {
        "session_key_id": "AXBSH1Pk6Z0G166", "f_port": 85, "f_cnt": 7,
        "frm_payload": base64.b64encode(bytes.fromhex(data)).decode(), "decoded_payload": decoded,
        "rx_metadata": [{"rssi": -57, "time": AT_TEXT}], "received_at": AT_TEXT, **more,
    }  # fmt: skip
    return {"end_device_ids": {"device_id": "x", "dev_addr": "00BCB929"}, "uplink_message": up}


def measured(heard: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the readings without identity and without the health that every uplink has."""
    return [
        (kind, {name: value for name, value in reading.items() if name not in ("ts", "boot", "seq")})
        for kind, reading in heard.readings
        if kind != "health"
    ]


def test_every_reading_carries_the_identity_and_gateway_time_of_its_uplink(hear: Any) -> None:
    decoded = {"battery": 92, "magnet_status": "open", "temperature": 20.5, "humidity": 40}
    heard = hear("chirpstack", UP, chirpstack(decoded=decoded), "door")
    identity = {"ts": AT, "boot": "00189440", "seq": 7}
    assert heard.readings == [
        ("door", {**identity, "open": True}),
        ("climate", {**identity, "temp_c": 20.5, "rh_pct": 40.0}),
        ("health", {**identity, "battery_pct": 92.0, "rssi_dbm": -57.0}),
    ]
    heard = hear("things_stack", TTS_UP, things_stack(decoded=decoded), "door")
    assert heard["door"] == {**identity, "boot": "AXBSH1Pk6Z0G166", "open": True}


@pytest.mark.parametrize("counter", ["fCnt", "f_cnt"])
def test_counter_zero_is_left_out_by_the_servers_and_is_zero(hear: Any, counter: str) -> None:
    name, topic, message = (
        ("chirpstack", UP, chirpstack(decoded={"pir": "trigger"}))
        if counter == "fCnt"
        else ("things_stack", TTS_UP, things_stack(decoded={"pir": "trigger"}))
    )
    (message if counter in message else message["uplink_message"]).pop(counter)
    assert hear(name, topic, message, "motion")["motion"]["seq"] == 0


def test_without_session_there_is_no_identity(hear: Any) -> None:
    message = chirpstack(decoded={"pir": "normal"})
    del message["devAddr"]
    heard = hear("chirpstack", UP, message, "motion")
    assert (heard["motion"], heard.notes) == ({"ts": AT, "motion": False}, ("no_session",))


def test_fault_gateway_clock_off_by_hours_gives_way_to_the_servers(hear: Any) -> None:
    message = things_stack(decoded={"pir": "trigger"}, rx_metadata=[{"time": "2024-03-09T09:00:00Z"}])
    heard = hear("things_stack", TTS_UP, message, "motion")
    assert (heard["motion"]["ts"], heard.notes) == (AT, ("gateway_clock_off",))
    message = chirpstack(decoded={"pir": "trigger"}, time="1970-01-01T00:00:09Z", rxInfo=[{"nsTime": AT_TEXT}])
    heard = hear("chirpstack", UP, message, "motion")
    assert (heard["motion"]["ts"], heard.notes) == (AT, ("clock_unset",))


def test_fault_object_of_an_outdated_decoder_is_completed_from_the_bytes(hear: Any) -> None:
    vs121 = "FF0101FF08660012345678FF090100FF0A1F07004B04C90303000205CC0200010006CD05"
    heard = hear("chirpstack", UP, chirpstack(vs121, {"protocol_version": 1, "sn": "660012345678"}), "count")
    assert measured(heard) == [("count", {"people": 3})]
    assert heard.notes == ("object_without_ours",)


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("presence", "017564030001040000", {"present": True}),  # VS370, VS340, VS341
        ("motion", "017510030001040000", {"motion": True}),  # WS202
        ("door", "017564030000040001", {"open": False}),  # WS301
        ("door", "060001", {"open": True}),  # EM300-MCS
        ("presence", "01756202820F00038E01048E01", {"present": True}),  # VS330
        ("motion", "050000", {"motion": False}),  # WS203
        ("presence", "03F801000A000F00", {"present": False}),  # VS373, vacant
        ("presence", "03F803000A000F00", {"present": True}),  # VS373, out of bed and still in the room
        ("presence", "06FE0F000600", {"present": True}),  # VS321
        ("count", "05FD0400", {"people": 4}),  # VS321
        ("count", "84CC011108110185CCE803E90301", {"in": 4353, "out": 4360}),  # VS350
        ("count", "0DCC05000300", {"in": 5, "out": 3}),  # VS121
        ("count", "03D20500000004D203000000", {"in": 5, "out": 3}),  # VS132
        ("charging", "0374000104801000000005815C06831100000007C91000087001FF3FFF",
         {"port": 0, "state": "charging", "power_w": 16.0, "energy_wh": 17.0}),  # WS52x
        ("climate", "0367340104686583676A0101", {"temp_c": 36.2, "rh_pct": 50.5}),
    ],
)  # fmt: skip
def test_bytes_without_a_decoded_object(hear: Any, kind: str, data: str, said: Any) -> None:
    for heard in (
        hear("chirpstack", UP, chirpstack(data), kind),
        hear("things_stack", TTS_UP, things_stack(data), kind),
    ):
        assert (kind, said) in measured(heard)


@pytest.mark.parametrize(
    ("kind", "decoded", "said"),
    [
        ("presence", {"occupancy": "occupied"}, ("presence", {"present": True})),
        ("motion", {"occupancy": "vacant"}, ("motion", {"motion": False})),
        ("climate", {"occupancy": "occupied"}, ("motion", {"motion": True})),
        ("presence", {"pir": "trigger"}, ("motion", {"motion": True})),
        ("presence", {"detection_status": 1}, ("presence", {"present": False})),
        ("motion", {"detection_status": "in_bed"}, ("motion", {"motion": True})),
        ("presence", {"region_1": "vacant", "region_2": "occupied", "region_2_enable": "disable"},
         ("presence", {"present": False})),
        ("count", {"people_count_all": 3.0, "region_1": 1}, ("count", {"people": 3})),
        ("count", {"total_counter_in": 190, "total_counter_out": 305}, ("count", {"in": 190, "out": 305})),
        ("count", {"people_total_counts": 2}, ("count", {"people": 2})),
        ("count", {"people_total_in": 9, "people_total_out": 8}, ("count", {"in": 9, "out": 8})),
        ("door", {"door": "open"}, ("door", {"open": True})),
        ("door", {"state": "open", "install": "no"}, ("door", {"open": True})),
        ("charging", {"state": "open", "power": 0, "power_sum": 17}, ("charging",
         {"port": 0, "state": "idle", "power_w": 0.0, "energy_wh": 17.0})),
        ("climate", {"co2": 500, "battery_main": 90}, ("climate", {"co2_ppm": 500.0})),
    ],
)  # fmt: skip
def test_decoded_objects_of_the_vendors_decoders(hear: Any, kind: str, decoded: Any, said: Any) -> None:
    assert measured(hear("chirpstack", UP, chirpstack(decoded=decoded), kind)) == [said]


def test_fault_low_confidence_takes_somebody_seen_and_not_nobody_seen(hear: Any) -> None:
    seen = hear("chirpstack", UP, chirpstack("06FE0F00060008F40201"), "presence")
    assert measured(seen) == [("presence", {"present": True})]
    nobody = hear("chirpstack", UP, chirpstack("06FE0F00000008F40201"), "presence")
    assert (measured(nobody), nobody.notes) == ([], ("low_confidence", "no_presence"))
    assert measured(hear("chirpstack", UP, chirpstack("06FE0F00000008F40200"), "presence")) == [
        ("presence", {"present": False})
    ]


@pytest.mark.parametrize("doubt", [{"confidence": "low"}, {"detection_status": "unavailable"}])
def test_fault_low_confidence_counts_somebody_and_not_nobody(hear: Any, doubt: dict[str, str]) -> None:
    nobody = hear("chirpstack", UP, chirpstack(decoded={"people_total_counts": 0, **doubt}), "count")
    assert (measured(nobody), nobody.notes) == ([], ("low_confidence", "no_count"))
    two = hear("chirpstack", UP, chirpstack(decoded={"people_total_counts": 2, **doubt}), "count")
    assert measured(two) == [("count", {"people": 2})]


def test_how_well_a_counter_sees_is_not_whom(hear: Any) -> None:
    heard = hear(
        "chirpstack", UP, chirpstack(decoded={"people_total_counts": 0, "detection_status": "normal"}), "count"
    )
    assert measured(heard) == [("count", {"people": 0})]


def test_lines_of_a_counter_are_added_and_a_rest_without_line_1_is_not(hear: Any) -> None:
    whole = {"line_1_total_in": 72, "line_1_total_out": 200, "line_4_total_in": 5300, "line_4_total_out": 6797}
    heard = hear("chirpstack", UP, chirpstack(decoded=whole), "count")
    assert (measured(heard), heard.notes) == ([("count", {"in": 5372, "out": 6997})], ("lines_added",))
    rest = {name: value for name, value in whole.items() if "4" in name}
    heard = hear("chirpstack", UP, chirpstack(decoded=rest), "count")
    assert (measured(heard), heard.notes) == ([], ("partial_lines", "no_count"))


@pytest.mark.parametrize(
    ("tail", "note"), [("20CE0000", "history_not_decoded"), ("FE1001", "downlink_answer"), ("7777", "unknown_channel")]
)
def test_bytes_that_cannot_be_read_to_the_end_keep_what_came_before(hear: Any, tail: str, note: str) -> None:
    heard = hear("chirpstack", UP, chirpstack("060001" + tail), "door")
    assert (measured(heard), heard.notes) == ([("door", {"open": True})], (note,))


def test_an_unread_thermometer_measures_nothing(hear: Any) -> None:
    assert measured(hear("chirpstack", UP, chirpstack("0367FFFF0468FF060000"), "door")) == [("door", {"open": False})]


def test_other_events_of_the_network(hear: Any) -> None:
    base = UP.removesuffix("/up")
    status = {"time": AT_TEXT, "batteryLevel": 75.5, "margin": 10}
    heard = hear("chirpstack", f"{base}/status", status, "motion")
    assert (heard["health"], heard.online) == ({"ts": AT, "battery_pct": 75.5}, True)
    mains = hear("chirpstack", f"{base}/status", {**status, "externalPowerSource": True}, "motion")
    assert (mains.readings, mains.online) == ([], True)
    assert hear("chirpstack", f"{base}/join", {}, "motion").online is True
    assert hear("chirpstack", f"{base}/ack", {}, "motion").notes == ("network_event",)
    assert hear("things_stack", "v3/a@t/devices/x/join", {}, "motion").notes == ("joined",)
    assert hear("things_stack", "v3/a@t/devices/x/down/sent", {}, "motion").notes == ("network_event",)


def test_an_uplink_simulated_in_the_console_is_not_a_measurement(hear: Any) -> None:
    message = {**things_stack(decoded={"pir": "trigger"}), "simulated": True}
    heard = hear("things_stack", TTS_UP, message, "motion")
    assert (heard.readings, heard.notes) == ([], ("simulated",))


@pytest.mark.parametrize(
    ("codec", "topic", "payload", "words"),
    [
        ("chirpstack", "application/<id>/device/8/event/up", "TRUNCATED keys time,deviceInfo", "not JSON"),
        ("chirpstack", UP, {"time": AT_TEXT}, "payload: expected an uplink event"),
        ("chirpstack", "gateway/x/stats", {}, "topic"),
        ("chirpstack", UP, {**chirpstack(), "data": "%%"}, "data: expected base64"),
        ("chirpstack", UP, chirpstack("AABB01"), "bytes aa bb: expected a channel"),
        ("chirpstack", UP, chirpstack("0600"), "channel 06 00 at byte 0: expected 1 bytes, got 0"),
        ("chirpstack", UP, chirpstack(decoded={"pir": "perhaps"}), "pir: expected one of"),
        ("chirpstack", UP, chirpstack(decoded={"people_count_all": -1}), "people_count_all: expected a whole number"),
        ("things_stack", "v3/a/x/up", {}, "topic"),
        ("things_stack", TTS_UP, {}, "payload: expected an uplink of The Things Stack"),
        ("things_stack", TTS_UP, things_stack(f_cnt=1.5), "f_cnt: expected a whole number"),
    ],
)
def test_what_cannot_be_understood_names_the_place(hear: Any, codec: str, topic: str, payload: Any, words: str) -> None:
    with pytest.raises(PayloadError, match="^" + words):
        hear(codec, topic, payload, "motion")
