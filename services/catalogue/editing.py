"""Changes of single entries of a community: put one, take one out with what is nothing without it. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

from services.catalogue.merge import AnyEntry, key_of
from services.contracts.community import Changeover, Community
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.texts import Word

Edit = Callable[[Community], Community]

_WORDS = {
    "sites": "site", "spaces": "space", "devices": "device", "supply": "supply", "holidays": "holiday",
    "groups": "group", "standing": "standing",
}  # fmt: skip
"""Table → what one of it is called in the keys of the section problems."""


def found(community: Community, table: str, key: object) -> AnyEntry:
    """Return an entry. Raises NotFoundError."""
    for entry in getattr(community, table):
        if key_of(entry) == key:
            return entry  # type: ignore[no-any-return]  # the tables of a community hold entries
    raise NotFoundError(key=f"no_{_WORDS[table]}", **_named(key))


def adding(table: str, entry: AnyEntry) -> Edit:
    """Return the edit that adds an entry; it raises ConflictError if its name is taken."""

    def edit(before: Community) -> Community:
        entries = getattr(before, table)
        if any(key_of(one) == key_of(entry) for one in entries):
            named = _named(key_of(entry))
            if table == "sites":
                raise ConflictError(key="site_taken", **named)
            raise ConflictError(key="name_taken", what=Word(f"problems.a_{_WORDS[table]}"), **named)
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


def _named(key: object) -> dict[str, Any]:
    """Return what names an entry, as sentences have it."""
    return {"site": key[0], "id": key[1]} if isinstance(key, tuple) else {"id": key}
