"""The devices of the catalogue: how each is, what it is told to do, and how it should be set."""

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.api import present
from services.api.deps import Deps, Wired
from services.api.deviceview import DeviceView, command
from services.api.identity import Caller, actor, expect_in_charge
from services.api.language import Lang
from services.api.paging import After, Limit
from services.api.problems import RefusalError
from services.contracts.commands import ResendArgs
from services.contracts.community import Device
from services.contracts.errors import FieldError
from services.contracts.heartbeats import Presence
from services.contracts.retelling import fault_word
from services.kit.logs import logger

_COMMANDS_SHOWN = 3
_PAGE = 500
"""A page of devices is read whole by the board; small pages would ask the books again and again."""

log = logger("api")


class NewCommand(BaseModel):
    """The body of POST /devices/{site}/{device}/commands. `configure` is not among them: PUT the configuration."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["identify", "reboot", "resend"]
    args: Annotated[dict[str, Any], Field(description="of resend: boot and ranges; of the others none")] = {}
    ttl_s: Annotated[float, Field(ge=1, le=86_400, description="after this it is given up, and never executed")] = 60.0

    @model_validator(mode="after")
    def _args_belong(self) -> "NewCommand":
        if self.do == "resend":
            try:
                ResendArgs.model_validate(self.args)
            except ValidationError as error:
                raise FieldError("fault_args", fault=fault_word(error)) from None
        elif self.args:
            raise FieldError("fault_no_args", act=self.do)
        return self


class NewConfig(BaseModel):
    """The body of PUT /devices/{site}/{device}/config."""

    model_config = ConfigDict(extra="forbid")

    config: dict[str, Any]


def list_devices(
    deps: Wired,
    lang: Lang,
    site: str | None = None,
    space: str | None = None,
    presence: Annotated[Presence | None, Query(description="only those that are so now")] = None,
    after: After = None,
    limit: Limit = _PAGE,
) -> present.Json:
    """The devices by site and name, with how each is and what is to be done about it."""
    view, boots, now = deps.catalogue.view(), deps.heard.boots(), deps.clock.now()
    wanted = sorted(
        (
            device
            for device in view.community.devices
            if site in (None, device.site) and space in (None, device.space) and _cursor(device) > (after or "")
        ),
        key=_cursor,
    )
    chosen: list[DeviceView] = []
    for device in wanted:
        known = boots.get((device.site, device.id), ())
        trust = _trust(deps, device)
        one = DeviceView(device, present.shown_zone(view, device.site), known, now, trust)
        if presence in (None, one.presence):
            chosen.append(one)
        if len(chosen) > limit:
            break
    shown = chosen[:limit]
    return present.page(_rendered(deps, shown, lang), _cursor(shown[-1].device) if len(chosen) > limit else None)


def list_commands(deps: Wired, lang: Lang, site: str, device: str, limit: Limit = 50) -> present.Json:
    """The last commands of a device, the newest first."""
    deps.catalogue.device(site, device)
    zone = present.shown_zone(deps.catalogue.view(), site)
    kept = deps.recent_commands.of([(site, device)], limit)
    return present.page([command(one, zone, lang) for one in kept.get((site, device), ())], None)


def order(deps: Wired, caller: Caller, site: str, device: str, body: NewCommand) -> present.Json:
    """Tell a device to do something; the scheduler sends it until it is answered or `ttl_s` is over."""
    known = deps.catalogue.device(site, device)
    expect_in_charge(deps, caller, site, known.space)
    _speaks_ours(known)
    id = deps.commands.queue(site, device, body.do, body.args, body.ttl_s)
    log.info("command_ordered_by", id=id, site=site, device=device, do=body.do, by=actor(caller))
    return {"id": id, "do": body.do, "state": "queued"}


def configure(deps: Wired, caller: Caller, site: str, device: str, body: NewConfig) -> present.Json:
    """Say how a device should be set; it is told until it reports this version."""
    known = deps.catalogue.device(site, device)
    expect_in_charge(deps, caller, site, known.space)
    _speaks_ours(known)
    desired = deps.twins.desire(site, device, body.config, actor(caller))
    log.info("device_configured_by", site=site, device=device, version=desired.version, by=actor(caller))
    return {"site": site, "device": device, "version": desired.version, "config": desired.config}


def _rendered(deps: Deps, views: list[DeviceView], lang: str) -> list[present.Json]:
    """Return the items of a page: one question to each store, however many devices there are."""
    keys = [(one.device.site, one.device.id) for one in views]
    commands = deps.recent_commands.of(keys, _COMMANDS_SHOWN)
    desired, repairs = deps.twins.desired(), deps.twins.repairs()
    return [
        one.render(
            {boot.boot: repairs.get((*key, boot.boot or ""), ()) for boot in one.boots},
            desired.get(key),
            commands.get(key, ()),
            lang,
        )
        for key, one in zip(keys, views, strict=True)
    ]


def _trust(deps: Deps, device: Device) -> float | None:
    state = deps.live.level.state(device.site, device.space)
    said = [one.trust for one in state.evidence if one.device == device.id] if state is not None else []
    return min(said, default=None)  # a device of several senses is believed as far as the least of them


def _cursor(device: Device) -> str:
    return f"{device.site}/{device.id}"


def _speaks_ours(device: Device) -> None:
    if device.codec is not None:
        raise RefusalError("conflict", "takes_no_commands", device=device.id, codec=device.codec)
