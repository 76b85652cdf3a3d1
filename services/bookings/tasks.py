"""What stewards have to do between two uses of a space: change it over or clean it, from when until when. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.bookings.neighbours import Stay, stay_of
from services.bookings.records import Booking
from services.catalogue.availability import Availability
from services.contracts.names import MINUTE, Millis


@dataclass(frozen=True, slots=True)
class Task:
    """Make `space` ready: it can be begun at `start` and has to be done by `due`, and takes `minutes`.

    `due` None: nobody comes after; it is done at leisure. `short`: there is less time than it takes.
    """

    kind: Literal["changeover", "cleaning"]
    space: str
    start: Millis
    due: Millis | None
    minutes: int
    before: str
    """What it was used as."""
    after: str
    after_booking: str | None

    @property
    def short(self) -> bool:
        """Whether it takes longer than there is time."""
        return self.due is not None and self.due - self.start < self.minutes * MINUTE


def tasks_of(site: str, bookings: Iterable[Booking], house: Availability, start: Millis, end: Millis) -> list[Task]:
    """Return the tasks of a site that can be begun from `start` to `end`, by time.

    `bookings` are those that touch that time, and the ones that follow them.
    """
    booked = {one.id: one for one in bookings}
    stays = sorted(
        (stay for one in booked.values() if (stay := stay_of(one)) is not None), key=lambda s: (s.start, s.id)
    )
    found: list[Task] = []
    for stay in stays:
        if not start <= stay.end < end:
            continue
        after = _next(site, stay, stays, house)
        minutes = house.gap_min(site, (stay.space, stay.function), _use(stay if after is None else after))
        if not minutes:
            continue
        changed = after is not None and after.function != stay.function
        found.append(
            Task(
                "changeover" if changed else "cleaning",
                stay.space,
                stay.end,
                None if after is None else after.start,
                minutes,
                stay.function,
                "" if after is None else after.function,
                None if after is None else after.id,
            )
        )
    return sorted(found, key=lambda task: (task.start, task.space))


def _next(site: str, stay: Stay, stays: Iterable[Stay], house: Availability) -> Stay | None:
    """Return the next use that shares a room with `stay`."""
    mine = house.rooms(site, stay.space)
    later = (one for one in stays if one.start >= stay.end and not mine.isdisjoint(house.rooms(site, one.space)))
    return min(later, key=lambda one: (one.start, one.id), default=None)


def _use(stay: Stay) -> tuple[str, str]:
    return stay.space, stay.function
