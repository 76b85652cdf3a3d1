"""Proposals: moves that somebody has to agree to."""

from typing import Annotated

from fastapi import Query

from services.api import present
from services.api.decisions import shown
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, expect_in_charge
from services.api.language import Lang
from services.api.paging import After, Limit, paged
from services.api.problems import RefusalError
from services.bookings.records import Decision, Proposal, ProposalState
from services.catalogue.availability import Use
from services.catalogue.people import Principal


def list_proposals(
    deps: Wired,
    lang: Lang,
    site: str | None = None,
    state: Annotated[list[ProposalState] | None, Query()] = None,
    after: After = None,
    limit: Limit = 100,
) -> present.Json:
    """Proposals, in the order they were made."""
    view = deps.catalogue.view()
    return paged(
        lambda most: deps.bookings.proposals(site, state, after, most),
        limit,
        lambda record: record.id,
        lambda record: present.proposal(record, view, lang),
    )


def one_proposal(deps: Wired, lang: Lang, id: str) -> present.Json:
    """One proposal with its moves."""
    return present.proposal(deps.bookings.proposal(id), deps.catalogue.view(), lang)


def agree(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """Make all its moves, or none; answers the decision. Each move is a decision of its own and can be undone."""
    record = deps.bookings.proposal(id)
    expect_in_charge_of(deps, caller, record)
    return shown(deps, agreed(deps, record, actor(caller)), lang)


def decline(deps: Wired, caller: Caller, lang: Lang, id: str) -> present.Json:
    """Leave everything as it is; answers the decision."""
    record = deps.bookings.proposal(id)
    expect_in_charge_of(deps, caller, record)
    return shown(deps, declined(deps, record, actor(caller)), lang)


def agreed(deps: Deps, record: Proposal, who: str) -> Decision:
    """Make what is proposed in somebody's name, as decisions name them. Raises RefusalError, ConflictError."""
    _expect_open(deps, record)
    decision = deps.operations.agree(record.id, who, deps.clock.now())
    deps.live.agenda.changed()
    return decision


def declined(deps: Deps, record: Proposal, who: str) -> Decision:
    """Leave everything as it is, in somebody's name. Raises ConflictError."""
    return deps.operations.decline(record.id, who, deps.clock.now())


def expect_in_charge_of(deps: Deps, caller: Principal, record: Proposal) -> None:
    """Refuse whoever is not in charge of every space that a proposal touches. Raises RefusalError."""
    places = {record.space, *(one.space for one in record.adds)}
    for move in record.moves:
        places |= {move.from_space, move.space or move.from_space}
    expect_in_charge(deps, caller, record.site, record.space or None)
    for space in sorted(places - {record.space}):
        expect_in_charge(deps, caller, record.site, space)


def _expect_open(deps: Deps, record: Proposal) -> None:
    """Raise RefusalError when a space that a plan counts on is not there any more: the world has gone on since."""
    house, now = deps.catalogue.view().availability, deps.clock.now()
    if record.state is not ProposalState.OPEN or not record.serves:
        return
    for one in record.adds:
        use = Use(one.start, one.end, one.people, (one.function,) if one.function else (), one.group)
        why_not = house.why_not(one.site, one.space, use, now)
        if why_not is not None:
            raise RefusalError("conflict", why_not.key, **why_not.params)
