"""Adds, re-keys and revokes devices: catalogue, credentials and broker change together, or not at all."""

from dataclasses import dataclass
from typing import Protocol

from services.access import rights
from services.access.credentials import ONBOARDING, Issued, draw
from services.access.mosquitto import BrokerAccess
from services.access.store import CredentialStore
from services.contracts.community import Community, Device
from services.contracts.errors import FoldspaceError, NotFoundError
from services.kit.logs import logger

log = logger("access")


class DeviceBook(Protocol):
    """The catalogue, as far as devices go."""

    def add_device(self, device: Device) -> None:
        """Add a device. Raises ConflictError, InvalidError."""

    def remove_device(self, site: str, id: str) -> None:
        """Remove a device. Raises NotFoundError."""

    def export(self) -> Community:
        """Return the whole catalogue."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of it. `issued` is shown once; `trouble` is what is left to do at the broker, if anything."""

    device: str
    issued: Issued | None
    trouble: str | None = None


class Enrolment:
    """`broker` None: its access control is not managed from here (the embedded door reads the store itself)."""

    def __init__(
        self,
        catalogue: DeviceBook,
        credentials: CredentialStore,
        broker: BrokerAccess | None,
        vendor: rights.Vendor = rights.no_vendor,
    ) -> None:
        self._catalogue = catalogue
        self._vendor = vendor
        self._credentials = credentials
        self._broker = broker

    def add(self, device: Device, *, with_credentials: bool = True, signed: bool = False) -> Enrolled:
        """Add a device, with credentials unless told otherwise.

        Raises ConflictError if its name is taken, InvalidError, BrokerAccessError; then nothing has changed.
        """
        rights.device_rights(device, self._vendor)
        self._catalogue.add_device(device)
        issued = None
        if with_credentials:
            try:
                issued = self._issue(device.site, device.id, rights.device_role(device), signed=signed)
            except FoldspaceError:
                self._catalogue.remove_device(device.site, device.id)
                raise
        return self._synced(Enrolled(f"{device.site}/{device.id}", issued))

    def rotate(self, site: str, device: str, *, signed: bool | None = None) -> Enrolled:
        """Give a device new credentials; those before them are worthless at once.

        It is also how a device gets its first ones, and how a revoked one comes back. `signed` None: a new signing
        key if it had one. Raises NotFoundError, InvalidError, BrokerAccessError; then nothing has changed.
        """
        known = self._device(site, device)
        rights.device_rights(known, self._vendor)
        before = self._credentials.find(site, device)
        signs = signed if signed is not None else before is not None and before.signed
        return self._synced(
            Enrolled(f"{site}/{device}", self._issue(site, device, rights.device_role(known), signed=signs))
        )

    def revoke(self, site: str, device: str) -> Enrolled:
        """Shut a device out; it stays in the catalogue. Raises NotFoundError, ConflictError, BrokerAccessError."""
        gone = self._credentials.revoke(site, device)
        if self._broker is None:
            return Enrolled(f"{site}/{device}", None)
        try:
            self._broker.shut_out(gone.username)
        except FoldspaceError as error:
            # It stays revoked: the next sync shuts it out, and taking the revocation back would be worse.
            return Enrolled(f"{site}/{device}", None, f"{error}; `foldspace broker sync` shuts it out at the broker")
        return self._synced(Enrolled(f"{site}/{device}", None))

    def remove(self, site: str, device: str) -> Enrolled:
        """Shut a device out and take it from the catalogue. Raises NotFoundError; then nothing has changed."""
        self._device(site, device)
        trouble = self.forget(site, device)
        self._catalogue.remove_device(site, device)
        return self.follow(f"{site}/{device}", trouble)

    def forget(self, site: str, device: str) -> str | None:
        """Make the credentials of a device worthless that goes, or is gone, from the catalogue; one without has none.

        Returns what is left to do at the broker, if anything.
        """
        known = self._credentials.find(site, device)
        return None if known is None or not known.active else self.revoke(site, device).trouble

    def expect_rights(self, device: Device) -> None:
        """Raise InvalidError for a device that could not be let in, for its base topic reaches too far."""
        rights.device_rights(device, self._vendor)

    def follow(self, device: str, trouble: str | None = None) -> Enrolled:
        """Let the broker's rules follow what has changed in the catalogue."""
        return self._synced(Enrolled(device, None, trouble))

    def onboarding(self, site: str) -> Enrolled:
        """Return new credentials for the newcomers of a site. Raises NotFoundError, BrokerAccessError."""
        if all(one.id != site for one in self._catalogue.export().sites):
            raise NotFoundError(key="no_site", id=site)
        issued = self._issue(site, ONBOARDING, rights.onboarding_role(site), signed=False)
        return self._synced(Enrolled(site, issued))

    def _device(self, site: str, id: str) -> Device:
        for device in self._catalogue.export().devices:
            if (device.site, device.id) == (site, id):
                return device
        raise NotFoundError(key="no_device", site=site, id=id)

    def _issue(self, site: str, device: str, role: str, *, signed: bool) -> Issued:
        issued = draw(site, device, signed=signed)
        if self._broker is not None:
            self._broker.let_in(issued, role)
        self._credentials.keep(issued)
        return issued

    def _synced(self, done: Enrolled) -> Enrolled:
        """Let the broker's rules follow; a failure takes nothing back, for the credentials hold already."""
        if self._broker is None:
            return done
        try:
            self._broker.sync()
        except FoldspaceError as error:
            log.warning("broker_not_synced", device=done.device, reason=str(error))
            return Enrolled(done.device, done.issued, done.trouble or f"{error}; `foldspace broker sync` finishes it")
        return done
