"""On what terms space is used is set up here: groups, changeover, standing activities, holidays, supply windows."""

import contextlib

from fastapi import Response

from services.api import present
from services.api.bodies import space_of
from services.api.deps import Deps, Wired
from services.api.editing import Seen, add, change, meant, patch, patched, refuse, shown
from services.api.entrybodies import (
    GroupChange,
    HolidayChange,
    NewChangeover,
    NewGroup,
    NewStanding,
    StandingChange,
    SupplyChange,
)
from services.api.identity import Caller, actor, expect_in_charge
from services.api.problems import RefusalError
from services.bookings.series.standing import series_id
from services.catalogue.editing import changeover_of, removing
from services.catalogue.merge import AnyEntry
from services.catalogue.people import Principal
from services.catalogue.uses import why_group_stays
from services.contracts.community import Changeover, Community, Group, Standing, Supply
from services.contracts.errors import NotFoundError


def add_group(deps: Wired, caller: Caller, response: Response, body: NewGroup) -> present.Json:
    """Add a group of a site."""
    return add(deps, response, caller, "groups", Group, body)


def change_group(
    deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, id: str, body: GroupChange
) -> present.Json:
    """Change a group: its place in line, its quota, its points."""
    return patch(deps, response, caller, "groups", (site, id), seen, lambda entry: _patched(entry, body))


def remove_group(deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, id: str) -> None:
    """Remove a group; its bookings stay, and it may book as anybody may."""

    def edit(before: Community) -> Community:
        after = removing("groups", (site, id))(before)
        refuse(why_group_stays(before, site, id))
        return after

    change(deps, response, caller, edit, "groups", f"{site}/{id}", seen)


def put_changeover(deps: Wired, caller: Caller, response: Response, seen: Seen, body: NewChangeover) -> present.Json:
    """Say how many minutes lie between the functions of a site: all its rows at once."""
    rows = [meant(Changeover, row.model_dump()) for row in body.rows]
    change(deps, response, caller, changeover_of(body.site, rows), "changeover", body.site, seen)
    return present.page([shown(row) for row in rows], None)


def list_standing(deps: Wired, site: str | None = None) -> present.Json:
    """What the community itself does again and again."""
    activities = deps.catalogue.view().community.standing
    return present.page([shown(one) for one in activities if site in (None, one.site)], None)


def add_standing(deps: Wired, caller: Caller, response: Response, body: NewStanding) -> present.Json:
    """Add a standing activity; it is booked eight weeks ahead from now on."""
    return add(deps, response, caller, "standing", Standing, body)


def change_standing(
    deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, id: str, body: StandingChange
) -> present.Json:
    """Change a standing activity; its bookings follow."""
    return patch(deps, response, caller, "standing", (site, id), seen, lambda entry: _patched(entry, body))


def remove_standing(deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, id: str) -> None:
    """End a standing activity; its bookings to come are cancelled."""
    change(deps, response, caller, removing("standing", (site, id)), "standing", f"{site}/{id}", seen)
    stop_standing(deps, caller, site, id)


def stop_standing(deps: Deps, caller: Principal, site: str, id: str) -> None:
    """Cancel what a standing activity that is gone has booked ahead; one that never was booked has nothing."""
    with contextlib.suppress(NotFoundError):
        deps.series_operations.stop(series_id(site, id), None, actor(caller), deps.clock.now())
        deps.live.agenda.changed()


def change_holiday(
    deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, id: str, body: HolidayChange
) -> present.Json:
    """Change a holiday. What is booked already stays booked."""
    return patch(deps, response, caller, "holidays", (site, id), seen, lambda entry: _patched(entry, body))


def change_supply(
    deps: Wired, caller: Caller, response: Response, seen: Seen, site: str, id: str, body: SupplyChange
) -> present.Json:
    """Change a supply window. A partner changes their own, and cannot hand it to somebody else."""

    def to(entry: AnyEntry) -> AnyEntry:
        assert isinstance(entry, Supply)
        made = patched(entry, body)
        for space in dict.fromkeys((entry.space, made.space)):
            expect_in_charge(deps, caller, site, space)
        if caller.role == "partner":
            if {entry.owner, made.owner} != {caller.name}:
                raise RefusalError("forbidden", "not_yours", name=caller.name)
            view = deps.catalogue.view()
            space_of(view, made.site, made.space)
            if {one.owner for one in view.supply_of(made.site, made.space)} != {caller.name}:
                raise RefusalError("forbidden", "not_your_space", name=caller.name)
        return made

    return patch(deps, response, caller, "supply", (site, id), seen, to)


def _patched(entry: AnyEntry, body: GroupChange | StandingChange | HolidayChange) -> AnyEntry:
    return patched(entry, body)
