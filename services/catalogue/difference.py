"""What two states of a catalogue differ in, entry by entry. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.catalogue.merge import AnyEntry, key_of
from services.contracts.community import Changeover, Community, Site

TABLES = ("sites", "spaces", "groups", "devices", "supply", "holidays", "changeover", "standing")
"""In an order in which each names only what came before it, or its own table."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that came, went or is another now. `before` None: it came; `after` None: it went."""

    table: str
    key: str
    """How versions and people name it: `site`, `site/id`; of the policy empty."""
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def what(self) -> Literal["added", "changed", "removed"]:
        """What became of it."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """What it said and says, of the fields that differ; of one that came or went nothing."""
        if self.before is None or self.after is None:
            return {}
        return {name: (old, self.after[name]) for name, old in self.before.items() if old != self.after[name]}


def name_of(entry: AnyEntry) -> str:
    """Return how people and the versions of entries name an entry."""
    if isinstance(entry, Site):
        return entry.id
    if isinstance(entry, Changeover):
        place = f"{entry.site}/{entry.space}" if entry.space else entry.site
        return f"{place} {entry.before}>{entry.after}"
    return f"{entry.site}/{entry.id}"


def difference(before: Community, after: Community) -> Iterator[Difference]:
    """Yield what differs, table by table, the policy last."""
    for table in TABLES:
        old: dict[object, AnyEntry] = {key_of(entry): entry for entry in getattr(before, table)}
        new: dict[object, AnyEntry] = {key_of(entry): entry for entry in getattr(after, table)}
        for key, entry in new.items():
            if old.get(key) != entry:
                yield Difference(table, name_of(entry), _said(old.get(key)), _said(entry))
        for key, entry in old.items():
            if key not in new:
                yield Difference(table, name_of(entry), _said(entry), None)
    if before.policy != after.policy:
        yield Difference("policy", "", before.policy.model_dump(), after.policy.model_dump())


def _said(entry: AnyEntry | None) -> Mapping[str, Any] | None:
    return None if entry is None else entry.model_dump(mode="json", by_alias=True)
