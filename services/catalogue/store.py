"""The catalogue in the database: sites, spaces, devices, supply windows and policy, every change in one transaction."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.exc import DataError

from services.catalogue.difference import TABLES, Difference, difference
from services.catalogue.editing import Edit, adding, removing
from services.catalogue.merge import AnyEntry, checked, key_of, merge
from services.catalogue.tables import (
    changeover,
    devices,
    entry_versions,
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
from services.contracts.errors import ConflictError, InvalidError, StaleError
from services.contracts.policy import Policy
from services.contracts.texts import Word
from services.kit.database import reading
from services.kit.logs import logger

Entry = TypeVar("Entry", Site, Space, Device, Supply, Holiday, Changeover, Group, Standing)

_KEYS = {"sites": ("id",), "changeover": ("site", "space", "before", "after")}
"""What names an entry of a table that has no site or no id."""

log = logger("catalogue")


@dataclass(frozen=True, slots=True)
class Edited:
    """The catalogue after a change, with the version it has now and what became of which entries."""

    version: int
    community: Community
    differences: tuple[Difference, ...]


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

    def edit(self, edit: Edit, what: str, entry: tuple[str, str] | None = None, seen: int | None = None) -> Edited:
        """Make one change of the catalogue, checked as a whole; `what` opens the sentence of a refusal.

        `entry` (table and key, as `Difference` names them) was read at version `seen`: raises StaleError if somebody
        changed it since. Raises InvalidError when the result does not fit together, and what `edit` raises; then
        nothing has changed.
        """
        with self._changing() as (connection, version):
            if entry is not None and seen is not None:
                _require_seen(connection, entry, seen)
            before = _load(connection)
            after = checked(edit(before), what)
            differences = tuple(difference(before, after))
            _write(connection, before, after)
            _note(connection, version, differences)
        log.info("catalogue_changed", what=what, version=version, entries=len(differences))
        return Edited(version, after, differences)

    def import_community(self, community: Community, *, replace: bool = False) -> None:
        """Lay a community over the catalogue: its entries are created or updated, all others stay.

        With `replace` the others go. Raises InvalidError, and changes nothing, when the result does not fit together.
        """
        self.edit(lambda before: community if replace else merge(before, community), "catalogue with these entries")
        log.info(
            "community_imported",
            sites=len(community.sites),
            spaces=len(community.spaces),
            devices=len(community.devices),
            supply=len(community.supply),
            replaced=replace,
        )

    def add_device(self, device: Device) -> None:
        """Add a device. Raises ConflictError if its name is taken, InvalidError if its space is unknown."""
        # Not by `edit`: a thousand devices are added one by one, and each would read the whole catalogue.
        with self._changing() as (connection, version):
            _require_free(connection, devices, device)
            if _space(connection, device.site, device.space) is None:
                raise InvalidError(key="not_a_space", what=Word("problems.a_device"), **_place(device))
            connection.execute(devices.insert().values(_row(device)))
            _note(connection, version, (Difference("devices", f"{device.site}/{device.id}", None, {}),))
        log.info("device_added", site=device.site, device=device.id, space=device.space, kind=device.kind)

    def remove_device(self, site: str, id: str) -> None:
        """Remove a device. Raises NotFoundError."""
        self.edit(removing("devices", (site, id)), f"catalogue without device {site}/{id}")

    def add_supply(self, window: Supply) -> None:
        """Add a supply window.

        Raises ConflictError if its name is taken, InvalidError if space, functions, groups or times cannot be meant or
        another window lends the space for the same at the same time.
        """
        self.edit(adding("supply", window), f"supply window {window.site}/{window.id}")

    def remove_supply(self, site: str, id: str) -> None:
        """Remove a supply window. Raises NotFoundError."""
        self.edit(removing("supply", (site, id)), f"catalogue without supply window {site}/{id}")

    def add_holiday(self, holiday: Holiday) -> None:
        """Add a holiday. Raises ConflictError if its name is taken, InvalidError if its place is unknown."""
        self.edit(adding("holidays", holiday), f"holiday {holiday.site}/{holiday.id}")

    def remove_holiday(self, site: str, id: str) -> None:
        """Remove a holiday. Raises NotFoundError."""
        self.edit(removing("holidays", (site, id)), f"catalogue without holiday {site}/{id}")

    def set_policy(self, policy: Policy) -> None:
        """Replace the policy. Raises InvalidError if it names a space that is not there."""
        self.edit(lambda before: before.model_copy(update={"policy": policy}), "catalogue with this policy")

    @contextmanager
    def _changing(self) -> Iterator[tuple[sa.Connection, int]]:
        """One transaction that counts the version up, with the version it makes.

        Counting first locks the row, so that writers on PostgreSQL queue up here as they do on SQLite.
        """
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.text("INSERT INTO settings (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING"))
                connection.execute(settings.update().values(version=settings.c.version + 1))
                yield connection, connection.execute(sa.select(settings.c.version)).scalar_one()
        except DataError as error:
            raise InvalidError(key="catalogue_not_kept", fault=error.orig) from None


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


def _require_free(connection: sa.Connection, table: sa.Table, entry: Device) -> None:
    if connection.execute(sa.select(table.c.id).where(table.c.site == entry.site, table.c.id == entry.id)).first():
        what = Word(f"problems.a_{type(entry).__name__.lower()}")
        raise ConflictError(key="name_taken", what=what, site=entry.site, id=entry.id)


def _place(entry: Device | Supply) -> dict[str, str]:
    return {"site": entry.site, "id": entry.id, "space": entry.space}


def _require_seen(connection: sa.Connection, entry: tuple[str, str], seen: int) -> None:
    """Raise StaleError if an entry changed after the version that the caller has seen."""
    columns = entry_versions.c
    query = sa.select(columns.version).where(columns.table == entry[0], columns.key == entry[1])
    last = connection.execute(query).scalar()
    if last is not None and last > seen:
        raise StaleError(key="stale")


def _note(connection: sa.Connection, version: int, differences: Sequence[Difference]) -> None:
    """Keep with which version of the catalogue each entry changed last. A site's changeovers are one entry."""
    keys = {(one.table, one.key.partition(" ")[0].partition("/")[0] if one.table == "changeover" else one.key)
            for one in differences}  # fmt: skip
    columns = entry_versions.c
    for table, key in keys:
        named = (columns.table == table, columns.key == key)
        if not connection.execute(entry_versions.update().where(*named).values(version=version)).rowcount:
            connection.execute(entry_versions.insert().values(table=table, key=key, version=version))


_OF_TABLE = {
    "sites": sites, "spaces": spaces, "groups": groups, "devices": devices, "supply": supply, "holidays": holidays,
    "changeover": changeover, "standing": standing,
}  # fmt: skip


def _write(connection: sa.Connection, before: Community, after: Community) -> None:
    """Write what differs: first what came and changed, then what went, so that no key ever leads nowhere."""
    for table in TABLES:
        _put(connection, _OF_TABLE[table], getattr(before, table), getattr(after, table))
        if table == "spaces":
            _put_parts(connection, before.spaces, after.spaces)
    for table in reversed(TABLES):
        _take(connection, _OF_TABLE[table], getattr(before, table), getattr(after, table))
    _put_policy(connection, after.policy)


def _put(connection: sa.Connection, table: sa.Table, before: tuple[Entry, ...], after: tuple[Entry, ...]) -> None:
    old = {key_of(entry): entry for entry in before}
    for entry in after:
        if key_of(entry) not in old:
            connection.execute(table.insert().values(_row(entry)))
        elif entry != old[key_of(entry)]:
            connection.execute(table.update().where(*_named(table, entry)).values(_row(entry)))


def _take(connection: sa.Connection, table: sa.Table, before: tuple[Entry, ...], after: tuple[Entry, ...]) -> None:
    kept = {key_of(entry) for entry in after}
    for entry in before:
        if key_of(entry) not in kept:
            if isinstance(entry, Space):
                columns = space_parts.c
                connection.execute(space_parts.delete().where(columns.site == entry.site, columns.space == entry.id))
            connection.execute(table.delete().where(*_named(table, entry)))


def _named(table: sa.Table, entry: AnyEntry) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] == getattr(entry, name) for name in _KEYS.get(table.name, ("site", "id"))]


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
