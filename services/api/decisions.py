"""Decisions: what was done and why, and taking it back."""

from typing import Annotated

from fastapi import Query

from services.api import present
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, expect_in_charge
from services.api.language import Lang
from services.api.moments import Moment
from services.api.paging import WRITTEN, After, Limit, paged
from services.bookings.records import Decision
from services.bookings.undoing import can_undo
from services.contracts.events import DecisionKind
from services.contracts.instants import to_millis


def list_decisions(
    deps: Wired,
    lang: Lang,
    site: Annotated[str | None, Query(max_length=64, pattern=WRITTEN)] = None,
    space: Annotated[str | None, Query(max_length=64, pattern=WRITTEN)] = None,
    kind: Annotated[list[DecisionKind] | None, Query()] = None,
    by: Annotated[
        str | None,
        Query(max_length=200, pattern=WRITTEN, description="whose: scheduler, user, device, group, or one: user:NAME"),
    ] = None,
    shadow: Annotated[
        bool | None, Query(description="true: only what was rehearsed; false: only what was done")
    ] = None,
    from_: Annotated[Moment | None, Query(alias="from")] = None,
    to: Moment | None = None,
    after: After = None,
    limit: Limit = 100,
) -> present.Json:
    """Decisions made in `from` … `to`, the newest first."""
    view, now = deps.catalogue.view(), deps.clock.now()
    start, end = (None if at is None else to_millis(at) for at in (from_, to))
    return paged(
        lambda most: deps.bookings.decisions(
            site, space, after, most, start=start, end=end, kinds=kind, actor=by, shadow=shadow
        ),
        limit,
        lambda record: record.id,
        lambda record: present.decision(record, view, lang, undoable=can_undo(deps.bookings, record, now)),
    )


def one_decision(deps: Wired, lang: Lang, id: str) -> present.Json:
    """One decision with all it saw."""
    return shown(deps, deps.bookings.decision(id), lang)


def undo(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """Take a decision back; answers the decision that did so."""
    record = deps.bookings.decision(id)
    places = {record.space, str(record.params.get("from_space") or record.space)}
    if record.booking is not None:
        places.add(deps.bookings.booking(record.booking).space)
    for space in sorted(places):
        expect_in_charge(deps, caller, record.site, space or None)
    undone = deps.operations.undo(id, actor(caller), deps.clock.now())
    deps.live.agenda.changed()
    return shown(deps, undone, lang)


def shown(deps: Deps, record: Decision, language: str) -> present.Json:
    """Return a decision as it is answered now."""
    undoable = can_undo(deps.bookings, record, deps.clock.now())
    return present.decision(record, deps.catalogue.view(), language, undoable=undoable)
