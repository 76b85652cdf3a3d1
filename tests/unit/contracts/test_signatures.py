"""Signed messages: whoever changes a byte that counts is found out, and a spaced-out signature still holds."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.errors import PayloadError, TopicError
from services.contracts.signatures import sign, verify

KEY = bytes(range(16))
TOPIC = "fs/v1/home/dev/office-pir/up/motion"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
objects = st.dictionaries(st.text().filter(lambda name: name != "sig"), json_values, max_size=5)
layouts = st.sampled_from([{"separators": (",", ":")}, {}, {"indent": 2}, {"ensure_ascii": False}])
keys = st.binary(min_size=16, max_size=64)
topics = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1)


def dumped(body: Any, layout: Any) -> bytes:
    return json.dumps(body, **layout).encode()


def test_the_signature_is_what_the_page_for_device_makers_says() -> None:
    payload = b'{"boot":"b1","seq":0,"motion":true}'
    digest = hmac.new(KEY, TOPIC.encode() + b"\n" + payload, hashlib.sha256).hexdigest()
    signed = sign(KEY, TOPIC, payload)
    assert signed == b'{"boot":"b1","seq":0,"motion":true,"sig":"%s"}' % digest.encode()
    page = (Path(__file__).parents[3] / "docs" / "devices.md").read_text(encoding="utf-8")
    for part in (KEY.hex(), TOPIC, payload.decode(), signed.decode()):
        assert part in page


@given(keys, topics, objects, layouts)
def test_what_was_signed_verifies_and_is_the_same_object_with_one_member_more(
    key: bytes, topic: str, body: dict[str, Any], layout: Any
) -> None:
    signed = sign(key, topic, dumped(body, layout))
    assert verify(key, topic, signed)
    read = json.loads(signed)
    assert len(read.pop("sig")) == 64
    assert read == body


@given(objects, layouts, st.data())
def test_one_changed_byte_is_found_out(body: dict[str, Any], layout: Any, data: st.DataObject) -> None:
    signed = bytearray(sign(KEY, TOPIC, dumped(body, layout)))
    at = data.draw(st.integers(0, len(signed) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != signed[at]))
    in_signature = at >= len(signed) - 66
    if in_signature and chr(other).lower() == chr(signed[at]).lower():
        return  # hex digits may be of either case
    signed[at] = other
    assert not verify(KEY, TOPIC, bytes(signed))


@given(objects, keys, topics)
def test_another_key_or_another_topic_is_found_out(body: dict[str, Any], key: bytes, topic: str) -> None:
    signed = sign(KEY, TOPIC, dumped(body, {}))
    assert verify(key, TOPIC, signed) == (key == KEY)
    assert verify(KEY, topic, signed) == (topic == TOPIC)


spaces = st.text(" \t\r\n", max_size=3)


@given(objects, st.tuples(spaces, spaces, spaces, spaces, spaces))
def test_the_signature_member_may_be_spaced_freely(body: dict[str, Any], gaps: tuple[str, ...]) -> None:
    signed = sign(KEY, TOPIC, dumped(body, {})).decode()
    head, signature = signed.rsplit('"sig":', 1)
    first, *others = gaps if body else ("", *gaps[1:])  # in an empty object there is no comma to put spaces after
    spaced = f'{head}{first}"sig"{others[0]}:{others[1]}{signature[:-1]}{others[2]}}}{others[3]}'
    assert verify(KEY, TOPIC, spaced.encode())


@given(st.binary(max_size=200))
def test_anything_else_is_refused_without_an_error(payload: bytes) -> None:
    assert not verify(KEY, TOPIC, payload)


@pytest.mark.parametrize(
    "change",
    [
        lambda signed: signed.replace(b',"sig"', b' ,"sig"'),
        lambda signed: signed.replace(b',"sig"', b',,"sig"'),
        lambda signed: signed.replace(b',"sig"', b'"sig"'),
        lambda signed: signed.replace(b',"sig"', b',"seq":9,"sig"'),
        lambda signed: signed.replace(b'"}', b'","seq":9}'),
        lambda signed: signed[:-2] + b'0"}',
        lambda signed: signed[:-3] + b'"}',
        lambda signed: signed + b"}",
        lambda signed: signed[signed.index(b',"sig"') + 1 :],
    ],
    ids=[
        "space before the comma", "two commas", "no comma", "a member more", "a member after", "longer", "shorter",
        "a brace more", "nothing but the signature",
    ],
)  # fmt: skip
def test_a_signature_that_is_not_of_the_form_is_refused(change: Any) -> None:
    signed = sign(KEY, TOPIC, b'{"motion":true}')
    assert verify(KEY, TOPIC, signed)
    assert not verify(KEY, TOPIC, change(signed))


def test_an_empty_object_has_no_comma() -> None:
    signed = sign(KEY, TOPIC, b"{ } \n")
    assert signed.startswith(b'{ "sig":"')
    assert verify(KEY, TOPIC, signed)
    assert not verify(KEY, TOPIC, signed.replace(b'"sig"', b',"sig"'))


@pytest.mark.parametrize("payload", [b"", b"[1]", b"{", b"}", b'"{}"', b"true"])
def test_only_objects_are_signed(payload: bytes) -> None:
    with pytest.raises(PayloadError, match="expected a JSON object"):
        sign(KEY, TOPIC, payload)


def test_nothing_is_signed_twice_and_no_topic_holds_a_line_break() -> None:
    with pytest.raises(PayloadError, match="without a signature"):
        sign(KEY, TOPIC, sign(KEY, TOPIC, b"{}"))
    with pytest.raises(TopicError, match="no line break"):
        sign(KEY, TOPIC + "\n{", b"{}")
    assert not verify(KEY, TOPIC + "\n{", sign(KEY, TOPIC, b"{}"))
