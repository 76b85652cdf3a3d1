"""Cuts between requests and rooms: what the prices of cells cannot know and a plan must keep.

In one room take two slots and one request. Everything that covers both slots, and everything of that request that
touches the stretch between them, excludes each other pairwise: all but the request's own share the slot at either
end, its own share the request. So a plan holds one of them at most. A relaxed plan may hold halves of three of them.
"""

from collections import defaultdict

import numpy as np

from services.planner.candidates import Candidates, Floats, Ints
from services.planner.prices import Cut

_FAINT = 0.02
"""Shares of a request smaller than this are not looked at, nor cuts broken by less."""
_MOST = 100
"""Cuts a round: the worst first; the rest is often gone when those are priced."""
_SPAN = 16
"""Slots between the two ends: longer stretches are covered by too few bookings to matter."""


def broken_cuts(table: Candidates, wish: Floats, known: set[tuple[int, int, int, int]]) -> list[Cut]:
    """Return the cuts that a relaxed plan (shares of each placement, P) breaks most, without the known ones."""
    by_room: dict[int, list[tuple[int, int, int, float]]] = defaultdict(list)
    for placement in np.flatnonzero(wish > _FAINT).tolist():
        start = int(table.start[placement])
        entry = (start, start + int(table.length[placement]), int(table.owner[placement]), float(wish[placement]))
        for room in table.rooms[table.space[placement]]:
            by_room[room].append(entry)
    found: list[tuple[float, tuple[int, int, int, int]]] = []
    for room, entries in by_room.items():
        found += [(excess, (room, *rest)) for excess, rest in _broken(entries) if (room, *rest) not in known]
    found.sort(reverse=True)
    rows = _rows_by_room(table) if found else {}
    return [Cut(key, _members(table, key, rows[key[0]])) for _, key in found[:_MOST]]


def _broken(entries: list[tuple[int, int, int, float]]) -> list[tuple[float, tuple[int, int, int]]]:
    """Return (excess, (first slot, last slot, request)) of one room; `entries` are start, end, request, share."""
    found = []
    for first in sorted({end - 1 for _, end, _, _ in entries}):
        around = [entry for entry in entries if entry[0] <= first + _SPAN and entry[1] > first]
        for last in sorted({start for start, _, _, _ in around if start > first}):
            covering = 0.0
            touching: dict[int, float] = defaultdict(float)
            for start, end, request, share in around:
                if start <= first and end > last:
                    covering += share
                elif start <= last:
                    touching[request] += share
            if covering > _FAINT:
                found += [
                    (covering + share - 1, (first, last, request))
                    for request, share in touching.items()
                    if covering + share > 1 + _FAINT
                ]
    return found


def _rows_by_room(table: Candidates) -> dict[int, Ints]:
    spaces = defaultdict(list)
    for space, rooms in enumerate(table.rooms):
        for room in rooms:
            spaces[room].append(space)
    return {room: np.flatnonzero(np.isin(table.space, within)) for room, within in spaces.items()}


def _members(table: Candidates, key: tuple[int, int, int, int], rows: Ints) -> Ints:
    _, first, last, request = key
    start, end = table.start[rows], table.start[rows] + table.length[rows]
    covering = (start <= first) & (end > last)
    touching = (table.owner[rows] == request) & (start <= last) & (end > first)
    members: Ints = rows[covering | touching]
    return members
