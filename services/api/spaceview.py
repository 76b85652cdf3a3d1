"""One space as people see it: what it is, what is believed of it and why, and what is promised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.api import weighing, why
from services.api.agenda import Slots
from services.bookings.records import Booking, BookingState
from services.contracts.community import Space
from services.contracts.events import Screen
from services.contracts.instants import to_rfc3339
from services.contracts.names import MINUTE, SECOND, Millis
from services.contracts.policy import Policy
from services.contracts.states import RoomState
from services.kit.clock import Clock

_STALE: Millis = 180 * SECOND
"""The gateway repeats every state once a minute: after three misses it is not heard any more."""
_STALE_REAL_S = 10.0
"""On a clock that runs fast the network's own delays must not look like silence."""

_WARNING = "screens.warn"


def stale_after(clock: Clock) -> Millis:
    """Return the age from which a state is shown as old, in milliseconds of the community's clock."""
    real = clock.real_seconds(1)
    return max(_STALE, int(_STALE_REAL_S / real * SECOND) if real > 0 else 0)


@dataclass(frozen=True, slots=True)
class SpaceView:
    """Everything that the view of a space is made from, of one moment; rendering it is pure."""

    space: Space
    zone: str
    state: RoomState | None
    screen: Screen | None
    slots: Slots
    can: Mapping[str, Sequence[str]]
    """Booking id → what people may do with it now."""
    places: Mapping[str, str]
    """Device of a part of the space → the part's name."""
    doubts: Mapping[str, str]
    """Device → why it is not believed, as far as it was told."""
    policy: Policy
    now: Millis
    stale_after: Millis

    def render(self, language: str) -> dict[str, Any]:
        """Return the item of GET /spaces."""
        space, state = self.space, self.state
        return {
            "site": space.site,
            "space": space.id,
            "name": space.name,
            "group": space.group,
            "capacity": space.capacity,
            "functions": space.functions,
            "features": space.features,
            "parts": space.parts,
            "state": None if state is None else self._state(state, language),
            "stale": state is None or self.now - state.as_of > self.stale_after,
            "now": self._slot(self.slots.now),
            "next": self._slot(self.slots.next),
            "countdown": self._countdown(),
            "offer": self._offer(),
        }

    def _state(self, state: RoomState, language: str) -> dict[str, Any]:
        return {
            **state.model_dump(mode="json", exclude={"v", "site", "space", "since", "as_of", "evidence"}),
            "since": to_rfc3339(state.since, self.zone),
            "as_of": to_rfc3339(state.as_of, self.zone),
            "why": why.why(state, language),
            "likelihood": weighing.likelihood(state.probability, language),
            "promise": weighing.promise(state, language),
            "evidence": [weighing.entry(one, self.places, self.doubts, language) for one in state.evidence],
        }

    def _slot(self, booking: Booking | None) -> dict[str, Any] | None:
        if booking is None:
            return None
        return {
            "id": booking.id,
            "space": booking.space,
            "title": booking.title,
            "group": booking.group,
            "people": booking.people,
            "start": to_rfc3339(booking.start, self.zone),
            "end": to_rfc3339(booking.end, self.zone),
            "state": booking.state.value,
            "protected": booking.protected,
            "can": self.can[booking.id],
        }

    def _countdown(self) -> dict[str, Any] | None:
        """Return what the scheduler will do and when: as the door screen says it, else from the booking itself."""
        booking = self.slots.now
        if booking is None or booking.state is not BookingState.WARNED or booking.warned_at is None:
            return None
        until = booking.warned_at + int(self.policy.warn_min * MINUTE)
        if self.screen is not None and self.screen.notice == _WARNING and self.screen.notice_until is not None:
            until = self.screen.notice_until
        return {"kind": "release", "until": to_rfc3339(until, self.zone)}

    def _offer(self) -> dict[str, Any] | None:
        offer = self.slots.offer
        if offer is None:
            return None
        return {
            "id": offer.id,
            "group": offer.group,
            "start": to_rfc3339(offer.start, self.zone),
            "end": to_rfc3339(offer.end, self.zone),
            "until": to_rfc3339(offer.expires, self.zone),
        }
