"""A device speaks for itself and for nobody else, whatever kind it is and whatever its topic says."""

import pytest

from services.access.rights import API, GATEWAY, SCHEDULER, device_rights, onboarding_rights, part_rights
from services.contracts.community import Device
from services.contracts.errors import InvalidError
from tests.unit.access.access_community import COMMUNITY, PLUG, RADAR, SCREEN, vendor


@pytest.mark.parametrize("leaf", ["up/presence", "up/health", "status", "ack"])
def test_a_device_publishes_under_its_own_name(leaf: str) -> None:
    assert device_rights(RADAR, vendor).may_publish(f"fs/v1/lane/dev/radar/{leaf}")


@pytest.mark.parametrize(
    "topic",
    [
        "fs/v1/lane/dev/radar/cmd",
        "fs/v1/lane/dev/radar2/up/presence",
        "fs/v1/other/dev/radar/up/presence",
        "fs/v1/lane/space/hall/state",
        "fs/v1/lane/events/button",
        "homeassistant/sensor/x/config",
        "$CONTROL/dynamic-security/v1",
        "tele/plug_3/SENSOR",
    ],
)
def test_a_device_publishes_nothing_else(topic: str) -> None:
    assert not device_rights(RADAR, vendor).may_publish(topic)


def test_a_device_hears_its_commands_and_a_screen_what_it_shows() -> None:
    radar, screen = device_rights(RADAR, vendor), device_rights(SCREEN, vendor)
    assert radar.may_subscribe("fs/v1/lane/dev/radar/cmd")
    assert not radar.may_subscribe("fs/v1/lane/dev/+/cmd")
    assert not radar.may_subscribe("fs/v1/lane/space/hall/state")
    assert screen.may_subscribe("fs/v1/lane/space/hall/screen")
    assert screen.may_subscribe("fs/v1/lane/space/+/state")
    assert not screen.may_subscribe("fs/v1/other/space/hall/screen")


def test_a_vendors_device_has_what_is_below_its_own_name() -> None:
    plug = device_rights(PLUG, vendor)
    assert plug.may_publish("tele/plug_3/STATE")
    assert plug.may_publish("stat/plug_3/POWER")
    assert not plug.may_publish("tele/plug_4/STATE")
    assert not plug.may_publish("tele/plug_33/STATE")


@pytest.mark.parametrize("topic", ["fs/v1/lane/dev/radar", "homeassistant/x", "$SYS/x", "a/+/b", "+"])
def test_a_base_topic_that_reaches_further_than_one_device_is_refused(topic: str) -> None:
    device = Device(id="bad", site="lane", space="hall", kind="motion", codec="zigbee2mqtt", topic=topic)
    with pytest.raises(InvalidError, match="expected the topic of one device"):
        device_rights(device, lambda one: (str(one.topic),))


def test_newcomers_say_that_they_are_there_and_in_no_claimed_devices_name() -> None:
    rights = onboarding_rights("lane", COMMUNITY.devices)
    assert rights.may_publish("fs/v1/lane/dev/new-one/status")
    assert not rights.may_publish("fs/v1/lane/dev/radar/status")
    assert not rights.may_publish("fs/v1/lane/dev/new-one/up/presence")
    assert not rights.may_publish("fs/v1/other/dev/new-one/status")


def test_each_part_has_what_it_does_and_no_more() -> None:
    parts = part_rights(COMMUNITY.devices, vendor)
    assert parts[GATEWAY].may_subscribe("fs/#")
    assert parts[GATEWAY].may_subscribe("tele/plug_3/SENSOR")
    assert parts[GATEWAY].may_publish("fs/v1/lane/space/hall/state")
    assert not parts[GATEWAY].may_publish("fs/v1/lane/space/hall/screen")
    assert not parts[SCHEDULER].may_publish("fs/v1/lane/space/hall/state")
    assert parts[SCHEDULER].may_publish("fs/v1/lane/space/hall/screen")
    assert not parts[API].may_publish("fs/v1/lane/events/decision")
    assert not any(part.may_publish("fs/v1/lane/dev/radar/up/presence") for part in parts.values())
