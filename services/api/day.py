"""A day of a site: what every space is promised to, what was decided about it, and how it was really used."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.api import present
from services.api.bookings import is_host
from services.api.deps import Deps, Wired
from services.api.history import stays
from services.api.identity import Caller, in_charge, may_act
from services.api.language import Lang
from services.api.problems import RefusalError
from services.bookings.permits import allowed
from services.bookings.records import BLOCK, HOLDING, Booking, BookingState, Decision, Offer, OfferState
from services.catalogue.people import Principal
from services.catalogue.stretches import joined
from services.catalogue.view import CatalogueView
from services.contracts.entries import LocalDay
from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import Millis

MARKS = (
    "release", "reclaim", "end_early", "extend", "overrun", "move", "offer", "offer_taken", "offer_expired", "recall",
)  # fmt: skip
"""Decisions that a time line shows: what changed whose the time is."""
_AT_MOST = 5_000
"""Marks of a day; a site of two hundred spaces makes some hundreds."""
MOST_SPACES = 60
"""So many spaces are asked for at once how they were used: each costs the time series a question."""

_Record = TypeVar("_Record", Booking, Offer, Decision)
_SHOWN_OFFERS = frozenset({OfferState.HELD, OfferState.TAKEN, OfferState.EXPIRED})


class DayBooking(BaseModel):
    """A booking on a time line; `can` names what the caller may do with it now."""

    id: str
    space: str
    group: str
    title: str
    people: int
    function: str
    start: str
    end: str
    had_until: str
    state: str
    block: bool
    protected: bool
    checked_in_at: str | None
    released_at: str | None
    answer_by: str | None
    from_offer: str | None
    series: str | None
    can: list[str]


class DayOffer(BaseModel):
    """An offer on a time line."""

    id: str
    space: str
    group: str
    start: str
    end: str
    expires: str
    state: str


class Mark(BaseModel):
    """A decision on a time line."""

    id: str
    at: str
    kind: str
    booking: str | None
    shadow: bool
    summary: str


class Stretch(BaseModel):
    """From one instant to another."""

    start: str
    end: str


class SpaceDay(BaseModel):
    """The day of one space. What is promised of its parts, or of what it is a part of, is in its row as well."""

    space: str
    open: list[Stretch]
    bookings: list[DayBooking]
    offers: list[DayOffer]
    marks: list[Mark]


class Day(BaseModel):
    """The day of a site; `start` and `end` are its midnights on the site's clock."""

    site: str
    day: str
    zone: str
    start: str
    end: str
    items: list[SpaceDay]
    next: str | None


class Spell(BaseModel):
    """For how long a space was believed to be so."""

    start: str
    end: str
    occupancy: str
    people: int | None


class SpaceUse(BaseModel):
    """How a space was used."""

    space: str
    spells: list[Spell]


class DayUse(BaseModel):
    """How the spaces asked for were used on a day, until now at most."""

    site: str
    day: str
    items: list[SpaceUse]
    next: str | None


Site = Annotated[str | None, Query(max_length=64, description="default: the first of the community")]
Day_ = Annotated[LocalDay | None, Query(description="a day on the site's clock; default: today")]
Spaces = Annotated[list[str] | None, Query(max_length=MOST_SPACES, description="only these; default: all")]


def site_day(
    deps: Wired, caller: Caller, lang: Lang, site: Site = None, day: Day_ = None, space: Spaces = None
) -> JSONResponse:
    """What every space of a site is promised to on a day, and what was decided about it."""
    view, now = deps.catalogue.view(), deps.clock.now()
    site = site_of(view, site)
    zone, local, start, end = bounds(view, site, day, now)
    wanted = _wanted(view, site, space)
    bookings, offers = deps.bookings.between(site, start, end)
    shown = [one for one in bookings if one.state is not BookingState.CANCELLED or one.checked_in_at is not None]
    marks = deps.bookings.decisions(site, start=start, end=end, kinds=MARKS, limit=_AT_MOST)
    by_space = Placed(view, site)
    booked, held, decided = by_space.sorted_by(shown), by_space.sorted_by(offers), by_space.sorted_by(marks)
    acts = _Acts(deps, view, caller, now)
    items = [
        {
            "space": one,
            "open": [
                {"start": present.instant(a, zone), "end": present.instant(b, zone)}
                for a, b in joined((w.start, w.end) for w in view.availability.windows(site, one, start, end))
            ],
            "bookings": [_booking(record, zone, acts.of(record, booked[one])) for record in booked[one]],
            "offers": [_offer(record, zone) for record in held[one] if record.state in _SHOWN_OFFERS],
            "marks": [_mark(record, view, lang) for record in reversed(decided[one])],
        }
        for one in wanted
    ]
    told = {
        "site": site,
        "day": local.isoformat(),
        "zone": zone,
        "start": present.instant(start, zone),
        "end": present.instant(end, zone),
        **present.page(items, None),
    }
    return JSONResponse(told)  # written as it is: it is made of plain values, and there are thousands of them


def site_use(deps: Wired, site: Site = None, day: Day_ = None, space: Spaces = None) -> present.Json:
    """How the spaces asked for were used on a day, spell by spell. Ask for those that are looked at."""
    view, now = deps.catalogue.view(), deps.clock.now()
    site = site_of(view, site)
    zone, local, start, end = bounds(view, site, day, now)
    wanted = _wanted(view, site, space)
    if len(wanted) > MOST_SPACES:
        raise RefusalError("invalid", "too_many_spaces", most=MOST_SPACES)
    until = min(end, now)
    items = [
        {
            "space": one,
            "spells": stays(deps.history.states(site, one, start, until), start, until, zone) if until > start else [],
        }
        for one in wanted
    ]
    return {"site": site, "day": local.isoformat(), **present.page(items, None)}


def site_of(view: CatalogueView, asked: str | None) -> str:
    """Return the site that is meant. Raises RefusalError when there is none."""
    if asked is None and not view.community.sites:
        raise RefusalError("invalid", "unknown_site", site="")
    return view.community.sites[0].id if asked is None else asked


def bounds(view: CatalogueView, site: str, day: LocalDay | None, now: Millis) -> tuple[str, LocalDay, Millis, Millis]:
    """Return the site's zone, the day that is meant, and its midnights. Raises NotFoundError for an unknown site."""
    zone = view.zone(site)
    local = to_datetime(now, zone).date() if day is None else day
    return zone, local, from_wall(local, "00:00", zone), from_wall(local + timedelta(days=1), "00:00", zone)


def _wanted(view: CatalogueView, site: str, asked: Sequence[str] | None) -> list[str]:
    known = [space.id for space in view.community.spaces if space.site == site]
    if asked is None:
        return known
    for one in asked:
        view.space(site, one)  # raises NotFoundError
    return [one for one in known if one in set(asked)]


class Placed:
    """Sorts the records of a site by the spaces they are about: their own, and all that share a room with it."""

    def __init__(self, view: CatalogueView, site: str) -> None:
        claims = {space.id: view.claims(site, space.id) for space in view.community.spaces if space.site == site}
        self._touched = {
            one: [other for other, theirs in claims.items() if not theirs.isdisjoint(mine)]
            for one, mine in claims.items()
        }

    def sorted_by(self, records: Iterable[_Record]) -> Mapping[str, list[_Record]]:
        """Return the records of every space, in the order given."""
        found: dict[str, list[_Record]] = defaultdict(list)
        for record in records:
            for space in self._touched.get(record.space, ()):
                found[space].append(record)
        return found


class _Acts:
    """What the caller may do with a booking now."""

    def __init__(self, deps: Deps, view: CatalogueView, caller: Principal, now: Millis) -> None:
        self._deps = deps
        self._view = view
        self._caller = caller
        self._now = now
        self._known: dict[str, list[str]] = {}

    def of(self, booking: Booking, near: Sequence[Booking]) -> list[str]:
        if booking.id not in self._known:
            self._known[booking.id] = self._find(booking, near)
        return self._known[booking.id]

    def _find(self, booking: Booking, near: Sequence[Booking]) -> list[str]:
        if self._now >= booking.end:
            return []
        asked = ["approve", "refuse"] if booking.state is BookingState.ASKED else []
        if not may_act(self._caller):
            return asked if asked and is_host(self._view, self._caller, booking) else []
        if not in_charge(self._deps, self._caller, booking.site, booking.space):
            return []
        if booking.state is BookingState.RELEASED:
            return ["check_in"]
        if booking.state not in HOLDING:
            return []
        if booking.id.startswith(BLOCK):
            return ["cancel"]
        policy = self._view.community.policy
        return [*asked, *allowed(booking, near, self._view.claims, policy, self._now), "move", "cancel"]


def _booking(record: Booking, zone: str, can: list[str]) -> dict[str, Any]:
    return {
        "id": record.id,
        "space": record.space,
        "group": record.group,
        "title": record.title,
        "people": record.people,
        "function": record.function,
        "start": present.instant(record.start, zone),
        "end": present.instant(record.end, zone),
        "had_until": present.instant(record.had_until, zone),
        "state": record.state.value,
        "block": record.id.startswith(BLOCK),
        "protected": record.protected,
        "checked_in_at": present.instant(record.checked_in_at, zone),
        "released_at": present.instant(record.released_at, zone),
        "answer_by": present.instant(record.answer_by, zone),
        "from_offer": record.from_offer,
        "series": record.series,
        "can": can,
    }


def _offer(record: Offer, zone: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "space": record.space,
        "group": record.group,
        "start": present.instant(record.start, zone),
        "end": present.instant(record.end, zone),
        "expires": present.instant(record.expires, zone),
        "state": record.state.value,
    }


def _mark(record: Decision, view: CatalogueView, language: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "at": present.instant(record.at, present.shown_zone(view, record.site)),
        "kind": record.kind,
        "booking": record.booking,
        "shadow": record.shadow,
        "summary": present.summary(record, view, language),
    }
