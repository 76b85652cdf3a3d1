"""One community laid over another: same entries are replaced, new ones added, the rest stays."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

from services.contracts.community import (
    Changeover,
    Community,
    Device,
    Group,
    Holiday,
    Site,
    Space,
    Standing,
    Supply,
    UnfitError,
    parse_community,
)
from services.contracts.communityfaults import Fault
from services.contracts.errors import FileError, InvalidError

AnyEntry = Site | Space | Device | Supply | Holiday | Changeover | Group | Standing
Entry = TypeVar("Entry", Site, Space, Device, Supply, Holiday, Changeover, Group, Standing)


def key_of(entry: AnyEntry) -> Hashable:
    """Return what names an entry in its table."""
    if isinstance(entry, Changeover):
        return entry.site, entry.space, entry.before, entry.after
    return entry.id if isinstance(entry, Site) else (entry.site, entry.id)


def merge(before: Community, update: Community) -> Community:
    """Return `before` with `update` laid over it, checked as a whole.

    Entries keep their place; new ones come last. The policy stays when `update` was made without one. Raises
    InvalidError when the two do not go together.
    """
    return checked(
        Community(
            sites=_overlay(before.sites, update.sites),
            spaces=_overlay(before.spaces, update.spaces),
            devices=_overlay(before.devices, update.devices),
            supply=_overlay(before.supply, update.supply),
            holidays=_overlay(before.holidays, update.holidays),
            changeover=_overlay(before.changeover, update.changeover),
            groups=_overlay(before.groups, update.groups),
            standing=_overlay(before.standing, update.standing),
            policy=update.policy if "policy" in update.model_fields_set else before.policy,
        ),
        "catalogue with these entries",
    )


class MisfitError(InvalidError):
    """A change after which the catalogue would not fit together; `faults` are in `community` as it would be."""

    def __init__(self, message: str, faults: Sequence[Fault], community: Community) -> None:
        super().__init__(message)
        self.faults = faults
        self.community = community

    def said(self, language: str) -> str:
        """Return the first fault in a language."""
        return self.faults[0].sentence(language)


def checked(community: Community, source: str) -> Community:
    """Return the community if its tables fit together. Raises InvalidError; `source` opens the sentence."""
    try:
        return parse_community(community.model_dump(), source)
    except UnfitError as error:
        raise MisfitError(str(error), error.faults, community) from None
    except FileError as error:
        raise InvalidError(key="catalogue_fault", fault=str(error)) from None


def _overlay(before: Sequence[Entry], update: Sequence[Entry]) -> tuple[Entry, ...]:
    entries = {key_of(entry): entry for entry in before}
    entries.update((key_of(entry), entry) for entry in update)
    return tuple(entries.values())
