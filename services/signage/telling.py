"""Finds out what the screen of a space shows, from bookings, belief, opening hours and the scheduler's word. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.bookings.records import BLOCK, Booking, BookingState, Offer
from services.contracts.community import Space
from services.contracts.events import Screen
from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import DAY, Millis
from services.contracts.states import Occupancy, RoomState
from services.contracts.texts import texts
from services.signage.signs import Activity, Notice, Ports, Said, Sign, SpaceSign, Status
from services.signage.titles import title_of

LATER_AT_MOST = 12
"""Activities after the next one; a wall has room for about so many."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a space at `now`. `bookings` and `offer` are those that claim any room of it."""

    space: Space
    zone: str
    now: Millis
    bookings: Sequence[Booking]
    running: Booking | None
    coming: Booking | None
    offer: Offer | None
    state: RoomState | None
    stale_after: Millis
    screen: Screen | None
    windows: Sequence[tuple[Millis, Millis]] | None
    """When it is open around now; None: always."""


def sign_of(facts: Facts) -> SpaceSign:
    """Return what the screen of a space shows."""
    now, running, coming = facts.now, facts.running, facts.coming
    state = facts.state
    stale = state is not None and now - state.as_of > facts.stale_after
    occupancy: Occupancy = "unknown" if state is None or stale else state.occupancy
    opened = _opened(facts.windows)
    shut = None if opened is None else next((end for start, end in opened if start <= now < end), now)
    status = _status(facts, occupancy, is_open=shut != now)
    midnight = end_of_day(now, facts.zone)
    later = [b for b in facts.bookings if b.start > now and b.start < midnight and b is not coming]
    free_until = None
    if status in ("free", "unknown"):
        ends = [one for one in (shut, coming.start if coming else None) if one is not None and one < midnight]
        free_until = min(ends, default=None)
    return SpaceSign(
        space=facts.space.id,
        name=facts.space.name,
        group=facts.space.group,
        status=status,
        now=_activity(running),
        next=_activity(coming),
        later=tuple(
            Activity(title_of(b), b.start, b.end) for b in sorted(later, key=lambda b: (b.start, b.id))[:LATER_AT_MOST]
        ),
        free_until=free_until,
        opens_at=min((start for start, _ in opened or () if start > now), default=None) if status == "closed" else None,
        notice=_notice(facts.screen, now, facts.zone),
        message=_said(facts.screen, now),
        charging=_ports(state) if state is not None and not stale else None,
        stale=stale,
    )


def due(sign: Sign, now: Millis) -> Millis:
    """Return when what a sign shows changes at the latest, by plan: what is older than that shows what was."""
    instants = [end_of_day(now, sign.zone)]
    for one in sign.spaces:
        instants += [one.free_until or 0, one.opens_at or 0]
        instants += [part.until for part in (one.notice, one.message) if part is not None]
        instants += [one.now.end] if one.now else []
        instants += [activity.start for activity in (one.next, *one.later) if activity is not None]
    return min(instant for instant in instants if instant > now)


def end_of_day(now: Millis, zone: str) -> Millis:
    """Return the midnight that ends the local day of an instant."""
    return from_wall(to_datetime(now, zone).date(), "24:00", zone)


def around(now: Millis) -> tuple[Millis, Millis]:
    """Return from when to when opening hours are asked for."""
    return now - DAY, now + DAY


def _status(facts: Facts, occupancy: Occupancy, *, is_open: bool) -> Status:
    running = facts.running
    if running is not None and running.id.startswith(BLOCK):
        return "closed"
    if occupancy == "occupied" or (running is not None and running.state is BookingState.IN_USE):
        return "in_use"
    if running is not None:
        return "booked"
    if facts.offer is not None:
        return "held"
    if not is_open:
        return "closed"
    return "free" if occupancy == "vacant" else "unknown"


def _opened(windows: Sequence[tuple[Millis, Millis]] | None) -> list[tuple[Millis, Millis]] | None:
    """Return the windows with those that touch made one."""
    if windows is None:
        return None
    merged: list[tuple[Millis, Millis]] = []
    for start, end in sorted(windows):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _activity(booking: Booking | None) -> Activity | None:
    return None if booking is None else Activity(title_of(booking), booking.start, booking.end)


def _notice(screen: Screen | None, now: Millis, zone: str) -> Notice | None:
    if screen is None or screen.notice is None or screen.notice_until is None or screen.notice_until <= now:
        return None
    said = texts(screen.notice, screen.params, zone)
    kind = screen.notice.removeprefix("screens.").removesuffix("_somebody")
    return Notice(kind, screen.notice_until, said["zh"], said["en"])


def _said(screen: Screen | None, now: Millis) -> Said | None:
    if screen is None or not screen.message or screen.message_until is None or screen.message_until <= now:
        return None
    return Said(screen.message, screen.message_until)


def _ports(state: RoomState) -> Ports | None:
    charging = state.charging
    return Ports(charging.ports, charging.in_use, charging.fault) if charging.ports else None
