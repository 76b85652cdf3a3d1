"""From an instance to the table of placements: every request, space and start that the rules of each alone allow.

Time is cut into slots on which every allowed start lies. A cell is a room in a slot; a placement covers the cells of
its space's rooms from its first slot on, and two placements exclude each other exactly where they share a cell (or a
request). Bookings that are fixed are gone from the table, with the placements they rule out.
"""

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from services.contracts.errors import InvalidError
from services.contracts.names import Millis
from services.planner.instance import Instance, Spot

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_MOST = 12_000_000
"""Placements that fit into the memory of a small machine: about 150 bytes each."""


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Which rooms lie under which spaces: all pairs, in order of the space and in order of the room."""

    room_by_space: Ints
    space_firsts: Ints
    space_by_room: Ints
    room_firsts: Ints

    @classmethod
    def of(cls, rooms: tuple[tuple[int, ...], ...]) -> "Layers":
        """Return the pairs for spaces with these rooms; every space has one at least."""
        below = _ints(room for each in rooms for room in each)
        spaces = _ints(space for space, each in enumerate(rooms) for _ in each)
        order = np.argsort(below, kind="stable")
        firsts = np.searchsorted(spaces, np.arange(len(rooms)))
        n_rooms = int(below.max()) + 1 if len(below) else 0
        return cls(below, firsts, spaces[order], np.searchsorted(below[order], np.arange(n_rooms)))


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Placements in order of their request (P of them), each with what it is worth.

    `worth` is what the plan gains by the placement beyond leaving the request out. `firsts` marks where the placements
    of each request that has some begin, `owners` is that request's index in the instance, `owner` (P) its position
    there. Slots no placement touches are left out: `slot_at` tells the instant of a slot.
    """

    owner: Ints
    space: Ints
    start: Ints
    length: Ints
    worth: Ints
    firsts: Ints
    owners: Ints
    rooms: tuple[tuple[int, ...], ...]
    n_rooms: int
    n_slots: int
    slot_at: Ints
    layers: "Layers"

    def __len__(self) -> int:
        return len(self.owner)

    def by_space(self, cells: Any) -> Any:
        """Return what a slot of each space holds, summed over its rooms; `cells` is rooms × slots of any number."""
        return np.add.reduceat(cells[self.layers.room_by_space], self.layers.space_firsts, axis=0)

    def by_room(self, use: Any) -> Any:
        """Return what each room bears, summed over the spaces above it; `use` is spaces × slots."""
        return np.add.reduceat(use[self.layers.space_by_room], self.layers.room_firsts, axis=0)

    def total(self, cells: Any, rows: Ints) -> Any:
        """Return the sum of `cells` (rooms × slots) over the cells of each of the placements `rows`."""
        totals = np.zeros((len(self.rooms), self.n_slots + 1), dtype=cells.dtype)
        np.cumsum(self.by_space(cells), axis=1, out=totals[:, 1:])
        space, start = self.space[rows], self.start[rows]
        return totals[space, start + self.length[rows]] - totals[space, start]

    def spot(self, placement: int) -> Spot:
        """Return where and when a placement is."""
        return Spot(int(self.space[placement]), int(self.slot_at[self.start[placement]]))

    def cells(self, placement: int) -> tuple[Ints, slice]:
        """Return the index of a placement's cells in an array of rooms × slots."""
        start = int(self.start[placement])
        rooms = np.array(self.rooms[self.space[placement]], dtype=np.int64)
        return rooms, slice(start, start + int(self.length[placement]))


def slot_length(instance: Instance) -> Millis:
    """Return the longest slot with every allowed start on one: by wall clock or since the epoch (both are allowed)."""
    slot = instance.grid
    for offset in {request.offset for request in instance.requests}:
        slot = gcd(slot, offset % instance.grid) if offset % instance.grid else slot
    return slot


def candidates(instance: Instance) -> Candidates:
    """Return the table for `instance`. Raises InvalidError where it would not fit into memory."""
    slot = slot_length(instance)
    rows = _Rows(instance, slot)
    owner, space, start = rows.expand()
    worth = rows.worth[owner]
    if instance.current is not None:
        owner, space, start, worth = _charge(instance, slot, owner, space, start, worth)
    keep = worth > 0
    owner, space, start, worth = owner[keep], space[keep], start[keep], worth[keep]
    keep = ~_dominated(instance, owner, space, start, worth)
    owner, space, start, worth = owner[keep], space[keep], start[keep], worth[keep]
    order = np.lexsort((start, space, owner))
    owner, space, start, worth = owner[order], space[order], start[order], worth[order]
    length = rows.length[owner]
    owners, firsts, positions = np.unique(owner, return_index=True, return_inverse=True)
    used_rooms = sorted({room for each in instance.spaces for room in each.rooms})
    index = {room: position for position, room in enumerate(used_rooms)}
    start, slot_at = _pack(start, length, slot)
    rooms = tuple(tuple(index[room] for room in each.rooms) for each in instance.spaces)
    return Candidates(
        owner=positions.astype(np.int64),
        space=space,
        start=start,
        length=length,
        worth=worth,
        firsts=firsts.astype(np.int64),
        owners=owners,
        rooms=rooms,
        n_rooms=len(used_rooms),
        n_slots=len(slot_at),
        slot_at=slot_at,
        layers=Layers.of(rooms),
    )


class _Rows:
    """The requests as arrays, and their placements space by space."""

    def __init__(self, instance: Instance, slot: Millis) -> None:
        self.instance, self.slot = instance, slot
        requests = instance.requests
        self.people = _ints(request.people for request in requests)
        self.duration = _ints(request.duration for request in requests)
        self.earliest = _ints(request.earliest for request in requests)
        self.latest = _ints(request.latest_end for request in requests)
        self.offset = _ints(request.offset for request in requests)
        self.worth = _ints(request.worth for request in requests)
        self.length = -(-self.duration // slot)
        wants = sorted({request.features for request in requests}, key=sorted)
        index = {features: position for position, features in enumerate(wants)}
        self.wants = wants
        self.want = _ints(index[request.features] for request in requests)
        self.free = np.ones(len(requests), dtype=bool)
        self.free[list(instance.fixed)] = False
        if instance.current is None:
            self.free &= self.worth > 0

    def expand(self) -> tuple[Ints, Ints, Ints]:
        """Return request, space and start (in slots since the epoch) of every placement."""
        found: list[tuple[Ints, Ints, Ints]] = []
        busy = _busy(self.instance)
        count = 0
        for number, space in enumerate(self.instance.spaces):
            if not space.open:
                continue
            has = np.array([features <= space.features for features in self.wants], dtype=bool)
            fitting = np.flatnonzero(self.free & has[self.want] & (self.people <= space.capacity))
            opens, closes = _ints(start for start, _ in space.open), _ints(end for _, end in space.open)
            # opening intervals that a request's window touches: from `low` up to `high`
            low = np.searchsorted(closes, self.earliest[fitting], side="right")
            high = np.searchsorted(opens, self.latest[fitting], side="left")
            each, span = _ranges(low, high)
            request = fitting[each]
            first = -(-np.maximum(opens[span], self.earliest[request]) // self.slot)
            last = (np.minimum(closes[span], self.latest[request]) - self.duration[request]) // self.slot
            count += int(np.maximum(0, last + 1 - first).sum())
            if count > _MOST:
                raise InvalidError(
                    f"instance: has more than {_MOST} ways to place its requests, expected fewer: "
                    "plan it in parts, or say narrower windows"
                )
            each, start = _ranges(first, last + 1)
            request = request[each]
            at = start * self.slot
            fine = at % self.instance.grid == 0
            fine |= (at + self.offset[request]) % self.instance.grid == 0
            taken = [span for room in space.rooms for span in busy.get(room, [])]
            if taken:
                fine &= ~_overlaps(at, at + self.duration[request], sorted(taken))
            found.append((request[fine], np.full(int(fine.sum()), number, dtype=np.int64), start[fine]))
        if not found:
            return (np.zeros(0, dtype=np.int64),) * 3
        owner, spaces, starts = (np.concatenate(column) for column in zip(*found, strict=True))
        return owner, spaces, starts


def _busy(instance: Instance) -> dict[int, list[tuple[Millis, Millis]]]:
    """Return when each room is taken by a fixed booking."""
    busy: dict[int, list[tuple[Millis, Millis]]] = {}
    for request, spot in instance.fixed.items():
        span = (spot.start, spot.start + instance.requests[request].duration)
        for room in instance.spaces[spot.space].rooms:
            busy.setdefault(room, []).append(span)
    return busy


def _overlaps(start: Ints, end: Ints, spans: list[tuple[Millis, Millis]]) -> Bools:
    """Tell which of start … end share time with any of `spans` (in order of their start)."""
    begins = _ints(begin for begin, _ in spans)
    ends = np.maximum.accumulate(_ints(end for _, end in spans))
    before = np.searchsorted(begins, end, side="left") - 1
    return (before >= 0) & (ends[before] > start)


def _charge(
    instance: Instance, slot: Millis, owner: Ints, space: Ints, start: Ints, worth: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Say what placements are worth to bookings of the plan so far: staying saves the charge, moving far is out."""
    current = instance.current or {}
    place = np.full(len(instance.requests), -1, dtype=np.int64)
    at = np.zeros(len(instance.requests), dtype=np.int64)
    for request, spot in current.items():
        place[request], at[request] = spot.space, spot.start
    booked = place[owner] >= 0
    shift = np.abs(start * slot - at[owner])
    stays = booked & (place[owner] == space) & (shift == 0)
    worth = worth + np.where(stays, instance.move_cost, 0)
    near = np.ones(len(owner), dtype=bool) if instance.max_shift is None else ~booked | (shift <= instance.max_shift)
    return owner[near], space[near], start[near], worth[near]


def _dominated(instance: Instance, owner: Ints, space: Ints, start: Ints, worth: Ints) -> Bools:
    """Tell which placements need more rooms than another of the same request, at the same time, worth as much."""
    out = np.zeros(len(owner), dtype=bool)
    if not len(owner):
        return out
    low = int(start.min())
    key = owner * (int(start.max()) - low + 1) + start - low
    where = {number: np.flatnonzero(space == number) for number in np.unique(space).tolist()}
    by_room: dict[int, list[int]] = {}
    for number in where:
        for room in instance.spaces[number].rooms:
            by_room.setdefault(room, []).append(number)
    for large in where:
        rooms = set(instance.spaces[large].rooms)
        rivals = {each for room in rooms for each in by_room[room]} - {large}
        for small in rivals:
            below = set(instance.spaces[small].rooms)
            if not (below < rooms or (below == rooms and small < large)):
                continue
            mine, other = where[large], where[small]
            position = np.searchsorted(key[other], key[mine])
            position = np.minimum(position, len(other) - 1)
            same = key[other][position] == key[mine]
            out[mine] |= same & (worth[other][position] >= worth[mine])
    return out


def _pack(start: Ints, length: Ints, slot: Millis) -> tuple[Ints, Ints]:
    """Return starts counted in the slots that are used at all, and the instant of each of those slots."""
    if not len(start):
        return start, np.zeros(0, dtype=np.int64)
    edges, where = np.unique(np.concatenate([start, start + length]), return_inverse=True)
    delta = np.bincount(where[: len(start)], minlength=len(edges)) - np.bincount(
        where[len(start) :], minlength=len(edges)
    )
    covered = np.cumsum(delta)[:-1] > 0
    widths = np.where(covered, np.diff(edges), 0)
    _, used = _ranges(np.where(covered, edges[:-1], 0), np.where(covered, edges[:-1] + widths, 0))
    before = np.concatenate([[0], np.cumsum(widths)])
    return before[where[: len(start)]], used * slot


def _ranges(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Return all numbers from low[i] to high[i] - 1, with their i."""
    counts = np.maximum(0, high - low)
    each = np.repeat(np.arange(len(low)), counts)
    begin = np.cumsum(counts) - counts
    return each, np.arange(len(each)) - begin[each] + low[each]


def _ints(values: object) -> Ints:
    return np.array(list(values), dtype=np.int64)  # type: ignore[call-overload]  # any iterable of ints
