"""A space that is lost for a while: what that means for the bookings, as a proposal or at once."""

from services.api import present
from services.api.bodies import NewDisturbance, on_grid, space_of
from services.api.deps import Wired
from services.api.identity import Caller, actor, expect_in_charge
from services.api.language import Lang
from services.api.problems import RefusalError
from services.api.proposals import expect_in_charge_of
from services.bookings.repair import Disturbance, horizon, repair
from services.contracts.errors import ConflictError


def disturb(deps: Wired, caller: Caller, lang: Lang, body: NewDisturbance) -> present.Json:
    """Say that a space is lost for a while; answers the proposal with the fewest moves that save most bookings.

    `apply` = `auto` makes the moves at once. A partner may take back only what it lends, and only by its terms.
    """
    view, now = deps.catalogue.view(), deps.clock.now()
    space_of(view, body.site, body.space)
    expect_in_charge(deps, caller, body.site, body.space)
    lent_by = {one.owner for one in view.supply_of(body.site, body.space)}
    if caller.role == "partner" and body.apply == "auto":
        raise RefusalError("forbidden", "not_yours", name=caller.name)  # others' bookings move only if staff agree
    if caller.role == "partner" and (body.cause != "recall" or lent_by != {caller.name}):
        raise RefusalError("forbidden", "not_yours", name=caller.name)
    if body.cause == "recall" and not lent_by:
        raise RefusalError("invalid", "nobody_lends", space=view.space(body.site, body.space).name)
    start, end = on_grid("start", body.start), on_grid("end", body.end)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="start", end="end")
    if end <= now:
        raise RefusalError("invalid", "already_over")
    lost = Disturbance(body.site, body.space, start, end, body.cause, body.why, body.max_shift_min)
    spaces = [space for space in view.community.spaces if space.site == body.site]
    bookings, offers = deps.bookings.between(body.site, *horizon(lost))
    found = repair(lost, bookings, offers, spaces, view.availability, view.claims, now)
    who = actor(caller)
    if body.apply == "auto":
        expect_in_charge_of(deps, caller, found.proposal)
    deps.operations.propose(found.proposal, who, now)
    if body.apply == "auto":
        try:
            deps.operations.agree(found.proposal.id, who, now)
        except ConflictError:
            deps.operations.decline(found.proposal.id, who, now)
            raise
        deps.live.agenda.changed()
    shown = present.proposal(deps.bookings.proposal(found.proposal.id), view, lang)
    return {**shown, "proven": found.proven, "lost": list(found.lost)}
