"""From topic and payload to a reading of a known device, or one clear sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decode import MAX_PAYLOAD_BYTES, Directory, decode, fields_of
from services.contracts.errors import FoldspaceError


@pytest.fixture
def refusal(community_of: Any) -> Callable[..., tuple[str, str]]:
    directory = Directory(community_of(("radar", "presence")))

    def refuse(topic: str, payload: bytes = b'{"present": true}') -> tuple[str, str]:
        with pytest.raises(FoldspaceError) as caught:
            decode(directory.route(topic), payload)
        return caught.value.kind, str(caught.value)

    return refuse


@pytest.mark.parametrize(
    ("topic", "kind", "words"),
    [
        ("fs/v1/mars/dev/radar/up/presence", "device", "site 'mars' is not in the catalogue"),
        ("fs/v1/s/dev/ghost/up/presence", "device", "device 'ghost' of site 's' is not in the catalogue"),
        ("fs/v1/s/dev/ghost/status", "device", "'ghost'"),
        ("fs/v1/s/dev/radar/up/smell", "payload", "kind 'smell' is unknown"),
        ("fs/v2/s/dev/radar/up/presence", "topic", "fs/v1"),
        ("fs/v1/s/dev/Radar/up/presence", "topic", "'Radar' is not a name"),
        ("fs/v1/s/space/hall/state", "topic", "foldspace's own"),
        ("fs/v1/s/dev/radar/up", "topic", "fs/v1/s/dev/radar/up"),
        ("fs", "topic", "'fs'"),
    ],
)
def test_a_wrong_topic_is_named_with_what_was_expected(refusal: Any, topic: str, kind: str, words: str) -> None:
    fault, reason = refusal(topic)
    assert fault == kind
    assert words in reason


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"\xff\xfe\x00garbage", "presence"),
        (b"", "presence"),
        (b"[]", "presence"),
        (b"{}", "present"),
        (b'{"present": "yes"}', "present"),
        (b'{"present": 1}', "present"),
        (b'{"present": true, "seq": -1}', "seq"),
        (b'{"present": true, "ts": "now"}', "ts"),
    ],
)
def test_a_wrong_payload_names_the_field(refusal: Any, payload: bytes, words: str) -> None:
    fault, reason = refusal("fs/v1/s/dev/radar/up/presence", payload)
    assert fault == "payload"
    assert words in reason


def test_a_megabyte_is_refused_unread(refusal: Any) -> None:
    fault, reason = refusal("fs/v1/s/dev/radar/up/presence", b" " * 1_000_000)
    assert fault == "size"
    assert "1000000 bytes" in reason
    assert str(MAX_PAYLOAD_BYTES) in reason


def test_unknown_fields_are_kept_flat(room: Any) -> None:
    outcome = room(("radar", "presence")).say(1, "radar", "presence", present=True, zone={"a": [1, 2]}, t=1.5, n=None)
    assert outcome.point is not None
    assert outcome.point.fields == {"present": True, "zone": '{"a":[1,2]}', "t": 1.5}


def test_status_keeps_its_boot_as_a_field(community_of: Any) -> None:
    directory = Directory(community_of(("radar", "presence")))
    status = decode(directory.route("fs/v1/s/dev/radar/status"), b'{"online": true, "boot": "b", "fw": "1"}')
    assert fields_of(status) == {"online": True, "boot": "b", "fw": "1"}


def test_a_remembered_refusal_is_a_fresh_error_each_time(community_of: Any) -> None:
    directory = Directory(community_of())
    errors = []
    for _ in range(2):
        with pytest.raises(FoldspaceError) as caught:
            directory.route("fs/v1/mars/dev/x/up/motion")
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])
    assert errors[0] is not errors[1]


@given(st.binary(max_size=200), st.sampled_from(["presence", "count", "climate", "charging", "button", "nonsense"]))
def test_no_payload_raises_anything_but_ours(room: Any, payload: bytes, kind: str) -> None:
    outcome = room(("radar", "presence")).truth.feed(1_700_000_000_000, f"fs/v1/s/dev/radar/up/{kind}", payload)
    assert outcome.verdict == "quarantined" or outcome.point is not None
    assert (outcome.verdict == "quarantined") == bool(outcome.reason)
