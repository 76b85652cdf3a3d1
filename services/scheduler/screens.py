"""What the screen of a space shows: now, next, one notice with its countdown, and what staff say. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.bookings.records import HOLDING, Booking, BookingState
from services.contracts.events import Screen, ScreenSlot
from services.contracts.names import Millis, is_handle
from services.contracts.policy import Policy
from services.contracts.states import Occupancy
from services.scheduler.inputs import millis
from services.scheduler.rules import following, release_at
from services.scheduler.view import View, key
from services.signage.messages import Message
from services.signage.titles import title_of

_Notice = tuple[str, Millis, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a screen depends on: as long as it is the same, so is the screen."""

    occupancy: Occupancy
    running: Booking | None
    coming: Booking | None
    notice: _Notice | None
    message: Message | None = None


def facts(
    view: View,
    site: str,
    space: str,
    now: Millis,
    policy: Policy,
    messages: Mapping[tuple[str, str], Message] | None = None,
) -> Facts:
    """Return what the screen of a space depends on now. `messages` of staff are by (site, space)."""
    room = view.rooms.get(key(site, space))
    mine = sorted(view.holding(site, space), key=lambda booking: (booking.start, booking.id))
    running = next((b for b in mine if b.start <= now < b.end or b.state is BookingState.IN_USE), None)
    coming = next((b for b in mine if b.start > now and b is not running), None)
    occupancy = "unknown" if room is None or room.unknown else room.state.occupancy
    message = (messages or {}).get((site, space))
    standing = message if message is not None and now < message.until else None
    return Facts(occupancy, running, coming, _notice(view, site, space, running, now, policy), standing)


def screen(told: Facts, site: str, space: str, name: str, now: Millis) -> Screen:
    """Return the screen of a space. Of people it shows what the group itself called its activity, no more."""
    notice = told.notice
    return Screen(
        site=site,
        space=space,
        name=name,
        as_of=now,
        occupancy=told.occupancy,
        now=_slot(told.running),
        next=_slot(told.coming),
        notice=notice and f"screens.{notice[0]}",
        notice_until=notice and notice[1],
        params={**notice[2], "until_at": notice[1]} if notice else {},
        message=told.message and told.message.text,
        message_until=told.message and told.message.until,
    )


def same(one: Screen | None, other: Screen) -> bool:
    """Tell whether two screens look the same; the time they were made does not count."""
    return one is other or (one is not None and one.model_copy(update={"as_of": other.as_of}) == other)


def _slot(booking: Booking | None) -> ScreenSlot | None:
    return None if booking is None else ScreenSlot(title=title_of(booking), start=booking.start, end=booking.end)


def _notice(view: View, site: str, space: str, running: Booking | None, now: Millis, policy: Policy) -> _Notice | None:
    """Return the one notice that matters most."""
    if running is not None and running.state is BookingState.WARNED:
        due = release_at(running, view.room(running), now, policy)
        return None if due is None else ("warn", due, _named(running))
    if running is not None and running.overrun_at is not None:
        after = following(view, running, policy)
        return None if after is None else ("overrun", after.start, {"next_title": title_of(after)})
    offer = next(iter(view.held_offers(site, space)), None)
    if offer is not None:
        return (
            ("held_somebody", offer.expires, {})
            if is_handle(offer.group)
            else ("held", offer.expires, {"group": offer.group})
        )
    return None if running is not None else _released(view, site, space, now, policy)


def _released(view: View, site: str, space: str, now: Millis, policy: Policy) -> _Notice | None:
    for booking in view.bookings.values():
        if (booking.site, booking.space) != (site, space) or booking.state is not BookingState.RELEASED:
            continue
        until = min((booking.released_at or 0) + millis(policy.reclaim_min), booking.end)
        taken = any(b.start < booking.end and b.end > now and b.state in HOLDING for b in view.holding(site, space))
        if now < until and not taken:
            return "released_somebody" if is_handle(booking.group) else "released", until, _named(booking)
    return None


def _named(booking: Booking) -> dict[str, Any]:
    """Return what a notice may say of a booking."""
    group = {} if is_handle(booking.group) else {"group": booking.group}
    return {"title": title_of(booking), **group}
