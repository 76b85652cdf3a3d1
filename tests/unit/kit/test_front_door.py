"""The front door reads the protocol level out of CONNECT, whatever the rest of the packet is."""

from hypothesis import given
from hypothesis import strategies as st

from services.kit.doorframes import protocol_level


def connect(level: int, rest: int, name: bytes = b"MQTT") -> bytes:
    variable = len(name).to_bytes(2, "big") + name + bytes([level]) + b"\x02\x00\x3c"
    length, encoded = len(variable) + rest, b""
    while True:
        length, digit = divmod(length, 128)
        encoded += bytes([digit | (0x80 if length else 0)])
        if not length:
            return b"\x10" + encoded + variable


@given(st.sampled_from([3, 4, 5]), st.integers(0, 200_000))
def test_the_level_is_found_for_any_length_of_packet(level: int, rest: int) -> None:
    packet = connect(level, rest, b"MQIsdp" if level == 3 else b"MQTT")
    assert protocol_level(packet) == level


@given(st.integers(0, 200_000), st.integers(0, 7))
def test_too_few_bytes_are_not_decided_yet(rest: int, kept: int) -> None:
    assert protocol_level(connect(5, rest)[:kept]) is None


@given(st.binary(max_size=64))
def test_anything_else_is_not_a_connect(data: bytes) -> None:
    level = protocol_level(data)
    assert level is None or (data[0] == 0x10 and (b"MQTT" in data or b"MQIsdp" in data))
