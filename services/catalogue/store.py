"""The catalogue in the database: sites, spaces, devices, supply windows and policy, every change in one transaction."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.exc import DataError

from services.catalogue.merge import AnyEntry, checked, key_of, merge
from services.catalogue.tables import (
    changeover,
    devices,
    groups,
    holidays,
    settings,
    sites,
    space_parts,
    spaces,
    standing,
    supply,
)
from services.contracts.community import Changeover, Community, Device, Group, Holiday, Site, Space, Standing, Supply
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.policy import Policy
from services.contracts.texts import Word
from services.kit.database import reading
from services.kit.logs import logger

Entry = TypeVar("Entry", Site, Space, Device, Supply, Holiday, Changeover, Group, Standing)

_KEYS = {"sites": ("id",), "changeover": ("site", "space", "before", "after")}
"""What names an entry of a table that has no site or no id."""

log = logger("catalogue")


class CatalogueStore:
    """Reads and changes the catalogue. Safe to use from several threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    # -- reading

    def version(self) -> int:
        """Return a number that grows with every change; 0 before the first."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(settings.c.version)).scalar() or 0

    def is_empty(self) -> bool:
        """Tell whether there is no site yet."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(sites.c.id).limit(1)).first() is None

    def export(self) -> Community:
        """Return the whole catalogue, entries in the order in which they came."""
        return self.read()[1]

    def read(self) -> tuple[int, Community]:
        """Return the whole catalogue with its version, both of the same moment."""
        with reading(self._engine) as connection:
            # The shared lock keeps a writer on PostgreSQL from committing between our five selects; a read
            # transaction on SQLite is a snapshot anyway.
            version = connection.execute(sa.select(settings.c.version).with_for_update(read=True)).scalar()
            return (version, _load(connection)) if version is not None else (0, Community())

    # -- changing

    def import_community(self, community: Community) -> None:
        """Lay a community over the catalogue: its entries are created or updated, all others stay.

        Raises InvalidError, and changes nothing, when the result does not fit together.
        """
        with self._changing() as connection:
            before = _load(connection)
            after = merge(before, community)
            _put(connection, sites, before.sites, after.sites)
            _put(connection, spaces, before.spaces, after.spaces)
            _put_parts(connection, before.spaces, after.spaces)
            _put(connection, devices, before.devices, after.devices)
            _put(connection, groups, before.groups, after.groups)
            _put(connection, supply, before.supply, after.supply)
            _put(connection, holidays, before.holidays, after.holidays)
            _put(connection, changeover, before.changeover, after.changeover)
            _put(connection, standing, before.standing, after.standing)
            _put_policy(connection, after.policy)
        log.info(
            "community_imported",
            sites=len(community.sites),
            spaces=len(community.spaces),
            devices=len(community.devices),
            supply=len(community.supply),
        )

    def add_device(self, device: Device) -> None:
        """Add a device. Raises ConflictError if its name is taken, InvalidError if its space is unknown."""
        with self._changing() as connection:
            _require_free(connection, devices, device)
            if _space(connection, device.site, device.space) is None:
                raise InvalidError(key="not_a_space", what=Word("problems.a_device"), **_place(device))
            connection.execute(devices.insert().values(_row(device)))
        log.info("device_added", site=device.site, device=device.id, space=device.space, kind=device.kind)

    def remove_device(self, site: str, id: str) -> None:
        """Remove a device. Raises NotFoundError."""
        self._remove(devices, site, id, "device")

    def add_supply(self, window: Supply) -> None:
        """Add a supply window.

        Raises ConflictError if its name is taken, InvalidError if space, functions, groups or times cannot be meant or
        another window lends the space for the same at the same time.
        """
        what = f"supply window {window.site}/{window.id}"
        with self._changing() as connection:
            _require_free(connection, supply, window)
            before = _load(connection)
            if not any((space.site, space.id) == (window.site, window.space) for space in before.spaces):
                raise InvalidError(key="not_a_space", what=Word("problems.a_supply"), **_place(window))
            beside = (one for one in before.supply if (one.site, one.space) == (window.site, window.space))
            checked(before.model_copy(update={"supply": (*beside, window)}), what)
            connection.execute(supply.insert().values(_row(window)))
        log.info("supply_added", site=window.site, supply=window.id, space=window.space, owner=window.owner)

    def remove_supply(self, site: str, id: str) -> None:
        """Remove a supply window. Raises NotFoundError."""
        self._remove(supply, site, id, "supply")

    def add_holiday(self, holiday: Holiday) -> None:
        """Add a holiday. Raises ConflictError if its name is taken, InvalidError if its place is unknown."""
        what = f"holiday {holiday.site}/{holiday.id}"
        with self._changing() as connection:
            _require_free(connection, holidays, holiday)
            before = _load(connection)
            checked(before.model_copy(update={"holidays": (*before.holidays, holiday)}), what)
            connection.execute(holidays.insert().values(_row(holiday)))
        log.info("holiday_added", site=holiday.site, holiday=holiday.id, space=holiday.space)

    def remove_holiday(self, site: str, id: str) -> None:
        """Remove a holiday. Raises NotFoundError."""
        self._remove(holidays, site, id, "holiday")

    def set_policy(self, policy: Policy) -> None:
        """Replace the policy. Raises InvalidError if it names a space that is not there."""
        with self._changing() as connection:
            checked(_load(connection).model_copy(update={"policy": policy}), "catalogue with this policy")
            _put_policy(connection, policy)
        log.info("policy_set", changed=policy.model_dump(exclude_defaults=True))

    def _remove(self, table: sa.Table, site: str, id: str, noun: str) -> None:
        with self._changing() as connection:
            gone = connection.execute(table.delete().where(table.c.site == site, table.c.id == id))
            if not gone.rowcount:
                raise NotFoundError(key=f"no_{noun}", site=site, id=id)
        log.info("entry_removed", table=table.name, site=site, id=id)

    @contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        """One transaction that counts the version up.

        Counting first locks the row, so that writers on PostgreSQL queue up here as they do on SQLite.
        """
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.text("INSERT INTO settings (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING"))
                connection.execute(settings.update().values(version=settings.c.version + 1))
                yield connection
        except DataError as error:
            raise InvalidError(f"catalogue: the database cannot keep this: {error.orig}") from None


def _load(connection: sa.Connection) -> Community:
    parts: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(sa.select(space_parts).order_by(space_parts.c.position)):
        parts.setdefault((row.site, row.space), []).append(row.part)
    policy = connection.execute(sa.select(settings.c.policy)).scalar()
    return Community(
        sites=tuple(_entry(Site, row) for row in _rows(connection, sites)),
        spaces=tuple(_entry(Space, row, parts=parts.get((row.site, row.id), ())) for row in _rows(connection, spaces)),
        devices=tuple(_entry(Device, row) for row in _rows(connection, devices)),
        supply=tuple(_entry(Supply, row) for row in _rows(connection, supply)),
        holidays=tuple(_entry(Holiday, row) for row in _rows(connection, holidays)),
        changeover=tuple(_entry(Changeover, row) for row in _rows(connection, changeover)),
        groups=tuple(_entry(Group, row) for row in _rows(connection, groups)),
        standing=tuple(_entry(Standing, row) for row in _rows(connection, standing)),
        policy=Policy() if policy is None else Policy.model_validate(json.loads(policy)),
    )


def _rows(connection: sa.Connection, table: sa.Table) -> sa.CursorResult[Any]:
    return connection.execute(sa.select(table).order_by(table.c.number))


def _entry(model: type[Entry], row: sa.Row[Any], **more: object) -> Entry:
    columns = {name: value for name, value in row._mapping.items() if name != "number"}
    return model.model_validate({**columns, **more})


def _row(entry: AnyEntry) -> dict[str, Any]:
    return {name: _plain(value) for name, value in entry if name != "parts"}


def _plain(value: Any) -> Any:
    """Return a field as what its column keeps: lists for tuples, days as text."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return value.isoformat() if isinstance(value, date) else value


def _space(connection: sa.Connection, site: str, id: str) -> Space | None:
    """Return a space without its parts, which no rule for devices and supply windows needs."""
    row = connection.execute(sa.select(spaces).where(spaces.c.site == site, spaces.c.id == id)).first()
    return None if row is None else _entry(Space, row)


def _require_free(connection: sa.Connection, table: sa.Table, entry: Device | Supply | Holiday) -> None:
    if connection.execute(sa.select(table.c.id).where(table.c.site == entry.site, table.c.id == entry.id)).first():
        what = Word(f"problems.a_{type(entry).__name__.lower()}")
        raise ConflictError(key="name_taken", what=what, site=entry.site, id=entry.id)


def _place(entry: Device | Supply) -> dict[str, str]:
    return {"site": entry.site, "id": entry.id, "space": entry.space}


def _put(connection: sa.Connection, table: sa.Table, before: tuple[Entry, ...], after: tuple[Entry, ...]) -> None:
    old = {key_of(entry): entry for entry in before}
    for entry in after:
        if key_of(entry) not in old:
            connection.execute(table.insert().values(_row(entry)))
        elif entry != old[key_of(entry)]:
            names = [table.c[name] == getattr(entry, name) for name in _KEYS.get(table.name, ("site", "id"))]
            connection.execute(table.update().where(*names).values(_row(entry)))


def _put_parts(connection: sa.Connection, before: tuple[Space, ...], after: tuple[Space, ...]) -> None:
    old = {key_of(space): space.parts for space in before}
    for space in after:
        if space.parts == old.get(key_of(space), ()):
            continue
        columns = space_parts.c
        connection.execute(space_parts.delete().where(columns.site == space.site, columns.space == space.id))
        for position, part in enumerate(space.parts):
            row = {"site": space.site, "space": space.id, "position": position, "part": part}
            connection.execute(space_parts.insert().values(row))


def _put_policy(connection: sa.Connection, policy: Policy) -> None:
    connection.execute(settings.update().values(policy=json.dumps(policy.model_dump(), ensure_ascii=False)))
