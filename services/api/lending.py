"""What space there is: supply windows that owners and partners lend, holidays, and when a space is there."""

from typing import Annotated

from fastapi import Query

from services.api import present
from services.api.bodies import People, space_of
from services.api.deps import Wired
from services.api.identity import Caller, expect_in_charge
from services.api.language import Lang
from services.api.moments import Moment
from services.api.problems import RefusalError
from services.catalogue.availability import Use
from services.contracts.community import Holiday, Supply
from services.contracts.instants import to_millis
from services.contracts.names import DAY, Millis
from services.contracts.texts import text

_LONGEST: Millis = 92 * DAY
"""A season at a time."""


def list_supply(deps: Wired, site: str | None = None, space: str | None = None) -> present.Json:
    """All supply windows; their times are local times of day."""
    windows = deps.catalogue.view().community.supply
    return present.page(
        [present.supply(one) for one in windows if site in (None, one.site) and space in (None, one.space)], None
    )


def lend(deps: Wired, caller: Caller, body: Supply) -> present.Json:
    """Lend a space at some hours. A partner does so in their own name only."""
    if caller.role == "partner" and body.owner != caller.name:
        raise RefusalError("forbidden", "not_yours", name=caller.name)
    view = deps.catalogue.view()
    space_of(view, body.site, body.space)
    expect_in_charge(deps, caller, body.site, body.space)
    # Whose space it is, staff say with its first window: nobody lends what is another's, or takes it back.
    if caller.role == "partner" and {one.owner for one in view.supply_of(body.site, body.space)} != {caller.name}:
        raise RefusalError("forbidden", "not_your_space", name=caller.name)
    deps.catalogue_store.add_supply(body)
    return present.supply(body)


def take_back(deps: Wired, caller: Caller, site: str, id: str) -> None:
    """Lend a space no more by this window. What is booked already stays booked; a recall says so first."""
    view = deps.catalogue.view()
    known = [one for one in view.community.supply if (one.site, one.id) == (site, id)]
    if caller.role == "partner" and any(one.owner != caller.name for one in known):
        raise RefusalError("forbidden", "not_yours", name=caller.name)
    for one in known:
        expect_in_charge(deps, caller, site, one.space)
    deps.catalogue_store.remove_supply(site, id)


def list_holidays(deps: Wired, site: str | None = None) -> present.Json:
    """Days on which sites or spaces are closed or have other hours."""
    view = deps.catalogue.view()
    return present.page(
        [one.model_dump(mode="json") for one in view.community.holidays if site in (None, one.site)], None
    )


def add_holiday(deps: Wired, caller: Caller, body: Holiday) -> present.Json:
    """Close a site or a space on some days, or give it other hours. What is booked already stays booked."""
    expect_in_charge(deps, caller, body.site, body.space)
    deps.catalogue_store.add_holiday(body)
    return body.model_dump(mode="json")


def remove_holiday(deps: Wired, caller: Caller, site: str, id: str) -> None:
    """Take a holiday back."""
    for one in deps.catalogue.view().community.holidays:
        if (one.site, one.id) == (site, id):
            expect_in_charge(deps, caller, site, one.space)
    deps.catalogue_store.remove_holiday(site, id)


def list_changeover(deps: Wired, site: str | None = None) -> present.Json:
    """Minutes that must lie between two functions, from one to the other."""
    rows = deps.catalogue.view().community.changeover
    return present.page([one.model_dump(by_alias=True) for one in rows if site in (None, one.site)], None)


def list_groups(deps: Wired, site: str | None = None) -> present.Json:
    """Groups with their priority, points and weekly quota."""
    groups = deps.catalogue.view().community.groups
    return present.page([one.model_dump() for one in groups if site in (None, one.site)], None)


def availability(
    deps: Wired,
    lang: Lang,
    site: str,
    space: str,
    from_: Annotated[Moment | None, Query(alias="from", description="default: now")] = None,
    to: Annotated[Moment | None, Query(description="default: a week after `from`")] = None,
    function: Annotated[list[str], Query(description="one of these; none: anything")] = [],  # noqa: B006  # never changed
    group: Annotated[str, Query(description="id or name")] = "",
    people: People = 1,
) -> present.Json:
    """When a space is there for a use, and why it is not for the whole of `from` … `to`. Bookings are not looked at."""
    view = deps.catalogue.view()
    view.space(site, space)
    start = deps.clock.now() if from_ is None else to_millis(from_)
    end = start + 7 * DAY if to is None else to_millis(to)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="from", end="to")
    if end - start > _LONGEST:
        raise RefusalError("invalid", "availability_too_long", days=_LONGEST // DAY)
    use, zone = Use(start, end, people, tuple(function), group), view.zone(site)
    why = view.availability.why_not(site, space, use)
    known = view.availability.group(site, group)
    suited = view.availability.unsuited(site, space, people, use.functions) is None
    windows = view.availability.windows(site, space, start, end) if suited else ()
    items = [
        {
            "start": present.instant(window.start, zone),
            "end": present.instant(window.end, zone),
            "functions": window.functions,
            "groups": window.groups,
            "supply": window.supply or None,
            "notice_min": window.notice_min,
            "approval": window.approval,
        }
        for window in windows
        if window.suits(function, (known.id if known else "") if group else None)
    ]
    return {
        **present.page(items, None),
        "why_not": None if why is None else text(f"problems.{why.key}", lang, why.params),
    }
