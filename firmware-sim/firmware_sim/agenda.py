"""What people have in mind for a day: who comes where, when, for how long; phones, umbrellas, button presses.

Pure: a scenario and a day give one agenda, every actor from a random stream of its own.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from firmware_sim.chance import stream, token
from firmware_sim.scenario import Scenario
from firmware_sim.tables import Activity, Charging, Cleaning, Happening, Lending, WalkIn
from services.contracts.names import HOUR, MINUTE, Millis

Press = Literal["check_in", "keep", "end", "claim"]

_MOVES_PER_MIN = {
    "taichi": 8.0, "dance": 10.0, "fitness": 8.0, "play": 6.0, "rehearsal": 4.0, "craft": 1.5, "class": 0.8,
    "council": 0.6, "tea": 0.8, "reading": 0.25, "study": 0.25, "exhibition": 3.0, "film": 0.2,
}  # fmt: skip
"""How often one person moves so that a motion sensor would notice, by function."""
_OTHER_MOVES_PER_MIN = 0.8
_AT_A_DESK_MOVES_PER_MIN = 0.6
_BESIDE_A_PHONE_MOVES_PER_MIN = 0.03
"""Somebody reading beside a charging phone: quiet for half an hour on end, which is what misleads a PIR."""
_CLEANING_MOVES_PER_MIN = 10.0


@dataclass(frozen=True, slots=True)
class Stay:
    """One person in one space. `place` spreads people over the parts of a divided space; cleaners prop its door."""

    space: str
    arrives: Millis
    leaves: Millis
    moves_per_min: float
    place: int = 0
    props_door: bool = False


@dataclass(frozen=True, slots=True)
class PlugIn:
    """A phone on a charging port (any free one if `port` is None)."""

    space: str
    port: int | None
    at: Millis
    until: Millis
    power_w: float
    needs_wh: float
    session: str


@dataclass(frozen=True, slots=True)
class Borrow:
    """An umbrella or toy taken from a rack and brought back."""

    space: str
    at: Millis
    back: Millis


@dataclass(frozen=True, slots=True)
class Pressing:
    """A press of a button at a space."""

    space: str
    at: Millis
    action: Press
    code: str | None


@dataclass(frozen=True, slots=True)
class RoomChange:
    """Something about a room itself that changes by `by`: `light` (lamps left on), `fan`, `window`, `clients`."""

    space: str
    at: Millis
    what: str
    by: float


@dataclass(slots=True)
class Agenda:
    """All that is going to happen, unless somebody changes their mind."""

    stays: list[Stay] = field(default_factory=list)
    plug_ins: list[PlugIn] = field(default_factory=list)
    borrows: list[Borrow] = field(default_factory=list)
    presses: list[Pressing] = field(default_factory=list)
    room_changes: list[RoomChange] = field(default_factory=list)


def agenda_of(scenario: Scenario, day: date, number: int = 1) -> Agenda:
    """Return what people have in mind on `day`, and what rooms will do; it is the simulation's day of this `number`."""
    agenda = Agenda()
    tables = scenario.tables
    for activity in tables.activities:
        if not activity.is_of(day):
            continue
        luck = stream(scenario.seed, day, "activity", activity.id)
        if activity.fails and luck.random() < activity.fails:
            continue
        start, end = scenario.instant(day, activity.start), scenario.instant(day, activity.end)
        stays = attend(activity, start, end, luck)
        if activity.checks_in and stays:
            first = min(stay.arrives for stay in stays)
            agenda.presses.append(Pressing(activity.space, first + 20_000, "check_in", scenario.code(activity)))
        agenda.stays += with_breaks(stays, tables.scenario.wander_to, luck)
    for index, charging in enumerate(tables.charging):
        luck = stream(scenario.seed, day, "charging", index)
        for number, (at, until) in enumerate(_times(scenario, day, charging, luck)):
            session = token(scenario.seed, day, "session", index, number)
            agenda.plug_ins.append(_plug_in(charging, at, until, session, luck))
            if charging.stays:
                agenda.stays.append(Stay(charging.space, at - 30_000, until + 30_000, _BESIDE_A_PHONE_MOVES_PER_MIN))
    for index, lending in enumerate(tables.lending):
        luck = stream(scenario.seed, day, "lending", index)
        for at, back in _times(scenario, day, lending, luck):
            agenda.borrows.append(Borrow(lending.space, at, back))
            agenda.stays += [
                Stay(lending.space, moment, moment + 40_000, _OTHER_MOVES_PER_MIN) for moment in (at, back)
            ]
    for index, walk_in in enumerate(tables.walk_ins):
        luck = stream(scenario.seed, day, "walk-in", index)
        agenda.stays += [
            Stay(walk_in.space, at, until, walk_in.moves_per_min or _AT_A_DESK_MOVES_PER_MIN)
            for at, until in _times(scenario, day, walk_in, luck, one_at_a_time=True)
        ]
    for index, cleaning in enumerate(tables.cleaning):
        if cleaning.holds_on(day, number):
            luck = stream(scenario.seed, day, "cleaning", index)
            agenda.stays += clean(cleaning, scenario.instant(day, cleaning.at), luck)
    for happening in tables.happenings:
        if happening.holds_on(day, number):
            agenda.room_changes += _happen(happening, scenario.instant(day, happening.at))
    return agenda


def attend(activity: Activity, start: Millis, end: Millis, luck: random.Random) -> list[Stay]:
    """Return who really comes to an activity, in ones, twos and threes around its start."""
    if activity.attendance == "no_show":
        return []
    moves = activity.moves_per_min or _MOVES_PER_MIN.get(activity.function, _OTHER_MOVES_PER_MIN)
    stays: list[Stay] = []
    coming = max(1, round(activity.people * luck.uniform(0.75, 1.0)))
    while len(stays) < coming:
        party = min(luck.choice((1, 1, 2, 2, 3)), coming - len(stays))
        if activity.attendance == "late":
            arrives = start + _minutes(activity.late_min + luck.triangular(0, 5, 0.5))
        else:
            arrives = start + _minutes(luck.triangular(-8, 6, -1))
        match activity.attendance:
            case "leaves_early":
                leaves = start + _minutes(activity.leaves_min - luck.triangular(0, 4, 0.5))
            case "overruns":
                leaves = end + _minutes(activity.overrun_min - luck.triangular(0, 3, 0.2))
            case _:
                leaves = end + _minutes(luck.triangular(-5, 2, -1))
        for member in range(party):
            after = member * luck.randrange(2_000, 9_000)
            stays.append(
                Stay(activity.space, arrives + after, max(leaves, arrives + 2 * MINUTE), moves, place=len(stays))
            )
    return stays


def clean(cleaning: Cleaning, at: Millis, luck: random.Random) -> list[Stay]:
    """Return the visits of cleaning staff, one space after the other, half a minute of walking between."""
    stays: list[Stay] = []
    for space in cleaning.spaces:
        until = at + _minutes(luck.uniform(cleaning.least_min, cleaning.most_min))
        stays += [
            Stay(space, at + 10_000 * place, until, _CLEANING_MOVES_PER_MIN, place, props_door=True)
            for place in range(cleaning.people)
        ]
        at = until + 30_000
    return stays


def arrive_together(space: str, function: str, people: int, at: Millis, until: Millis, luck: random.Random) -> Agenda:
    """Return the visit of a group that was promised a space: there from `at` in twos and threes, gone by `until`."""
    moves = _MOVES_PER_MIN.get(function, _OTHER_MOVES_PER_MIN)
    return Agenda(
        stays=[
            Stay(space, at + place // 2 * 25_000, until - _minutes(luck.uniform(0.5, 3)), moves, place)
            for place in range(people)
            if at + place // 2 * 25_000 < until - 5 * MINUTE
        ]
    )


def with_breaks(stays: list[Stay], wander_to: tuple[str, ...], luck: random.Random) -> list[Stay]:
    """Send some people of a larger group out for a few minutes; a group of three is never left empty by it."""
    if len(stays) < 4 or not wander_to:
        return stays
    result: list[Stay] = []
    for stay in stays:
        length = stay.leaves - stay.arrives
        if length < 40 * MINUTE or luck.random() > 0.15 or not result:
            result.append(stay)
            continue
        goes = stay.arrives + int(length * luck.uniform(0.3, 0.7))
        back = goes + _minutes(luck.uniform(3, 7))
        result += [
            Stay(stay.space, stay.arrives, goes, stay.moves_per_min, stay.place),
            Stay(luck.choice(wander_to), goes + 30_000, back - 30_000, _OTHER_MOVES_PER_MIN),
            Stay(stay.space, back, stay.leaves, stay.moves_per_min, stay.place),
        ]
    return result


def _plug_in(charging: Charging, at: Millis, until: Millis, session: str, luck: random.Random) -> PlugIn:
    stays_h = (until - at) / HOUR
    # Whoever comes once (`at`) needs about all of the time; of those who come and go, many are full before they leave.
    full_after = 1.0 if charging.at is not None else luck.uniform(0.4, 1.2)
    return PlugIn(
        charging.space, charging.port, at, until, charging.power_w, charging.power_w * stays_h * full_after, session
    )


def _happen(happening: Happening, at: Millis) -> Iterator[RoomChange]:
    amount = 1.0 if happening.value is None else happening.value
    yield RoomChange(happening.space, at, happening.what, amount)
    if happening.for_min is not None:
        yield RoomChange(happening.space, at + _minutes(happening.for_min), happening.what, -amount)


def _times(
    scenario: Scenario,
    day: date,
    habit: Charging | Lending | WalkIn,
    luck: random.Random,
    *,
    one_at_a_time: bool = False,
) -> Iterator[tuple[Millis, Millis]]:
    """Yield from when to when, once or at the habit's rate."""
    if not habit.is_of(day):
        return
    if habit.at is not None and habit.for_min is not None:
        at = scenario.instant(day, habit.at)
        yield at, at + _minutes(habit.for_min)
        return
    if habit.per_hour is None:
        return
    at, end = scenario.instant(day, habit.start), scenario.instant(day, habit.end)
    while True:
        at += int(luck.expovariate(habit.per_hour) * HOUR)
        until = at + _minutes(max(habit.mean_min / 4, luck.gauss(habit.mean_min, habit.mean_min / 3)))
        if at >= end:
            return
        yield at, min(until, end)
        if one_at_a_time:
            at = until


def _minutes(value: float) -> Millis:
    return round(value * MINUTE)
