"""Which spaces of a site are really there for a use, and in plain words why the others are not."""

import secrets
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from services.api import present
from services.api.bodies import People, RecordId, on_grid, span_of, usual_function, zone_of
from services.api.day import Site, site_of
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor
from services.api.language import Lang
from services.api.moments import Moment
from services.api.paging import WRITTEN
from services.api.problems import RefusalError
from services.bookings import grid, machine
from services.bookings.neighbours import CrowdedError
from services.bookings.reasons import by_person
from services.bookings.records import Booking, Change
from services.catalogue.availability import Use
from services.catalogue.view import CatalogueView
from services.contracts.community import Space
from services.contracts.errors import ConflictError
from services.contracts.instants import to_datetime
from services.contracts.names import Millis
from services.contracts.texts import text


class Place(BaseModel):
    """One space: whether it can be had, and if not, why. `asks`: its host would have to agree."""

    space: str
    name: str
    group: str
    capacity: int
    here: bool
    possible: bool
    asks: bool
    why_not: str | None


class Places(BaseModel):
    """Every space of the site, in the order of the community file."""

    items: list[Place]
    next: str | None


def list_places(
    deps: Wired,
    caller: Caller,
    lang: Lang,
    site: Site = None,
    start: Annotated[Moment | None, Query(description="default: that of `booking`, else now")] = None,
    end: Annotated[
        Moment | None, Query(description="default: an hour after `start`; a `booking` stays as long as it is")
    ] = None,
    people: People = 1,
    function: Annotated[str, Query(max_length=200, pattern=WRITTEN)] = "",
    group: Annotated[str, Query(max_length=200, pattern=WRITTEN)] = "",
    booking: Annotated[RecordId | None, Query(description="for moving this one; it says what it is for")] = None,
) -> present.Json:
    """Which spaces can be had. Tried as it would be done, changeover and quota included, and nothing is kept."""
    view, now = deps.catalogue.view(), deps.clock.now()
    site = site_of(view, site)
    zone = zone_of(view, site)
    moved = None if booking is None else deps.bookings.booking(booking)
    if moved is not None:
        begins = moved.start if start is None else on_grid("start", start)
        use = Use(
            begins,
            begins + moved.end - moved.start,
            moved.people,
            (moved.function,) if moved.function else (),
            moved.group,
        )
        if moved.site != site:
            raise RefusalError("invalid", "unknown_site", site=site)
        if use.end <= now:
            raise RefusalError("invalid", "already_over")
    else:
        begin = to_datetime(grid.floor(now), zone) if start is None else start
        ends = begin + timedelta(hours=1) if end is None else end
        use = Use(*span_of(begin, ends, now), people, (function,) if function else (), group)
    trial = _Trial(deps, view, use, moved, actor(caller), now, lang)
    return present.page([trial.place(space) for space in view.community.spaces if space.site == site], None)


class _Trial:
    """Tries one use in one space after the other."""

    def __init__(
        self, deps: Deps, view: CatalogueView, use: Use, moved: Booking | None, who: str, now: Millis, language: str
    ) -> None:
        self._deps = deps
        self._view = view
        self._use = use
        self._moved = moved
        self._who = who
        self._now = now
        self._language = language

    def place(self, space: Space) -> dict[str, Any]:
        moved, use = self._moved, self._use
        here = moved is not None and (moved.space, moved.start) == (space.id, use.start)
        answer_by = None
        why_not = None if here else self._why_not(space)
        if why_not is None and not here:
            answer_by = self._view.availability.answer_by(space.site, space.id, self._now_on(), self._now)
        return {
            "space": space.id,
            "name": space.name,
            "group": space.group,
            "capacity": self._view.availability.capacity(space.site, space.id, use.functions),
            "here": here,
            "possible": why_not is None and not here,
            "asks": answer_by is not None,
            "why_not": why_not,
        }

    def _now_on(self) -> Use:
        """Return what is left of the use: of a booking under way only the rest is moved."""
        use = self._use
        start = min(max(use.start, grid.floor(self._now)), use.end)
        return Use(start, use.end, use.people, use.functions, use.group)

    def _why_not(self, space: Space) -> str | None:
        use = self._now_on() if self._moved is not None else self._use
        refused = self._view.availability.why_not(space.site, space.id, use, self._now)
        if refused is not None:
            return text(f"problems.{refused.key}", self._language, refused.params)
        try:
            change = self._change(space)
        except ConflictError as error:
            return error.said(self._language)
        taken = text("problems.place_taken", self._language, {"space": space.name})
        if self._deps.bookings.taken(change):
            return taken
        (failed,) = self._deps.bookings.commit_all([change], rehearse=True)
        if failed is None:
            return None
        if isinstance(failed, CrowdedError):
            return text(f"problems.{failed.key}", self._language, failed.params)
        return taken

    def _change(self, space: Space) -> Change:
        use, moved, why = self._use, self._moved, by_person("move" if self._moved else "book", self._who)
        if moved is not None:
            return machine.move(moved, space.id, use.start, self._now, why)
        record = Booking(
            id=f"b-{secrets.token_hex(6)}",
            site=space.site,
            space=space.id,
            group=use.group,
            title=use.group,
            people=use.people,
            start=use.start,
            end=use.end,
            function=use.functions[0] if use.functions else usual_function(self._view, space, use.group),
        )
        return machine.booked(record, self._now, why)
