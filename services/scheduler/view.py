"""What the scheduler looks at: one frozen, plain picture of records, rooms and places at an instant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from services.bookings.records import (
    HOLDING,
    Booking,
    BookingState,
    Change,
    Near,
    Offer,
    OfferState,
    Proposal,
    Request,
    RequestState,
)
from services.catalogue.windows import Window
from services.contracts.names import MINUTE, Millis
from services.contracts.states import RoomState
from services.scheduler.forecast import Chance


def key(site: str, space: str) -> str:
    """Return how a view names a space."""
    return f"{site}/{space}"


@dataclass(frozen=True, slots=True)
class Room:
    """What is known of a space; a space nobody has heard of has none."""

    state: RoomState
    vacant_since: Millis | None = None
    """Since when vacant at release grade without a gap; None: it is not."""
    stale: bool = False
    """The gateway has been silent for too long: the state says nothing about now."""
    most_people: int | None = None
    """The most people counted in it within the last quarter of an hour; None: nobody has counted for so long."""
    vacant_at: Millis | None = None
    """Until when it was last seen vacant, at whatever grade; None: not as long as anybody remembers."""

    @property
    def occupied(self) -> bool:
        """Whether people are there."""
        return not self.stale and self.state.occupancy == "occupied"

    @property
    def vacant(self) -> bool:
        """Whether it is shown as empty, at whatever grade."""
        return not self.stale and self.state.occupancy == "vacant"

    @property
    def unknown(self) -> bool:
        """Whether nobody can tell."""
        return self.stale or self.state.occupancy == "unknown"

    def vacant_for(self, now: Millis) -> Millis | None:
        """Return how long it has been vacant at release grade; None: it is not."""
        return now - self.vacant_since if self.vacant and self.vacant_since is not None else None


@dataclass(frozen=True, slots=True)
class Place:
    """A space as an offer sees it."""

    site: str
    space: str
    capacity: int
    claims: tuple[str, ...]
    functions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    windows: tuple[Window, ...] | None = None
    """When it is there; None: always."""
    capacities: Mapping[str, int] = field(default_factory=dict)
    """How many people fit for a function, where that is another number than `capacity`."""
    gaps: Mapping[str, int] = field(default_factory=dict)
    """Minutes of cleaning and changeover between two functions, as `tea>dance`; what is not named needs none."""

    def holds(self, function: str) -> int:
        """Return how many people it holds when it is used as `function`."""
        return self.capacities.get(function, self.capacity)

    def gap(self, before: str, after: str) -> Millis:
        """Return how long it takes to make the place ready for another function."""
        return self.gaps.get(f"{before}>{after}", 0) * MINUTE


@dataclass(frozen=True, slots=True)
class Standing:
    """A group of the community, as it stands in line. `points` it has earned by giving time back or lending a hand."""

    id: str
    points: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """Everything `decide` may look at."""

    bookings: Mapping[str, Booking] = field(default_factory=dict)
    requests: Mapping[str, Request] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    twins: Mapping[str, Booking] = field(default_factory=dict)
    rooms: Mapping[str, Room] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    served: Mapping[str, int] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    chances: Mapping[str, Chance] = field(default_factory=dict)
    """Booking → how likely it is that nobody comes, of those whose group may be asked."""
    standings: Mapping[str, Standing] = field(default_factory=dict)
    """Who waits and is a group of the community, by the name it waits under."""
    _holders: dict[str, list[Booking]] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Room → who holds it, in the order of `bookings`; worked out when it is first asked for."""

    @classmethod
    def of(
        cls,
        near: Near,
        rooms: Mapping[str, Room],
        places: Mapping[str, Place],
        chances: Mapping[str, Chance],
        standings: Mapping[str, Standing],
    ) -> "View":
        """Return the view of these records, in an order that does not depend on how they were kept."""
        return cls(
            {booking.id: booking for booking in sorted(near.bookings, key=lambda b: (b.start, b.id))},
            {request.id: request for request in sorted(near.requests, key=lambda r: (r.created_at, r.id))},
            {offer.id: offer for offer in sorted(near.offers, key=lambda o: (o.made_at, o.id))},
            {twin.id: twin for twin in near.twins},
            rooms,
            places,
            near.served,
            {proposal.id: proposal for proposal in sorted(near.proposals, key=lambda p: (p.made_at, p.id))},
            chances,
            standings,
        )

    def after(self, change: Change) -> "View":
        """Return the view once `change` is done."""
        served = dict(self.served)
        for request in change.requests:
            if request.state is RequestState.SERVED:
                served[request.group] = served.get(request.group, 0) + 1
        moved = {booking.id for booking in change.bookings}
        return replace(
            self,
            bookings={**self.bookings, **{booking.id: booking for booking in change.bookings}},
            requests={**self.requests, **{request.id: request for request in change.requests}},
            offers={**self.offers, **{offer.id: offer for offer in change.offers}},
            twins={
                **{id: twin for id, twin in self.twins.items() if id not in moved},
                **{twin.id: twin for twin in change.twins},
            },
            served=served,
            proposals={**self.proposals, **{proposal.id: proposal for proposal in change.proposals}},
        )

    def seen(self, booking: Booking) -> Booking:
        """Return the booking as rules see it: its shadow twin where it has one."""
        return self.twins.get(booking.id, booking)

    def room(self, record: Booking | Offer) -> Room | None:
        """Return what is known of the record's space."""
        return self.rooms.get(key(record.site, record.space))

    def clash(self, site: str, one: str, other: str) -> bool:
        """Tell whether two spaces share a room."""
        if one == other:
            return True
        first, second = self.places.get(key(site, one)), self.places.get(key(site, other))
        return first is not None and second is not None and not set(first.claims).isdisjoint(second.claims)

    def holding(self, site: str, space: str) -> Iterator[Booking]:
        """Yield bookings that have time in `space`, its parts or a whole it belongs to. Shadows give back nothing."""
        if not self._holders:
            for booking in self.bookings.values():
                if booking.state in HOLDING:
                    for room in self._rooms_of(booking.site, booking.space):
                        self._holders.setdefault(room, []).append(booking)
        rooms = self._rooms_of(site, space)
        if len(rooms) == 1:
            yield from self._holders.get(rooms[0], ())
        else:  # a hall: whoever holds two of its rooms is one booking
            found = {booking.id for room in rooms for booking in self._holders.get(room, ())}
            yield from (booking for id, booking in self.bookings.items() if id in found)

    def _rooms_of(self, site: str, space: str) -> tuple[str, ...]:
        """Return the rooms a space is made of, itself among them, as a view names them."""
        place = self.places.get(key(site, space))
        return tuple(key(site, room) for room in (place.claims if place is not None else (space,)))

    def held_offers(self, site: str, space: str) -> Iterator[Offer]:
        """Yield offers that hold time in `space`, its parts or a whole it belongs to."""
        for offer in self.offers.values():
            if offer.state is OfferState.HELD and offer.site == site and self.clash(site, space, offer.space):
                yield offer

    def about(self, site: str, space: str, now: Millis, until: Millis, *, with_requests: bool) -> "View":
        """Return the part of the view that bears on `space` from `now` to `until`: what a decision has seen."""
        near = {
            id: booking
            for id, booking in self.bookings.items()
            if booking.site == site
            and booking.start <= until
            and booking.end > now
            and self.clash(site, space, booking.space)
        }
        # Also the booking the decision is about, when its end is what is decided.
        ending = {
            id: booking
            for id, booking in self.bookings.items()
            if booking.site == site and booking.space == space and booking.state in HOLDING and booking.end <= now
        }
        # And those whose people may still be there.
        used = {
            id: booking
            for id, booking in self.bookings.items()
            if booking.site == site
            and booking.state is BookingState.ENDED
            and booking.end <= now
            and self.clash(site, space, booking.space)
        }
        bookings = {id: booking for id, booking in self.bookings.items() if id in near or id in ending or id in used}
        requests = {id: request for id, request in self.requests.items() if with_requests and request.site == site}
        offers = {
            id: offer
            for id, offer in self.offers.items()
            if offer.request in requests
            or (offer.site == site and offer.end > now and self.clash(site, space, offer.space))
        }
        asked = {offer.request for offer in offers.values()}
        requests = {id: request for id, request in self.requests.items() if id in requests or id in asked}
        records: tuple[Booking | Offer, ...] = (*bookings.values(), *offers.values())
        spaces = {key(site, space)} | {key(record.site, record.space) for record in records}
        groups = {request.group for request in requests.values()}
        return View(
            bookings,
            requests,
            offers,
            {id: twin for id, twin in self.twins.items() if id in bookings},
            {name: room for name, room in self.rooms.items() if name == key(site, space)},
            {name: place for name, place in self.places.items() if name in spaces},
            {group: count for group, count in self.served.items() if group in groups},
            {id: one for id, one in self.proposals.items() if one.site == site and one.space == space},
            {id: chance for id, chance in self.chances.items() if id in bookings},
            {group: standing for group, standing in self.standings.items() if group in groups},
        )


_ADAPTER = TypeAdapter(View)
_CODED = ("bookings", "offers", "twins")


def to_json(view: View) -> dict[str, Any]:
    """Return a view as JSON values, without the codes: whoever may read a decision may not check in with it."""
    value: dict[str, Any] = _ADAPTER.dump_python(view, mode="json", exclude={"_holders"})
    for kind in _CODED:
        for record in value[kind].values():
            del record["code"]
    for proposal in value["proposals"].values():
        for record in proposal["adds"]:
            del record["code"]
    return value


def from_json(value: Mapping[str, Any]) -> View:
    """Return the view that `to_json` wrote; its records have no codes, and nothing is decided by them."""
    blank = {kind: {id: {"code": "", **record} for id, record in value[kind].items()} for kind in _CODED}
    proposed = {
        id: {**proposal, "adds": [{"code": "", **record} for record in proposal["adds"]]}
        for id, proposal in value.get("proposals", {}).items()
    }
    return _ADAPTER.validate_python({**value, **blank, "proposals": proposed})
