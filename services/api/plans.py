"""Planning a stretch of days at once: all waiting wishes of a site, as a proposal that staff agree to."""

from services.api import present
from services.api.bodies import NewPlan
from services.api.deps import Wired
from services.api.identity import Caller, actor, expect_in_charge
from services.api.instance import season, span
from services.api.language import Lang
from services.api.problems import RefusalError
from services.bookings.codes import new_code
from services.bookings.seasonplan import season_plan
from services.bookings.seasons import meant, meant_word
from services.contracts.texts import text
from services.contracts.vocabulary import feature_name
from services.planner.answer import answer
from services.planner.planning import plan
from services.planner.reading import read_instance

_GRID_MIN = 15


def make_plan(deps: Wired, caller: Caller, lang: Lang, body: NewPlan) -> present.Json:
    """Plan all waiting wishes between two instants; answers the plan, its bound, and the proposal to agree to.

    Bookings that stand are not touched, and nothing is booked before somebody agrees.
    """
    expect_in_charge(deps, caller, body.site)
    start, end = span(deps, body.from_, body.to)
    start = max(start, deps.clock.now())
    if end <= start:
        raise RefusalError("invalid", "already_over")
    asked = season(deps, body.site, start, end, _GRID_MIN)
    found = plan(read_instance(asked.instance), body.seconds)
    view, now = deps.catalogue.view(), deps.clock.now()
    requests = {request.id: request for request in asked.requests}
    made = season_plan(body.site, found, requests, asked.bookings, view.availability, now, new_code)
    meanings = {meant(one): meant_word(one, view.availability) for one in asked.requests}

    def called(feature: str) -> str:
        word = meanings.get(feature)
        return feature_name(feature, lang) if word is None else word.said(lang)

    told = answer(found, lang, called)
    told["assigned"] = [one for one in told["assigned"] if one["request"] not in made.crowded]
    told["unserved"] += [
        {"request": id, "reason": text(f"problems.{error.key}", lang, error.params)}
        for id, error in made.crowded.items()
    ]
    if made.proposal is not None:
        deps.operations.propose(made.proposal, actor(caller), now)
    return {**told, "proposal": None if made.proposal is None else present.proposal(made.proposal, view, lang)}
