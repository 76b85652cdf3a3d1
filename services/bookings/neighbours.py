"""What a new use leaves to those before and after it, and its group to others: changeover, quota. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from services.bookings.holding import holds
from services.bookings.records import HOLDING, Booking, BookingState, Change, Offer, Request
from services.catalogue.availability import Availability
from services.contracts.community import Group
from services.contracts.errors import ConflictError
from services.contracts.instants import from_wall, local_clock, to_datetime
from services.contracts.names import MINUTE, Millis
from services.contracts.vocabulary import function_word


class CrowdedError(ConflictError):
    """Free, but too near to somebody else's use or more than the group's share."""

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(key=key, **params)


@dataclass(frozen=True, slots=True)
class Stay:
    """A use of a space from `start` to `end`, as those before and after it see it."""

    id: str
    space: str
    function: str
    start: Millis
    end: Millis


def stay_of(record: Booking | Offer, request: Request | None = None) -> Stay | None:
    """Return the use a booking or a held offer stands for; None: the space needs no clearing after it.

    An offer is for the first function its `request` asks for. A booking nobody came to leaves nothing behind.
    """
    if isinstance(record, Offer):
        functions = request.functions if request else ()
        return Stay(record.id, record.space, functions[0] if functions else "", record.start, record.end)
    used = record.state is BookingState.ENDED and record.checked_in_at is not None
    if record.state not in HOLDING and not used:
        return None
    return Stay(record.id, record.space, record.function, record.start, record.had_until)


class Around(Protocol):
    """What a store knows of the uses around a new one."""

    def stays_near(self, site: str, start: Millis, end: Millis) -> Iterable[Stay]:
        """Return uses of the site that touch `start` … `end`."""

    def bookings_of(self, site: str, names: tuple[str, ...], start: Millis, end: Millis) -> Iterable[Booking]:
        """Return bookings that start in `start` … `end` of the group with one of these names."""


def check_change(change: Change, around: Around, house: Availability) -> None:
    """Raise CrowdedError when a change that keeps its distance comes too near, or is more than its group's share."""
    if not change.keeps_distance:
        return
    requests = {request.id: request for request in change.requests}
    records: tuple[Booking | Offer, ...] = (*change.bookings, *change.offers)
    for record in records:
        if not holds(record):
            continue
        reach = house.longest_gap_min(record.site) * MINUTE
        stay = stay_of(record, requests.get(record.request) if isinstance(record, Offer) else None)
        if reach and stay is not None:
            near = around.stays_near(record.site, stay.start - reach, stay.end + reach)
            check_distance(record.site, stay, near, house)
        group = house.group(record.site, record.group)
        protected = isinstance(record, Booking) and record.protected
        if group is not None and group.weekly_quota_min is not None and not protected:
            week = week_of(record.start, house.zone(record.site))
            check_quota(record, group, around.bookings_of(record.site, (group.id, group.name), *week), house)


def check_distance(site: str, new: Stay, others: Iterable[Stay], house: Availability) -> None:
    """Raise CrowdedError unless `new` leaves enough time to each of `others` that shares a room with it."""
    mine = house.rooms(site, new.space)
    for other in sorted(others, key=lambda one: (one.start, one.id)):
        if other.id == new.id or mine.isdisjoint(house.rooms(site, other.space)):
            continue
        first, second = (other, new) if other.start < new.start else (new, other)
        needed = house.gap_min(site, (first.space, first.function), (second.space, second.function))
        if second.start - first.end >= needed * MINUTE or second.start < first.end:
            continue  # enough, or taken: that the claims say
        after = second is new
        at = first.end + needed * MINUTE if after else second.start - needed * MINUTE
        raise CrowdedError(
            "too_soon_after" if after else "too_late_before",
            space=house.name(site, new.space),
            minutes=needed,
            before=_used_as(first),
            after=_used_as(second),
            at=local_clock(at, house.zone(site)),
        )


def _used_as(stay: Stay) -> str:
    return function_word(stay.function) if stay.function else "–"


def week_of(at: Millis, zone: str) -> tuple[Millis, Millis]:
    """Return the week of an instant at a site, from its Monday to the next."""
    day = to_datetime(at, zone).date()
    monday = day - timedelta(days=day.weekday())
    return from_wall(monday, "00:00", zone), from_wall(monday + timedelta(days=7), "00:00", zone)


def check_quota(new: Booking | Offer, group: Group, others: Iterable[Booking], house: Availability) -> None:
    """Raise CrowdedError when `new` with the group's other bookings of the week is more than its quota.

    Protected bookings, for elections or exams, do not count.
    """
    if group.weekly_quota_min is None:
        return
    used = sum(
        max(0, one.had_until - one.start)
        for one in others
        if one.id != new.id and not one.protected and one.state is not BookingState.CANCELLED
    )
    asked = new.end - new.start
    if used + asked > group.weekly_quota_min * MINUTE:
        raise CrowdedError(
            "over_quota",
            group=group.name,
            quota=group.weekly_quota_min,
            used=used // MINUTE,
            asked=asked // MINUTE,
            week=f"{to_datetime(week_of(new.start, house.zone(new.site))[0], house.zone(new.site)):%Y-%m-%d}",
        )
