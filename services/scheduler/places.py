"""Spaces and supply windows of a community as the scheduler's places, day by day."""

from collections.abc import Mapping

from services.catalogue.availability import Availability
from services.catalogue.windows import Window
from services.contracts.community import Community, Device
from services.contracts.errors import NotFoundError
from services.contracts.names import DAY, Millis
from services.scheduler.view import Place, Standing, key


class Places:
    """A community made quick to look things up in. Windows are worked out once a day."""

    def __init__(self, community: Community) -> None:
        self.community = community
        self._zones = {site.id: site.timezone for site in community.sites}
        self._parts = {(space.site, space.id): space.parts for space in community.spaces}
        self._names = {(space.site, space.id): space.name for space in community.spaces}
        self._claims = {name: self._collect(*name) for name in self._parts}
        self._availability = Availability(community)
        self._gaps = {name: self._gaps_of(*name) for name in self._parts}
        self._devices: dict[tuple[str, str], list[Device]] = {}
        for device in community.devices:
            self._devices.setdefault((device.site, device.space), []).append(device)
        self._day = -1
        self._today: Mapping[str, Place] = {}

    def at(self, now: Millis) -> Mapping[str, Place]:
        """Return every place, with its windows from yesterday to tomorrow."""
        if now // DAY != self._day:
            self._day = now // DAY
            self._today = {
                key(space.site, space.id): Place(
                    space.site,
                    space.id,
                    space.capacity,
                    tuple(sorted(self._claims[space.site, space.id])),
                    space.functions,
                    space.features,
                    self._windows(space.site, space.id, now),
                    space.capacity_by_function,
                    self._gaps[space.site, space.id],
                )
                for space in self.community.spaces
            }
        return self._today

    def standing(self, site: str, group: str) -> Standing | None:
        """Return how a group stands in line, by its id or its name; None: nobody the community knows."""
        known = self._availability.group(site, group)
        return None if known is None else Standing(known.id, known.points)

    def claims(self, site: str, space: str) -> frozenset[str]:
        """Return the space and all its parts, and theirs. Raises NotFoundError."""
        try:
            return self._claims[site, space]
        except KeyError:
            raise NotFoundError(f"space {site}/{space} is not in the catalogue") from None

    def zone(self, site: str) -> str:
        """Return the zone of a site; UTC for one that is gone."""
        return self._zones.get(site, "UTC")

    def name(self, site: str, space: str) -> str:
        """Return what people call a space; its id for one that is gone."""
        return self._names.get((site, space), space)

    def site_of(self, space: str) -> str:
        """Return the first site that has a space of this name. Raises NotFoundError."""
        for site, id in self._parts:
            if id == space:
                return site
        raise NotFoundError(f"space {space} is not in the catalogue")

    def devices(self, site: str, space: str) -> tuple[Device, ...]:
        """Return the devices placed in a space."""
        return tuple(self._devices.get((site, space), ()))

    def _gaps_of(self, site: str, space: str) -> Mapping[str, int]:
        if not self._availability.longest_gap_min(site):
            return {}
        used_as = ("", *sorted({function for one in self.community.spaces for function in one.functions}))
        return {
            f"{before}>{after}": minutes
            for before in used_as
            for after in used_as
            if (minutes := self._availability.gap_min(site, (space, before), (space, after)))
        }

    def _collect(self, site: str, space: str) -> frozenset[str]:
        claimed: set[str] = set()
        waiting = [space]
        while waiting:
            one = waiting.pop()
            if one not in claimed:
                claimed.add(one)
                waiting.extend(self._parts.get((site, one), ()))
        return frozenset(claimed)

    def _windows(self, site: str, space: str, now: Millis) -> tuple[Window, ...] | None:
        if self._availability.always_there(site, space):
            return None
        today = now // DAY * DAY
        windows = self._availability.windows(site, space, today - DAY, today + 3 * DAY)
        # What asks for a host's yes or for notice is not offered by a machine.
        return tuple(one for one in windows if one.approval == "auto" and not one.notice_min)
