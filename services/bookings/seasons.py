"""One recurring wish as the wishes of a season, and a season's wishes as an instance the planner takes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from services.bookings.records import Alternative, Booking, Request
from services.catalogue.availability import Availability
from services.contracts.community import Space
from services.contracts.errors import FieldError, InvalidError
from services.contracts.instants import to_datetime, to_millis, to_rfc3339
from services.contracts.names import MINUTE, Millis
from services.contracts.recurrence import check_rule, occurrences
from services.contracts.texts import Word
from services.contracts.vocabulary import function_words

MOST_WISHES = 400
"""A daily class for a year, with some room."""
_LONGEST = timedelta(days=732)
_LONGEST_ID = 55
"""Each wish of a season has the day in its id besides."""


def season_of(first: Request, rrule: str | None, until: date | None, zone: str) -> list[Request]:
    """Return the wish for each day of a rule, at the local times of the first one. Raises InvalidError."""
    if len(first.id) > _LONGEST_ID:
        raise InvalidError(key="season_id_too_long", id=first.id, most=_LONGEST_ID)
    begins = to_datetime(first.earliest, zone)
    if rrule is None:
        raise InvalidError(key="until_without_rrule", id=first.id)
    try:
        check_rule(rrule, begins.date())
    except FieldError as error:
        raise InvalidError(key="request_rule", id=first.id, fault=error.word) from None
    last = min(until or date.max, begins.date() + _LONGEST)
    days: list[date] = []
    for day in islice(occurrences(rrule, begins.date(), zone, f"{begins:%H:%M}"), MOST_WISHES + 1):
        if day > last:
            break
        days.append(day)
    if not 0 < len(days) <= MOST_WISHES:
        raise InvalidError(key="season_too_many" if days else "season_empty", id=first.id, most=MOST_WISHES)
    return [_on(first, day, (day - begins.date()).days, zone) for day in days]


def instance_of(
    site: str,
    spaces: Iterable[Space],
    house: Availability,
    requests: Iterable[Request],
    bookings: Iterable[Booking],
    start: Millis,
    end: Millis,
    grid_min: int,
) -> dict[str, Any]:
    """Return the planner instance of a site from `start` to `end`: what is open, what is wished, what is promised.

    A wish for one space, for some functions, or of a group that not every window is for, asks for a feature that the
    spaces which suit it have. Changeover is not part of an instance: it is checked when the plan is booked.
    """
    zone = house.zone(site)
    placed = [space for space in spaces if space.site == site]
    wished = [one for one in requests if one.site == site and one.earliest < end and one.latest_end > start]
    # A wish and a booking may have one id; in an instance they are requests both.
    asked_for = {one.id for one in wished}
    promised = [
        replace(one, id=f"booking.{one.id}") if one.id in asked_for else one for one in bookings if one.site == site
    ]
    features: dict[str, list[str]] = {space.id: list(space.features) for space in placed}
    asked: dict[str, list[str]] = {}
    for request in wished:
        suited = [space.id for space in placed if _suits(house, space, request)]
        asked[request.id] = list(request.features)
        if len(suited) < len(placed):
            name = meant(request)
            asked[request.id].append(name)
            for id in suited:
                if name not in features[id]:
                    features[id].append(name)
    return {
        "grid_min": grid_min,
        "spaces": [
            {
                "id": space.id,
                "capacity": space.capacity,
                "features": features[space.id],
                "open": _open(house, space, start, end, zone),
                "parts": list(space.parts),
            }
            for space in placed
        ],
        "requests": [
            *(_wish(one, asked[one.id], start, end, zone) for one in wished if _fits(one, start, end)),
            *(_promise(one, zone) for one in promised),
        ],
        "fixed": [{"request": one.id, "space": one.space, "start": to_rfc3339(one.start, zone)} for one in promised],
    }


def _on(first: Request, day: date, shift: int, zone: str) -> Request:
    return replace(
        first,
        id=f"{first.id}.{day:%Y%m%d}",
        earliest=_later(first.earliest, shift, zone),
        latest_end=_later(first.latest_end, shift, zone),
        alternatives=tuple(
            Alternative(
                one.space,
                None if one.earliest is None else _later(one.earliest, shift, zone),
                None if one.latest_end is None else _later(one.latest_end, shift, zone),
            )
            for one in first.alternatives
        ),
        season=first.id,
    )


def _later(at: Millis, days: int, zone: str) -> Millis:
    """Return the instant so many days later at the same local time."""
    local = to_datetime(at, zone).replace(tzinfo=None) + timedelta(days=days)
    return to_millis(datetime.combine(local.date(), local.time(), ZoneInfo(zone)))


def _suits(house: Availability, space: Space, request: Request) -> bool:
    spaces = {request.space, *(one.space for one in request.alternatives if one.space is not None)}
    named = request.space is None or space.id in spaces
    # A corridor, a corner: nobody means it who does not name it.
    meant = bool(space.functions) or space.id in spaces
    return named and meant and house.unsuited(space.site, space.id, request.people, request.functions) is None


def meant(request: Request) -> str:
    """Return what a wish asks of a space beyond its features, as an instance names it."""
    functions = "/".join(request.functions) or "any use"
    where = "/".join(_places(request))
    return f"{functions} for {request.people}" + (f" in {where}" if where else "")


def meant_word(request: Request, house: Availability) -> Word:
    """Return the same as people read it."""
    key = "meant" if request.functions else "meant_any"
    params: dict[str, Any] = {"functions": function_words(request.functions), "people": request.people}
    where = tuple(Word("vocabulary.itself", id=house.name(request.site, space)) for space in _places(request))
    return Word(f"planner.{key}_in" if where else f"planner.{key}", **params, spaces=where)


def _places(request: Request) -> list[str]:
    spaces = [request.space, *(one.space for one in request.alternatives)] if request.space else []
    return [space for space in dict.fromkeys(spaces) if space]


def _open(house: Availability, space: Space, start: Millis, end: Millis, zone: str) -> list[list[str]]:
    joined: list[tuple[Millis, Millis]] = []
    for window in house.windows(space.site, space.id, start, end):
        if joined and window.start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], window.end))
        else:
            joined.append((max(window.start, start), window.end))
    return [[to_rfc3339(a, zone), to_rfc3339(min(b, end), zone)] for a, b in joined]


def _fits(request: Request, start: Millis, end: Millis) -> bool:
    return max(request.earliest, start) + request.duration_min * MINUTE <= min(request.latest_end, end)


def _wish(request: Request, features: Sequence[str], start: Millis, end: Millis, zone: str) -> dict[str, Any]:
    return {
        "id": request.id,
        "people": request.people,
        "features": list(features),
        "duration_min": request.duration_min,
        "earliest": to_rfc3339(max(request.earliest, start), zone),
        "latest_end": to_rfc3339(min(request.latest_end, end), zone),
        "weight": max(1, 1 + request.priority),
        "group": request.group,
    }


def _promise(booking: Booking, zone: str) -> dict[str, Any]:
    return {
        "id": booking.id,
        "people": booking.people,
        "features": [],
        "duration_min": (booking.end - booking.start) // MINUTE,
        "earliest": to_rfc3339(booking.start, zone),
        "latest_end": to_rfc3339(booking.end, zone),
        "weight": 1,
        "group": booking.group,
    }
