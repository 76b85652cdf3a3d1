"""Supply windows that owners and partners lend."""

from services.api import present
from services.api.bodies import space_of
from services.api.deps import Wired
from services.api.identity import Caller
from services.api.problems import RefusalError
from services.contracts.community import Supply


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
    space_of(deps.catalogue.view(), body.site, body.space)
    deps.catalogue_store.add_supply(body)
    return present.supply(body)
