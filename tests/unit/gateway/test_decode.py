"""From topic and payload to a reading of a known device, or one clear sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.said import Said
from gateway.decode import MAX_PAYLOAD_BYTES, Directory, IdentityError, decode, fields_of
from gateway.limits import RateError
from services.contracts.errors import FoldspaceError, PayloadError
from services.contracts.signatures import sign
from services.journal.books import Books


@pytest.fixture
def refusal(community_of: Any) -> Callable[..., tuple[str, str]]:
    directory = Directory(community_of(("radar", "presence")))

    def refuse(topic: str, payload: bytes = b'{"present": true}') -> tuple[str, str]:
        with pytest.raises(FoldspaceError) as caught:
            decode(directory.route(topic), topic, payload)
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
    assert len(outcome.points) == 1
    assert outcome.points[0].fields == {"present": True, "zone": '{"a":[1,2]}', "t": 1.5}


def test_status_keeps_its_boot_as_a_field(community_of: Any) -> None:
    directory = Directory(community_of(("radar", "presence")))
    topic = "fs/v1/s/dev/radar/status"
    status = decode(directory.route(topic), topic, b'{"online": true, "boot": "b", "fw": "1"}')
    assert not isinstance(status, Said)
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


KEY = b"0123456789abcdef"
SIGNED_UP = "fs/v1/s/dev/radar/up/presence"


@pytest.fixture
def strict(community_of: Any) -> Directory:
    """Two devices, of which one signs what it sends."""
    return Directory(community_of(("radar", "presence"), ("plain", "presence")), {("s", "radar"): KEY})


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (SIGNED_UP, b'{"present": true, "boot": "b", "seq": 0}'),
        ("fs/v1/s/dev/radar/status", b'{"online": true}'),
        ("fs/v1/s/dev/radar/ack", b'{"id": "c", "ok": true}'),
    ],
)
def test_who_has_a_key_is_believed_only_with_its_signature(strict: Directory, topic: str, payload: bytes) -> None:
    route = strict.route(topic)
    signed = sign(KEY, topic, payload)
    decode(route, topic, signed)
    for forged in (
        payload,
        sign(b"another key, just as long", topic, payload),
        sign(KEY, "fs/v1/s/dev/plain/up/presence", payload),
        signed.replace(b"true", b"false"),
    ):
        with pytest.raises(IdentityError, match="device 'radar': expected a payload signed with its key"):
            decode(route, topic, forged)


def test_a_signature_is_no_field_and_needs_no_key_to_be_left_alone(strict: Directory) -> None:
    for device in ("radar", "plain"):
        topic = f"fs/v1/s/dev/{device}/up/presence"
        reading = decode(strict.route(topic), topic, sign(KEY, topic, b'{"present": true, "zone": 3}'))
        assert not isinstance(reading, Said)
        assert fields_of(reading) == {"present": True, "zone": 3}


def test_what_we_command_ourselves_is_not_asked_for_the_devices_signature(strict: Directory) -> None:
    topic = "fs/v1/s/dev/radar/cmd"
    assert decode(strict.route(topic), topic, b'{"id": "c", "do": "show", "expires": 1}')


def test_a_key_that_came_or_went_holds_at_once(house: Any) -> None:
    h = house(("radar", "presence"))
    h.link.send(SIGNED_UP, b'{"present": true}')
    h.turn()
    h.keys = {("s", "radar"): KEY}
    h.clock.advance(4)
    h.turn()
    h.link.send(SIGNED_UP, b'{"present": true}')
    h.link.send(SIGNED_UP, sign(KEY, SIGNED_UP, b'{"present": true}'))
    h.turn()
    assert [row.kind for row in Books(h.path).quarantine()] == ["identity"]
    h.keys = {}
    h.clock.advance(4)
    h.turn()
    h.link.send(SIGNED_UP, b'{"present": true}')
    h.turn()
    assert (h.account.stored, h.account.quarantined) == (3, 1)


def test_invented_kinds_take_no_place_and_endless_topics_are_contained(
    strict: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.limits.TOPICS", 3)
    for n in range(9):
        with pytest.raises(PayloadError, match=f"kind 'kind{n}' is unknown"):
            strict.route(f"fs/v1/s/dev/radar/up/kind{n}")
    for kind in ("presence", "motion", "count"):
        assert strict.route(f"fs/v1/s/dev/radar/up/{kind}").kind == kind
    for _ in range(2):
        with pytest.raises(RateError, match="uses more than 3 topics"):
            strict.route("fs/v1/s/dev/radar/up/door")
    assert strict.route("fs/v1/s/dev/plain/up/presence").device.id == "plain"


@given(st.binary(max_size=200), st.sampled_from(["presence", "count", "climate", "charging", "button", "nonsense"]))
def test_no_payload_raises_anything_but_ours(room: Any, payload: bytes, kind: str) -> None:
    outcome = room(("radar", "presence")).truth.feed(1_700_000_000_000, f"fs/v1/s/dev/radar/up/{kind}", payload)
    assert outcome.verdict == "quarantined" or len(outcome.points) == 1
    assert (outcome.verdict == "quarantined") == bool(outcome.reason)
