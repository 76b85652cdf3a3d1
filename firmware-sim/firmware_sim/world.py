"""The truth: who is where, what they do, and what stands in the sockets and racks.

Moves in fixed steps of virtual time. Devices look at it and never change it; residents put new plans into it.
"""

import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from firmware_sim.agenda import Agenda, Borrow, PlugIn, Pressing, RoomChange, Stay, agenda_of
from firmware_sim.air import Air
from firmware_sim.chance import stream
from firmware_sim.partitions import rooms_of
from firmware_sim.scenario import Scenario
from services.contracts.files import TruthRow
from services.contracts.names import HOUR, MINUTE, Millis

STEP_MS: Millis = 5_000
"""How finely time passes: shorter than the hold time of any sensor here."""

_NEVER: Millis = -(10**15)


@dataclass(slots=True)
class Room:
    """One undivided room, as it really is. `moves_per_min` is the sum over its people."""

    id: str
    air: Air
    luck: random.Random
    people: int = 0
    moves_per_min: float = 0.0
    came_in: int = 0
    went_out: int = 0
    passed_at: Millis = _NEVER
    moved_at: Millis = _NEVER
    moves_chance: float = 0.0
    """That somebody moves in a step."""
    propped: int = 0
    """How many people keep its door open."""
    aired_passages: int = 0
    sockets: list[PlugIn | None] = field(default_factory=list)
    rack: list[bool] = field(default_factory=list)


class World:
    """A site from the local midnight of `day` on; each later day is planned when it comes."""

    def __init__(self, scenario: Scenario, day: date) -> None:
        self.scenario = scenario
        self.first_day = day
        self.day = day
        """The local day it is."""
        self.now = scenario.instant(day, "00:00") - STEP_MS
        self.truth_changes: list[TruthRow] = []
        """What this step changed."""
        self.presses: list[Pressing] = []
        """What was pressed in this step."""
        self.stirred: set[str] = set()
        """The rooms in which this step changed something that a sensor may see."""
        settings = scenario.tables.scenario
        spaces = {space.id: space for space in scenario.community.spaces if space.site == scenario.site}
        self._rooms = {
            space.id: Room(
                space.id,
                Air(space.capacity),
                luck=stream(scenario.seed, day, "room", space.id),
                sockets=[None] * settings.ports,
                rack=[True] * settings.slots,
            )
            for space in spaces.values()
            if not space.parts
        }
        self._made_of = {
            space: tuple(self._rooms[room] for room in sorted(rooms_of(spaces, space))) for space in spaces
        }
        self._spaces_with = {
            room: tuple(space for space in sorted(spaces) if room in rooms_of(spaces, space)) for room in self._rooms
        }
        self._occupied: dict[str, Room] = {}
        self._told: dict[str, int] = {}
        self._touched: set[str] = set(self._rooms)
        self._plans: list[tuple[Millis, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = 0
        self._midnight = self.now
        self._begin_day(day)

    @property
    def spaces(self) -> tuple[str, ...]:
        """All spaces of the site."""
        return tuple(self._made_of)

    def rooms(self, space: str) -> tuple[Room, ...]:
        """Return the rooms a space is made of: itself, or those of its parts."""
        return self._made_of[space]

    def people(self, space: str) -> int:
        """Return how many people are in a space, in all its parts together."""
        return sum(room.people for room in self._made_of[space])

    @property
    def hour(self) -> float:
        """The local hour of the day."""
        return (self.now - self._midnight) / HOUR

    @property
    def day_number(self) -> int:
        """Which day of the simulation it is; 1 is the first."""
        return (self.day - self.first_day).days + 1

    def add(self, agenda: Agenda) -> None:
        """Take up plans. What should have happened before now happens at the next step."""
        for stay in agenda.stays:
            self._plan(stay.arrives, self._enter, stay)
        for plug_in in agenda.plug_ins:
            self._plan(plug_in.at, self._plug, plug_in)
        for borrow in agenda.borrows:
            self._plan(borrow.at, self._borrow, borrow)
        for press in agenda.presses:
            self._plan(press.at, self.presses.append, press)
        for change in agenda.room_changes:
            self._plan(change.at, self._change_room, change)

    def step(self) -> None:
        """Let STEP_MS pass."""
        self.now += STEP_MS
        self.truth_changes.clear()
        self.presses.clear()
        self.stirred.clear()
        plans = self._plans
        while plans and plans[0][0] <= self.now:
            _, _, act, arguments = heapq.heappop(plans)
            act(*arguments)
        for room in self._occupied.values():
            if room.luck.random() < room.moves_chance:
                room.moved_at = self.now
                self.stirred.add(room.id)
        if self.now % MINUTE == 0:
            self._let_air_move()
        if self._touched:
            self._note_truth()

    def skip_to(self, at: Millis) -> None:
        """Let time pass until the last step before or at `at`, with nobody watching."""
        while self.now + STEP_MS <= at:
            self.step()

    def _begin_day(self, day: date) -> None:
        self.day = day
        self._midnight = self.scenario.instant(day, "00:00")
        self.add(agenda_of(self.scenario, day, self.day_number))
        tomorrow = day + timedelta(days=1)
        self._plan(self.scenario.instant(tomorrow, "00:00"), self._begin_day, tomorrow)

    def _plan(self, at: Millis, act: Callable[..., None], *arguments: object) -> None:
        self._number += 1  # ties happen in the order in which they were planned
        heapq.heappush(self._plans, (at, self._number, act, arguments))

    def _enter(self, stay: Stay) -> None:
        if stay.leaves <= self.now:
            return
        rooms = self._made_of[stay.space]
        room = rooms[stay.place % len(rooms)]
        room.people += 1
        room.came_in += 1
        room.moves_per_min += stay.moves_per_min
        room.propped += stay.props_door
        self._occupied[room.id] = room
        self._pass_through(room)
        self._plan(stay.leaves, self._leave, room, stay)

    def _leave(self, room: Room, stay: Stay) -> None:
        room.people -= 1
        room.went_out += 1
        room.moves_per_min -= stay.moves_per_min
        room.propped -= stay.props_door
        if room.people == 0:
            room.moves_per_min = 0.0
            del self._occupied[room.id]
        self._pass_through(room)

    def _pass_through(self, room: Room) -> None:
        room.passed_at = room.moved_at = self.now
        room.moves_chance = 1 - math.exp(-room.moves_per_min * STEP_MS / MINUTE)
        self._touched.add(room.id)
        self.stirred.add(room.id)

    def _plug(self, plug_in: PlugIn) -> None:
        room = self._made_of[plug_in.space][0]
        sockets = room.sockets
        wanted = range(len(sockets)) if plug_in.port is None else (plug_in.port,)
        free = next((port for port in wanted if sockets[port] is None), None)
        if free is not None:  # somebody who finds no free port keeps the phone in the pocket
            sockets[free] = plug_in
            self.stirred.add(room.id)
            self._plan(plug_in.until, self._unplug, room, free)

    def _unplug(self, room: Room, port: int) -> None:
        room.sockets[port] = None
        self.stirred.add(room.id)

    def _borrow(self, borrow: Borrow) -> None:
        room = self._made_of[borrow.space][0]
        slot = next((index for index, there in enumerate(room.rack) if there), None)
        if slot is not None:
            room.rack[slot] = False
            self.stirred.add(room.id)
            self._plan(borrow.back, self._bring_back, room, slot)

    def _bring_back(self, room: Room, slot: int) -> None:
        room.rack[slot] = True
        self.stirred.add(room.id)

    def _change_room(self, change: RoomChange) -> None:
        for room in self._made_of[change.space]:
            match change.what:
                case "light":
                    room.air.lamps_left_on += change.by
                case "window":
                    room.air.window_changes_per_h += change.by
                case "clients":
                    room.air.clients += change.by
                case "fan":
                    room.air.fan_power += math.copysign(10 ** (abs(change.by) / 10), change.by)

    def _let_air_move(self) -> None:
        hour = self.hour
        for room in self._rooms.values():
            passages = room.came_in + room.went_out - room.aired_passages
            room.aired_passages += passages
            room.air.step(1.0, room.people, passages, hour, room.luck)

    def _note_truth(self) -> None:
        for space in sorted({space for room in self._touched for space in self._spaces_with[room]}):
            people = self.people(space)
            if self._told.get(space) != people:
                self._told[space] = people
                self.truth_changes.append(TruthRow(self.now, self.scenario.site, space, people))
        self._touched.clear()
