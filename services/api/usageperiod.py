"""What is asked of usage figures: which period, which spaces, and what the caller may see; and the reading of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.api.deps import Deps
from services.api.identity import may_act
from services.api.moments import Bound, begin_of, end_of
from services.api.problems import RefusalError
from services.api.spaceview import stale_after
from services.bookings.grid import LONGEST
from services.catalogue.people import Principal
from services.catalogue.stretches import Stretch, joined
from services.catalogue.view import CatalogueView
from services.contracts.community import Site, Space
from services.contracts.heartbeats import silence_limit
from services.contracts.names import DAY, Millis
from services.usage.charged import Charged
from services.usage.figures import Room, Tables, in_total, of_some, pieces_of, tables
from services.usage.hours import Day, days_of, whole_days
from services.usage.privacy import K
from services.usage.promised import Promise, promises_of
from services.usage.sums import Piece

_LONGEST: Millis = 366 * DAY
_USUAL: Millis = 28 * DAY
_SENSES = frozenset({"presence", "motion", "count", "climate", "charging", "door"})
"""Kinds of devices that say anything of who is in a space."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A site, the spaces that were asked for, those that the caller may see at all, and how they may see them."""

    site: Site
    spaces: tuple[Space, ...]
    scope: tuple[Space, ...]
    restricted: bool
    view: CatalogueView

    @property
    def k(self) -> int | None:
        """The least that is shown; None: everything."""
        return K if self.restricted else None

    @property
    def everything(self) -> bool:
        """Whether all that the caller may see was asked for."""
        return len(self.spaces) == len(self.scope)


def asked(
    deps: Deps,
    caller: Principal,
    site: str | None,
    spaces: Sequence[str] | None = None,
    functions: Sequence[str] | None = None,
) -> Asked:
    """Return what is asked for. Raises RefusalError for a site or space that is not there, or not for the caller.

    Partners see the spaces that they lend. Staff see everything as it is; for others small figures are hidden.
    """
    view = deps.catalogue.view()
    known = {one.id: one for one in view.community.sites}
    if site is None and len(known) == 1:
        site = next(iter(known))
    if site is None or site not in known:
        raise RefusalError("invalid", "unknown_site", site=site or "")
    scope = [one for one in view.community.spaces if one.site == site]
    if caller.role == "partner":
        lent = {one.space for one in view.community.supply if one.site == site and one.owner == caller.name}
        scope = [one for one in scope if one.id in lent]
    for id in spaces or ():
        space = view.space(site, id)
        if space not in scope:
            raise RefusalError("forbidden", "usage_not_yours", space=space.name)
    chosen = [
        one
        for one in scope
        if (not spaces or one.id in spaces) and (not functions or not set(functions).isdisjoint(one.functions))
    ]
    return Asked(known[site], tuple(chosen), tuple(scope), not may_act(caller), view)


def period(
    deps: Deps, what: Asked, from_: Bound | None, to: Bound | None, usual: Millis = _USUAL
) -> tuple[Millis, Millis]:
    """Return from when to when figures are asked for; those outside staff get whole local days. Raises RefusalError."""
    zone = what.site.timezone
    end = deps.clock.now() if to is None else end_of(to, zone)
    start = end - usual if from_ is None else begin_of(from_, zone)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="from", end="to")
    if end - start > _LONGEST:
        raise RefusalError("invalid", "history_too_long", days=_LONGEST // DAY)
    return whole_days(start, end, zone) if what.restricted else (start, end)


class Period:
    """Everything that is known of the spaces of a site between two instants, read when it is needed first."""

    def __init__(self, deps: Deps, what: Asked, start: Millis, end: Millis) -> None:
        """What lies ahead of now is nobody's use yet: the period ends now at the latest."""
        self.start, self.end = start, end
        self._deps = deps
        self._what = what
        self._now = deps.clock.now()
        self.until = max(start, min(end, self._now))
        self.zone = what.site.timezone

    @cached_property
    def days(self) -> list[Day]:
        """The local days of the period so far."""
        return days_of(self.start, self.until, self.zone)

    @cached_property
    def promises(self) -> list[Promise]:
        """Bookings of the site that begin in the period."""
        site, bookings = self._what.site.id, self._deps.bookings
        found, offers = bookings.between(site, self.start - LONGEST, self.until)
        begun = [one for one in found if self.start <= one.start < self.until]
        walk_ins = bookings.walk_ins(site, self.start, self.until)
        names = {one.id: one.name for one in self._what.view.community.groups if one.site == site}
        return promises_of(begun, offers, walk_ins, names, self.zone)

    @cached_property
    def claims(self) -> dict[str, frozenset[str]]:
        """Space → the rooms it is made of."""
        view, site = self._what.view, self._what.site.id
        return {one.id: view.claims(site, one.id) for one in view.community.spaces if one.site == site}

    @cached_property
    def rooms(self) -> list[Room]:
        """The spaces that the tables are made of: for outsiders all of theirs, so that what is hidden stays hidden
        whichever of them are asked for.
        """
        chosen = self._what.scope if self._what.restricted else self._what.spaces
        return [self.room(space) for space in chosen]

    def room(self, space: Space) -> Room:
        """Return one space with what was measured of it. Raises SinkUnavailableError."""
        site, view = self._what.site.id, self._what.view
        measurements = self._deps.measurements
        counted: dict[object, int] = {}
        if any(one.kind == "count" for one in view.devices_of(site, space.id)):
            told = measurements.counted_in(site, space.id, self.days, self._now)
            counted = {day.day: people for day, people in zip(self.days, told, strict=True) if people is not None}
        return Room(
            space.id,
            self.claims[space.id],
            self._opened(space),
            measurements.use(site, space.id, self.days, self.zone, self._now, self._heard),
            counted,  # type: ignore[arg-type]  # its keys are days
        )

    def booked_only(self) -> Tables:
        """Return the figures of bookings alone, without asking what was measured."""
        rooms = [Room(space.id, self.claims[space.id], (), ()) for space in self._what.scope]
        return tables(rooms, self.promises, self.claims, self.sensed, self._what.k)

    @property
    def sensed(self) -> frozenset[str]:
        """Spaces with sensors of their own."""
        return frozenset(
            one.space
            for one in self._what.view.community.devices
            if one.site == self._what.site.id and one.kind in _SENSES
        )

    def tables(self) -> Tables:
        """Return the figures, as the caller may see them. Raises SinkUnavailableError."""
        found = tables(self.rooms, self.promises, self.claims, self.sensed, self._what.k)
        if not self._what.restricted or self._what.everything:
            return found
        wanted = {space.id for space in self._what.spaces}
        chosen = [room for room in self.rooms if room.id in wanted]
        return of_some(found, tables(chosen, self.promises, self.claims, self.sensed, self._what.k))

    def pieces(self) -> dict[str, list[Piece]]:
        """Return what was asked for day by day. Raises SinkUnavailableError."""
        wanted = {space.id for space in self._what.spaces}
        return {room.id: pieces_of(room, self.promises, self.claims) for room in self.rooms if room.id in wanted}

    def summed(self) -> frozenset[str]:
        """Return the spaces of what was asked for that sums of occupancy are made of."""
        wanted = {space.id for space in self._what.spaces}
        return in_total([room for room in self.rooms if room.id in wanted], self.sensed)

    def lent(self) -> Mapping[tuple[str, str], list[Stretch]]:
        """Return when who lends which of the spaces: those of the partner, or of everybody."""
        site, view = self._what.site.id, self._what.view
        found: dict[tuple[str, str], list[Stretch]] = {}
        for space in self._what.spaces:
            owners = {one.id: one.owner for one in view.supply_of(site, space.id)}
            if not owners or self.until <= self.start:
                continue
            for window in view.availability.windows(site, space.id, self.start, self.until):
                low, high = max(window.start, self.start), min(window.end, self.until)
                if low < high:
                    found.setdefault((owners[window.supply], space.id), []).append((low, high))
        return {key: joined(stretches) for key, stretches in found.items()}

    def charged(self) -> dict[str, list[Charged]]:
        """Return what the charging ports of the spaces did, of those that have any. Raises SinkUnavailableError."""
        site, view = self._what.site.id, self._what.view
        found: dict[str, list[Charged]] = {}
        for space in self._what.scope if self._what.restricted else self._what.spaces:
            points = [one for one in view.devices_of(site, space.id) if one.kind == "charging"]
            if points:
                silent = max(silence_limit("charging", one.heartbeat_s) for one in points)
                found[space.id] = self._deps.measurements.charged(site, space.id, self.days, silent, self._now)
        return found

    @property
    def _heard(self) -> Millis:
        """When the gateway was heard last; now, while it speaks as often as it should."""
        newest = self._deps.live.level.newest()
        return self._now if newest is None or newest >= self._now - stale_after(self._deps.clock) else newest

    def _opened(self, space: Space) -> list[Stretch]:
        if self.until <= self.start:
            return []
        windows = self._what.view.availability.windows(self._what.site.id, space.id, self.start, self.until)
        return joined((max(one.start, self.start), min(one.end, self.until)) for one in windows)
