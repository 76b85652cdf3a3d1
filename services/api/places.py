"""Sites, spaces and devices are set up here: added, changed and, when nothing needs them any more, removed."""

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from services.api import present
from services.api.deps import Deps, Wired
from services.api.editing import Seen, add, change, meant, patch, patched, refuse, shown, tag
from services.api.entrybodies import DeviceChange, NewSite, NewSpace, SiteChange, SpaceChange
from services.api.identity import Caller, actor
from services.api.language import Lang
from services.api.problems import RefusalError
from services.bookings.records import BLOCK, HOLDING, RequestState
from services.catalogue.editing import adding, removing
from services.catalogue.merge import AnyEntry
from services.catalogue.openings import WhyNot
from services.catalogue.people import Principal
from services.catalogue.uses import why_site_stays, why_space_stays
from services.catalogue.view import CatalogueView
from services.contracts.community import Community, Device, Site, Space
from services.contracts.instants import local_day_and_clock
from services.kit.logs import logger

_HOURS = frozenset({"hours", "cleaning_min"})
"""What a scheduler may change of sites and spaces."""
_MOST = 10_000

log = logger("api")


class Removed(BaseModel):
    """What is left to do after a removal. `trouble` null: nothing."""

    trouble: Annotated[str | None, Field(description="what is left to do at the broker")] = None


class ChangedDevice(Device):
    """A device as it is now."""

    trouble: Annotated[str | None, Field(description="what is left to do at the broker")] = None


def list_sites(deps: Wired, response: Response) -> present.Json:
    """The sites with their zones and opening hours."""
    view = deps.catalogue.view()
    tag(response, view.version)
    return present.page([shown(site) for site in view.community.sites], None)


def add_site(deps: Wired, caller: Caller, response: Response, body: NewSite) -> present.Json:
    """Add a site."""
    site = meant(Site, body.model_dump())
    change(deps, response, caller, adding("sites", site), "sites", site.id)
    return shown(site)


def change_site(
    deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, body: SiteChange
) -> present.Json:
    """Change a site. A scheduler changes its hours alone."""
    _expect_hours(caller, body)
    return patch(deps, response, caller, "sites", site, seen, lambda entry: _patched(entry, body))


def remove_site(deps: Wired, caller: Caller, response: Response, seen: Seen, site: str) -> None:
    """Remove a site without spaces; its groups, holidays, changeovers and floor plans go with it."""

    def edit(before: Community) -> Community:
        after = removing("sites", site)(before)
        refuse(why_site_stays(before, site))
        return after

    change(deps, response, caller, edit, "sites", site, seen)


def add_space(deps: Wired, caller: Caller, response: Response, body: NewSpace) -> present.Json:
    """Add a space; the gateway knows it within seconds."""
    return add(deps, response, caller, "spaces", Space, body)


def change_space(
    deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, space: str, body: SpaceChange
) -> present.Json:
    """Change a space. A scheduler changes its hours and cleaning alone."""
    _expect_hours(caller, body)
    return patch(deps, response, caller, "spaces", (site, space), seen, lambda entry: _patched(entry, body))


def remove_space(deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, space: str) -> None:
    """Remove a space that nothing needs any more: no devices, no bookings to come, no part of another."""

    def edit(before: Community) -> Community:
        after = removing("spaces", (site, space))(before)
        refuse(why_space_stays(before, site, space) or why_awaited(deps, site, space))
        return after

    change(deps, response, caller, edit, "spaces", f"{site}/{space}", seen)


def change_device(
    deps: Wired,
    caller: Caller,
    lang: Lang,
    response: Response,
    seen: Seen,
    site: str,
    device: str,
    body: DeviceChange,
) -> present.Json:
    """Place a device elsewhere, or say what it is and how it speaks; the broker's rights follow."""

    def to(entry: AnyEntry) -> AnyEntry:
        made = _patched(entry, body)
        assert isinstance(made, Device)
        deps.enrolment.expect_rights(made)
        _expect_understood(deps, made)
        return made

    answer = patch(deps, response, caller, "devices", (site, device), seen, to)
    return {**answer, "trouble": present.trouble(deps.enrolment.follow(f"{site}/{device}").trouble, lang)}


def remove_device(deps: Wired, caller: Caller, lang: Lang, site: str, device: str) -> present.Json:
    """Remove a device: its credentials are worthless at once, and what it sends waits in quarantine."""
    done = deps.enrolment.remove(site, device)
    log.info("device_removed_by", device=done.device, by=actor(caller))
    return {"trouble": present.trouble(done.trouble, lang)}


def why_awaited(deps: Deps, site: str, space: str) -> WhyNot | None:
    """Return which booking to come, or which wish, still needs a space; None: none."""
    view, now = deps.catalogue.view(), deps.clock.now()
    name = _name(view, site, space)
    coming = deps.bookings.bookings(site=site, space=space, start=now, states=HOLDING, limit=20)
    for booking in coming:
        if not booking.id.startswith(BLOCK):
            at = local_day_and_clock(booking.start, present.shown_zone(view, site))
            return WhyNot("space_has_bookings", {"space": name, "at": at, "title": booking.title or booking.group})
    for wish in deps.bookings.requests(site=site, states=(RequestState.WAITING, RequestState.OFFERED), limit=_MOST):
        if wish.space == space and wish.latest_end > now:
            return WhyNot("space_is_wished", {"space": name, "group": wish.group})
    return None


def _name(view: CatalogueView, site: str, space: str) -> str:
    return view.availability.name(site, space)


def _patched(entry: AnyEntry, body: BaseModel) -> AnyEntry:
    return patched(entry, body)


def _expect_understood(deps: Deps, device: Device) -> None:
    for fault in deps.codec_faults(Community(devices=(device,))):
        field = {"field": fault.field, "message": fault}
        raise RefusalError("invalid", "does_not_fit_here", what=fault, more={"errors": [field]})


def _expect_hours(caller: Principal, body: BaseModel) -> None:
    if caller.role != "admin" and not body.model_fields_set <= _HOURS:
        raise RefusalError("forbidden", "only_hours")
