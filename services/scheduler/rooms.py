"""Follows room states: the newest of each space, and since when it has been vacant at release grade."""

from collections import deque
from collections.abc import Mapping

from services.contracts.names import MINUTE, Millis
from services.contracts.states import RoomState
from services.scheduler.view import Room, key

STALE_AFTER: Millis = 3 * MINUTE
"""The gateway says every state again within a minute; three silent ones mean that it is not there."""

COUNTED_FOR: Millis = 15 * MINUTE
"""People come late and go out for a moment; who was counted for so long is all there is."""


class RoomWatch:
    """The level of all rooms. States may arrive twice, late and in any order; the newest `as_of` counts."""

    def __init__(self, stale_after: Millis | None = STALE_AFTER) -> None:
        self._stale_after = stale_after
        self._rooms: dict[str, Room] = {}
        self._counts: dict[str, deque[tuple[Millis, int]]] = {}

    def hear(self, state: RoomState) -> bool:
        """Take a state; tell whether it was news."""
        name = key(state.site, state.space)
        before = self._rooms.get(name)
        if before is not None and before.state.as_of >= state.as_of:
            return False
        # What was before is only known to have lasted if the gateway was not silent since.
        unbroken = before is not None and not self._late(before.state, state.as_of)
        vacant_since = None
        if state.occupancy == "vacant" and state.release_grade:
            earlier = before.vacant_since if before is not None and unbroken else None
            vacant_since = state.as_of if earlier is None else earlier
        most = self._most_people(name, state, unbroken=unbroken)
        vacant_at = _vacant_at(before, state, unbroken=unbroken)
        self._rooms[name] = Room(state, vacant_since, most_people=most, vacant_at=vacant_at)
        return True

    def at(self, now: Millis) -> Mapping[str, Room]:
        """Return the rooms; those the gateway has been silent about are stale."""
        if self._stale_after is None:
            return dict(self._rooms)
        return {
            name: Room(room.state, stale=True, vacant_at=room.vacant_at) if self._late(room.state, now) else room
            for name, room in self._rooms.items()
        }

    def _most_people(self, name: str, state: RoomState, *, unbroken: bool) -> int | None:
        """Return the most people counted within COUNTED_FOR; None when nobody has counted without a gap for so long."""
        counts = self._counts.setdefault(name, deque())
        if state.people is None or not unbroken:
            counts.clear()
        if state.people is None:
            return None
        counts.append((state.as_of, state.people))
        begun = state.as_of - COUNTED_FOR
        while len(counts) > 1 and counts[1][0] <= begun:  # the one before still held when the time began
            counts.popleft()
        return max(people for _, people in counts) if counts[0][0] <= begun else None

    def _late(self, state: RoomState, now: Millis) -> bool:
        return self._stale_after is not None and now - state.as_of > self._stale_after


def _vacant_at(before: Room | None, state: RoomState, *, unbroken: bool) -> Millis | None:
    """Return until when the room was last seen vacant, now that it says `state`."""
    if state.occupancy == "vacant":
        return state.as_of
    if before is None or before.vacant_at is None:
        return None
    if before.state.occupancy == "vacant" and unbroken:
        return max(before.vacant_at, state.since)  # it was, until it became what it is now
    return before.vacant_at
