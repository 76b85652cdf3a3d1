"""Device credentials in the database: of passwords only the hash, every change in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import sqlalchemy as sa

from services.access.credentials import Credential, Issued
from services.access.tables import device_credentials, device_credentials_version
from services.contracts.errors import ConflictError, NotFoundError
from services.kit.clock import Clock
from services.kit.database import reading
from services.kit.logs import logger

_C = device_credentials.c

log = logger("access")


class Hasher(Protocol):
    """Hashes passwords as those of people are."""

    def hash(self, password: str) -> str:
        """Return the hash to keep."""

    def verify(self, kept: str | None, password: str) -> bool:
        """Tell whether the password is the kept one; None costs as much and is never right."""


class CredentialStore:
    """Safe to use from several threads and processes. `clock` is real time, whatever the speed of a demo."""

    def __init__(self, engine: sa.Engine, hasher: Hasher, clock: Clock) -> None:
        self._engine = engine
        self._hasher = hasher
        self._clock = clock

    # -- reading

    def version(self) -> int:
        """Return a number that moves with every change; 0 before the first."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(device_credentials_version.c.version)).scalar() or 0

    def all(self) -> list[Credential]:
        """Return all credentials, the revoked ones too, by user name."""
        with reading(self._engine) as connection:
            return [_credential(row) for row in connection.execute(sa.select(device_credentials).order_by(_C.username))]

    def find(self, site: str, device: str) -> Credential | None:
        """Return the credentials of a device, revoked or not."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(device_credentials).where(*_key(site, device))).first()
        return None if row is None else _credential(row)

    def signing_keys(self) -> dict[tuple[str, str], bytes]:
        """Return the keys of the devices that sign, by (site, device). They change only when `version` does."""
        query = sa.select(_C.site, _C.device, _C.signing_key).where(
            _C.signing_key.is_not(None), _C.revoked_at.is_(None)
        )
        with reading(self._engine) as connection:
            return {(row.site, row.device): bytes.fromhex(row.signing_key) for row in connection.execute(query)}

    def verify(self, credential: Credential | None, password: str) -> bool:
        """Tell whether the password is right; slow on purpose. None, for nobody, costs as much and is never right."""
        return self._hasher.verify(credential.password_hash if credential and credential.active else None, password)

    # -- changing

    def keep(self, issued: Issued) -> None:
        """Keep new credentials of a device; those it had are worthless from now on, revoked ones are good again."""
        hashed, now = self._hasher.hash(issued.password), self._clock.now()
        key = None if issued.signing_key is None else issued.signing_key.hex()
        with self._changing() as connection:
            kept = connection.execute(sa.select(device_credentials).where(*_key(issued.site, issued.device))).first()
            values = {"password_hash": hashed, "signing_key": key, "revoked_at": None}
            if kept is None:
                row = {"site": issued.site, "device": issued.device, "username": issued.username, "created_at": now}
                connection.execute(device_credentials.insert().values({**row, **values}))
            else:
                # Strictly after the one before, so that two changes within a millisecond are two.
                rotated = max(now, _credential(kept).stamp + 1)
                change = device_credentials.update().where(*_key(issued.site, issued.device))
                connection.execute(change.values({**values, "rotated_at": rotated}))
        log.info("credentials_issued", username=issued.username, signed=key is not None, first=kept is None)

    def revoke(self, site: str, device: str) -> Credential:
        """Make a device's credentials worthless and return them. Raises NotFoundError, ConflictError if they are."""
        with self._changing() as connection:
            row = connection.execute(sa.select(device_credentials).where(*_key(site, device))).first()
            if row is None:
                raise NotFoundError(key="no_credentials", site=site, id=device)
            if row.revoked_at is not None:
                raise ConflictError(key="credentials_revoked", site=site, id=device)
            change = device_credentials.update().where(*_key(site, device))
            connection.execute(change.values(revoked_at=self._clock.now()))
        log.info("credentials_revoked", username=row.username)
        return _credential(row)

    def forget(self, site: str, device: str) -> None:
        """Remove what is kept for a device that was never let in after all."""
        with self._changing() as connection:
            connection.execute(device_credentials.delete().where(*_key(site, device)))

    @contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        """One transaction that counts the version up; counting first makes writers queue up."""
        with self._engine.begin() as connection:
            connection.execute(
                sa.text("INSERT INTO device_credentials_version (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING")
            )
            row = device_credentials_version
            connection.execute(row.update().values(version=row.c.version + 1))
            yield connection


def _key(site: str, device: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return _C.site == site, _C.device == device


def _credential(row: sa.Row[Any]) -> Credential:
    return Credential(
        row.site,
        row.device,
        row.username,
        row.password_hash,
        row.created_at,
        row.rotated_at,
        row.revoked_at,
        row.signing_key is not None,
    )
