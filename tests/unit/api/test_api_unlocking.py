"""Unlocking a door from afar: which door is told, and what is said where there is none."""

import pytest

from services.contracts.community import Device
from services.contracts.states import DoorState, RoomState
from tests.unit.api.conftest import NINE, SITE, House

V1 = "/api/v1"


def add(house: House, name: str, space: str, codec: str | None = None) -> None:
    topic = f"zigbee2mqtt/{name}" if codec else None
    house.deps.catalogue_store.add_device(
        Device(id=name, site=SITE, space=space, kind="door", codec=codec, topic=topic)
    )


def say(house: House, space: str, **doors: bool | None) -> None:
    """Let a room state arrive in which these doors are shut, with what they say of their locks."""
    told = {name.replace("_", "-"): DoorState(open=False, locked=locked) for name, locked in doors.items()}
    state = RoomState(site=SITE, space=space, occupancy="unknown", confidence=0.5, since=NINE, as_of=NINE, doors=told)
    house.deps.live.receive(f"fs/v1/{SITE}/space/{space}/state", state.model_dump_json().encode())


def unlock(house: House, space: str, role: str = "steward") -> tuple[int, dict[str, str]]:
    answer = house.client.post(f"{V1}/spaces/{SITE}/{space}/unlock", headers=house.as_(role))
    return answer.status_code, answer.json()


def test_the_door_that_has_a_lock_is_told(house: House) -> None:
    add(house, "a-contact", "room-a")
    add(house, "b-lock", "room-a")
    say(house, "room-a", a_contact=None, b_lock=True)
    status, answer = unlock(house, "room-a")
    assert (status, answer["device"]) == (202, "b-lock")
    [command] = house.client.get(f"{V1}/devices/{SITE}/b-lock/commands", headers=house.as_("steward")).json()["items"]
    assert (command["id"], command["do"], command["state"]) == (answer["command"], "unlock", "queued")


def test_a_hall_is_opened_by_the_door_of_its_part(house: House) -> None:
    add(house, "b-lock", "room-b")
    assert unlock(house, "hall")[1]["device"] == "b-lock"
    add(house, "hall-lock", "hall")
    assert unlock(house, "hall")[1]["device"] == "hall-lock"
    say(house, "hall", b_lock=True)
    assert unlock(house, "hall")[1]["device"] == "b-lock", "what is known to have a lock before what may have one"


@pytest.mark.parametrize("codec", [None, "zigbee2mqtt"])
def test_without_a_lock_of_ours_it_is_refused_in_words(house: House, codec: str | None) -> None:
    if codec is not None:
        add(house, "vendor", "room-a", codec)
    else:
        add(house, "contact", "room-a")
        say(house, "room-a", contact=None)
    status, answer = unlock(house, "room-a")
    assert status == 409
    assert "甲室" in answer["detail"]


def test_an_unknown_space_is_not_found(house: House) -> None:
    assert unlock(house, "cellar")[0] == 404
