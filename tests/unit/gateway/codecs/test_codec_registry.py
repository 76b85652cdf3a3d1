"""All codecs alike: they are found by name, raise one error alone, and a community is checked against them."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.registry import CODECS, check, codec_named
from gateway.codecs.said import kind_of
from services.contracts.community import DEVICE_KINDS, Community, Device, parse_community
from services.contracts.errors import NotFoundError, PayloadError
from services.contracts.readings import READING_KINDS
from services.contracts.retelling import retold

TOPICS = [
    "zigbee2mqtt/x", "zigbee2mqtt/x/availability", "tele/x/SENSOR", "stat/x/RESULT", "tele/x/LWT", "stat/x/POWER1",
    "x/events/rpc", "x/online", "application/a/device/b/event/up", "application/a/device/b/event/status",
    "v3/a@t/devices/x/up", "v3/a@t/devices/x/join", "ocpp/x", "",
]  # fmt: skip
WORDS = [
    "occupancy", "contact", "last_seen", "state", "power", "action", "ZbReceived", "Occupancy", "Time", "Wifi",
    "ENERGY", "Power", "Total", "POWER1", "Switch1", "Action", "method", "NotifyStatus", "NotifyEvent", "params",
    "events", "ts", "switch:0", "switch:²", "apower", "aenergy", "errors", "devAddr", "fCnt", "data", "object",
    "rxInfo", "rssi", "time", "uplink_message", "decoded_payload", "frm_payload", "region_1", "line_1_total_in",
    "detection_status", "people_count_all", "value", "StatusNotification", "MeterValues", "connectorId", "status",
    "Charging", "meterValue", "sampledValue", "timestamp", "2024-03-09T17:27:40Z", "0001-01-01T00:00:00+14:00",
    "ON", "AQID", "BgAB", "1e999",
]  # fmt: skip
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(WORDS)
)  # fmt: skip
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)
_FRAMES = st.tuples(st.just(2), st.text(max_size=3), st.sampled_from(WORDS), _JSON)
_TRANSLATED = st.binary(max_size=60) | (_JSON | _FRAMES).map(lambda value: json.dumps(value).encode())


@given(st.sampled_from(sorted(CODECS)), st.sampled_from(TOPICS), _TRANSLATED, st.sampled_from(sorted(DEVICE_KINDS)))
def test_no_message_raises_anything_but_a_payload_error(codec: str, topic: str, payload: bytes, kind: str) -> None:
    device = Device(id="d", site="s", space="h", kind=kind)
    try:
        said = codec_named(codec).decode(topic, payload, device)
    except PayloadError as error:
        assert str(error)
        assert "\n" not in str(error)
        assert retold(str(error), "zh"), "staff read it in Chinese"
        return
    for reading in said.readings:
        assert kind_of(reading) in READING_KINDS
        assert len({each.seq for each in said.readings}) == 1


@given(st.binary(max_size=60), st.sampled_from(sorted(DEVICE_KINDS)))
def test_no_uplink_bytes_raise_anything_but_a_payload_error(data: bytes, kind: str) -> None:
    device = Device(id="d", site="s", space="h", kind=kind)
    payload = json.dumps({"devAddr": "1", "data": base64.b64encode(data).decode()}).encode()
    try:
        said = codec_named("chirpstack").decode("application/a/device/b/event/up", payload, device)
    except PayloadError as error:
        assert "expected" in str(error)
    else:
        assert all(reading.seq == 0 for reading in said.readings)


def test_a_type_that_a_codec_widened_keeps_its_kind(hear: Any) -> None:
    heard = hear("ocpp", "x", [2, "1", "StatusNotification", {"connectorId": 1, "status": "Charging"}], "charging")
    assert [kind_of(reading) for reading in heard.said.readings] == ["charging"]


def test_an_unknown_codec_is_named_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="codec 'zigbee': is not known; expected one of zigbee2mqtt, tasmota"):
        codec_named("zigbee")


@pytest.mark.parametrize("name", sorted(CODECS))
def test_fields_become_fields_of_the_contract(name: str) -> None:
    known = {"ts", "boot", "seq"} | {
        f"{kind}.{field.alias or own}"
        for kind, model in READING_KINDS.items()
        for own, field in model.model_fields.items()
    }
    for vendor, ours in CODECS[name].fields.items():
        assert set(ours.split(", ")) <= known, vendor


@pytest.mark.parametrize("name", sorted(CODECS))
def test_filters_are_of_the_device_alone(name: str) -> None:
    filters = CODECS[name].filters("base/topic")
    assert filters
    assert all("base/topic" in each and not set("+#") & set(each[:-1]) for each in filters)


def community(*devices: dict[str, str]) -> Community:
    return parse_community(
        {
            "sites": [{"id": "s", "name": "S", "timezone": "Asia/Shanghai"}],
            "spaces": [{"id": "hall", "site": "s", "name": "Hall", "capacity": 9}],
            "devices": [
                {"id": f"d{number}", "site": "s", "space": "hall", "kind": "motion", **device}
                for number, device in enumerate(devices)
            ],
        },
        "test",
    )


def test_a_community_is_checked_against_the_codecs() -> None:
    faults = check(
        community(
            {},
            {"codec": "zigbee", "topic": "zigbee2mqtt/a"},
            {"codec": "shelly"},
            {"codec": "zigbee2mqtt", "topic": "zigbee2mqtt/+"},
            {"codec": "zigbee2mqtt", "topic": "zigbee2mqtt/a"},
            {"codec": "zigbee2mqtt", "topic": "zigbee2mqtt/a"},
            {"codec": "tasmota", "topic": "SonoffZB#0x662E"},
            {"codec": "tasmota", "topic": "SonoffZB#0x057B"},
            {"codec": "zigbee2mqtt", "topic": "SonoffZB#0x057B"},
        )
    )
    assert [str(fault) for fault in faults] == [
        f"devices.1.codec: 'zigbee' is not known; expected one of {', '.join(CODECS)}",
        "devices.2.topic: s/d2 has codec 'shelly' and needs the topic of its vendor",
        "devices.3.topic: 'zigbee2mqtt/+' holds a wildcard, expected the topic of one device",
        "devices.5.topic: 'zigbee2mqtt/a' is already the topic of s/d4",
        "devices.8.topic: 'SonoffZB#0x057B' holds a wildcard, expected the topic of one device",
    ]
    assert faults[0].sentence("zh").startswith("没有 'zigbee' 这种接入方式，可选：")
