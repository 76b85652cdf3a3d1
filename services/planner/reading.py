"""Reads a planner instance from parsed JSON; whatever cannot be meant is told in one sentence."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from fractions import Fraction
from typing import Any

from services.contracts.errors import InvalidError
from services.contracts.instants import to_millis
from services.contracts.names import MINUTE, Millis
from services.planner.instance import DEFAULT_MOVE_COST, Instance, Request, Space, Spot

_FINEST = 10**6
"""Weights count to the sixth decimal; finer ones are rounded up, so that a bound stays one."""
_LARGEST = 10**12
"""No number of an instance, nor the worth of all its requests, may be larger: sums must stay whole in 64 bits."""
_MOST_CHARGED = 10**17
"""What all moves together may cost, in units of worth: the planner adds them up in 64 bits."""


def read_instance(raw: object) -> Instance:
    """Return the instance that `raw` (parsed JSON) describes.

    Raises InvalidError naming what is wrong, where, and what was expected.
    """
    top = _object(raw, "instance")
    grid = _whole(top.get("grid_min", 15), "grid_min", least=1, unit="minutes")
    spaces = _spaces(top)
    space_index = {space.id: index for index, space in enumerate(spaces)}
    requests, scale = _requests(top)
    request_index = {request.id: index for index, request in enumerate(requests)}
    fixed = _spots(top.get("fixed", []), "fixed", request_index, space_index)
    current = top.get("current")
    if current is not None:
        current = _spots(current, "current", request_index, space_index)
        for request, spot in current.items():
            if fixed.get(request, spot) != spot:
                raise InvalidError(
                    f"current: request {requests[request].id!r} is fixed elsewhere, expected the same place or none"
                )
    move_cost = _whole(top.get("move_cost", DEFAULT_MOVE_COST), "move_cost", least=0, unit="person-minutes")
    count = 0 if current is None else len(current)
    if move_cost * scale * count > _MOST_CHARGED:
        most = _MOST_CHARGED // (scale * count)
        raise InvalidError(f"move_cost is {move_cost}, expected {most} at most for {count} bookings")
    shift = top.get("max_shift_min")
    max_shift = None if shift is None else _whole(shift, "max_shift_min", least=0, unit="minutes") * MINUTE
    return Instance(
        grid=grid * MINUTE,
        scale=scale,
        spaces=spaces,
        requests=requests,
        fixed=fixed,
        current=None if current is None else {key: spot for key, spot in current.items() if key not in fixed},
        move_cost=move_cost * scale,
        max_shift=max_shift,
    )


def _spaces(top: Mapping[str, Any]) -> tuple[Space, ...]:
    rows = [_object(row, f"spaces[{index}]") for index, row in enumerate(_list(top, "spaces", "instance"))]
    names = _names(rows, "spaces")
    index = {name: position for position, name in enumerate(names)}
    parts: list[list[int]] = []
    for name, row in zip(names, rows, strict=True):
        where = f"space {name!r}"
        listed = _strings(row.get("parts", []), "parts", where)
        for part in listed:
            if part not in index:
                raise InvalidError(f"{where}: part {part!r} is not a space of the instance")
        parts.append([index[part] for part in listed])
    rooms = _rooms(parts, names)
    spaces = []
    for position, row in enumerate(rows):
        where = f"space {names[position]!r}"
        spaces.append(
            Space(
                id=names[position],
                capacity=_whole(row.get("capacity"), f"{where}: capacity", least=0, unit="people"),
                features=frozenset(_strings(row.get("features", []), "features", where)),
                open=_opening(row.get("open", []), where),
                rooms=rooms[position],
            )
        )
    return tuple(spaces)


def _rooms(parts: list[list[int]], names: list[str]) -> list[tuple[int, ...]]:
    """Return for each space the rooms below it: itself, or those of its parts. Walks without recursion."""
    rooms: dict[int, tuple[int, ...]] = {}
    for root in range(len(parts)):
        path, on_path = [root], {root}
        while path:
            space = path[-1]
            missing = next((part for part in parts[space] if part not in rooms), None)
            if missing is None:
                below = {room for part in parts[space] for room in rooms[part]} or {space}
                rooms[space] = tuple(sorted(below))
                on_path.discard(path.pop())
            elif missing in on_path:
                raise InvalidError(f"space {names[missing]!r}: is a part of itself, expected parts without a circle")
            else:
                path.append(missing)
                on_path.add(missing)
    return [rooms[space] for space in range(len(parts))]


def _opening(raw: object, where: str) -> tuple[tuple[Millis, Millis], ...]:
    """Return opening intervals in order; those that touch count as one."""
    spans = []
    for row in _array(raw, f"{where}: open"):
        if not isinstance(row, list) or len(row) != 2:
            raise InvalidError(f"{where}: open holds {_shown(row)}, expected [start, end]")
        start, end = (_instant(each, f"{where}: open")[0] for each in row)
        if end < start:
            raise InvalidError(f"{where}: open ends at {row[1]} before it starts at {row[0]}, expected start then end")
        spans.append((start, end))
    merged: list[tuple[Millis, Millis]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _requests(top: Mapping[str, Any]) -> tuple[tuple[Request, ...], int]:
    rows = [_object(row, f"requests[{index}]") for index, row in enumerate(_list(top, "requests", "instance"))]
    names = _names(rows, "requests")
    weights = [_weight(row.get("weight"), f"request {name!r}: weight") for name, row in zip(names, rows, strict=True)]
    scale = _scale(weights)
    requests, total = [], 0
    for name, row, weight in zip(names, rows, weights, strict=True):
        where = f"request {name!r}"
        people = _whole(row.get("people"), f"{where}: people", least=0, unit="people")
        duration = _whole(row.get("duration_min"), f"{where}: duration_min", least=1, unit="minutes")
        earliest, zone = _instant(row.get("earliest"), f"{where}: earliest")
        latest_end, _ = _instant(row.get("latest_end"), f"{where}: latest_end")
        if latest_end < earliest:
            raise InvalidError(
                f"{where}: latest_end {row['latest_end']} is before earliest {row['earliest']}, expected it after"
            )
        group = row.get("group")
        if group is not None and not isinstance(group, str):
            raise InvalidError(f"{where}: group is {_shown(group)}, expected text")
        worth = math.ceil(Fraction(str(weight)) * scale) * people * duration
        total += worth
        if total > _LARGEST * scale:
            raise InvalidError(f"{where}: with it all requests are worth more than {_LARGEST}, expected less")
        features = frozenset(_strings(row.get("features", []), "features", where))
        requests.append(
            Request(
                name, people, features, duration, earliest, latest_end, weight, group or "", worth, zone, _ahead(zone)
            )
        )
    return tuple(requests), scale


def _scale(weights: Iterable[float]) -> int:
    """Return the smallest power of ten that makes all weights whole, or the largest there is."""
    broken = {weight for weight in weights if weight != int(weight)}
    scale = 1
    while scale < _FINEST and any((Fraction(str(weight)) * scale).denominator != 1 for weight in broken):
        scale *= 10
    return scale


def _spots(raw: object, key: str, requests: Mapping[str, int], spaces: Mapping[str, int]) -> dict[int, Spot]:
    spots: dict[int, Spot] = {}
    for position, row in enumerate(_array(raw, key)):
        where = f"{key}[{position}]"
        given = _object(row, where)
        request, space = given.get("request"), given.get("space")
        if not isinstance(request, str) or request not in requests:
            raise InvalidError(f"{where}: request {_shown(request)} is not a request of the instance")
        if not isinstance(space, str) or space not in spaces:
            raise InvalidError(f"{where}: space {_shown(space)} is not a space of the instance")
        if requests[request] in spots:
            raise InvalidError(f"{where}: request {request!r} stands there twice, expected once")
        spots[requests[request]] = Spot(spaces[space], _instant(given.get("start"), f"{where}: start")[0])
    return spots


def _object(raw: object, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise InvalidError(f"{where}: is {_shown(raw)}, expected an object")
    return raw


def _array(raw: object, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise InvalidError(f"{where}: is {_shown(raw)}, expected a list")
    return raw


def _list(top: Mapping[str, Any], key: str, where: str) -> list[Any]:
    if key not in top:
        raise InvalidError(f"{where}: has no {key}, expected a list of them")
    return _array(top[key], key)


def _names(rows: list[Mapping[str, Any]], key: str) -> list[str]:
    names: dict[str, None] = {}
    for position, row in enumerate(rows):
        name = row.get("id")
        if not isinstance(name, str) or not name:
            raise InvalidError(f"{key}[{position}]: id is {_shown(name)}, expected text")
        if name in names:
            raise InvalidError(f"{key}[{position}]: id {name!r} stands there twice, expected every id once")
        names[name] = None
    return list(names)


def _strings(raw: object, key: str, where: str) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise InvalidError(f"{where}: {key} is {_shown(raw)}, expected a list of texts")
    return raw


def _whole(raw: object, where: str, *, least: int, unit: str) -> int:
    number = int(raw) if isinstance(raw, float) and raw.is_integer() else raw
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= _LARGEST:
        raise InvalidError(f"{where} is {_shown(raw)}, expected a whole number of {unit} from {least} to {_LARGEST}")
    return number


def _weight(raw: object, where: str) -> float:
    if not isinstance(raw, (int, float)) or isinstance(raw, bool) or not 0 <= raw <= _LARGEST:
        raise InvalidError(f"{where} is {_shown(raw)}, expected a number from 0 to {_LARGEST}")
    return raw


def _instant(raw: object, where: str) -> tuple[Millis, tzinfo]:
    try:
        at = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidError(
            f"{where} is {_shown(raw)}, expected a time with an offset such as 2026-04-15T09:00:00+08:00"
        )
    return to_millis(at), at.tzinfo


def _ahead(zone: tzinfo) -> Millis:
    ahead = zone.utcoffset(None)
    return 0 if ahead is None else round(ahead.total_seconds() * 1000)


def _shown(raw: object) -> str:
    """Return a value as a sentence can hold it."""
    text = "missing" if raw is None else repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}…"
