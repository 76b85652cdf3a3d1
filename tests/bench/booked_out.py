"""A community centre that is booked out: thirty days of twenty rooms, groups as they really behave, and a waitlist.

Everything is drawn from names and one seed, so every way of sharing out idle time meets the same groups with the same
intentions. What a group really does can depend on what it finds: one that comes late to a room given away turns round.
"""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import count

from firmware_sim.agenda import Agenda, Stay
from firmware_sim.chance import stream
from firmware_sim.scenario import Scenario, parse_scenario
from services.bookings.records import Booking, Request
from services.contracts.names import MINUTE, Millis

SEED = 20_260_302
FIRST_DAY = date(2026, 3, 2)
DAYS = 30
OPEN, CLOSED = "08:00", "21:30"
SITE = "centre"
NO_SHOWS = 0.25
WISHES_A_DAY = 120
"""Asked for the evening before, for 30 to 60 minutes somewhere within six hours."""
LEAST_MIN = 20
"""So much of it would do."""

ROOMS = {"radar": 9, "counted-radar": 4, "counter": 3, "two-pirs": 3, "pir": 1}
"""How many rooms are watched by what; the sensors and what goes wrong with them are those of the scenario `month`."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a group means to do: who comes, when, and whether all of them are away for a while in between."""

    people: int
    arrives: Millis
    leaves: Millis
    moves_per_min: float
    away: tuple[Millis, Millis] | None = None

    def present(self, at: Millis) -> bool:
        """Tell whether the group is in its room."""
        out = self.away is not None and self.away[0] <= at < self.away[1]
        return self.arrives <= at < self.leaves and not out

    def agenda(self, space: str, luck: random.Random) -> Agenda:
        """Return the comings and goings of its people, in ones and twos within two minutes."""
        stays: list[Stay] = []
        spans = [(self.arrives, self.leaves)]
        if self.away is not None:
            spans = [(self.arrives, self.away[0]), (self.away[1], self.leaves)]
        for begin, end in spans:
            for place in range(self.people):
                after = 0 if place == 0 else int(luck.uniform(0, 2) * MINUTE)
                before = 0 if place == self.people - 1 else int(luck.uniform(0, 1.5) * MINUTE)
                stays.append(Stay(space, begin + after, max(end - before, begin + after + MINUTE), self.moves_per_min))
        return Agenda(stays=stays)


@dataclass(frozen=True, slots=True)
class Plan:
    """A booking of the file, and what its group means to do; None: nobody comes."""

    booking: Booking
    visit: Visit | None


@cache
def scenario() -> Scenario:
    """Return twenty rooms with the sensors and the wear of `month`, and nobody in them yet."""
    text = (files("firmware_sim") / "scenarios" / "month.toml").read_text(encoding="utf-8")
    month = tomllib.loads(text)
    number = count(1)
    spaces = [
        {"id": f"room-{next(number):02}", "like": like, "name": like, "capacity": 15, "functions": ["class"]}
        for like, rooms in ROOMS.items()
        for _ in range(rooms)
    ]
    settings = {**month["scenario"], "site": SITE, "seed": SEED, "totals": [], "wander_to": []}
    return parse_scenario(
        {
            "sites": [{"id": SITE, "name": "社区中心", "timezone": "Asia/Shanghai"}],
            "spaces": spaces,
            "templates": month["templates"],
            "wear": month["wear"],
            "scenario": settings,
        },
        "booked out",
    )


def rooms() -> tuple[str, ...]:
    """Return the names of the rooms."""
    return tuple(space.id for space in scenario().community.spaces)


def day(number: int) -> date:
    """Return the day of this number; 0 is the first."""
    return FIRST_DAY + timedelta(days=number)


def plans(on: date) -> list[Plan]:
    """Return the bookings of a day, hour after hour in every room with few gaps, and what becomes of them."""
    return [plan for room in rooms() for plan in _of_room(room, on)]


def wishes(on: date) -> list[Request]:
    """Return the waitlist of a day, in the order in which it came together."""
    opens, closes = scenario().instant(on, OPEN), scenario().instant(on, CLOSED)
    asked: list[Request] = []
    for number in range(WISHES_A_DAY):
        luck = stream(SEED, on, "wish", number)
        duration_min = luck.choice([30, 45, 60])
        earliest = opens + luck.randrange((closes - opens - 2 * 60 * MINUTE) // (5 * MINUTE)) * 5 * MINUTE
        latest = min(earliest + 6 * 60 * MINUTE, closes)
        group = f"waiting-{luck.randrange(30):02}"
        asked.append(
            Request(
                f"w-{on:%m%d}-{number:02}", SITE, group, "活动", luck.randint(2, 12), duration_min, earliest, latest,
                opens - 12 * 60 * MINUTE + number * MINUTE, min_duration_min=LEAST_MIN,
            )
        )  # fmt: skip
    return asked


def answers_after(group: str, *about: object) -> Millis | None:
    """Return how long a group takes to answer what it is asked; None: it does not see it in time.

    Some groups have their telephone in their hand, others do not: the median is between 1 and 4 minutes.
    """
    usually = 4 ** stream(SEED, "pace", group).random()
    luck = stream(SEED, "answer", group, *about)
    return None if luck.random() < 0.15 else round(luck.lognormvariate(0, 0.5) * usually * MINUTE)


def served_visit(request: Request, start: Millis, end: Millis, promised_at: Millis) -> Visit | None:
    """Return what a waiting group does with the room it was promised. Of a hundred five do not come after all.

    Of those who were promised it long before, ten.
    """
    luck = stream(SEED, "served", request.id, start)
    fails = 0.05 if start - promised_at < 60 * MINUTE else 0.10
    arrives = max(promised_at + round(luck.uniform(4, 12) * MINUTE), start - round(luck.uniform(-4, 2) * MINUTE))
    if luck.random() < fails or arrives > end - 10 * MINUTE:
        return None
    return Visit(request.people, arrives, end - round(luck.uniform(0, 3) * MINUTE), 1.0)


def _of_room(room: str, on: date) -> Iterator[Plan]:
    at, closes = scenario().instant(on, OPEN), scenario().instant(on, CLOSED)
    for number in count():
        luck = stream(SEED, on, room, number)
        at += luck.choice([0, 0, 0, 30]) * MINUTE
        end = at + luck.choice([60, 90, 90, 120]) * MINUTE
        if end > closes:
            return
        group = f"group-{luck.randrange(40):02}"
        people = luck.randint(2, 14)
        booking = Booking(f"b-{on:%m%d}-{room}-{number}", SITE, room, group, "课程", people, at, end, function="class")
        yield Plan(booking, None if luck.random() < NO_SHOWS else _visit(booking, luck))
        at = end


def _visit(booking: Booking, luck: random.Random) -> Visit:
    """Return when people really come and go: most on time, some late, some gone long before the end or out for air."""
    length = booking.end - booking.start
    late_min = luck.choices([luck.uniform(-6, 3), luck.uniform(3, 12), luck.uniform(12, 25)], [82, 15, 3])[0]
    stays = luck.choices([length + luck.uniform(-4, 1) * MINUTE, length * luck.uniform(0.35, 0.7)], [82, 18])[0]
    arrives = booking.start + round(late_min * MINUTE)
    leaves = max(booking.start + round(stays), arrives + 10 * MINUTE)
    away = None
    if luck.random() < 0.04 and leaves - arrives > 45 * MINUTE:
        out = arrives + round((leaves - arrives) * luck.uniform(0.3, 0.6))
        away = (out, out + round(luck.uniform(5, 20) * MINUTE))
    # A quarter of the groups hardly move: reading, an exam, a film.
    return Visit(booking.people, arrives, leaves, luck.choice([0.1, 0.8, 0.8, 2.0]), away)
