"""Twins in the database: desired configurations, and the repairs of gaps."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from services.contracts.errors import InvalidError
from services.contracts.names import is_name
from services.contracts.texts import Word
from services.kit.clock import Clock
from services.kit.database import DatabaseUnavailableError, reading
from services.kit.logs import logger
from services.twins.records import Desired, GapRepair, RepairKey
from services.twins.tables import desired_configs, gap_repairs

LONGEST_CONFIG = 4096
"""Bytes of JSON: the command has to fit into the packet buffer of a small device."""
DeviceKey = tuple[str, str]
_C = desired_configs.c
_G = gap_repairs.c

log = logger("twins")


class TwinStore:
    """Safe to use from several threads and processes. Every method raises DatabaseUnavailableError."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    # -- desired configuration

    def desire(self, site: str, device: str, config: Mapping[str, Any], by: str) -> Desired:
        """Wish a configuration for a device, under the next version. Raises InvalidError.

        What `config` does not name stays as the device has it. Whether the device exists is the caller's to know.
        """
        _check(site, device, config)
        now = self._clock.now()
        new = {"config": dict(config), "at": now, "by": by}
        try:
            version = self._next_version(site, device, new)
        except IntegrityError:  # somebody else wished for this device for the first time in the same moment
            version = self._next_version(site, device, new)
        log.info("configuration_desired", site=site, device=device, version=version, by=by)
        return Desired(version, dict(config), now, by)

    def desired(self) -> dict[DeviceKey, Desired]:
        """Return every desired configuration by (site, device)."""
        with reading(self._engine) as connection:
            return {(row.site, row.device): _desired(row) for row in connection.execute(sa.select(desired_configs))}

    def told(self, key: DeviceKey, version: int, command: str, boot: str | None) -> None:
        """Note that a version was queued as `command`, unless a younger one was wished since."""
        self._note(key, version, command=command, boot=boot, refusal=None)

    def refused(self, key: DeviceKey, version: int, reason: str) -> None:
        """Note why the device does not take a version, unless a younger one was wished since."""
        self._note(key, version, refusal=reason)

    def outrank(self, key: DeviceKey, version: int, held: int) -> None:
        """Count a version up past the one the device holds, unless a younger one was wished since."""
        self._note(key, version, version=held + 1, command=None, boot=None, refusal=None)

    def _next_version(self, site: str, device: str, new: dict[str, Any]) -> int:
        fresh = {"command": None, "boot": None, "refusal": None}
        with self._changing() as connection:
            change = desired_configs.update().where(_C.site == site, _C.device == device)
            changed = connection.execute(change.values(version=_C.version + 1, **new, **fresh))
            if changed.rowcount == 0:
                connection.execute(desired_configs.insert().values(site=site, device=device, version=1, **new))
            query = sa.select(_C.version).where(_C.site == site, _C.device == device)
            return int(connection.execute(query).scalar_one())

    def _note(self, key: DeviceKey, of_version: int, **values: Any) -> None:
        where = (_C.site == key[0], _C.device == key[1], _C.version == of_version)
        with self._changing() as connection:
            connection.execute(desired_configs.update().where(*where).values(**values))

    # -- gap repair

    def repairs(self) -> dict[RepairKey, list[GapRepair]]:
        """Return what was asked for and what is lost by (site, device, boot), in order.

        A gap that is in none of the ranges has not been asked for yet.
        """
        found: dict[RepairKey, list[GapRepair]] = {}
        query = sa.select(gap_repairs).order_by(_G.site, _G.device, _G.boot, _G.first)
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                repair = GapRepair(**row._mapping)
                found.setdefault(repair.key, []).append(repair)
        return found

    def keep(self, before: Iterable[GapRepair], after: Iterable[GapRepair]) -> None:
        """Replace repairs by others, in one transaction. One process at a time keeps the repairs of a device."""
        old, new = set(before), set(after)
        gone, come = old - new, new - old
        if not gone and not come:
            return
        with self._changing() as connection:
            for one in gone:
                where = (_G.site == one.site, _G.device == one.device, _G.boot == one.boot, _G.first == one.first)
                connection.execute(gap_repairs.delete().where(*where))
            if come:
                connection.execute(gap_repairs.insert(), [asdict(one) for one in come])

    @contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            cause = str(error.orig or error).splitlines()[0]
            raise DatabaseUnavailableError(f"database: cannot be written: {cause}") from error


def _check(site: str, device: str, config: Mapping[str, Any]) -> None:
    where = Word("problems.configuration_of", site=site, device=device)
    if not is_name(site) or not is_name(device):
        raise InvalidError(key="command_names", where=where)
    if not config:
        raise InvalidError(key="config_empty", where=where)
    try:
        said = json.dumps(config, allow_nan=False)
    except (TypeError, ValueError):
        raise InvalidError(key="config_not_json", where=where) from None
    if len(said) > LONGEST_CONFIG:
        raise InvalidError(key="config_too_long", where=where, most=LONGEST_CONFIG, bytes=len(said))


def _desired(row: sa.Row[Any]) -> Desired:
    return Desired(row.version, row.config, row.at, row.by, row.command, row.boot, row.refusal)
