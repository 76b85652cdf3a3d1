"""A month of a community that never was: beliefs, readings and bookings as a gateway and a scheduler leave them."""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from services.bookings import tables
from services.bookings.records import Booking, BookingState, Offer, OfferState, Request, RequestState
from services.bookings.rows import to_row
from services.contracts.community import Community, Space
from services.contracts.instants import from_wall
from services.contracts.names import HOUR, MINUTE, Millis
from services.timeseries.ports import ReadingPoint, ReadingSink, StatePoint

GROUPS = ("合唱团", "书友会", "太极队", "编程小组", "育儿互助组", "戏曲茶友会", "邻里议事组", "R-K7M4PX", "R-3QW9YT")


@dataclass
class Month:
    """What is written, and what is booked."""

    states: list[StatePoint] = field(default_factory=list)
    readings: list[ReadingPoint] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)


def month(community: Community, site: str, first: date, days: int, *, flutter: int = 0) -> Month:
    """Return `days` local days from `first` on. `flutter`: so many changes more of every visit's head count."""
    zone = next(one.timezone for one in community.sites if one.id == site)
    found = Month()
    for space in (one for one in community.spaces if one.site == site):
        dice = random.Random(zlib.crc32(space.id.encode()))
        counted = space.capacity > 1 and dice.random() < 0.75
        midnight = from_wall(first, "00:00", zone)
        found.states.append(StatePoint(site, space.id, midnight, "vacant", 0, 0.9, release_grade=True))
        for shift in range(days):
            day = first + timedelta(days=shift)
            for number, (start, end, people) in enumerate(_visits(dice, space, day, zone)):
                found.states += _visit(dice, site, space, start, end, people if counted else None, flutter)
                if space.capacity > 4 and dice.random() < 0.6:
                    found.bookings.append(_booking(dice, site, space, day, number, start, end, people))
            if dice.random() < 0.06:
                found.states += _lost(dice, site, space.id, from_wall(day, "13:00", zone))
            if space.capacity > 4 and dice.random() < 0.2:
                _ghost(found, dice, site, space, day, from_wall(day, "21:00", zone))
        if any(one.space == space.id and one.kind == "charging" for one in community.devices):
            found.readings += _charging(dice, site, space.id, first, days, zone)
    found.states.sort(key=lambda one: (one.space, one.at))
    return found


def write(found: Month, series: ReadingSink, engine: sa.Engine) -> None:
    """Put a month into a time series and the books: as it was, past the rules for new bookings."""
    for at in range(0, len(found.states), 20_000):
        series.write([], found.states[at : at + 20_000])
    for at in range(0, len(found.readings), 20_000):
        series.write(found.readings[at : at + 20_000], [])
    with engine.begin() as connection:
        for table, records in (
            (tables.bookings, found.bookings),
            (tables.requests, found.requests),
            (tables.offers, found.offers),
        ):
            if records:
                connection.execute(table.insert(), [to_row(one) for one in records])


def _visits(dice: random.Random, space: Space, day: date, zone: str) -> Iterator[tuple[Millis, Millis, int]]:
    busy = 0.45 + 0.35 * (day.weekday() >= 5)
    for clock in ("08:30", "10:30", "14:00", "16:30", "19:00"):
        if dice.random() < busy:
            start = from_wall(day, clock, zone) + dice.randrange(4) * 5 * MINUTE
            length = dice.randrange(6, 20) * 5 * MINUTE
            yield start, start + length, 1 + dice.randrange(max(1, int(space.capacity * 0.6)))


def _visit(
    dice: random.Random, site: str, space: Space, start: Millis, end: Millis, people: int | None, flutter: int
) -> Iterator[StatePoint]:
    yield StatePoint(site, space.id, start, "occupied", people, 0.9, release_grade=False)
    for step in range(flutter):
        at = start + (end - start) * (step + 1) // (flutter + 1)
        now = None if people is None else max(1, people + dice.randrange(-1, 2))
        yield StatePoint(site, space.id, at, "occupied", now, 0.9, release_grade=False)
    yield StatePoint(site, space.id, end, "vacant", 0, 0.95, release_grade=True)


def _lost(dice: random.Random, site: str, space: str, at: Millis) -> Iterator[StatePoint]:
    yield StatePoint(site, space, at - 50 * MINUTE, "unknown", None, 0.2, release_grade=False)
    yield StatePoint(site, space, at, "vacant", 0, 0.9, release_grade=True)


def _booking(
    dice: random.Random, site: str, space: Space, day: date, number: int, start: Millis, end: Millis, people: int
) -> Booking:
    function = dice.choice(space.functions) if space.functions else ""
    group = dice.choice(GROUPS)
    begun = start - start % (5 * MINUTE)
    return Booking(
        f"{space.id}-{day}-{number}", site, space.id, group, group, people, begun, begun + 2 * HOUR, function=function,
        state=BookingState.ENDED, checked_in_at=start, ended_at=min(end, begun + 2 * HOUR),
    )  # fmt: skip


def _ghost(found: Month, dice: random.Random, site: str, space: Space, day: date, at: Millis) -> None:
    """Somebody books and does not come; every other time somebody else takes what was given back, some at the door."""
    function = dice.choice(space.functions) if space.functions else ""
    group, other = dice.sample(GROUPS, 2)
    ghost = Booking(
        f"{space.id}-{day}-ghost", site, space.id, group, group, 8, at, at + HOUR, function=function,
        state=BookingState.RELEASED, warned_at=at + 10 * MINUTE, released_at=at + 15 * MINUTE,
    )  # fmt: skip
    found.bookings.append(ghost)
    if dice.random() < 0.5:
        id, start, end = f"{space.id}-{day}-taken", at + 15 * MINUTE, at + HOUR
        found.requests.append(
            Request(
                f"{id}-r",
                site,
                other,
                other,
                5,
                45,
                start,
                end,
                start,
                walk_in=dice.random() < 0.4,
                state=RequestState.SERVED,
                booking=id,
            )
        )
        found.offers.append(
            Offer(
                f"{id}-o", "1", f"{id}-r", site, space.id, other, start, end, start, end, OfferState.TAKEN, ghost.id, id
            )
        )
        found.bookings.append(
            Booking(
                id,
                site,
                space.id,
                other,
                other,
                5,
                start,
                end,
                BookingState.ENDED,
                function,
                from_offer=f"{id}-o",
                checked_in_at=start,
                ended_at=end,
            )
        )


def _charging(dice: random.Random, site: str, space: str, first: date, days: int, zone: str) -> Iterator[ReadingPoint]:
    seq = 0

    def point(at: Millis, port: int, state: str, energy_wh: float, session: str | None) -> ReadingPoint:
        nonlocal seq
        seq += 1
        fields: dict[str, float | int | bool | str] = {
            "port": port, "state": state, "energy_wh": energy_wh, "power_w": 0.0,
        }  # fmt: skip
        if session is not None:
            fields["session"] = session
        return ReadingPoint(site, space, f"{space}-charging", "charging", at, at, at + 900, "b", seq, seq, fields)

    for shift in range(days):
        day = first + timedelta(days=shift)
        for port in range(6):
            at = from_wall(day, "00:00", zone) + port
            until = from_wall(day, "24:00", zone)
            plugged = from_wall(day, "10:00", zone) + dice.randrange(8 * 60) * MINUTE
            length = dice.randrange(20, 90) * MINUTE
            while at < until:
                on = plugged <= at < plugged + length and dice.random() < 0.995
                energy = round((at - plugged) / HOUR * 9, 2) if on else 0.0
                yield point(at, port, "charging" if on else "idle", energy, f"{day}-{port}" if on else None)
                at += (1 if on else 30) * MINUTE
