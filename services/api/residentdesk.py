"""Residents as staff meet them at the desk: how to reach one, a code for a lost phone, forgetting one."""

from typing import Annotated

from fastapi import Query

from services.api import forgetting, present
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, in_charge
from services.api.paging import After, Limit, paged
from services.api.problems import RefusalError
from services.catalogue.people import Principal
from services.contracts.errors import NotFoundError
from services.contracts.instants import to_rfc3339
from services.contracts.names import is_handle
from services.kit.logs import logger
from services.residents.records import Resident
from services.residents.store import DESK_CODE

_SEARCHED = 500

log = logger("api")


def find(
    deps: Wired,
    q: Annotated[str, Query(max_length=64, description="part of a name, a number or a handle")] = "",
    after: After = None,
    limit: Limit = 100,
) -> present.Json:
    """Residents by handle."""
    if not q.isprintable() or (after is not None and not is_handle(after)):
        raise RefusalError("invalid", "no_such_resident", handle=q if q.isprintable() else "?")
    return paged(
        lambda most: deps.residents.find(q.strip(), after, most),
        limit,
        lambda one: one.handle,
        lambda one: _shown(deps, one),
    )


def contact(deps: Wired, caller: Caller, handle: str) -> present.Json:
    """How to reach a resident; for a steward of some spaces only who has to do with one of those."""
    known = _known(deps, handle)
    _expect_concerned(deps, caller, known.handle)
    return _shown(deps, known)


def new_code(deps: Wired, caller: Caller, handle: str) -> present.Json:
    """A code for somebody who has lost their phone and stands at the desk: it works once, for a day."""
    known, now = _known(deps, handle), deps.machine_clock.now()
    _expect_concerned(deps, caller, known.handle)
    code = deps.residents.new_code(known.handle, now, from_desk=True)
    log.info("desk_code_issued", handle=known.handle, by=actor(caller))
    return {"code": code, "until": to_rfc3339(now + DESK_CODE, _zone(deps))}


def forget(deps: Wired, caller: Caller, handle: str) -> None:
    """Forget a resident, as they could themselves."""
    known = _known(deps, handle)
    forgetting.forget(deps, known.handle)
    log.info("resident_forgotten_by_staff", handle=known.handle, by=actor(caller))


def _known(deps: Deps, handle: str) -> Resident:
    if is_handle(handle):
        try:
            return deps.residents.resident(handle)
        except NotFoundError:
            pass
    shown = handle if handle.isprintable() and len(handle) <= 32 else "?"
    raise RefusalError("not-found", "no_such_resident", handle=shown)


def _expect_concerned(deps: Deps, caller: Principal, handle: str) -> None:
    if not caller.spaces:
        return
    view = deps.catalogue.view()
    wanted = {(one.site, one.space) for one in deps.bookings.bookings(group=handle, limit=_SEARCHED)}
    wanted |= {(one.site, one.space) for one in deps.bookings.requests(group=handle, limit=_SEARCHED) if one.space}
    known = {(one.site, one.id) for one in view.community.spaces}
    if not any(in_charge(deps, caller, site, space) for site, space in wanted & known):
        raise RefusalError("forbidden", "not_in_charge", name=caller.name, place=handle)


def _shown(deps: Deps, one: Resident) -> present.Json:
    since = to_rfc3339(one.created_at, _zone(deps))
    return {"handle": one.handle, "name": one.name, "phone": one.phone, "since": since}


def _zone(deps: Deps) -> str:
    sites = deps.catalogue.view().community.sites
    return sites[0].timezone if sites else "UTC"
