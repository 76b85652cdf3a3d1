"""A community made quick to look things up in; pure, so that evaluation and tests use it without a database."""

from functools import cached_property

from services.catalogue.availability import Availability
from services.contracts.community import Community, Device, Space, Supply
from services.contracts.errors import NotFoundError


class CatalogueView:
    """One community at one version. Lookups cost a dictionary access."""

    def __init__(self, version: int, community: Community) -> None:
        self.version = version
        self.community = community
        self._zones = {site.id: site.timezone for site in community.sites}
        self._spaces = {(space.site, space.id): space for space in community.spaces}
        self._devices = {(device.site, device.id): device for device in community.devices}
        self._devices_of: dict[tuple[str, str], list[Device]] = {}
        for device in community.devices:
            self._devices_of.setdefault((device.site, device.space), []).append(device)
        self._supply: dict[tuple[str, str], list[Supply]] = {}
        for window in community.supply:
            self._supply.setdefault((window.site, window.space), []).append(window)
        self._claims = {key: self._collect(*key) for key in self._spaces}

    @cached_property
    def availability(self) -> Availability:
        """When the spaces are there, made at the first asking."""
        return Availability(self.community)

    def zone(self, site: str) -> str:
        """Return the IANA zone of a site. Raises NotFoundError."""
        try:
            return self._zones[site]
        except KeyError:
            raise NotFoundError(key="no_site", id=site) from None

    def space(self, site: str, id: str) -> Space:
        """Return a space. Raises NotFoundError."""
        try:
            return self._spaces[site, id]
        except KeyError:
            raise NotFoundError(key="no_space", site=site, id=id) from None

    def device(self, site: str, id: str) -> Device:
        """Return a device. Raises NotFoundError."""
        try:
            return self._devices[site, id]
        except KeyError:
            raise NotFoundError(key="no_device", site=site, id=id) from None

    def devices_of(self, site: str, space: str) -> tuple[Device, ...]:
        """Return the devices placed in a space itself, not in its parts."""
        return tuple(self._devices_of.get((site, space), ()))

    def supply_of(self, site: str, space: str) -> tuple[Supply, ...]:
        """Return the windows in which partners lend a space; none for one that is always there."""
        return tuple(self._supply.get((site, space), ()))

    def claims(self, site: str, space: str) -> frozenset[str]:
        """Return the space and all its parts, and theirs: two bookings clash if and only if their claims meet.

        Raises NotFoundError.
        """
        try:
            return self._claims[site, space]
        except KeyError:
            raise NotFoundError(key="no_space", site=site, id=space) from None

    def _collect(self, site: str, space: str) -> frozenset[str]:
        claimed: set[str] = set()
        waiting = [space]
        while waiting:  # a space that is, by mistake, a part of its own part ends here too
            one = waiting.pop()
            if one not in claimed:
                claimed.add(one)
                waiting.extend(self._spaces[site, one].parts)
        return frozenset(claimed)
