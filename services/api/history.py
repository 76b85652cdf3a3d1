"""Turns beliefs, each valid until the next, into spells and into buckets of equal width."""

from collections.abc import Sequence
from typing import Any

from services.contracts.instants import to_rfc3339
from services.contracts.names import SECOND, Millis
from services.timeseries.ports import StatePoint
from services.timeseries.spans import spans


def spells(points: Sequence[StatePoint], start: Millis, end: Millis, zone: str) -> list[dict[str, Any]]:
    """Return every belief with the time for which it held."""
    return [
        {
            "from": to_rfc3339(since, zone),
            "to": to_rfc3339(until, zone),
            "occupancy": point.occupancy,
            "people": point.people,
            "confidence": point.confidence,
            "release_grade": point.release_grade,
        }
        for since, until, point in spans(points, start, end)
        if point is not None
    ]


def stays(points: Sequence[StatePoint], start: Millis, end: Millis, zone: str) -> list[dict[str, Any]]:
    """Return for how long the space was so, whatever else changed meanwhile, and the most people seen in each stay."""
    found: list[tuple[Millis, Millis, str, int | None]] = []
    for since, until, point in spans(points, start, end):
        if point is None:
            continue
        if found and found[-1][2] == point.occupancy and found[-1][1] == since:
            first, _, _, most = found.pop()
            counted = [one for one in (most, point.people) if one is not None]
            found.append((first, until, point.occupancy, max(counted, default=None)))
        else:
            found.append((since, until, point.occupancy, point.people))
    return [
        {"start": to_rfc3339(since, zone), "end": to_rfc3339(until, zone), "occupancy": occupancy, "people": people}
        for since, until, occupancy, people in found
    ]


def buckets(points: Sequence[StatePoint], start: Millis, end: Millis, width: Millis, zone: str) -> list[dict[str, Any]]:
    """Return for every bucket the seconds of each belief and the most people seen; no belief counts as unknown."""
    edges = range(start, end, width)
    rows = [{"occupied": 0, "vacant": 0, "unknown": 0} for _ in edges]
    most: list[int | None] = [None for _ in edges]
    for since, until, point in spans(points, start, end):
        for index in range((since - start) // width, (until - 1 - start) // width + 1):
            left, right = start + index * width, start + (index + 1) * width
            rows[index][point.occupancy if point else "unknown"] += min(until, right) - max(since, left)
            if point is not None and point.people is not None:
                most[index] = max(point.people, most[index] or 0)
    return [
        {
            "from": to_rfc3339(edge, zone),
            "to": to_rfc3339(min(edge + width, end), zone),
            **{f"{name}_s": spent / SECOND for name, spent in row.items()},
            "people_max": people,
        }
        for edge, row, people in zip(edges, rows, most, strict=True)
    ]
