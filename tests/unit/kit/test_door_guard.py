"""The guard passes a device's own packets whole and in order, however they arrive, and stops at another's."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import doorframes as mqtt
from services.kit.doorguard import Guard, Limits, OffenceError, TokenBucket
from services.kit.doorrights import Rights

OWN = Rights(publish=("dev/d/#",), subscribe=("dev/d/cmd",), never=("dev/d/cmd/#",))


def varint(value: int) -> bytes:
    out = b""
    while True:
        value, digit = divmod(value, 128)
        out += bytes([digit | (0x80 if value else 0)])
        if not value:
            return out


def string(value: str) -> bytes:
    return len(value.encode()).to_bytes(2, "big") + value.encode()


def packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + varint(len(body)) + body


def publish(topic: str, payload: bytes = b"{}", *, level: int = 5, alias: int | None = None) -> bytes:
    properties = b"\x26" + string("k") + string("v") + (b"" if alias is None else b"\x23" + alias.to_bytes(2, "big"))
    return packet(
        0x32, string(topic) + b"\x00\x01" + (varint(len(properties)) + properties if level == 5 else b"") + payload
    )


def subscribe(*filters: str, level: int = 5) -> bytes:
    return packet(
        0x82, b"\x00\x01" + (b"\x00" if level == 5 else b"") + b"".join(string(one) + b"\x01" for one in filters)
    )


def passed(guard: Guard, data: bytes) -> bytes:
    return b"".join(frame.data for frame in guard.frames(data))


@given(
    st.sampled_from([4, 5]),
    st.lists(st.tuples(st.sampled_from(["up/x", "status", "ack"]), st.binary(max_size=300)), min_size=1, max_size=6),
    st.data(),
)
def test_own_packets_pass_whole_and_in_order_however_they_are_cut(
    level: int, messages: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(publish(f"dev/d/{leaf}", payload, level=level) for leaf, payload in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    guard = Guard(level, OWN, Limits())
    out = [passed(guard, stream[a:b]) for a, b in itertools.pairwise([0, *cuts, len(stream)])]
    assert b"".join(out) == stream


@pytest.mark.parametrize(
    ("bad", "what", "reason"),
    [
        (publish("dev/e/up/x"), "foreign_topic", mqtt.NOT_AUTHORIZED),
        (publish("dev/d/cmd"), "foreign_topic", mqtt.NOT_AUTHORIZED),
        (publish("", alias=7), "foreign_topic", mqtt.NOT_AUTHORIZED),
        (subscribe("dev/d/cmd", "dev/+/cmd"), "foreign_filter", mqtt.NOT_AUTHORIZED),
        (publish("dev/d/up/x", b"x" * 1001), "payload_too_large", mqtt.TOO_LARGE),
        (b"\x32" + varint(250_000_000), "payload_too_large", mqtt.TOO_LARGE),
        (b"\x32\xff\xff\xff\xff\x01", "malformed", mqtt.MALFORMED),
        (packet(0x32, b"\x00\x09dev"), "malformed", mqtt.MALFORMED),
        (packet(0x10, b"\x00\x04MQTT"), "malformed", mqtt.MALFORMED),
    ],
)
def test_what_must_not_pass_stops_the_connection_after_what_came_before(bad: bytes, what: str, reason: int) -> None:
    guard, before, out = Guard(5, OWN, Limits(payload_bytes=1000)), publish("dev/d/status"), list[bytes]()
    frames = guard.frames(before + bad + publish("dev/d/up/late"))
    with pytest.raises(OffenceError) as caught:
        out.extend(frame.data for frame in frames)
    assert (caught.value.what, caught.value.reason, out) == (what, reason, [before])


def test_an_alias_stands_for_the_topic_it_was_given_and_for_no_other() -> None:
    guard = Guard(5, OWN, Limits())
    stream = publish("dev/d/up/x", alias=1) + publish("", alias=1)
    assert passed(guard, stream) == stream
    with pytest.raises(OffenceError, match="foreign topic"):
        passed(guard, publish("", alias=2))


def test_too_many_topics_are_an_offence_and_repeating_one_is_not() -> None:
    guard = Guard(4, OWN, Limits(topics=3))
    for number in (0, 1, 2, 0, 1, 2):
        passed(guard, publish(f"dev/d/up/{number}", level=4))
    with pytest.raises(OffenceError, match="too many topics"):
        passed(guard, publish("dev/d/up/3", level=4))


def test_a_last_will_in_anothers_name_is_an_offence() -> None:
    with pytest.raises(OffenceError, match="last will"):
        Guard(5, OWN, Limits()).check_will("dev/e/status", 2)


@given(st.binary(max_size=400), st.sampled_from([4, 5]))
def test_arbitrary_bytes_pass_unchanged_or_are_an_offence(data: bytes, level: int) -> None:
    guard, out = Guard(level, OWN, Limits()), b""
    try:
        for frame in guard.frames(data):
            out += frame.data
    except OffenceError:
        pass
    assert data.startswith(out)


@given(st.lists(st.floats(0, 2), min_size=1, max_size=300))
def test_a_bucket_lets_no_more_through_than_burst_and_rate(pauses: list[float]) -> None:
    bucket, now = TokenBucket(10, 5, 0.0), 0.0
    for served, pause in enumerate(pauses, 1):
        now += pause
        now += bucket.take(now)
        assert served <= 5 + 10 * now + 1e-6


@given(st.binary(max_size=64), st.binary(max_size=200))
def test_a_connect_is_read_or_refused_and_never_a_crash(client_id: bytes, rest: bytes) -> None:
    body = b"\x00\x04MQTT\x05\xc2\x00\x3c\x00" + len(client_id).to_bytes(2, "big") + client_id + rest
    try:
        hello = mqtt.read_connect(packet(0x10, body))
    except mqtt.MalformedError:
        return
    assert hello.client_id.encode() == client_id
