"""The catalogue as its readers hold it: read again only when its version has moved."""

import threading

from services.catalogue.store import CatalogueStore
from services.catalogue.view import CatalogueView
from services.contracts.community import Community, Device, Space


class CachedCatalogue:
    """Always answers from the present catalogue; each call costs one small query for the version.

    Whoever looks up a lot at once takes a `view()` and asks that. Safe to share between threads.
    """

    def __init__(self, store: CatalogueStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._read: tuple[int, Community] | None = None
        self._view: CatalogueView | None = None

    def view(self) -> CatalogueView:
        """Return the present catalogue, indexed."""
        version = self._store.version()
        with self._lock:
            version, community = self._present(version)
            if self._view is None or self._view.version != version:
                self._view = CatalogueView(version, community)
            return self._view

    def current(self) -> tuple[int, Community]:
        """Return the present version and catalogue; without its index, which a gateway of thousands need not carry."""
        version = self._store.version()
        with self._lock:
            return self._present(version)

    def _present(self, version: int) -> tuple[int, Community]:
        if self._read is None or self._read[0] != version:
            self._read = self._store.read()
        return self._read

    def zone(self, site: str) -> str:
        """Return the IANA zone of a site. Raises NotFoundError."""
        return self.view().zone(site)

    def space(self, site: str, id: str) -> Space:
        """Return a space. Raises NotFoundError."""
        return self.view().space(site, id)

    def device(self, site: str, id: str) -> Device:
        """Return a device. Raises NotFoundError."""
        return self.view().device(site, id)

    def devices_of(self, site: str, space: str) -> tuple[Device, ...]:
        """Return the devices placed in a space itself, not in its parts."""
        return self.view().devices_of(site, space)

    def claims(self, site: str, space: str) -> frozenset[str]:
        """Return the space and all its parts, and theirs. Raises NotFoundError."""
        return self.view().claims(site, space)
