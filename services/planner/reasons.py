"""Why a request is not served, and where it could be instead: read off the plan, independent of how it was found."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.names import Millis
from services.planner.instance import Instance, Request, Spot

_NAMED = 3
"""Bookings that a reason names at most."""


class Because(StrEnum):
    """What stands in the way; the names are those of the text catalogue."""

    TOO_MANY = "too_many"
    LACKS = "lacks"
    NOBODY_HAS = "nobody_has"
    SHORT = "short"
    CLOSED = "closed"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a request is not served.

    `holds` is what the largest space holds (of those with the features, if any has them), `blockers` who stands where
    the request would, and `nearest` the place closest to its window that the plan leaves free.
    """

    because: Because
    holds: int = 0
    blockers: tuple[int, ...] = ()
    nearest: Spot | None = None


def reasons(instance: Instance, assigned: Mapping[int, Spot]) -> tuple[dict[int, Reason], dict[int, Spot]]:
    """Return the reason of every request that is not in `assigned`, and places for those that only count nothing.

    The optimiser leaves out what adds no value; whoever of them fits beside the plan is welcome.
    """
    calendar = _Calendar(instance, assigned)
    refused: dict[int, Reason] = {}
    extra: dict[int, Spot] = {}
    for index, request in enumerate(instance.requests):
        if index in assigned:
            continue
        window = _window(instance, index)
        spot = calendar.free_spot(request, window) if request.worth == 0 else None
        if spot is None:
            refused[index] = _reason(instance, calendar, request, window)
        else:
            extra[index] = spot
            calendar.book(index, spot)
    return refused, extra


def _window(instance: Instance, index: int) -> tuple[Millis, Millis]:
    """Return when a request may begin at the earliest and end at the latest."""
    request = instance.requests[index]
    spot = (instance.current or {}).get(index)
    if spot is None or instance.max_shift is None:
        return request.earliest, request.latest_end
    return (
        max(request.earliest, spot.start - instance.max_shift),
        min(request.latest_end, spot.start + instance.max_shift + request.duration),
    )


def _reason(instance: Instance, calendar: "_Calendar", request: Request, window: tuple[Millis, Millis]) -> Reason:
    holds = max((space.capacity for space in instance.spaces), default=0)
    if holds < request.people:
        return Reason(Because.TOO_MANY, holds)
    equipped = [space.capacity for space in instance.spaces if request.features <= space.features]
    if max(equipped, default=0) < request.people:
        return Reason(Because.LACKS, max(equipped)) if equipped else Reason(Because.NOBODY_HAS)
    nearest = calendar.nearest(request, window)
    if window[1] - window[0] < request.duration:
        return Reason(Because.SHORT, nearest=nearest)
    opened = calendar.open_for(request, window)
    if not opened:
        return Reason(Because.CLOSED, nearest=nearest)
    blockers = Counter(index for space in opened for index in calendar.inside(space, window))
    worthiest = sorted(blockers, key=lambda index: (-blockers[index], -instance.requests[index].worth, index))
    return Reason(Because.TAKEN, blockers=tuple(worthiest[:_NAMED]), nearest=nearest)


class _Calendar:
    """What the plan leaves free."""

    def __init__(self, instance: Instance, assigned: Mapping[int, Spot]) -> None:
        self._instance = instance
        self._booked: dict[int, list[tuple[Millis, Millis, int]]] = {}
        self._gaps: dict[int, list[tuple[Millis, Millis]]] = {}
        self._widest: dict[int, Millis] = {}
        self._fitting: dict[tuple[int, frozenset[str]], list[int]] = {}
        self._longest = max((request.duration for request in instance.requests), default=0)
        for request, spot in assigned.items():
            self.book(request, spot)

    def book(self, request: int, spot: Spot) -> None:
        """Take note of one more booking."""
        end = spot.start + self._instance.requests[request].duration
        for room in self._instance.spaces[spot.space].rooms:
            insort(self._booked.setdefault(room, []), (spot.start, end, request))
        self._gaps.clear()
        self._widest.clear()

    def inside(self, space: int, window: tuple[Millis, Millis]) -> Iterator[int]:
        """Yield who has a room of `space` within `window`."""
        for room in self._instance.spaces[space].rooms:
            booked = self._booked.get(room, [])
            begin = bisect_left(booked, (window[0] - self._longest,))
            for _, end, request in booked[begin : bisect_left(booked, (window[1],))]:
                if end > window[0]:
                    yield request

    def open_for(self, request: Request, window: tuple[Millis, Millis]) -> list[int]:
        """Return the fitting spaces that are open for the request within `window`, taken or not."""
        return [space for space in self._spaces_for(request) if self._opens(space, request, window)]

    def _opens(self, space: int, request: Request, window: tuple[Millis, Millis]) -> bool:
        spans = self._instance.spaces[space].open
        for opens, closes in spans[max(0, bisect_left(spans, (window[0],)) - 1) :]:
            if opens >= window[1]:
                return False
            start = _on_grid(max(opens, window[0]), self._instance.grid, request.offset)
            if start + request.duration <= min(closes, window[1]):
                return True
        return False

    def free_spot(self, request: Request, window: tuple[Millis, Millis]) -> Spot | None:
        """Return a place within `window` that is free."""
        spot = self.nearest(request, window)
        if spot is None or spot.start < window[0] or spot.start + request.duration > window[1]:
            return None
        return spot

    def nearest(self, request: Request, window: tuple[Millis, Millis]) -> Spot | None:
        """Return the free place that is closest to `window`: the least time outside it, then the smallest space."""
        found: list[tuple[Millis, int, Millis, int]] = []
        low, high = window[0], max(window[0], window[1] - request.duration)
        for space in self._spaces_for(request):
            if self._longest_gap(space) < request.duration:
                continue
            for start in self._beside(space, request, low):
                away = max(0, low - start, start - high)
                found.append((away, self._instance.spaces[space].capacity, start, space))
        if not found:
            return None
        _, _, start, space = min(found)
        return Spot(space, start)

    def _beside(self, space: int, request: Request, low: Millis) -> Iterator[Millis]:
        """Yield the last free start before `low`, and the first from there on."""
        gaps = self._free(space)
        grid, offset = self._instance.grid, request.offset
        middle = bisect_left(gaps, (low,))
        for begin, end in reversed(gaps[:middle]):
            start = -_on_grid(-min(end - request.duration, low), grid, -offset)
            if start >= begin:
                yield start
                break
        for begin, end in gaps[max(0, middle - 1) :]:
            start = _on_grid(max(begin, low), grid, offset)
            if start + request.duration <= end:
                yield start
                break

    def _free(self, space: int) -> list[tuple[Millis, Millis]]:
        """Return when a space is open and its rooms are free, in order."""
        if space not in self._gaps:
            own = self._instance.spaces[space]
            taken = sorted(span[:2] for room in own.rooms for span in self._booked.get(room, []))
            self._gaps[space] = list(_without(own.open, taken))
        return self._gaps[space]

    def _longest_gap(self, space: int) -> Millis:
        if space not in self._widest:
            self._widest[space] = max((end - begin for begin, end in self._free(space)), default=0)
        return self._widest[space]

    def _spaces_for(self, request: Request) -> list[int]:
        key = (request.people, request.features)
        if key not in self._fitting:
            self._fitting[key] = [
                index
                for index, space in enumerate(self._instance.spaces)
                if request.people <= space.capacity and request.features <= space.features
            ]
        return self._fitting[key]


def _without(
    spans: Iterable[tuple[Millis, Millis]], taken: list[tuple[Millis, Millis]]
) -> Iterator[tuple[Millis, Millis]]:
    for begin, end in spans:
        free = begin
        for busy_from, busy_to in taken[: bisect_right(taken, (end,))]:
            if busy_to > free:
                if busy_from > free:
                    yield free, min(busy_from, end)
                free = max(free, busy_to)
        if free < end:
            yield free, end


def _on_grid(at: Millis, grid: Millis, offset: Millis) -> Millis:
    """Return the first instant from `at` on that is on the grid of a wall clock `offset` ahead of UTC."""
    return -(-(at + offset) // grid) * grid - offset
