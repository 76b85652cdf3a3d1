"""What is wrong between the tables of a community: names that lead nowhere, windows in each other's way. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from services.contracts.supply import ANY, Supply

if TYPE_CHECKING:
    from services.contracts.community import Community, Space

_LOOK: timedelta = timedelta(days=731)
"""Two windows are laid side by side for two years from the later one's first day: a rule meets another by then."""
_SOME_DAY = date(2024, 1, 1)
"""Where two windows without a first day are compared; a Monday."""


def faults(community: "Community") -> Iterator[str]:
    """Yield what is wrong between the tables, each with its place, in the order of the file."""
    yield from _twice(community)
    spaces = {(space.site, space.id): space for space in community.spaces}
    yield from _space_faults(community, spaces)
    for index, device in enumerate(community.devices):
        if (device.site, device.space) not in spaces:
            yield f"devices.{index}.space: {device.site}/{device.space} is not a space of this file"
    yield from _supply_faults(community, spaces)
    yield from _other_faults(community, spaces)
    names = {space.id for space in community.spaces}
    for key in ("never_release", "shadow"):
        for name in getattr(community.policy, key):
            if name not in names:
                yield f"policy.{key}: {name!r} is not a space of this file"


def _twice(community: "Community") -> Iterator[str]:
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
                yield f"{table}.{index}.id: {key!r} is there twice"
            seen.add(key)


def _space_faults(community: "Community", spaces: "dict[tuple[str, str], Space]") -> Iterator[str]:
    sites = {site.id for site in community.sites}
    for index, space in enumerate(community.spaces):
        if space.site not in sites:
            yield f"spaces.{index}.site: {space.site!r} is not a site of this file"
        for part in space.parts:
            if (space.site, part) not in spaces or part == space.id:
                yield f"spaces.{index}.parts: {part!r} is not another space of site {space.site!r}"
            elif _contains(spaces, (space.site, part), space.id):
                yield f"spaces.{index}.parts: {part!r} is itself made of {space.id!r}"
        for function, most in space.capacity_by_function.items():
            if function not in space.functions:
                yield f"spaces.{index}.capacity_by_function: {_not_of(function, space)}"
            if most > space.capacity:
                yield (
                    f"spaces.{index}.capacity_by_function: {most} for {function!r} is more than {space.id!r} holds "
                    f"({space.capacity})"
                )


def _supply_faults(community: "Community", spaces: "dict[tuple[str, str], Space]") -> Iterator[str]:
    zones = {site.id: site.timezone for site in community.sites}
    groups = {(group.site, group.id) for group in community.groups}
    lent: dict[tuple[str, str], list[tuple[int, Supply]]] = {}
    for index, window in enumerate(community.supply):
        space = spaces.get((window.site, window.space))
        if space is None:
            yield f"supply.{index}.space: {window.site}/{window.space} is not a space of this file"
            continue
        for function in window.functions:
            if function not in space.functions:
                yield f"supply.{index}.functions: {_not_of(function, space)}"
        for group in window.groups:
            if (window.site, group) not in groups:
                yield f"supply.{index}.groups: {group!r} is not a group of site {window.site!r}"
        if window.start >= window.end:
            yield f"supply.{index}.end: {window.end} is not after start {window.start}"
        lent.setdefault((window.site, window.space), []).append((index, window))
    for (site, _), windows in lent.items():
        for (_, one), (index, other) in combinations(windows, 2):
            day = _both_lent(one, other, zones.get(site, "UTC"))
            if day is not None:
                yield (
                    f"supply.{index}: {other.id!r} lends {other.space!r} on {day} from {other.start} to {other.end}, "
                    f"when {one.id!r} lends it for the same from {one.start} to {one.end}; expected one of them"
                )


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


def _other_faults(community: "Community", spaces: "dict[tuple[str, str], Space]") -> Iterator[str]:
    functions: dict[str, set[str]] = {site.id: set() for site in community.sites}
    for space in community.spaces:
        functions.setdefault(space.site, set()).update(space.functions)
    for index, holiday in enumerate(community.holidays):
        yield from _place_faults(f"holidays.{index}", holiday.site, holiday.space, functions, spaces)
    for index, row in enumerate(community.changeover):
        yield from _place_faults(f"changeover.{index}", row.site, row.space, functions, spaces)
        named = spaces.get((row.site, row.space or ""))
        known = set(named.functions) if named else functions.get(row.site, set())
        for name, function in (("from", row.before), ("to", row.after)):
            if function != ANY and function not in known:
                where = f"space {row.space!r}" if row.space else f"any space of site {row.site!r}"
                yield f"changeover.{index}.{name}: {function!r} is not a function of {where}"
    for index, activity in enumerate(community.standing):
        yield from _place_faults(f"standing.{index}", activity.site, activity.space, functions, spaces)
        place = spaces.get((activity.site, activity.space))
        if place is not None and activity.function and activity.function not in place.functions:
            yield f"standing.{index}.function: {_not_of(activity.function, place)}"
        if place is not None and activity.people > place.capacity:
            yield f"standing.{index}.people: {activity.people} is more than {place.id!r} holds ({place.capacity})"
    for index, group in enumerate(community.groups):
        yield from _place_faults(f"groups.{index}", group.site, None, functions, spaces)
        if group.function and group.function not in functions.get(group.site, set()):
            yield f"groups.{index}.function: {group.function!r} is not a function of any space of site {group.site!r}"


def _place_faults(
    place: str, site: str, space: str | None, sites: dict[str, set[str]], spaces: "dict[tuple[str, str], Space]"
) -> Iterator[str]:
    if site not in sites:
        yield f"{place}.site: {site!r} is not a site of this file"
    elif space is not None and (site, space) not in spaces:
        yield f"{place}.space: {site}/{space} is not a space of this file"


def _not_of(function: str, space: "Space") -> str:
    return f"{function!r} is not a function of {space.id!r} (known: {', '.join(space.functions) or 'none'})"


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
