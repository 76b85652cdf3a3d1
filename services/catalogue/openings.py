"""When a space is open by its hours and holidays, and why it is not. Pure.

A period belongs to the local day on which it begins, also when it goes over midnight.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.catalogue.stretches import Stretch, joined, without
from services.contracts.community import Community, Holiday, Hours, Space
from services.contracts.entries import WEEKDAYS
from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import Millis
from services.contracts.supply import Period

_WHOLE_DAY = (Hours(start="00:00", end="24:00"),)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a use is not possible: a key of the section problems of the text catalogue, and its parameters."""

    key: str
    params: Mapping[str, Any]


class Openings:
    """Opening hours and holidays of one community."""

    def __init__(self, community: Community) -> None:
        self._zones = {site.id: site.timezone for site in community.sites}
        self._site_hours = {site.id: site.hours for site in community.sites}
        self._spaces = {(space.site, space.id): space for space in community.spaces}
        self._holidays: dict[tuple[str, str | None], list[Holiday]] = {}
        for holiday in community.holidays:
            self._holidays.setdefault((holiday.site, holiday.space), []).append(holiday)

    def limited(self, space: Space) -> bool:
        """Tell whether hours or holidays ever keep the space shut."""
        holidays = [self._holidays.get((space.site, None))]
        holidays += [self._holidays.get((space.site, part.id)) for part in self.parts(space)]
        return bool(self._hours(space)) or any(holidays)

    def stretches(self, space: Space, start: Millis, end: Millis) -> list[Stretch]:
        """Return when the space is open between two instants, joined, in order."""
        zone = self._zones[space.site]
        first, last = days_around(start, end, zone)
        opened = [
            stretch
            for shift in range((last - first).days + 1)
            for stretch in self._opened(space, first + timedelta(days=shift))
        ]
        shut = [
            (from_wall(day, "00:00", zone), from_wall(day, "24:00", zone))
            for part in self.parts(space)[1:]
            for shift in range((last - first).days + 1)
            if self._shut_part(part, day := first + timedelta(days=shift))
        ]
        return [(max(a, start), min(b, end)) for a, b in without(joined(opened), shut) if a < end and b > start]

    def why_shut(self, space: Space, start: Millis, end: Millis) -> WhyNot | None:
        """Return why the space is not open all the time from `start` to `end`; None: it is."""
        at = _first_gap(self.stretches(space, start, end), start, end)
        return None if at is None else self._shut(space, at)

    def parts(self, space: Space) -> list[Space]:
        """Return the space and its parts, and theirs: where one is shut the whole cannot be used."""
        found, waiting = [space], list(space.parts)
        while waiting:
            part = self._spaces[space.site, waiting.pop(0)]
            if part not in found:
                found.append(part)
                waiting.extend(part.parts)
        return found

    def _shut(self, space: Space, at: Millis) -> WhyNot:
        zone = self._zones[space.site]
        day = to_datetime(at, zone).date()
        for part in self.parts(space):
            holiday = self._holiday(space, day) if part is space else self._shut_part(part, day)
            if holiday is not None:
                hours = _clocks(holiday.hours)
                key = "holiday_hours" if hours else "holiday_closed"
                return WhyNot(
                    key, {"space": part.name, "day": day.isoformat(), "holiday": holiday.name, "hours": hours}
                )
        hours = _clocks(one for one in self._hours(space) if WEEKDAYS[day.weekday()] in one.days)
        key = "outside_hours" if hours else "closed_that_day"
        return WhyNot(key, {"space": space.name, "day": day.isoformat(), "hours": hours})

    def _opened(self, space: Space, day: date) -> Iterable[Stretch]:
        """Yield when the space opens by the hours of a local day, until it closes, be that the day after."""
        zone = self._zones[space.site]
        holiday = self._holiday(space, day)
        hours: Sequence[Period]
        if holiday is not None:
            hours = holiday.hours
        else:
            hours = [one for one in self._hours(space) or _WHOLE_DAY if WEEKDAYS[day.weekday()] in one.days]
        for one in hours:
            closes = day if one.end > one.start else day + timedelta(days=1)
            start, end = from_wall(day, one.start, zone), from_wall(closes, one.end, zone)
            if start < end:
                yield start, end

    def _hours(self, space: Space) -> tuple[Hours, ...]:
        return space.hours or self._site_hours.get(space.site, ())

    def _holiday(self, space: Space, day: date) -> Holiday | None:
        """Return what is special about a day: the space's own holiday before its site's."""
        for where in (space.id, None):
            for holiday in self._holidays.get((space.site, where), ()):
                if holiday.first_day <= day <= (holiday.last_day or holiday.first_day):
                    return holiday
        return None

    def _shut_part(self, part: Space, day: date) -> Holiday | None:
        """Return what keeps a part of a space shut the whole day: a holiday of its own without hours."""
        holiday = self._holiday(part, day)
        return holiday if holiday is not None and holiday.space is not None and not holiday.hours else None


def days_around(start: Millis, end: Millis, zone: str) -> tuple[date, date]:
    """Return the local days whose periods may touch start … end: one more before, for what goes over midnight."""
    return to_datetime(start, zone).date() - timedelta(days=1), to_datetime(end, zone).date()


def _first_gap(stretches: Sequence[Stretch], start: Millis, end: Millis) -> Millis | None:
    at = start
    for opens, closes in stretches:
        if opens > at:
            break
        at = max(at, closes)
    return at if at < end else None


def _clocks(periods: Iterable[Period]) -> str:
    return ", ".join(f"{one.start}–{one.end}" for one in periods)
