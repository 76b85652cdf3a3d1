"""What is left out is out: readings of the kind, and the devices that mainly are of it, whom nobody misses."""

import json

import pytest

from services.contracts.community import Community, parse_community
from services.contracts.errors import InvalidError
from services.contracts.files import RecordedMessage
from services.evaluation.ablation import Ablation
from services.evaluation.run import evaluate

PIR_TOPIC = "zigbee2mqtt/pir"


def community() -> Community:
    devices = [
        {"id": "radar", "site": "s", "space": "room", "kind": "presence"},
        {"id": "pir", "site": "s", "space": "room", "kind": "motion"},
        {"id": "vendor", "site": "s", "space": "room", "kind": "motion", "codec": "zigbee2mqtt", "topic": PIR_TOPIC},
    ]
    return parse_community(
        {
            "sites": [{"id": "s", "name": "s", "timezone": "Asia/Shanghai"}],
            "spaces": [{"id": "room", "site": "s", "name": "room", "capacity": 10}],
            "devices": devices,
        },
        "test",
    )


def message(topic: str, **payload: object) -> RecordedMessage:
    return RecordedMessage(1_767_229_200_000, topic, json.dumps(payload).encode())


def up(device: str, kind: str, **payload: object) -> RecordedMessage:
    return message(f"fs/v1/s/dev/{device}/up/{kind}", **payload)


STREAM = [
    up("radar", "presence", present=True, boot="b", seq=0),
    up("radar", "climate", temp_c=20.5, boot="b", seq=1),
    up("pir", "motion", motion=True),
    message("fs/v1/s/dev/pir/status", online=False),
    message(PIR_TOPIC, occupancy=True, temperature=21.5, battery=90),
    message("elsewhere/x"),
]


def left(name: str) -> tuple[list[str], int]:
    ablation = Ablation.of(name, community())
    topics = [each.topic for each in ablation.messages(STREAM)]
    return topics, ablation.left_out


def test_a_kind_goes_with_the_devices_that_mainly_are_of_it() -> None:
    topics, left_out = left("motion")
    assert topics == ["fs/v1/s/dev/radar/up/presence", "fs/v1/s/dev/radar/up/climate", "elsewhere/x"]
    assert left_out == 3
    assert [device.id for device in Ablation.of("motion", community()).community.devices] == ["radar"]


def test_a_kind_said_by_other_devices_is_left_out_by_topic_and_out_of_vendors_messages() -> None:
    ablation = Ablation.of("climate", community())
    kept = list(ablation.messages(STREAM))
    assert ablation.community == community()
    assert ablation.left_out == 2
    assert [each.topic for each in kept] == [
        "fs/v1/s/dev/radar/up/presence",
        "fs/v1/s/dev/pir/up/motion",
        "fs/v1/s/dev/pir/status",
        "fs/v1/s/dev/vendor/up/motion",
        "fs/v1/s/dev/vendor/up/health",
        "elsewhere/x",
    ]
    assert json.loads(kept[3].payload)["motion"] is True
    assert json.loads(kept[4].payload)["battery_pct"] == 90
    assert evaluate(kept, ablation.community).messages == {"stored": 5, "duplicate": 0, "quarantined": 1}


def test_a_vendors_message_without_the_kind_stays_as_it_is() -> None:
    ablation = Ablation.of("presence", community())
    assert STREAM[4] in list(ablation.messages(STREAM))


def test_a_device_goes_with_all_it_says() -> None:
    topics, left_out = left("s/pir")
    assert [topic for topic in topics if "/pir/" in topic] == []
    assert left_out == 2
    assert PIR_TOPIC in topics


def test_a_device_behind_a_codec_goes_too() -> None:
    topics, left_out = left("s/vendor")
    assert PIR_TOPIC not in topics
    assert left_out == 1


def test_counting_starts_anew_with_every_run() -> None:
    ablation = Ablation.of("motion", community())
    assert [len(list(ablation.messages(STREAM))) for _ in range(2)] == [3, 3]
    assert ablation.left_out == 3


@pytest.mark.parametrize("name", ["telepathy", "s/nobody", "screen", "", "s/pir/x"])
def test_what_is_not_there_cannot_be_left_out(name: str) -> None:
    with pytest.raises(InvalidError, match=r"expected a kind \(presence, .*\) or SITE/DEVICE"):
        Ablation.of(name, community())
