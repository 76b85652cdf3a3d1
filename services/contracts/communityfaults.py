"""What is wrong between the tables of a community: names that lead nowhere, windows in each other's way. Pure."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any

from services.contracts.supply import ANY, Supply
from services.contracts.texts import Word, text
from services.contracts.vocabulary import function_with_id

if TYPE_CHECKING:
    from services.contracts.community import Community, Space

_LOOK: timedelta = timedelta(days=731)
"""Two windows are laid side by side for two years from the later one's first day: a rule meets another by then."""
_SOME_DAY = date(2024, 1, 1)
"""Where two windows without a first day are compared; a Monday."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: in which table, in which of its entries (from 0), in which field, and why.

    `str` is the sentence of the command line: `spaces.3.parts: 'x' is not another space of site 's'`.
    """

    table: str
    index: int | None
    field: str
    key: str
    """Of the section `faults` of the text catalogue."""
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it is, as it would be written in a file."""
        return ".".join(str(part) for part in (self.table, self.index, self.field) if part not in (None, ""))

    def sentence(self, language: str) -> str:
        """Return what is wrong, without its place."""
        return text(f"faults.{self.key}", language, self.params)

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence('en')}"


def faults(community: "Community") -> Iterator[Fault]:
    """Yield what is wrong between the tables, each with its place, in the order of the file."""
    yield from _twice(community)
    spaces = {(space.site, space.id): space for space in community.spaces}
    yield from _space_faults(community, spaces)
    for index, device in enumerate(community.devices):
        if (device.site, device.space) not in spaces:
            yield _no_space("devices", index, device.site, device.space)
    yield from _supply_faults(community, spaces)
    yield from _other_faults(community, spaces)
    names = {space.id for space in community.spaces}
    for key in ("never_release", "shadow"):
        for name in getattr(community.policy, key):
            if name not in names:
                yield Fault("policy", None, key, "not_a_space", {"name": name})


def _twice(community: "Community") -> Iterator[Fault]:
    tables: dict[str, Sequence[object]] = {
        "sites": [site.id for site in community.sites],
        "spaces": [(space.site, space.id) for space in community.spaces],
        "devices": [(device.site, device.id) for device in community.devices],
        "supply": [(window.site, window.id) for window in community.supply],
        "holidays": [(holiday.site, holiday.id) for holiday in community.holidays],
        "groups": [(group.site, group.id) for group in community.groups],
        "standing": [(activity.site, activity.id) for activity in community.standing],
        "changeover": [(row.site, row.space, row.before, row.after) for row in community.changeover],
    }
    for table, keys in tables.items():
        seen: set[object] = set()
        for index, key in enumerate(keys):
            if key in seen:
                yield Fault(table, index, "id", "twice", {"name": repr(key)})
            seen.add(key)


def _space_faults(community: "Community", spaces: "dict[tuple[str, str], Space]") -> Iterator[Fault]:
    sites = {site.id for site in community.sites}
    for index, space in enumerate(community.spaces):
        if space.site not in sites:
            yield Fault("spaces", index, "site", "not_a_site", {"site": space.site})
        for part in space.parts:
            if (space.site, part) not in spaces or part == space.id:
                yield Fault("spaces", index, "parts", "not_a_part", {"part": part, "site": space.site})
            elif _contains(spaces, (space.site, part), space.id):
                yield Fault("spaces", index, "parts", "part_of_itself", {"part": part, "space": space.id})
        for function, most in space.capacity_by_function.items():
            if function not in space.functions:
                yield _not_of("spaces", index, "capacity_by_function", function, space)
            if most > space.capacity:
                params = {
                    "most": most,
                    "function": function_with_id(function),
                    "space": space.id,
                    "capacity": space.capacity,
                }
                yield Fault("spaces", index, "capacity_by_function", "more_than_whole", params)


def _supply_faults(community: "Community", spaces: "dict[tuple[str, str], Space]") -> Iterator[Fault]:
    zones = {site.id: site.timezone for site in community.sites}
    groups = {(group.site, group.id) for group in community.groups}
    lent: dict[tuple[str, str], list[tuple[int, Supply]]] = {}
    for index, window in enumerate(community.supply):
        space = spaces.get((window.site, window.space))
        if space is None:
            yield _no_space("supply", index, window.site, window.space)
            continue
        for function in window.functions:
            if function not in space.functions:
                yield _not_of("supply", index, "functions", function, space)
        for group in window.groups:
            if (window.site, group) not in groups:
                yield Fault("supply", index, "groups", "not_a_group", {"group": group, "site": window.site})
        if window.start >= window.end:
            yield Fault("supply", index, "end", "ends_before", {"end": window.end, "start": window.start})
        lent.setdefault((window.site, window.space), []).append((index, window))
    for (site, _), windows in lent.items():
        for (_, one), (index, other) in combinations(windows, 2):
            day = _both_lent(one, other, zones.get(site, "UTC"))
            if day is not None:
                params = {
                    "other": other.id, "space": other.space, "day": day, "from": other.start, "to": other.end,
                    "one": one.id, "start": one.start, "end": one.end,
                }  # fmt: skip
                yield Fault("supply", index, "", "lent_twice", params)


def _both_lent(one: Supply, other: Supply, zone: str) -> date | None:
    """Return the first day on which two windows of a space say different things of the same time, or None."""
    if one.end <= other.start or other.end <= one.start:
        return None
    if (one.functions or other.functions) and not set(one.functions) & set(other.functions):
        return None
    if one.groups and other.groups and not set(one.groups) & set(other.groups):
        return None
    first = max(_begins(one), _begins(other))
    last = first + _LOOK
    return min(set(one.lent_days(first, last, zone)) & set(other.lent_days(first, last, zone)), default=None)


def _begins(window: Supply) -> date:
    """Return a day from which on the window is to be looked at."""
    if window.dtstart is not None:
        return max(min((window.dtstart, *window.rdate)), window.valid_from or date.min)
    return window.valid_from or (window.valid_until - _LOOK if window.valid_until else _SOME_DAY)


def _other_faults(community: "Community", spaces: "dict[tuple[str, str], Space]") -> Iterator[Fault]:
    functions: dict[str, set[str]] = {site.id: set() for site in community.sites}
    for space in community.spaces:
        functions.setdefault(space.site, set()).update(space.functions)
    for index, holiday in enumerate(community.holidays):
        yield from _place_faults("holidays", index, holiday.site, holiday.space, functions, spaces)
    for index, row in enumerate(community.changeover):
        yield from _place_faults("changeover", index, row.site, row.space, functions, spaces)
        named = spaces.get((row.site, row.space or ""))
        known = set(named.functions) if named else functions.get(row.site, set())
        for name, function in (("from", row.before), ("to", row.after)):
            if function != ANY and function not in known:
                key = "not_of_space" if row.space else "not_of_site"
                params = {"function": function_with_id(function), "space": row.space, "site": row.site}
                yield Fault("changeover", index, name, key, params)
    for index, activity in enumerate(community.standing):
        yield from _place_faults("standing", index, activity.site, activity.space, functions, spaces)
        place = spaces.get((activity.site, activity.space))
        if place is not None and activity.function and activity.function not in place.functions:
            yield _not_of("standing", index, "function", activity.function, place)
        if place is not None and activity.people > place.capacity:
            most: dict[str, Any] = {"people": activity.people, "space": place.id, "capacity": place.capacity}
            yield Fault("standing", index, "people", "too_many_people", most)
    for index, group in enumerate(community.groups):
        yield from _place_faults("groups", index, group.site, None, functions, spaces)
        if group.function and group.function not in functions.get(group.site, set()):
            params = {"function": function_with_id(group.function), "site": group.site}
            yield Fault("groups", index, "function", "not_of_site", params)


def _place_faults(
    table: str,
    index: int,
    site: str,
    space: str | None,
    sites: dict[str, set[str]],
    spaces: "dict[tuple[str, str], Space]",
) -> Iterator[Fault]:
    if site not in sites:
        yield Fault(table, index, "site", "not_a_site", {"site": site})
    elif space is not None and (site, space) not in spaces:
        yield _no_space(table, index, site, space)


def _no_space(table: str, index: int, site: str, space: str) -> Fault:
    return Fault(table, index, "space", "no_space", {"site": site, "space": space})


def _not_of(table: str, index: int, where: str, function: str, space: "Space") -> Fault:
    known = tuple(function_with_id(one) for one in space.functions) or Word("faults.none")
    params = {"function": function_with_id(function), "space": space.id, "known": known}
    return Fault(table, index, where, "not_a_function", params)


def _contains(spaces: "dict[tuple[str, str], Space]", outer: tuple[str, str], inner: str) -> bool:
    """Tell whether `inner` is a part of `outer`, or of its parts."""
    waiting, seen = [outer], set[tuple[str, str]]()
    while waiting:
        key = waiting.pop()
        if key in seen or key not in spaces:
            continue
        seen.add(key)
        if inner in spaces[key].parts:
            return True
        waiting += [(key[0], part) for part in spaces[key].parts]
    return False
