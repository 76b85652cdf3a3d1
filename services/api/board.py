"""What the board needs besides records: the community's clock, the alerts that stand, and its words."""

from typing import Annotated, Any

from fastapi import Query

from services.api import present
from services.api.alerts import lapse_after
from services.api.deps import Wired
from services.api.language import Lang
from services.api.spaceview import stale_after
from services.contracts.instants import to_rfc3339
from services.contracts.names import SECOND
from services.contracts.texts import catalogue

PAGE_SECTIONS = frozenset(
    {"page", "vocabulary", "board", "decide", "people", "usage", "setup", "fleet", "resident", "partner", "screen"}
    | {"calendar"}
)
"""Sections of the text catalogue that pages are made of; the others are sentences of the server."""


def clock(deps: Wired) -> dict[str, Any]:
    """The community's time and how fast it runs, its sites with their zones, and where the stream stands.

    Whoever reads the level after this and then follows `GET /stream?after=` this event misses nothing between the two.
    """
    place = deps.live.hub.place()
    sites = deps.catalogue.view().community.sites
    zone = sites[0].timezone if sites else "UTC"
    real = deps.clock.real_seconds(1)
    return {
        "now": to_rfc3339(deps.clock.now(), zone),
        "event": f"{place.epoch}-{place.number}",
        "speed": 1 / real if real > 0 else 0,
        "zone": zone,
        "site": sites[0].name if sites else "",
        "stale_after_s": stale_after(deps.clock) / SECOND,
        "sites": [{"id": site.id, "name": site.name, "zone": site.timezone} for site in sites],
    }


def list_alerts(deps: Wired, lang: Lang) -> present.Json:
    """The alerts that stand, the newest first."""
    view, long_ago = deps.catalogue.view(), deps.clock.now() - lapse_after(deps.clock)
    return present.page(
        [
            present.alert(one.site, one.alert, view, lang, stale=one.heard_at < long_ago)
            for one in deps.live.level.alerts()
        ],
        None,
    )


def words(
    lang: Lang, section: Annotated[list[str] | None, Query(description="default: all that the pages use")] = None
) -> dict[str, str]:
    """The words of the pages. They are for everybody: the sign-in page needs them too."""
    wanted = PAGE_SECTIONS if section is None else PAGE_SECTIONS.intersection(section)
    return {key: sentences[lang] for key, sentences in catalogue().items() if key.split(".")[0] in wanted}
