"""Devices are added, re-keyed, revoked and claimed here; what lets one in is shown once, in the answer."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.access.claims import UnclaimedDevice
from services.access.credentials import Issued
from services.access.enrolment import Enrolled
from services.api import present
from services.api.bodies import space_of
from services.api.deps import Wired
from services.api.identity import Caller, actor, expect_in_charge
from services.api.language import Lang
from services.contracts.community import Device
from services.contracts.instants import to_rfc3339
from services.contracts.names import Name
from services.kit.logs import logger

log = logger("api")


class NewDevice(Device):
    """The body of POST /devices."""

    credentials: Annotated[bool, Field(description="false: it comes in by other means, such as a vendor's bridge")] = (
        True
    )
    signed: Annotated[bool, Field(description="also give it a key to sign its messages with")] = False


class Claim(BaseModel):
    """The body of POST /devices/claim."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    code: Annotated[str, Field(max_length=64, description="as printed on the device or shown by it")]
    space: Name
    kind: Annotated[str, Field(max_length=64)]
    name: Annotated[Name | None, Field(description="default: the name it goes by")] = None


def add_device(deps: Wired, caller: Caller, lang: Lang, body: NewDevice) -> present.Json:
    """Tell foldspace about a device; the gateway hears of it within seconds. Its password is shown this once."""
    space_of(deps.catalogue.view(), body.site, body.space)
    device = Device(**body.model_dump(exclude={"credentials", "signed"}))
    done = deps.enrolment.add(device, with_credentials=body.credentials, signed=body.signed)
    deps.live.agenda.changed()
    log.info("device_added_by", device=done.device, by=actor(caller))
    return {**present.device(device), **_shown(done, lang)}


def rotate(deps: Wired, caller: Caller, lang: Lang, site: str, device: str) -> present.Json:
    """Give a device a new password, shown this once; the one before is worthless at once."""
    done = deps.enrolment.rotate(site, device)
    log.info("device_rotated_by", device=done.device, by=actor(caller))
    return {"site": site, "device": device, **_shown(done, lang)}


def revoke(deps: Wired, caller: Caller, lang: Lang, site: str, device: str) -> present.Json:
    """Shut a device out; it stays in the catalogue, and `rotate` lets it in again."""
    done = deps.enrolment.revoke(site, device)
    log.info("device_revoked_by", device=done.device, by=actor(caller))
    return {"site": site, "device": device, **_shown(done, lang)}


def list_unclaimed(deps: Wired) -> present.Json:
    """All devices that were heard of and are not in the catalogue."""
    return present.page([_waiting(one, deps) for one in deps.desk.waiting()], None)


def claim(deps: Wired, caller: Caller, lang: Lang, body: Claim) -> present.Json:
    """Claim a newcomer by its code: it becomes a device of the catalogue, with a password shown this once."""
    device, done = deps.desk.claim(
        body.code,
        body.space,
        body.kind,
        body.name,
        actor(caller),
        lambda site: expect_in_charge(deps, caller, site, body.space),
    )
    return {**present.device(device), **_shown(done, lang)}


def _shown(done: Enrolled, lang: str) -> present.Json:
    issued = None if done.issued is None else _issued(done.issued)
    return {"credentials": issued, "trouble": present.trouble(done.trouble, lang)}


def _issued(issued: Issued) -> present.Json:
    key = None if issued.signing_key is None else issued.signing_key.hex()
    return {"username": issued.username, "password": issued.password, "signing_key": key}


def _waiting(one: UnclaimedDevice, deps: Wired) -> present.Json:
    zones = {site.id: site.timezone for site in deps.catalogue.view().community.sites}
    zone = zones.get(one.site, "UTC")  # a stranger may name any site
    return {
        "site": one.site,
        "device": one.device,
        "first_seen": to_rfc3339(one.first_seen, zone),
        "last_seen": to_rfc3339(one.last_seen, zone),
        "messages": one.messages,
        "kinds": sorted(one.kinds),
        "has_code": one.code is not None,
    }
