"""When a space is open, for what, for whom and for how many, what lies between two uses, and why not. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from services.catalogue.openings import Openings, WhyNot, days_around
from services.catalogue.windows import Window, covering, windows_between
from services.contracts.community import Community, Group, Space
from services.contracts.errors import NotFoundError
from services.contracts.instants import local_clock, local_day_and_clock, to_datetime
from services.contracts.names import MINUTE, Millis
from services.contracts.supply import ANY, RecallTerm, Supply
from services.contracts.texts import Word
from services.contracts.vocabulary import function_word, function_words


@dataclass(frozen=True, slots=True)
class Use:
    """What somebody wants a space for. `functions` empty: anything; `group` is an id or a name, empty: nobody known."""

    start: Millis
    end: Millis
    people: int = 1
    functions: tuple[str, ...] = ()
    group: str = ""


class Availability:
    """One community's opening hours, holidays, supply windows, capacities and changeovers, made quick to ask."""

    def __init__(self, community: Community) -> None:
        self._zones = {site.id: site.timezone for site in community.sites}
        self._spaces = {(space.site, space.id): space for space in community.spaces}
        self._supply: dict[tuple[str, str], list[Supply]] = {}
        for window in community.supply:
            self._supply.setdefault((window.site, window.space), []).append(window)
        self._openings = Openings(community)
        self._changeover = {(row.site, row.space, row.before, row.after): row.minutes for row in community.changeover}
        self._groups: dict[tuple[str, str], Group] = {}
        for group in community.groups:
            self._groups.setdefault((group.site, group.name), group)
        self._groups.update(((group.site, group.id), group) for group in community.groups)

    def group(self, site: str, name: str) -> Group | None:
        """Return the group of a site by its id or its name; None: nobody the community knows."""
        return self._groups.get((site, name))

    def zone(self, site: str) -> str:
        """Return the zone of a site; UTC for one that is gone."""
        return self._zones.get(site, "UTC")

    def name(self, site: str, space: str) -> str:
        """Return what people call a space; its id for one that is gone."""
        found = self._spaces.get((site, space))
        return found.name if found else space

    def rooms(self, site: str, space: str) -> frozenset[str]:
        """Return the space and its parts, and theirs: uses of two spaces meet where these do."""
        found = self._spaces.get((site, space))
        return frozenset(part.id for part in self._openings.parts(found)) if found else frozenset({space})

    def capacity(self, site: str, space: str, functions: Collection[str] = ()) -> int:
        """Return how many people fit for the one of `functions` that leaves most room. Raises NotFoundError."""
        found = self._space(site, space)
        known = [found.capacity_by_function.get(one, found.capacity) for one in functions if one in found.functions]
        return max(known, default=found.capacity)

    def functions(self, site: str, space: str) -> tuple[str, ...]:
        """Return what a space is used as. Raises NotFoundError."""
        return self._space(site, space).functions

    def unsuited(self, site: str, space: str, people: int, functions: Sequence[str]) -> WhyNot | None:
        """Return why so many people can never do any of `functions` there; None: they can. Raises NotFoundError."""
        found = self._space(site, space)
        if functions and set(functions).isdisjoint(found.functions):
            known = function_words(found.functions) or "–"
            named = {"space": found.name, "function": function_word(functions[0]), "known": known}
            return WhyNot("not_used_for", named)
        most = self.capacity(site, space, functions)
        return (
            WhyNot("over_capacity", {"space": found.name, "capacity": most, "people": people})
            if people > most
            else None
        )

    def windows(self, site: str, space: str, start: Millis, end: Millis) -> tuple[Window, ...]:
        """Return when the space is there between two instants: lent, where partners lend it, and open.

        A space nobody lends is there for all its functions while it is open. Raises NotFoundError.
        """
        found, zone = self._space(site, space), self._zones[site]
        opened = self._openings.stretches(found, start, end)
        lent = self._supply.get((site, space))
        if lent is None:
            return tuple(Window(a, b, found.functions) for a, b in opened)
        days = days_around(start, end, zone)
        return tuple(
            replace(window, start=max(window.start, a), end=min(window.end, b))
            for window in windows_between(*days, lent, zone)
            for a, b in opened
            if window.start < b and window.end > a
        )

    def always_there(self, site: str, space: str) -> bool:
        """Tell whether nothing ever limits when the space can be used: no hours, no holidays, no supply windows."""
        found = self._space(site, space)
        return not (self._openings.limited(found) or self._supply.get((site, space)))

    def terms(self, site: str, space: str, use: Use) -> tuple[Window, ...] | None:
        """Return the windows a use would lie in, with their terms; None: it is not there for it."""
        windows = self.windows(site, space, use.start, use.end)
        return covering(windows, use.start, use.end, use.functions, self._group_id(site, use.group))

    def answer_by(self, site: str, space: str, use: Use, now: Millis) -> Millis | None:
        """Return until when the host may answer, at the latest the start of the use; None: nobody needs to be asked."""
        terms = self.terms(site, space, use) or ()
        waits = [window.approve_within_min for window in terms if window.approval == "host"]
        if not waits:
            return None
        return min(now + min(waits) * MINUTE, use.start if use.start > now else use.end)

    def why_not(self, site: str, space: str, use: Use, now: Millis | None = None) -> WhyNot | None:
        """Return why a use is not possible, the first reason there is; None: it is.

        Without `now` no notice is asked for. Whether somebody else has the time is not looked at. Raises NotFoundError.
        """
        found, zone = self._space(site, space), self._zones[site]
        unsuited = self.unsuited(site, space, use.people, use.functions)
        if unsuited is not None:
            return unsuited
        shut = self._openings.why_shut(found, use.start, use.end)
        if shut is not None:
            return shut
        used = self.terms(site, space, use)
        if used is None:
            return self._not_lent(found, use)
        latest = use.start - max((window.notice_min for window in used), default=0) * MINUTE
        if now is not None and latest < use.start and latest < now:
            return WhyNot("notice_needed", {"space": found.name, "before": local_day_and_clock(latest, zone)})
        return None

    def recall_terms(self, site: str, space: str, start: Millis, end: Millis) -> tuple[RecallTerm, ...]:
        """Return the terms on which the lenders may take back what they lend of a time. Raises NotFoundError."""
        touched = {window.supply for window in self.windows(site, space, start, end)}
        return tuple(term for one in self._supply.get((site, space), ()) if one.id in touched for term in one.recall)

    def gap_min(self, site: str, before: tuple[str, str], after: tuple[str, str]) -> int:
        """Return the minutes that must lie between two uses that share a room, each as (space, function).

        Changing over and cleaning go on together: the longer one counts. 0 for a space that is gone.
        """
        left = self._spaces.get((site, before[0]))
        cleaning = left.cleaning_min if left else 0
        spaces = {before[0], after[0]}
        return max(cleaning, *(self._changeover_min(site, space, before[1], after[1]) for space in spaces))

    def longest_gap_min(self, site: str) -> int:
        """Return the most minutes that any two uses of the site ask for between them."""
        rows = (minutes for (where, *_), minutes in self._changeover.items() if where == site)
        cleaning = (space.cleaning_min for space in self._spaces.values() if space.site == site)
        return max((*rows, *cleaning), default=0)

    def _changeover_min(self, site: str, space: str, before: str, after: str) -> int:
        if not self._changeover:
            return 0
        # `*` is any other function: what stays as it is needs no changing over, unless a row says so by name.
        named = [(before, after)] if before == after else [(before, after), (before, ANY), (ANY, after), (ANY, ANY)]
        for where in (space, None):
            for pair in named:
                minutes = self._changeover.get((site, where, *pair))
                if minutes is not None:
                    return minutes
        return 0

    def _not_lent(self, space: Space, use: Use) -> WhyNot:
        zone = self._zones[space.site]
        day = to_datetime(use.start, zone).date()
        windows = self.windows(space.site, space.id, use.start, use.end)
        if covering(windows, use.start, use.end, use.functions) is not None:
            ids = {id for window in windows for id in window.groups}
            names = [group.name for id in sorted(ids) if (group := self.group(space.site, id))]
            return WhyNot(
                "group_not_allowed", {"space": space.name, "group": use.group or "-", "groups": ", ".join(names)}
            )
        shown = tuple(
            _lent(window, zone) for window in windows_between(day, day, self._supply[space.site, space.id], zone)
        )
        key = "outside_supply" if shown else "not_lent_that_day"
        return WhyNot(key, {"space": space.name, "day": day.isoformat(), "windows": shown})

    def _group_id(self, site: str, name: str) -> str:
        group = self.group(site, name)
        return group.id if group else ""

    def _space(self, site: str, space: str) -> Space:
        try:
            return self._spaces[site, space]
        except KeyError:
            raise NotFoundError(key="no_space", site=site, id=space) from None


def _lent(window: Window, zone: str) -> Word:
    """Return a window as a part of a sentence: from when until when, and for what."""
    span = {"start": local_clock(window.start, zone), "end": local_clock(window.end, zone)}
    if not window.functions:
        return Word("vocabulary.span", **span)
    return Word("vocabulary.span_for", **span, functions=function_words(window.functions))
