"""Changes of single entries of a community: put one, take one out with what is nothing without it. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

from services.catalogue.merge import AnyEntry, key_of
from services.contracts.community import Changeover, Community
from services.contracts.errors import ConflictError, NotFoundError

Edit = Callable[[Community], Community]

NOUNS = {
    "sites": "site", "spaces": "space", "devices": "device", "supply": "supply window", "holidays": "holiday",
    "groups": "group", "standing": "standing activity",
}  # fmt: skip


def found(community: Community, table: str, key: object) -> AnyEntry:
    """Return an entry. Raises NotFoundError."""
    for entry in getattr(community, table):
        if key_of(entry) == key:
            return entry  # type: ignore[no-any-return]  # the tables of a community hold entries
    raise NotFoundError(f"{NOUNS[table]} {shown(key)} is not in the catalogue")


def adding(table: str, entry: AnyEntry) -> Edit:
    """Return the edit that adds an entry; it raises ConflictError if its name is taken."""

    def edit(before: Community) -> Community:
        entries = getattr(before, table)
        if any(key_of(one) == key_of(entry) for one in entries):
            raise ConflictError(f"{NOUNS[table]} {shown(key_of(entry))}: the name is taken")
        return before.model_copy(update={table: (*entries, entry)})

    return edit


def changing(table: str, key: object, change: Callable[[AnyEntry], AnyEntry]) -> Edit:
    """Return the edit that puts what `change` makes of an entry in its place; it raises NotFoundError."""

    def edit(before: Community) -> Community:
        changed = change(found(before, table, key))
        entries = (changed if key_of(one) == key else one for one in getattr(before, table))
        return before.model_copy(update={table: tuple(entries)})

    return edit


def removing(table: str, key: object) -> Edit:
    """Return the edit that takes an entry out; it raises NotFoundError.

    With a site go its groups, holidays and changeovers, with a space its own holidays and changeovers: what else
    names them has to go first.
    """

    def edit(before: Community) -> Community:
        found(before, table, key)
        update: dict[str, Any] = {table: tuple(one for one in getattr(before, table) if key_of(one) != key)}
        if table == "sites":
            for owned in ("groups", "holidays", "changeover"):
                update[owned] = tuple(one for one in getattr(before, owned) if one.site != key)
        if table == "spaces":
            for owned in ("holidays", "changeover"):
                update[owned] = tuple(one for one in getattr(before, owned) if (one.site, one.space) != key)
        return before.model_copy(update=update)

    return edit


def changeover_of(site: str, rows: Iterable[Changeover]) -> Edit:
    """Return the edit that gives a site these changeovers instead of those it has; it raises NotFoundError."""

    def edit(before: Community) -> Community:
        found(before, "sites", site)
        others = (row for row in before.changeover if row.site != site)
        return before.model_copy(update={"changeover": (*others, *rows)})

    return edit


def shown(key: object) -> str:
    """Return how a key is written."""
    return "/".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
