"""Devices that speak their vendor's language, through the whole loop: asked for, counted once, told on the board."""

from typing import Any

import pytest

from services.contracts.community import Community, Device
from services.journal.books import Books

PIR = Device(id="pir", site="s", space="hall", kind="motion", codec="zigbee2mqtt", topic="zigbee2mqtt/pir")
AIR = Device(id="air", site="s", space="attic", kind="climate", codec="zigbee2mqtt", topic="zigbee2mqtt/pir")


def with_devices(community: Community, *devices: Device) -> Community:
    return community.model_copy(update={"devices": (*community.devices, *devices)})


def numbers(house: Any) -> tuple[int, int, int, int, int]:
    account = house.account
    return account.received, account.stored, account.duplicate, account.quarantined, account.pending


def adopt(h: Any, community: Community) -> None:
    h.community = (h.community[0] + 1, community)
    h.clock.advance(4)
    h.turn()


@pytest.fixture
def h(house: Any) -> Any:
    made = house(("radar", "presence", "attic"))
    made.turn()
    return made


@pytest.fixture
def own(h: Any) -> Community:
    community: Community = h.community[1]
    return community


def test_what_is_listened_to_follows_the_catalogue(h: Any, own: Community) -> None:
    assert h.link.filters == ("fs/#",)
    adopt(h, with_devices(own, PIR))
    assert h.link.filters == ("fs/#", "zigbee2mqtt/pir", "zigbee2mqtt/pir/availability")
    adopt(h, with_devices(own, PIR, AIR))
    assert h.link.filters == ("fs/#", "zigbee2mqtt/pir", "zigbee2mqtt/pir/availability")
    adopt(h, own)
    assert h.link.filters == ("fs/#",)


def test_several_readings_of_one_message_are_one_in_the_account(h: Any, own: Community) -> None:
    adopt(h, with_devices(own, PIR))
    h.link.send("zigbee2mqtt/pir", b'{"occupancy": true, "battery": 80, "temperature": 21.5}')
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    points = h.series.readings("s", "hall", 0, 2**60, 9)
    assert {point.kind: point.fields for point in points} == {
        "motion": {"motion": True},
        "health": {"battery_pct": 80.0},
        "climate": {"temp_c": 21.5},
    }
    assert h.link.state()["occupancy"] == "occupied"
    [life] = [device for device in h.account.devices if device.device == "pir"]
    assert (life.online, life.life.battery_pct) == (True, 80.0)


def test_behind_a_bridge_one_message_speaks_of_two_devices_and_counts_once(h: Any, own: Community) -> None:
    adopt(h, with_devices(own, PIR, AIR))
    h.link.send("zigbee2mqtt/pir", b'{"occupancy": true, "temperature": 21.5}')
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    for space, device in (("hall", "pir"), ("attic", "air")):
        points = h.series.readings("s", space, 0, 2**60, 9)
        assert {(point.device, point.kind) for point in points} == {(device, "motion"), (device, "climate")}
        assert {point.journal_id for point in points} == {1}
    assert {device.device: device.online for device in h.account.devices} == {"pir": True, "air": True}


def test_through_backlog_and_crash_it_still_counts_once(h: Any, own: Community) -> None:
    adopt(h, with_devices(own, PIR, AIR))
    h.series.available = False
    h.link.send("zigbee2mqtt/pir", b'{"occupancy": true, "temperature": 21.5, "battery": 5}')
    h.turn()
    assert numbers(h) == (1, 0, 0, 0, 1)
    assert [row.kind for row in h.ledger.backlog(9) if row.kind == "reading"] == ["reading"]
    h.crash()
    h.series.available = True
    h.clock.advance(90)
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    assert len(h.series.readings("s", "hall", 0, 2**60, 9) + h.series.readings("s", "attic", 0, 2**60, 9)) == 6


def test_gone_and_back_by_the_vendors_availability(h: Any, own: Community) -> None:
    adopt(h, with_devices(own, PIR))
    for said, online in ((b"online", True), (b"offline", False), (b'{"state": "online"}', True)):
        h.link.send("zigbee2mqtt/pir/availability", said)
        h.turn()
        assert {device.device: device.online for device in h.account.devices} == {"pir": online}
    assert numbers(h) == (3, 3, 0, 0, 0)


def test_a_vendors_nonsense_is_quarantined_under_its_own_topic(h: Any, own: Community) -> None:
    adopt(h, with_devices(own, PIR))
    h.link.send("zigbee2mqtt/pir", b"\xff\xfe")
    h.turn()
    [row] = Books(h.path).quarantine()
    assert (row.topic, row.raw, row.kind) == ("zigbee2mqtt/pir", b"\xff\xfe", "payload")


def test_a_retained_message_of_a_vendor_says_nothing_of_the_present(h: Any, own: Community) -> None:
    adopt(h, with_devices(own, PIR))
    h.link.send("zigbee2mqtt/pir", b'{"occupancy": true}', retained=True)
    h.turn()
    assert numbers(h) == (1, 1, 0, 0, 0)
    assert h.link.state()["occupancy"] == "unknown"


def test_a_codec_nobody_knows_leaves_all_others_in_place(h: Any, own: Community) -> None:
    odd = PIR.model_copy(update={"id": "odd", "codec": "semaphore", "topic": "flags"})
    adopt(h, with_devices(own, odd, PIR))
    assert h.link.filters == ("fs/#", "zigbee2mqtt/pir", "zigbee2mqtt/pir/availability")
