"""What to do when a room is lost: the fewest moves that save most bookings, found by the planner and proven. Pure.

A partner takes a window back, a room closes, a host falls ill, a hall is needed whole. Every booking of the site may be
moved, but each move counts; dropping one counts more than any number of moves. What cannot be saved is cancelled, and
said so before anybody agrees.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Literal

from services.bookings import grid, proposals
from services.bookings.reasons import decision_id
from services.bookings.records import BLOCK, HOLDING, Booking, BookingState, Move, Offer, OfferState, Proposal
from services.catalogue.availability import Availability
from services.catalogue.stretches import joined, without
from services.contracts.community import Space
from services.contracts.errors import ConflictError, InvalidError
from services.contracts.instants import local_day_and_clock
from services.contracts.names import DAY, MINUTE, Millis
from services.contracts.texts import Word
from services.planner.instance import Instance, Request, Spot
from services.planner.instance import Space as PlannedSpace
from services.planner.planning import plan

Cause = Literal["recall", "closed", "host", "device", "whole"]

SECONDS = 10.0
"""Real seconds the planner may take; a day of four hundred bookings takes less than one."""
LONGEST: Millis = 14 * DAY
"""A room that is lost for longer is repaired a fortnight at a time: what lies further off is not planned yet."""
ANSWER: Millis = DAY
"""So long a proposal waits for staff, at most until the room is lost."""
AT_ONCE: Millis = 30 * MINUTE
"""… and at least so long, when it is lost already."""

_MOVE = 1000
_DROP = 1000 * _MOVE
"""What a booking is worth in moves: none is dropped to spare others a move."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A space that is not there from `start` to `end`, on the 5-minute grid; `why` in the words of whoever says so."""

    site: str
    space: str
    start: Millis
    end: Millis
    cause: Cause
    why: str
    max_shift_min: int = 0
    """How far a booking may be moved in time to be saved."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A proposal to get over a disturbance. `proven`: with fewer moves, or fewer bookings lost, it cannot be done."""

    proposal: Proposal
    lost: tuple[str, ...]
    """Ids of the bookings that have no room any more."""
    proven: bool


Claims = Callable[[str, str], frozenset[str]]


def horizon(disturbance: Disturbance) -> tuple[Millis, Millis]:
    """Return from when to when bookings and offers are asked for. Raises InvalidError for a span that cannot be."""
    place = {"site": disturbance.site, "space": disturbance.space}
    if disturbance.start % grid.GRID or disturbance.end % grid.GRID:
        raise InvalidError(key="lost_off_grid", **place)
    if disturbance.end <= disturbance.start:
        raise InvalidError(key="lost_backwards", **place)
    if disturbance.end - disturbance.start > LONGEST:
        raise InvalidError(key="lost_too_long", days=LONGEST // DAY, **place)
    around = grid.LONGEST + disturbance.max_shift_min * MINUTE
    return disturbance.start - around, disturbance.end + around


def repair(
    disturbance: Disturbance,
    bookings: Sequence[Booking],
    offers: Sequence[Offer],
    spaces: Sequence[Space],
    availability: Availability,
    claims: Claims,
    now: Millis,
    *,
    seconds: float = SECONDS,
) -> Repair:
    """Return what to do. `bookings` and `offers` are those of the site within the horizon.

    Raises InvalidError for a span that cannot be, ConflictError when the lender's terms do not allow the recall.
    """
    horizon(disturbance)
    lost_rooms = claims(disturbance.site, disturbance.space)
    standing = [b for b in bookings if b.state in HOLDING and b.end > now]

    def is_displaced(booking: Booking) -> bool:
        return (
            booking.start < disturbance.end
            and booking.end > disturbance.start
            and not lost_rooms.isdisjoint(claims(booking.site, booking.space))
        )

    displaced = [b for b in standing if is_displaced(b)]
    for booking in displaced:
        if booking.id.startswith(BLOCK):
            raise ConflictError(key="space_lost_already", space=disturbance.space, title=booking.title)

    def moves_within(slack: Mapping[str, Millis]) -> tuple[tuple[Move, ...], bool]:
        return _moves(disturbance, displaced, standing, offers, spaces, availability, claims, now, seconds, slack)

    furthest = disturbance.max_shift_min * MINUTE
    moves, proven = moves_within({booking.id: furthest for booking in standing})
    if proven and furthest:
        moves = _nearest(moves, [booking.id for booking in standing], moves_within)
    lost = tuple(move.booking for move in moves if move.space is None)
    if disturbance.cause == "recall":
        _expect_terms(disturbance, displaced, lost, availability, now)
    zone = availability.zone(disturbance.site)
    rule = f"repair.{disturbance.cause}/1"
    said = f"{disturbance.site}/{disturbance.space}/{disturbance.start}/{disturbance.end}"
    expires = max(min(disturbance.start, now + ANSWER), now + AT_ONCE)
    made = Proposal(
        proposals.proposal_id(f"{rule}|{said}|{now}", moves),
        disturbance.site,
        disturbance.space,
        rule,
        now,
        expires,
        moves,
        adds=tuple(_blocks(disturbance, now)),
        params={
            "why": disturbance.why,
            "from_on": local_day_and_clock(disturbance.start, zone),
            "until_on": local_day_and_clock(disturbance.end, zone),
            "displaced": len(displaced),
            "lost": len(lost),
            "proven": proven,
        },
    )
    return Repair(made, lost, proven)


def _harm(moves: Sequence[Move]) -> tuple[int, int]:
    """Return how many bookings are lost, and how many lose their place."""
    return sum(move.space is None for move in moves), len(moves)


def _nearest(
    moves: tuple[Move, ...],
    ids: Sequence[str],
    moves_within: Callable[[Mapping[str, Millis]], tuple[tuple[Move, ...], bool]],
) -> tuple[Move, ...]:
    """Return as few moves, none further in time than need be: first the furthest as near as can be, then each."""

    def shifts() -> dict[str, Millis]:
        return {move.booking: abs(move.start - move.from_start) for move in moves}

    def nearer(least: int, most: int, slack_of: Callable[[int], dict[str, Millis]]) -> None:
        """Halve between what is too little and what is enough, in steps of the grid."""
        nonlocal moves
        while most - least > 1:
            middle = (least + most) // 2
            found, sure = moves_within(slack_of(middle))
            if sure and _harm(found) == _harm(moves):
                moves, most = found, middle
            else:
                least = middle

    nearer(-1, max(shifts().values(), default=0) // grid.GRID, lambda steps: dict.fromkeys(ids, steps * grid.GRID))
    for booking in sorted(shifts(), key=lambda id: (-shifts()[id], id)):
        others = {**dict.fromkeys(ids, 0), **shifts()}
        nearer(-1, others[booking] // grid.GRID, partial(_but, others, booking))
    return moves


def _but(slack: Mapping[str, Millis], booking: str, steps: int) -> dict[str, Millis]:
    return {**slack, booking: steps * grid.GRID}


def _blocks(disturbance: Disturbance, now: Millis) -> Iterable[Booking]:
    """Yield the bookings that keep the space from being used, a day each at most."""
    start = max(disturbance.start, grid.floor(now))
    while start < disturbance.end:
        end = min(disturbance.end, start + grid.LONGEST)
        id = decision_id("block", f"{disturbance.site}/{disturbance.space}/{now}", start)
        yield Booking(
            f"{BLOCK}{id}", disturbance.site, disturbance.space, disturbance.why, disturbance.why, 1, start, end,
            protected=True,
        )  # fmt: skip
        start = end


def _expect_terms(
    disturbance: Disturbance,
    displaced: Sequence[Booking],
    lost: Collection[str],
    availability: Availability,
    now: Millis,
) -> None:
    """Raise ConflictError unless every displaced booking may be asked to go by the terms of the window it is in."""
    for booking in displaced:
        # Of the space that is taken back: a hall goes by the terms of the part that was lent.
        terms = availability.recall_terms(disturbance.site, disturbance.space, booking.start, booking.end)
        ahead_min = (booking.start - now) / MINUTE
        allowed = [term for term in terms if ahead_min >= term.before_min]
        if terms and not any(not term.with_replacement or booking.id not in lost for term in allowed):
            soonest = tuple(
                Word(f"problems.recall_{'replaced' if term.with_replacement else 'alone'}", hours=term.before_min / 60)
                for term in terms
            )
            raise ConflictError(key="recall_terms", space=booking.space, id=booking.id, terms=soonest)


# -- as a planner instance


def _moves(
    disturbance: Disturbance,
    displaced: Sequence[Booking],
    standing: Sequence[Booking],
    offers: Sequence[Offer],
    spaces: Sequence[Space],
    availability: Availability,
    claims: Claims,
    now: Millis,
    seconds: float,
    slack: Mapping[str, Millis],
) -> tuple[tuple[Move, ...], bool]:
    """Return the fewest moves, and whether that is proven; `slack` is how far each booking may move in time."""
    if not displaced:
        return (), True
    gone = {booking.id for booking in displaced}
    furthest = max(slack.values(), default=0)
    begin = min(booking.start for booking in standing) - furthest
    end = max(booking.end for booking in standing) + furthest
    rooms = {name: index for index, name in enumerate(sorted({r for s in spaces for r in claims(s.site, s.id)}))}
    lost_rooms = claims(disturbance.site, disturbance.space)
    held = [offer for offer in offers if offer.state is OfferState.HELD and offer.end > now]
    places: list[PlannedSpace] = []
    space_of: list[str] = []
    where: dict[tuple[str, str], int] = {}
    functions = {booking.function for booking in standing}
    for space in spaces:
        mine = claims(space.site, space.id)
        for function in sorted(functions):
            windows = [
                # What asks for notice is there only for whoever comes late enough.
                (max(window.start, now + window.notice_min * MINUTE) if window.notice_min else window.start, window.end)
                for window in availability.windows(space.site, space.id, begin, end)
                if not window.groups and window.approval == "auto" and window.suits({function} - {""}, None)
            ]
            windows = [(opens, closes) for opens, closes in windows if opens < closes]
            if lost_rooms & mine:
                windows = without(windows, [(disturbance.start, disturbance.end)])
            where[space.id, function] = len(places)
            space_of.append(space.id)
            # A function is a feature here: a place offers what it is used as.
            offered = {function} if not function or function in space.functions else set()
            places.append(
                PlannedSpace(
                    f"{space.id}|{function}",
                    availability.capacity(space.site, space.id, [function] if function else []),
                    frozenset(offered),
                    tuple(joined(windows)),
                    tuple(sorted(rooms[name] for name in mine)),
                )
            )
    requests: list[Request] = []
    fixed: dict[int, Spot] = {}
    current: dict[int, Spot] = {}
    for booking in standing:
        index = len(requests)
        by = slack[booking.id]
        moves_in_time = booking.state is not BookingState.IN_USE and booking.start - by >= now
        requests.append(_request(booking.id, booking, booking.function, by if moves_in_time else 0))
        spot = Spot(where[booking.space, booking.function], booking.start)
        place = places[spot.space]
        # Whoever was let in against the rules of today is left alone.
        is_odd = (
            booking.people > place.capacity
            or booking.function not in place.features
            or not any(a <= booking.start and booking.end <= b for a, b in place.open)
        )
        stays = booking.id not in gone and (is_odd or booking.protected or booking.state is BookingState.IN_USE)
        (fixed if stays else current)[index] = spot
    for offer in held:
        if lost_rooms & claims(offer.site, offer.space):
            continue  # taken back with the room
        fixed[len(requests)] = Spot(where[offer.space, sorted(functions)[0]], offer.start)
        requests.append(_request(offer.id, offer, "", 0))
    instance = Instance(
        grid=grid.GRID, scale=1, spaces=tuple(places), requests=tuple(requests), fixed=fixed, current=current,
        move_cost=_MOVE,
    )  # fmt: skip
    found = plan(instance, seconds)
    changed = []
    for moved in found.moved:
        booking = standing[moved.request]
        after = moved.after
        to = None if after is None else space_of[after.space]
        start = booking.start if after is None else after.start
        if (to, start) != (booking.space, booking.start):
            changed.append(Move(booking.id, booking.group, booking.space, booking.start, to, start))
    return tuple(sorted(changed, key=lambda move: (move.from_start, move.booking))), found.gap == 0


def _request(id: str, record: Booking | Offer, function: str, slack: Millis) -> Request:
    return Request(
        id=id,
        people=record.people if isinstance(record, Booking) else 0,
        features=frozenset({function}),
        duration_min=(record.end - record.start) // MINUTE,
        earliest=record.start - slack,
        latest_end=record.end + slack,
        weight=1.0,
        group=record.group,
        worth=_DROP,
        zone=UTC,
        offset=0,
    )
