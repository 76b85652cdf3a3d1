"""Follows room states: the newest of each space, and since when it has been vacant at release grade."""

from collections.abc import Mapping

from services.contracts.names import MINUTE, Millis
from services.contracts.states import RoomState
from services.scheduler.view import Room, key

STALE_AFTER: Millis = 3 * MINUTE
"""The gateway says every state again within a minute; three silent ones mean that it is not there."""


class RoomWatch:
    """The level of all rooms. States may arrive twice, late and in any order; the newest `as_of` counts."""

    def __init__(self, stale_after: Millis | None = STALE_AFTER) -> None:
        self._stale_after = stale_after
        self._rooms: dict[str, Room] = {}

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
        self._rooms[name] = Room(state, vacant_since, vacant_at=_vacant_at(before, state, unbroken=unbroken))
        return True

    def at(self, now: Millis) -> Mapping[str, Room]:
        """Return the rooms; those the gateway has been silent about are stale."""
        if self._stale_after is None:
            return dict(self._rooms)
        return {
            name: Room(room.state, None, stale=True, vacant_at=room.vacant_at) if self._late(room.state, now) else room
            for name, room in self._rooms.items()
        }

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
