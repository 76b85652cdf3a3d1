"""Opening the door of a space from afar."""

from pydantic import BaseModel

from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, expect_in_charge
from services.api.problems import RefusalError
from services.contracts.community import Device
from services.contracts.names import Name
from services.kit.logs import logger

_TTL_S = 30.0
"""Whoever stands at the door waits no longer; a lock that opens later opens for nobody."""

log = logger("api")


class Unlocking(BaseModel):
    """The answer of POST /spaces/{site}/{space}/unlock: which lock was told, and by which command."""

    command: str
    device: Name


def unlock(deps: Wired, caller: Caller, site: str, space: str) -> dict[str, str]:
    """Tell the door of a space to unlock. Whether it did, its command says: GET /devices/{site}/{device}/commands."""
    name = deps.catalogue.space(site, space).name
    expect_in_charge(deps, caller, site, space)
    doors = _doors(deps, site, space)
    if not doors:
        raise RefusalError("conflict", "no_lock", space=name)
    door = doors[0]
    id = deps.commands.queue(site, door.id, "unlock", {}, _TTL_S)
    log.info("door_unlocked_by", id=id, site=site, space=space, device=door.id, by=actor(caller))
    return {"command": id, "device": door.id}


def _doors(deps: Deps, site: str, space: str) -> list[Device]:
    """Return the doors of a space that can be told to unlock: those that say of a lock come first.

    The space's own doors before those of its parts; a vendor's device takes no commands of ours.
    """
    view, state = deps.catalogue.view(), deps.live.level.state(site, space)
    said = {} if state is None else state.doors
    places = [space, *sorted(view.claims(site, space) - {space})]
    doors = [
        device
        for place in places
        for device in view.devices_of(site, place)
        if device.kind == "door" and device.codec is None
    ]
    # A contact that never spoke of a lock has none; one that was never heard may.
    able = [one for one in doors if one.id not in said or said[one.id].locked is not None]
    return sorted(able, key=lambda one: one.id not in said)
