"""Readings: strict about types, generous about extra fields, one clear sentence for every fault."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.errors import PayloadError
from services.contracts.readings import READING_KINDS, decode_reading

GOOD: dict[str, list[dict[str, object]]] = {
    "presence": [{"present": True}, {"present": False, "ts": 1, "boot": "b", "seq": 0}],
    "motion": [{"motion": False}],
    "count": [{"people": 3}, {"in": 10, "out": 4}, {"people": 0, "in": 1, "out": 1}],
    "door": [{"open": True, "locked": None}, {"open": False, "locked": True}, {"open": False}],
    "charging": [{"port": 1, "state": "charging", "power_w": 7, "energy_wh": 0.5, "session": "s1"}],
    "climate": [{"co2_ppm": 400}, {"wifi_clients": 0}, {"temp_c": -3.5, "light2_raw": 492.2}],
    "button": [{"action": "claim", "code": "4711"}, {"action": "keep", "code": None}],
    "lending": [{"slot": 0, "present": True}],
    "health": [{"battery_pct": 81.5}, {"fw": "1.2"}],
}

BAD: list[tuple[str, object, str]] = [
    ("presence", {}, "present: Field required"),
    ("presence", {"present": "true"}, "present: .*'true'"),
    ("presence", {"present": 1}, "present"),
    ("motion", [], "object"),
    ("motion", None, "object"),
    ("count", {}, "needs people, or both in and out"),
    ("count", {"in": 3}, "needs people, or both in and out"),
    ("count", {"people": -1}, "people"),
    ("count", {"people": True}, "people"),
    ("count", {"people": 1.5}, "people"),
    ("door", {"open": None}, "open"),
    ("door", {"locked": True}, "open: Field required"),
    ("charging", {"port": 1, "state": "on", "power_w": 1, "energy_wh": 1}, "state"),
    ("charging", {"port": 1, "state": "idle"}, "power_w"),
    ("climate", {}, "needs at least one of"),
    ("climate", {"lux_raw": 3}, "needs at least one of"),
    ("climate", {"co2_ppm": "400"}, "co2_ppm"),
    ("button", {"action": "explode"}, "action"),
    ("lending", {"slot": 1}, "present"),
    ("health", {"battery_pct": 140}, "battery_pct"),
    ("presence", {"present": True, "ts": "now"}, "ts"),
    ("presence", {"present": True, "ts": -5}, "ts"),
    ("presence", {"present": True, "seq": 1.0}, "seq"),
    ("presence", {"present": True, "boot": 7}, "boot"),
    ("telepathy", {"present": True}, "kind 'telepathy' is unknown"),
]


def test_every_kind_has_an_example_here() -> None:
    assert GOOD.keys() == READING_KINDS.keys()


@pytest.mark.parametrize(("kind", "payload"), [(kind, item) for kind, items in GOOD.items() for item in items])
def test_good_readings_decode_and_give_their_fields_back(kind: str, payload: dict[str, object]) -> None:
    reading = decode_reading(kind, json.dumps(payload).encode())
    assert reading.model_dump(by_alias=True, exclude_unset=True) == payload


@pytest.mark.parametrize(("kind", "payload", "fault"), BAD)
def test_bad_readings_name_the_field(kind: str, payload: object, fault: str) -> None:
    with pytest.raises(PayloadError, match=fault):
        decode_reading(kind, json.dumps(payload).encode())


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\xfe", b'{"co2_ppm": NaN}', b'{"co2_ppm": 1e999}', b"\x00" * 9])
def test_garbage_is_refused_in_one_line(payload: bytes) -> None:
    with pytest.raises(PayloadError) as caught:
        decode_reading("climate", payload)
    assert "\n" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(READING_KINDS)), json_values | st.binary())
def test_whatever_arrives_decodes_or_is_a_payload_error(kind: str, value: object) -> None:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    try:
        decode_reading(kind, payload)
    except PayloadError as error:
        assert len(str(error)) < 400
        assert "\n" not in str(error)


@given(st.dictionaries(st.sampled_from(["vendor", "x", "rssi"]), json_values, max_size=3))
def test_unknown_extra_fields_are_kept(extra: dict[str, object]) -> None:
    reading = decode_reading("motion", json.dumps({"motion": True, **extra}).encode())
    assert (reading.model_extra or {}) == json.loads(json.dumps(extra))
